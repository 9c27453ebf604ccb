"""How much more data would decide an undecided gate?"""

import math

from ci_ml.gates.rules import Held


def more_needed(held: Held, limit: float, *, half_width: float | None = None) -> int | None:
    """Further rows (or groups) that would bring the interval to one side of the limit at the present estimate.

    Half-widths shrink with the root of the number of units. Rounded up to two significant figures.

    Args:
        half_width: of the interval that must clear the limit; default: the one shown, on the limit's side.

    Returns:
        None where the estimate is at the limit itself: no number of rows would do.
    """
    distance = abs(held.value - limit)
    half = half_width or (held.value - held.low if held.value > limit else held.high - held.value)
    if distance == 0:
        return None
    more = held.units * (half / distance) ** 2 - held.units
    return round_up(more) if math.isfinite(more) else None


def round_up(number: float) -> int:
    """Two significant figures, upwards, and at least 1.

    >>> round_up(2814.2)
    2900
    """
    whole = max(1, math.ceil(number))
    step = int("1" + "0" * max(0, len(str(whole)) - 2))
    return -(-whole // step) * step
