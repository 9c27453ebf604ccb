"""Metrics of a ranking: how well a score puts positive rows above negative ones."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ci_ml.evaluation.kernels import Kernel, Prepared, in_blocks, ratio, weights_of
from ci_ml.evaluation.predictions import Floats, Predictions
from ci_ml.evaluation.units import Units

Rows = NDArray[np.int64]

# A table of units x units pays while its squares cost less than walking all rows for each resample.
_TABLE_PER_ROW = 16
# Doubles held at once while that table is made (16 MB).
_BLOCK = 2**21


@dataclass(frozen=True, kw_only=True, eq=False)
class Pairing:
    """Positive rows to be ranked above negative rows.

    Attributes:
        score: shape (n,), over all rows.
        positive, negative: numbers of the rows concerned.
    """

    score: Floats
    positive: Rows
    negative: Rows
    weights: Floats
    units: Units


def prepare_roc_auc(predictions: Predictions, units: Units) -> Prepared:
    """The chance that a positive row has a higher score than a negative one; a tie counts half."""
    pairing = binary_pairing(predictions, units)
    return Kernel(evaluate=auc(pairing), why=lambda: one_class(predictions))


def prepare_average_precision(predictions: Predictions, units: Units) -> Prepared:
    """The mean over positive rows of the precision at their score; undefined with one class only."""
    pairing = binary_pairing(predictions, units)
    return Kernel(evaluate=_average_precision(pairing), why=lambda: one_class(predictions))


def binary_pairing(predictions: Predictions, units: Units) -> Pairing:
    truth = predictions.y_true.astype(bool)
    return Pairing(
        score=np.asarray(predictions.y_score, dtype=np.float64),
        positive=np.flatnonzero(truth),
        negative=np.flatnonzero(~truth),
        weights=weights_of(predictions),
        units=units,
    )


def auc(pairing: Pairing) -> Callable[[Floats], Floats]:
    """Evaluate the area under the ROC curve, shape (r,), NaN where a side has no weight."""
    units = pairing.units
    if units.of_row is not None and units.count**2 <= _TABLE_PER_ROW * len(pairing.score):
        return _auc_by_table(pairing)
    return _auc_by_rows(pairing)


def _auc_by_table(pairing: Pairing) -> Callable[[Floats], Floats]:
    """Few units: a resample's wins are a quadratic form in its counts."""
    units, weights = pairing.units, pairing.weights
    wins = wins_table(pairing)
    positives, negatives = (
        np.bincount(units.at(rows), weights[rows], minlength=units.count)
        for rows in (pairing.positive, pairing.negative)
    )

    def evaluate(counts: Floats) -> Floats:
        won = np.einsum("ru,ru->r", counts @ wins, counts)
        return ratio(won, (counts @ positives) * (counts @ negatives))

    return evaluate


def wins_table(pairing: Pairing) -> Floats:
    """Weighted pairs won by positives of one unit over negatives of another, shape (units, units)."""
    units, weights = pairing.units, pairing.weights
    wins = np.zeros((units.count, units.count))
    if not pairing.positive.size or not pairing.negative.size:
        return wins
    # Only the order of scores matters: number the negatives' distinct scores, and find each positive among them.
    levels, level = np.unique(pairing.score[pairing.negative], return_inverse=True)
    of_unit = np.argsort(units.at(pairing.positive), kind="stable")
    positive = pairing.positive[of_unit]
    below = np.searchsorted(levels, pairing.score[positive], side="left")
    upto = np.searchsorted(levels, pairing.score[positive], side="right")
    present, starts = np.unique(units.at(positive), return_index=True)
    negative_unit = units.at(pairing.negative)
    step = max(1, _BLOCK // (len(levels) + len(positive)))
    for first in range(0, units.count, step):
        last = min(first + step, units.count)
        chosen = (negative_unit >= first) & (negative_unit < last)
        cells = (negative_unit[chosen] - first) * len(levels) + level[chosen]
        table = np.bincount(cells, weights[pairing.negative[chosen]], minlength=(last - first) * len(levels))
        beaten = np.zeros((last - first, len(levels) + 1))
        np.cumsum(table.reshape(last - first, len(levels)), axis=1, out=beaten[:, 1:])
        credit = (beaten[:, below] + beaten[:, upto]) * (0.5 * weights[positive])
        wins[present, first:last] = np.add.reduceat(credit, starts, axis=1).T
    return wins


def _auc_by_rows(pairing: Pairing) -> Callable[[Floats], Floats]:
    """Many units: sort once, then one running sum over the negatives for each resample."""
    score, weights, units = pairing.score, pairing.weights, pairing.units
    negative = pairing.negative[np.argsort(score[pairing.negative], kind="stable")]
    positive = pairing.positive[np.argsort(score[pairing.positive], kind="stable")]
    below = np.searchsorted(score[negative], score[positive], side="left")
    upto = np.searchsorted(score[negative], score[positive], side="right")
    tied = bool((below != upto).any())

    def evaluate(counts: Floats) -> Floats:
        values = np.empty(len(counts))
        for block, some in in_blocks(counts, len(positive) + len(negative)):
            beaten = np.zeros((len(some), len(negative) + 1))
            np.cumsum(some[:, units.at(negative)] * weights[negative], axis=1, out=beaten[:, 1:])
            mass = some[:, units.at(positive)] * weights[positive]
            credit = (beaten[:, below] + beaten[:, upto]) / 2 if tied else beaten[:, below]
            won = np.einsum("rp,rp->r", credit, mass)
            values[block] = ratio(won, mass.sum(axis=1) * beaten[:, -1])
        return values

    return evaluate


def _average_precision(pairing: Pairing) -> Callable[[Floats], Floats]:
    score, weights, units = -pairing.score, pairing.weights, pairing.units
    negative = pairing.negative[np.argsort(score[pairing.negative], kind="stable")]
    positive = pairing.positive[np.argsort(score[pairing.positive], kind="stable")]
    # For each positive, how many of either kind have its score or a better one.
    alarms = np.searchsorted(score[negative], score[positive], side="right")
    hits = np.searchsorted(score[positive], score[positive], side="right")

    def evaluate(counts: Floats) -> Floats:
        values = np.empty(len(counts))
        for block, some in in_blocks(counts, len(positive) + len(negative)):
            false = np.zeros((len(some), len(negative) + 1))
            np.cumsum(some[:, units.at(negative)] * weights[negative], axis=1, out=false[:, 1:])
            mass = some[:, units.at(positive)] * weights[positive]
            true = np.zeros((len(some), len(positive) + 1))
            np.cumsum(mass, axis=1, out=true[:, 1:])
            found = true[:, hits]
            precision = np.nan_to_num(ratio(found, found + false[:, alarms]))
            mean = ratio(np.einsum("rp,rp->r", precision, mass), true[:, -1])
            values[block] = np.where(false[:, -1] > 0, mean, np.nan)
        return values

    return evaluate


def one_class(predictions: Predictions) -> str:
    """Why a ranking has no value."""
    if not len(predictions):
        return "there are no rows"
    truth = predictions.y_true.astype(bool)
    if truth.all() or not truth.any():
        return "all rows are " + ("positive" if truth.any() else "negative")
    return "all weights of one label are 0"
