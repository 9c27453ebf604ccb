"""Predictions from plain arrays, checked as scikit-learn checks its own: for metrics that are called with them."""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ci_ml.errors import DataError
from ci_ml.evaluation.predictions import Array, Floats, Predictions
from ci_ml.vocabulary import MetricInfo


def from_arrays(
    info: MetricInfo,
    y_true: ArrayLike,
    said: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    cost: tuple[float, float] | None = None,
) -> Predictions:
    """What one metric needs of some rows, in their order.

    Args:
        y_true: shape (n,). Of two labels the greater is the positive one: 1 of 0 and 1, True of False and True.
        said: y_score or y_pred, as the metric needs: shape (n,), or (n, k) for the scores of k classes, whose columns
            are in the order of the sorted labels.
        sample_weight: shape (n,), or None for equal weights.
        cost: of a false positive and of a false negative, for expected_cost.

    Raises:
        DataError: shapes that do not fit, other labels than the task knows, text in place of numbers.
    """
    name = "y_score" if info.needs == "score" else "y_pred"
    truth, other = np.asarray(y_true), np.asarray(said)
    weight = None if sample_weight is None else _numbers(sample_weight, "sample_weight")
    _check_shape(truth, "y_true")
    most = 2 if info.needs == "score" and "multiclass" in info.tasks else 1
    if not 1 <= other.ndim <= most:
        wanted = "(n,) or (n, k)" if most == 2 else "(n,)"
        raise DataError(f"{name} has the shape {other.shape}; {info.name} takes {wanted}.")
    if weight is not None:
        _check_shape(weight, "sample_weight")
    for what, array in ((name, other), ("sample_weight", weight)):
        if array is not None and len(array) != len(truth):
            counts = f"y_true has {len(truth):,} rows and {what} has {len(array):,}"
            raise DataError(f"{counts}: they must be the same rows.")
    of_rows = partial(Predictions, ids=np.arange(len(truth)), sample_weight=weight, cost=cost)
    if info.needs == "value":
        return of_rows(
            task="regression",
            y_true=_numbers(truth, "y_true"),
            y_score=None,
            y_pred=_numbers(other, name),
        )
    if info.needs == "score":
        scores = _numbers(other, name)
        if scores.ndim == 1 and "binary" in info.tasks:
            return of_rows(task="binary", y_true=_positive(truth), y_score=scores, y_pred=scores >= 0.5)
        return _of_classes(truth, scores, of_rows)
    labels = _sorted_labels(np.concatenate([_comparable(truth, other), _comparable(other, truth)]))
    if info.tasks == ("binary",) or ("binary" in info.tasks and _is_binary(labels)):
        return of_rows(
            task="binary",
            y_true=_positive(truth, labels),
            y_score=None,
            y_pred=_positive(other, labels),
        )
    codes = [np.searchsorted(labels, _comparable(a, b)) for a, b in ((truth, other), (other, truth))]
    classes = tuple(str(label) for label in labels.tolist())
    return of_rows(task="multiclass", y_true=codes[0], y_score=None, y_pred=codes[1], classes=classes)


def _of_classes(truth: Array, scores: Floats, of_rows: Callable[..., Predictions]) -> Predictions:
    labels = _sorted_labels(truth)
    if scores.ndim != 2 or scores.shape[1] != len(labels):
        columns = f"{scores.shape[1]} columns" if scores.ndim == 2 else "one dimension"
        raise DataError(
            f"y_score has {columns}, and y_true {len(labels)} labels.",
            hint="Give a column for each label, in sorted order; every label must occur in y_true.",
        )
    return of_rows(
        task="multiclass",
        y_true=np.searchsorted(labels, truth),
        y_score=scores,
        y_pred=scores.argmax(axis=1),
        classes=tuple(str(label) for label in labels.tolist()),
    )


def _check_shape(array: Array, name: str) -> None:
    if array.ndim != 1:
        raise DataError(f"{name} has the shape {array.shape}; it takes (n,).")


def _numbers(values: ArrayLike, name: str) -> Floats:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{name} holds something that is no number.") from None


def _comparable(labels: Array, others: Array) -> Array:
    """Labels of one kind, so that they can be sorted together: text where either side has text."""
    return labels.astype(str) if "U" in (labels.dtype.kind, others.dtype.kind) else labels


def _sorted_labels(values: Array) -> Array:
    try:
        return np.unique(values)
    except TypeError:
        raise DataError("the labels are of several kinds (such as text and numbers).") from None


def _is_binary(labels: Array) -> bool:
    return bool(np.isin(labels, (0, 1)).all()) if labels.dtype.kind in "biuf" else False


def _positive(values: Array, labels: Array | None = None) -> Array:
    """Where the positive label stands: 1 of 0 and 1, else the greater of two."""
    found = _sorted_labels(values) if labels is None else labels
    if _is_binary(found):
        return values.astype(bool)
    if len(found) != 2:
        shown = ", ".join(str(label) for label in found[:4].tolist()) + (", …" if len(found) > 4 else "")
        raise DataError(f"a binary metric takes two labels; found {len(found):,}: {shown}.")
    return np.asarray(values == found[1])
