"""A metric prepared for one model's rows, so that thousands of resamples cost a few array operations.

A kernel takes counts, shape (replicates, units): how often each unit was drawn. The metric itself is the kernel
at counts of one; there is no second formula for the point estimate.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ci_ml.evaluation.predictions import Floats, Predictions
from ci_ml.evaluation.units import Units

# Multiplications in one matrix product. OpenBLAS spreads larger ones over threads: on a busy machine, such as a CI
# runner, its threads spin while they wait for each other (10 times slower, measured), and the order of sums, so the
# last bits, would follow the number of cores.
_PRODUCT = 2**18

# Doubles held at once by a kernel that spreads counts over rows (1 MB: they are walked several times, in cache).
_BLOCK = 2**17


@dataclass(frozen=True, kw_only=True, eq=False)
class Kernel:
    """One metric of one model.

    Attributes:
        evaluate: counts of shape (r, units) -> values of shape (r,), NaN where the metric is undefined.
        why: the reason, asked for only where the data as they are give NaN.
        note: what a reader should know although there is a value.
    """

    evaluate: Callable[[Floats], Floats]
    why: Callable[[], str]
    note: str | None = None


@dataclass(frozen=True, kw_only=True)
class Undefined:
    """There is no kernel, or no interval, for this reason."""

    reason: str


Prepared = Kernel | Undefined
Prepare = Callable[[Predictions, Units], Prepared]


def weights_of(predictions: Predictions) -> Floats:
    """The rows' weights, shape (n,)."""
    return np.ones(len(predictions)) if predictions.sample_weight is None else predictions.sample_weight


def from_sums(features: Floats, units: Units, formula: Callable[[Floats], Floats]) -> Callable[[Floats], Floats]:
    """Evaluate a metric that is a function of sums over rows.

    Args:
        features: shape (n, p), weights already multiplied in.
        formula: sums of shape (r, p) -> values of shape (r,).
    """
    per_unit = units.add_up(features)
    return lambda counts: formula(product(counts, per_unit))


def product(left: Floats, right: Floats) -> Floats:
    """left @ right, the same bits whatever the number of threads."""
    rows, depth, width = len(left), *right.shape
    step = max(1, min(rows, max(8, _PRODUCT // max(1, depth * width))))
    stride = max(1, _PRODUCT // (step * max(1, width)))
    result = np.zeros((rows, width))
    for top in range(0, rows, step):
        for first in range(0, depth, stride):
            result[top : top + step] += left[top : top + step, first : first + stride] @ right[first : first + stride]
    return result


def mean_of(losses: Floats, predictions: Predictions, units: Units) -> Callable[[Floats], Floats]:
    """Evaluate the weighted mean of one number a row."""
    weights = weights_of(predictions)
    features = np.column_stack([weights, weights * losses])
    return from_sums(features, units, lambda sums: ratio(sums[:, 1], sums[:, 0]))


def ratio(above: Floats, below: Floats) -> Floats:
    """above / below, NaN where below is not positive."""
    result = np.full(np.broadcast_shapes(above.shape, below.shape), np.nan)
    np.divide(above, below, out=result, where=below > 0)
    return result


def in_blocks(counts: Floats, rows: int) -> Iterator[tuple[slice, Floats]]:
    """Cut counts into runs of replicates that may each be spread over `rows` entries."""
    step = max(1, _BLOCK // max(rows, 1))
    for start in range(0, len(counts), step):
        block = slice(start, start + step)
        yield block, counts[block]
