"""What a hypothesis says about an interval: pass, fail, or not yet decided."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from ci_ml.evaluation.results import Comparison, Delta, Interval, Score, SliceResult
from ci_ml.gates.verdict import Outcome


@dataclass(frozen=True, kw_only=True)
class Held:
    """An estimate as it is held against a limit, in the metric's unit and signed so that more is better.

    Attributes:
        standard_error: None for a plain number, whose low and high are the value itself.
        units: rows or groups that it rests on.
    """

    value: float
    low: float
    high: float
    standard_error: float | None = None
    units: int = 0

    def mirrored(self) -> "Held":
        """The same with more and less exchanged."""
        return replace(self, value=-self.value, low=-self.high, high=-self.low)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One hypothesis.

    Attributes:
        is_change: about candidate minus baseline (the gain), else about the candidate's level.
        less_is_better: the level must stay below the threshold.
        limit: threshold as written -> the limit that the signed value must reach.
        strict: reaching the limit is not enough, it must be passed.
    """

    is_change: bool
    less_is_better: bool = False
    limit: Callable[[float], float]
    strict: bool = False

    def outcome(self, held: Held, threshold: float) -> Outcome:
        limit = self.limit(threshold)
        if held.low > limit or (held.low == limit and not self.strict):
            return "pass"
        if held.high < limit or (held.high == limit and self.strict):
            return "fail"
        return "undecided"


# The names are the keys of a gate in ci-ml.yaml.
RULES: dict[str, Rule] = {
    "minimum": Rule(is_change=False, limit=lambda threshold: threshold),
    "maximum": Rule(is_change=False, less_is_better=True, limit=lambda threshold: -threshold),
    "max_regression": Rule(is_change=True, limit=lambda threshold: -threshold),
    "min_improvement": Rule(is_change=True, limit=lambda threshold: threshold, strict=True),
    "max_size_mb": Rule(is_change=False, less_is_better=True, limit=lambda threshold: -threshold),
}


def hold(where: Comparison | SliceResult, metric: str, rule: Rule) -> Held | str:
    """What a rule looks at on all rows or on a slice, or why there is nothing to look at."""
    found = where.deltas.get(metric) if rule.is_change else where.scores.get(metric)
    if found is None:
        return "it was not estimated"
    value, interval = (found.gain, found.gain_interval) if isinstance(found, Delta) else (found.value, found.interval)
    if value is None:
        return found.reason or _missing(found)
    if interval is None:
        return found.reason or "it has no interval"
    held = Held(
        value=value,
        low=interval.low,
        high=interval.high,
        standard_error=found.standard_error,
        units=where.rows if where.groups is None else where.groups,
    )
    return held.mirrored() if rule.less_is_better else held


def interval_of(where: Comparison | SliceResult, metric: str, rule: Rule) -> Interval | None:
    """The interval behind `hold`, unsigned, as tables show it."""
    found: Delta | Score | None = where.deltas.get(metric) if rule.is_change else where.scores.get(metric)
    return found.interval if found else None


def _missing(found: Delta | Score) -> str:
    scores = (found.candidate, found.baseline) if isinstance(found, Delta) else (found,)
    return next((score.reason for score in scores if score.value is None and score.reason), "it has no value")
