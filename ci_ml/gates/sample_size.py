"""How much more data would decide an undecided gate?"""

import math

from ci_ml.gates.estimates import Estimate
from ci_ml.rules.rule import Allowed


def more_needed(found: Estimate, allowed: Allowed, *, half_width: float | None = None) -> int | None:
    """Further rows (or groups) that would bring the interval to one side of each limit at the present estimate.

    Half-widths shrink with the root of the number of units. Rounded up to two significant figures.

    Args:
        half_width: of the interval that must clear the limit; default: the one shown, on the limit's side.

    Returns:
        None where the estimate is at the limit itself: no number of rows would do.
    """
    # Within, the interval must clear every end; outside, just the one that the estimate is beyond.
    ends = allowed.ends if allowed.room(found.value) > 0 else (min(allowed.ends, key=lambda e: abs(found.value - e)),)
    if found.value in ends:
        return None
    more = max(_more(found, end, half_width) for end in ends)
    return round_up(more) if math.isfinite(more) else None


def _more(found: Estimate, end: float, half_width: float | None) -> float:
    half = half_width or (found.value - found.low if found.value > end else found.high - found.value)
    return found.units * (half / abs(found.value - end)) ** 2 - found.units


def round_up(number: float) -> int:
    """Two significant figures, upwards, and at least 1.

    >>> round_up(2814.2)
    2900
    """
    whole = max(1, math.ceil(number))
    step = int("1" + "0" * max(0, len(str(whole)) - 2))
    return -(-whole // step) * step
