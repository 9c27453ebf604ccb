"""Write numbers so that each digit says something: shared decimals along a row, signs on changes, no `-0.000`."""

import math

from ci_ml.text import count

LEAST_PLACES = 3
MOST_PLACES = 8
# A bound of an interval may ask for this many decimals beyond what the change itself needs.
EXTRA_FOR_BOUNDS = 2


def places(
    *levels: float, change: float | None = None, bounds: tuple[float, ...] = (), near: float | None = None
) -> int:
    """How many decimals a row needs.

    Args:
        levels: values shown side by side.
        change: their difference; gets decimals until it is no longer rounded to nothing.
        bounds: an interval's ends; get a few more where zero or `near` would seem to be touched and is not.
        near: the threshold that the bounds are held against.
    """
    needed = _places_of_level(max((abs(v) for v in levels if math.isfinite(v)), default=0.0))
    if change is not None:
        while needed < MOST_PLACES and change != 0 and round(change, needed) == 0:
            needed += 1
        if change != 0 and round(change, needed) == 0:  # floating-point dust, not a change
            needed = min(needed, LEAST_PLACES)
    most = min(needed + EXTRA_FOR_BOUNDS, MOST_PLACES)
    for bound in bounds:
        needed = _places_apart(bound, 0.0, needed, most)
        if near is not None:
            needed = _places_apart(bound, near, needed, most)
    return needed


def number(value: float, places: int = LEAST_PLACES) -> str:
    """
    >>> number(12345.678, 1), number(-0.0001, 3), number(-2, 0)
    ('12,345.7', '0.000', '-2')
    """
    written = f"{value:,.{places}f}"
    return written.lstrip("-") if not written.strip("-0.,") else written


def signed(value: float, places: int = LEAST_PLACES) -> str:
    """
    >>> signed(0.077), signed(-0.002), signed(-0.0001)
    ('+0.077', '-0.002', '0.000')
    """
    written = number(value, places)
    return f"+{written}" if value > 0 and written.strip("0.,") else written


def bracket(low: float, high: float, places: int, *, with_sign: bool = True) -> str:
    """
    >>> bracket(-0.108, 0.066, 3)
    '[-0.108, +0.066]'
    """
    write = signed if with_sign else number
    return f"[{write(low, places)}, {write(high, places)}]"


def written(value: float) -> str:
    """A threshold the way a person writes it in a file, in at most six significant digits.

    >>> written(0.65), written(50.0), written(0.00001), written(1e6), written(0.00669123456)
    ('0.65', '50', '0.00001', '1,000,000', '0.00669123')
    """
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    digits = max(0, 5 - math.floor(math.log10(abs(value))))
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def megabytes(value: float, *, limit: float | None = None) -> str:
    """A size given in megabytes (10^6 bytes), with decimals enough to tell it from `limit`.

    >>> megabytes(1.23), megabytes(0.0123), megabytes(0.00042), megabytes(50.0004, limit=50)
    ('1.2 MB', '0.012 MB', '420 bytes', '50.0004 MB')
    """
    if 0 < value < 0.001:
        return count(round(value * 1e6), "byte")
    needed = 0 if value >= 100 else 1 if value >= 1 or value == 0 else 2 if value >= 0.1 else _places_of_level(value)
    if limit is not None:
        needed = _places_apart(value, limit, needed, 6)
    return f"{number(value, needed)} MB"


def percent(share: float) -> str:
    """Whole percents, with a decimal where none or all would be said of some.

    >>> percent(0.95), percent(0.125), percent(0.999), percent(0.002)
    ('95 %', '12 %', '99.9 %', '0.2 %')
    """
    whole = f"{100 * share:.0f}"
    return f"{whole} %" if (whole not in ("0", "100") or share in (0, 1)) else f"{100 * share:.1f} %"


def _places_of_level(size: float) -> int:
    """Three decimals below 10, fewer above; two significant digits of a small number."""
    if size >= 10:
        return max(0, LEAST_PLACES - math.floor(math.log10(size)))
    if 0 < size < 0.01:
        return min(MOST_PLACES, 1 - math.floor(math.log10(size)))
    return LEAST_PLACES


def _places_apart(value: float, mark: float, needed: int, most: int) -> int:
    """As many decimals as it takes to tell the value from the mark, where `most` can do it."""
    for more in range(needed, most + 1):
        if value == mark or round(value, more) != round(mark, more):
            return more
    return needed
