"""Metrics of decisions: functions of how often each class is true, predicted, and both."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ci_ml.evaluation.kernels import Kernel, Prepare, Prepared, Undefined, in_blocks, product, ratio, weights_of
from ci_ml.evaluation.predictions import Array, Floats, Predictions
from ci_ml.evaluation.units import Codes, Units

# Above this many doubles the sums of units are not kept but taken per resample (64 MB).
_DENSE = 2**23


@dataclass(frozen=True, kw_only=True, eq=False)
class Margins:
    """Weights of k classes, each of shape (r, k): rows of that class, rows predicted so, rows that are both."""

    true: Floats
    predicted: Floats
    hit: Floats

    @property
    def total(self) -> Floats:
        return np.asarray(self.true.sum(axis=1))

    @property
    def present(self) -> Floats:
        """1.0 where a class occurs at all, in truth or in predictions: averages run over these."""
        return ((self.true > 0) | (self.predicted > 0)).astype(np.float64)


Formula = Callable[[Margins], Floats]


def prepare_label(formula: Formula, why: Callable[[Predictions], str]) -> Prepare:
    """Make a metric from a formula over margins and an explanation of where it is undefined."""

    def prepare(predictions: Predictions, units: Units) -> Prepared:
        margins = _margins(predictions, units)
        return Kernel(evaluate=lambda counts: formula(margins(counts)), why=lambda: why(predictions))

    return prepare


def prepare_cost(predictions: Predictions, units: Units) -> Prepared:
    """Mean cost of a row's decision."""
    if predictions.cost is None:
        return Undefined(reason="ci-ml.yaml gives no cost of errors (cost: {false_positive: …, false_negative: …})")
    false_positive, false_negative = predictions.cost
    margins = _margins(predictions, units)

    def evaluate(counts: Floats) -> Floats:
        m = margins(counts)
        missed, alarms = m.true[:, 1] - m.hit[:, 1], m.predicted[:, 1] - m.hit[:, 1]
        return ratio(false_negative * missed + false_positive * alarms, m.total)

    return Kernel(evaluate=evaluate, why=lambda: "there are no rows")


def accuracy(m: Margins) -> Floats:
    return ratio(m.hit.sum(axis=1), m.total)


def balanced_accuracy(m: Margins) -> Floats:
    """Mean recall of the true classes; undefined with fewer than two, or where another class is predicted."""
    recalls = ratio(m.hit, m.true)
    true = m.true > 0
    value = ratio(np.where(true, recalls, 0.0).sum(axis=1), true.sum(axis=1).astype(np.float64))
    defined = (true.sum(axis=1) >= 2) & ~((m.predicted > 0) & ~true).any(axis=1)
    return np.where(defined, value, np.nan)


def matthews_corrcoef(m: Margins) -> Floats:
    """Gorodkin's R_K; undefined where truth or predictions are constant."""
    total = m.total
    covariance = m.hit.sum(axis=1) * total - (m.true * m.predicted).sum(axis=1)
    spread = (total**2 - (m.true**2).sum(axis=1)) * (total**2 - (m.predicted**2).sum(axis=1))
    several = ((m.true > 0).sum(axis=1) >= 2) & ((m.predicted > 0).sum(axis=1) >= 2)
    return ratio(covariance, np.sqrt(np.where(several, spread, 0.0)))


def f1_each(m: Margins) -> Floats:
    return ratio(2.0 * m.hit, m.true + m.predicted)


def precision_each(m: Margins) -> Floats:
    return ratio(m.hit, m.predicted)


def recall_each(m: Margins) -> Floats:
    return ratio(m.hit, m.true)


def of_positive(each: Formula) -> Formula:
    """A per-class metric of the positive class of a binary task."""
    return lambda m: each(m)[:, 1]


def macro(each: Formula) -> Formula:
    """The mean over classes that occur; undefined where one of them has no value."""
    return lambda m: _mean(each(m), m.present)


def weighted(each: Formula) -> Formula:
    """The mean over classes, weighted by how often each is true: a class that is never true has no say."""
    return lambda m: _mean(each(m), m.true)


def _mean(values: Floats, weights: Floats) -> Floats:
    return ratio(np.where(weights > 0, values * weights, 0.0).sum(axis=1), weights.sum(axis=1))


def _margins(predictions: Predictions, units: Units) -> Callable[[Floats], Margins]:
    truth, decision = predictions.y_true.astype(np.int64), predictions.y_pred.astype(np.int64)
    classes = max(len(predictions.classes), 2)
    weights = weights_of(predictions)
    hit = np.flatnonzero(truth == decision)
    everything = np.arange(len(truth))
    parts = [(everything, truth), (everything, decision), (hit, truth[hit])]
    if units.of_row is not None and 3 * classes * units.count <= _DENSE:
        cells = [
            np.bincount(units.at(rows) * classes + codes, weights[rows], minlength=units.count * classes)
            for rows, codes in parts
        ]
        return _from_dense([cell.astype(np.float64).reshape(units.count, classes) for cell in cells])
    if units.of_row is None and 3 * classes * units.count <= _DENSE:
        return _from_dense([_one_hot(rows, codes, weights, classes) for rows, codes in parts])
    sums = [_by_class(rows, codes, weights, classes, units) for rows, codes in parts]
    return lambda counts: Margins(true=sums[0](counts), predicted=sums[1](counts), hit=sums[2](counts))


def _one_hot(rows: Codes, codes: Codes, weights: Floats, classes: int) -> Floats:
    table = np.zeros((len(weights), classes))
    table[rows, codes] = weights[rows]
    return table


def _from_dense(tables: list[Floats]) -> Callable[[Floats], Margins]:
    classes = tables[0].shape[1]
    side_by_side = np.hstack(tables)

    def evaluate(counts: Floats) -> Margins:
        sums = product(counts, side_by_side)
        return Margins(true=sums[:, :classes], predicted=sums[:, classes : 2 * classes], hit=sums[:, 2 * classes :])

    return evaluate


def _by_class(rows: Codes, codes: Codes, weights: Floats, classes: int, units: Units) -> Callable[[Floats], Floats]:
    """Sum weights by class, for classes too many to keep a table of units."""
    order = np.argsort(codes, kind="stable")
    rows, codes = rows[order], codes[order]
    at, weight = units.at(rows), weights[rows]
    present, starts = np.unique(codes, return_index=True)

    def evaluate(counts: Floats) -> Floats:
        result = np.zeros((len(counts), classes))
        if present.size:
            for block, some in in_blocks(counts, len(rows)):
                result[block, present] = np.add.reduceat(some[:, at] * weight, starts, axis=1)
        return result

    return evaluate


def never_predicted(predictions: Predictions) -> str:
    """Why a precision has no value."""
    return _lacking(predictions, have=predictions.y_true, lack=predictions.y_pred, what="is never predicted")


def never_true(predictions: Predictions) -> str:
    """Why a recall has no value."""
    return _lacking(predictions, have=predictions.y_pred, lack=predictions.y_true, what="has no rows")


def never_positive(predictions: Predictions) -> str:
    """Why an F1 has no value."""
    return "the positive label is neither true nor predicted anywhere" if len(predictions) else "there are no rows"


def _lacking(predictions: Predictions, *, have: Array, lack: Array, what: str) -> str:
    if not len(predictions):
        return "there are no rows"
    if not predictions.classes:
        return f"the positive label {what}"
    absent = np.setdiff1d(have, lack)
    return f"class {predictions.classes[absent[0]]} {what}" if absent.size else "all weights are 0"


def constant(predictions: Predictions) -> str:
    """Why a correlation or a balanced mean has no value."""
    if not len(predictions):
        return "there are no rows"
    if np.unique(predictions.y_true).size < 2:
        return "all rows have the same true label"
    if np.unique(predictions.y_pred).size < 2:
        return "all rows have the same predicted label"
    return "a label is predicted that no row has"


def no_rows(predictions: Predictions) -> str:
    """Why a mean has no value."""
    return "all weights are 0" if len(predictions) else "there are no rows"
