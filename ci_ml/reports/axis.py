"""Where does an axis begin and end, and which round numbers stand at it?"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from ci_ml.reports.numbers import number, signed

_NOTHING = 1e-12  # floating-point dust, not a span
_LONGEST_LABEL = 9


@dataclass(frozen=True, kw_only=True)
class Tick:
    """A labelled place on an axis."""

    at: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Axis:
    """From the lowest to the highest value, drawn from `start` to `end`; what lies beyond stands at the edge."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        share = min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))
        return round(self.start + (self.end - self.start) * share, 2)

    def ticks(self, most: int = 6, *, with_sign: bool = False) -> tuple[Tick, ...]:
        """Round numbers between the ends, about `most` of them."""
        step = round_step((self.high - self.low) / most)
        decimals = max(0, -math.floor(math.log10(step) + 1e-9))
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return tuple(
            Tick(at=self.place(k * step), label=_label(k * step, decimals, with_sign=with_sign))
            for k in range(first, last + 1)
        )


def axis_of(values: Iterable[float | None], *, start: float, end: float) -> Axis:
    """An axis that holds all finite values."""
    known = [value for value in values if value is not None and math.isfinite(value)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    if high - low <= _NOTHING:
        low, high = low - 0.5, high + 0.5
    return Axis(low=low, high=high, start=start, end=end)


def round_step(rough: float) -> float:
    """The next of 1, 2, 5, 10, 20, …"""
    size = 10.0 ** math.floor(math.log10(rough))
    return next(m * size for m in (1, 2, 5, 10) if m * size >= rough * 0.999)


def _label(value: float, decimals: int, *, with_sign: bool) -> str:
    label = (signed if with_sign else number)(value, decimals)
    if not label.strip("+-0.,"):
        return "0" if with_sign else label
    return label if len(label) <= _LONGEST_LABEL else f"{value:+.3g}" if with_sign else f"{value:.3g}"
