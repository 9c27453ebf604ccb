"""One metric of one or two models as text: levels, change and interval, with decimals that all of them share."""

from dataclasses import dataclass

from ci_ml.evaluation.results import Delta, Score
from ci_ml.reports.numbers import bracket, number, places, signed


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Numbers as text; empty where there is none. `interval` is of the change, or of a single model's level."""

    baseline: str = ""
    candidate: str = ""
    change: str = ""
    interval: str = ""

    @property
    def moved(self) -> str:
        """The change with its interval."""
        return f"{self.change} {self.interval}".strip() if self.change else ""


def figures(delta: Delta | None, score: Score | None) -> Figures:
    """Both models and their change, or the candidate alone where there is no baseline."""
    if delta is None:
        interval = score.interval if score else None
        value = score.value if score else None
        bounds = (interval.low, interval.high) if interval else ()
        digits = places(*(() if value is None else (value,)), bounds=bounds)
        return Figures(
            candidate="" if value is None else number(value, digits),
            interval=bracket(interval.low, interval.high, digits, with_sign=False) if interval else "",
        )
    before, after, change, interval = delta.baseline.value, delta.candidate.value, delta.delta, delta.interval
    bounds = (interval.low, interval.high) if interval else ()
    digits = places(*(v for v in (before, after) if v is not None), change=change, bounds=bounds)
    return Figures(
        baseline="" if before is None else number(before, digits),
        candidate="" if after is None else number(after, digits),
        change="" if change is None else signed(change, digits),
        interval=bracket(interval.low, interval.high, digits) if interval else "",
    )
