"""Which rows a model was judged on: the rows digest, and what differs between two sets of rows."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from ci_ml.errors import DataError
from ci_ml.evaluation.predictions import Array, Predictions
from ci_ml.hashing import sha256_hex


def digest_column(values: Array) -> str:
    """A SHA-256 over one column in a typed encoding, so that 1, 1.0, True and "1" differ.

    Args:
        values: shape (n,), booleans, integers, floats or text; in an object array None is a missing value.
    """
    kind = values.dtype.kind
    hasher = hashlib.sha256()
    if kind == "b":
        hasher.update(b"bool\0" + values.astype(np.uint8).tobytes())
    elif kind in "iu":
        hasher.update(b"int\0" + values.astype("<i8").tobytes())
    elif kind == "f":
        # -0.0 equals 0.0, and there are many NaN: each value gets one form.
        clean = np.where(np.isnan(values), np.nan, values + 0.0)
        hasher.update(b"float\0" + clean.astype("<f8").tobytes())
    else:
        pieces = [b"text\0"]
        for value in values.tolist():
            data = b"" if value is None else str(value).encode()
            # The length goes first, so that ("ab", "c") and ("a", "bc") differ; -1 is a missing value.
            pieces.append((-1 if value is None else len(data)).to_bytes(8, "little", signed=True))
            pieces.append(data)
        hasher.update(b"".join(pieces))
    return hasher.hexdigest()


def digest_rows(columns: Mapping[str, str]) -> str:
    """The rows digest over named column digests: id, y_true, weight, group and `slice:<column>`; never predictions."""
    lines = "".join(f"{name}\0{digest}\n" for name, digest in sorted(columns.items()))
    return f"sha256:{sha256_hex(lines.encode())}"


def pair(baseline: Predictions, candidate: Predictions) -> tuple[Predictions, Predictions]:
    """The same two models with everything but their predictions taken from the candidate's rows.

    Slice, group and weight columns that the baseline's older file does not have are the candidate's: they describe
    rows, not models.

    Raises:
        DataError: the two were not made on the same rows; the message says what differs.
    """
    differences = explain_difference(baseline, candidate)
    if differences:
        raise DataError(
            f"the two models were not scored on the same rows: {'; '.join(differences)}.",
            hint="Score both on the same held-out rows.",
        )
    baseline, candidate = _same_classes(baseline, candidate)
    return (
        replace(
            baseline,
            slices=candidate.slices,
            group=candidate.group,
            group_labels=candidate.group_labels,
            sample_weight=candidate.sample_weight,
            column_digests=candidate.column_digests,
            rows_digest=candidate.rows_digest,
            cost=candidate.cost,
        ),
        candidate,
    )


def explain_difference(baseline: Predictions, candidate: Predictions) -> list[str]:
    """What keeps two sets of rows from being the same, in words; empty if nothing does."""
    if baseline.column_digests.get("id") != candidate.column_digests.get("id"):
        return _id_difference(baseline.ids, candidate.ids)
    differences = []
    for name, digest in candidate.column_digests.items():
        theirs = baseline.column_digests.get(name)
        if theirs == digest or (theirs is None and name not in ("id", "y_true")):
            continue  # what only describes rows is the same rows' in both files
        what = name.removeprefix("slice:")
        count = _count_unequal(_values(baseline, name), _values(candidate, name))
        differences.append(f"{what} differs for {count:,} of {len(candidate):,} ids" if count else f"{what} differs")
    return differences


def _values(predictions: Predictions, name: str) -> Array | None:
    """The column behind a digest; None where only codes of it are kept."""
    if name == "y_true":
        return np.array(predictions.classes)[predictions.y_true] if predictions.classes else predictions.y_true
    return predictions.sample_weight if name == "weight" else predictions.slices.get(name.removeprefix("slice:"))


def _count_unequal(ours: Array | None, theirs: Array | None) -> int:
    if ours is None or theirs is None:
        return 0
    pairs = zip(ours.tolist(), theirs.tolist(), strict=True)
    return sum(a != b and not (a != a and b != b) for a, b in pairs)


def _id_difference(baseline: Array, candidate: Array) -> list[str]:
    if (baseline.dtype.kind in "iu") != (candidate.dtype.kind in "iu"):
        baseline, candidate = baseline.astype(str), candidate.astype(str)
    only_baseline, only_candidate = np.setdiff1d(baseline, candidate), np.setdiff1d(candidate, baseline)
    found = []
    for whose, ids in (("baseline", only_baseline), ("candidate", only_candidate)):
        if ids.size:
            found.append(f"{ids.size:,} {'id' if ids.size == 1 else 'ids'} only in the {whose} ({_some(ids)})")
    return found or ["the ids are of different types (text and numbers)"]


def _some(ids: Array) -> str:
    shown = ", ".join(str(i)[:40] for i in ids[:3].tolist())
    return shown + (", …" if ids.size > 3 else "")


def _same_classes(baseline: Predictions, candidate: Predictions) -> tuple[Predictions, Predictions]:
    if baseline.classes == candidate.classes:
        return baseline, candidate
    classes = tuple(sorted({*baseline.classes, *candidate.classes}))
    return _with_classes(baseline, classes), _with_classes(candidate, classes)


def _with_classes(predictions: Predictions, classes: tuple[str, ...]) -> Predictions:
    place = np.array([classes.index(c) for c in predictions.classes], dtype=np.int64)
    score = None
    if predictions.y_score is not None:
        score = np.zeros((len(predictions), len(classes)))
        score[:, place] = predictions.y_score
    return replace(
        predictions,
        classes=classes,
        y_true=place[predictions.y_true],
        y_pred=place[predictions.y_pred],
        y_score=score,
        column_digests=MappingProxyType(dict(predictions.column_digests)),
    )
