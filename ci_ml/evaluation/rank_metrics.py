"""Metrics of a ranking: how well a score puts positive rows above negative ones."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ci_ml.evaluation.kernels import Kernel, Prepared, in_blocks, product, ratio, weights_of
from ci_ml.evaluation.predictions import Floats, Predictions
from ci_ml.evaluation.units import Units

Rows = NDArray[np.int64]

# A table of units x units pays while its squares cost less than walking all rows for each resample.
_TABLE_PER_ROW = 16
# Doubles held at once while that table is made (2 MB: they are walked several times, in cache).
_BLOCK = 2**18


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

    @property
    def rows(self) -> int:
        """How many rows are concerned."""
        return len(self.positive) + len(self.negative)


def prepare_roc_auc(predictions: Predictions, units: Units) -> Prepared:
    """The chance that a positive row has a higher score than a negative one; a tie counts half."""
    pairing = binary_pairing(predictions, units)
    return Kernel(evaluate=auc(pairing), why=lambda: one_class(predictions))


def prepare_average_precision(predictions: Predictions, units: Units) -> Prepared:
    """The mean over positive rows of the precision at their score; undefined with one class only."""
    pairing = binary_pairing(predictions, units)
    return Kernel(evaluate=_average_precision(pairing), why=lambda: one_class(predictions))


def binary_pairing(predictions: Predictions, units: Units) -> Pairing:
    """The scores, and which rows are positive and which negative."""
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
    if units.of_row is not None and units.count**2 <= _TABLE_PER_ROW * pairing.rows:
        return _auc_by_table(pairing)
    return _auc_by_rows(pairing)


def _auc_by_table(pairing: Pairing) -> Callable[[Floats], Floats]:
    """Few units: a resample's wins are a quadratic form in its counts."""
    units, weights = pairing.units, pairing.weights
    wins = wins_table(pairing)
    masses = np.column_stack(
        [
            np.bincount(units.at(rows), weights[rows], minlength=units.count)
            for rows in (pairing.positive, pairing.negative)
        ]
    ).astype(np.float64)

    def evaluate(counts: Floats) -> Floats:
        won = np.einsum("ru,ru->r", product(counts, wins), counts)
        mass = product(counts, masses)
        return ratio(won, mass[:, 0] * mass[:, 1])

    return evaluate


def wins_table(pairing: Pairing) -> Floats:
    """Weighted pairs won by positives of one unit over negatives of another, shape (units, units)."""
    units, weights = pairing.units, pairing.weights
    wins = np.zeros((units.count, units.count))
    if not pairing.positive.size or not pairing.negative.size:
        return wins
    of_unit = np.argsort(units.at(pairing.positive), kind="stable")
    positive = pairing.positive[of_unit]
    present, starts = np.unique(units.at(positive), return_index=True)
    # Only the order of scores matters: a negative row loses half a pair to every positive level from the first that
    # is not below it, and the other half from the first that is above it.
    levels, level = np.unique(pairing.score[positive], return_inverse=True)
    negative_score = pairing.score[pairing.negative]
    losses = [np.searchsorted(levels, negative_score, side=side) for side in ("left", "right")]
    negative_unit, half = units.at(pairing.negative), 0.5 * weights[pairing.negative]
    width = len(levels) + 1
    step = max(1, _BLOCK // width)
    for first in range(0, units.count, step):
        last = min(first + step, units.count)
        chosen = (negative_unit >= first) & (negative_unit < last)
        row = (negative_unit[chosen] - first) * width
        cells = np.concatenate([row + start[chosen] for start in losses])
        lost = np.bincount(cells, np.tile(half[chosen], 2), minlength=(last - first) * width)
        won = np.cumsum(lost.reshape(last - first, width), axis=1)
        wins[present, first:last] = np.add.reduceat(won[:, level] * weights[positive], starts, axis=1).T
    return wins


def _auc_by_rows(pairing: Pairing) -> Callable[[Floats], Floats]:
    """Many units: sort once, then one running sum over the negatives for each resample."""
    positive, negative = _sorted(pairing, pairing.positive), _sorted(pairing, pairing.negative)
    below = np.searchsorted(negative.score, positive.score, side="left")
    upto = np.searchsorted(negative.score, positive.score, side="right")
    tied = bool((below != upto).any())

    def evaluate(counts: Floats) -> Floats:
        values = np.empty(len(counts))
        for block, some in in_blocks(counts, pairing.rows):
            beaten = _running(negative.mass(some))
            mass = positive.mass(some)
            credit = (beaten[:, below] + beaten[:, upto]) / 2 if tied else beaten[:, below]
            won = np.einsum("rp,rp->r", credit, mass)
            values[block] = ratio(won, mass.sum(axis=1) * beaten[:, -1])
        return values

    return evaluate


def _average_precision(pairing: Pairing) -> Callable[[Floats], Floats]:
    best_first = replace(pairing, score=-pairing.score)
    positive, negative = _sorted(best_first, pairing.positive), _sorted(best_first, pairing.negative)
    # For each positive, how many of either kind have its score or a better one.
    alarms = np.searchsorted(negative.score, positive.score, side="right")
    hits = np.searchsorted(positive.score, positive.score, side="right")

    def evaluate(counts: Floats) -> Floats:
        values = np.empty(len(counts))
        for block, some in in_blocks(counts, pairing.rows):
            mass = positive.mass(some)
            true, false = _running(mass), _running(negative.mass(some))
            found = true[:, hits]
            named = found + false[:, alarms]
            precision = np.divide(found, named, out=np.zeros_like(found), where=named > 0)
            mean = ratio(np.einsum("rp,rp->r", precision, mass), true[:, -1])
            values[block] = np.where(false[:, -1] > 0, mean, np.nan)
        return values

    return evaluate


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sorted:
    """The rows of one label, by ascending score."""

    score: Floats
    units: NDArray[np.integer]
    weights: Floats | None

    def mass(self, counts: Floats) -> Floats:
        """The weight of each row in each resample, shape (r, rows)."""
        drawn = counts[:, self.units]
        return drawn if self.weights is None else drawn * self.weights


def _sorted(pairing: Pairing, rows: Rows) -> _Sorted:
    rows = rows[np.argsort(pairing.score[rows], kind="stable")]
    weights = pairing.weights[rows]
    return _Sorted(
        score=pairing.score[rows], units=pairing.units.at(rows), weights=None if (weights == 1).all() else weights
    )


def _running(mass: Floats) -> Floats:
    """Sums of the first 0, 1, ... rows of each resample."""
    sums = np.zeros((len(mass), mass.shape[1] + 1))
    np.cumsum(mass, axis=1, out=sums[:, 1:])
    return sums


def one_class(predictions: Predictions) -> str:
    """Why a ranking has no value."""
    if not len(predictions):
        return "there are no rows"
    truth = predictions.y_true.astype(bool)
    if truth.all() or not truth.any():
        return "all rows are " + ("positive" if truth.any() else "negative")
    return "all weights of one label are 0"
