"""From resamples, or from a standard error, to a confidence interval that holds for few units too."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from ci_ml.evaluation.kernels import Undefined
from ci_ml.evaluation.predictions import Floats
from ci_ml.evaluation.results import Interval

LEVEL = 0.95

# With more resamples undefined than this share, the rest would be a choice of the lucky ones.
MOST_UNDEFINED = 0.05


@dataclass(frozen=True, kw_only=True)
class Spread:
    """How sure an estimate is."""

    interval: Interval
    standard_error: float


def from_resamples(draws: Floats, *, units: int, unit: str) -> Spread | Undefined:
    """The expanded percentile interval of some resampled values, or why there is none.

    The percentile interval of n units is too narrow by a factor sqrt((n - 1) / n), and by the normal quantile in
    place of Student's: at 30 units it misses 6.6 % in place of 5 %. Moving the percentiles outwards by both mends it.
    Source: Hesterberg (2015), What Teachers Should Know About the Bootstrap, section 4.2.2.

    Args:
        draws: shape (replicates,), NaN where a resample leaves the value undefined.
        units: how many units the value rests on.
        unit: "rows" or "groups", for the reason.
    """
    if units < 2:
        return Undefined(reason=f"an interval needs at least 2 {unit}")
    defined = draws[~np.isnan(draws)]
    lost = len(draws) - len(defined)
    if lost > MOST_UNDEFINED * len(draws):
        share = f"{100 * lost / len(draws):.3g} %"
        return Undefined(reason=f"it is undefined in {share} of the resamples, so it has no interval")
    widen = np.sqrt(units / (units - 1))
    tail = ndtr(widen * stdtrit(units - 1, (1 - LEVEL) / 2))
    low, high = np.quantile(defined, [tail, 1 - tail])
    return Spread(
        interval=Interval(low=float(low), high=float(high), level=LEVEL),
        standard_error=float(widen * defined.std(ddof=1)),
    )


def from_standard_error(value: float, standard_error: float, *, bounds: tuple[float, float]) -> Spread:
    """The normal interval around an estimate, kept within the values that it can take."""
    half = -float(ndtri((1 - LEVEL) / 2)) * standard_error
    low, high = max(bounds[0], value - half), min(bounds[1], value + half)
    return Spread(interval=Interval(low=low, high=high, level=LEVEL), standard_error=standard_error)
