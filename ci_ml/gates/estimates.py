"""What does a rule look at? An estimate with its interval, of a level or of a change; or why there is none."""

from dataclasses import dataclass

from ci_ml.evaluation.results import Comparison, Delta, Interval, Score, SliceResult
from ci_ml.rules.rule import Rule


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What is held against a threshold: a level as it is, or a change as its gain (signed so that more is better).

    Attributes:
        value, low, high: in the metric's unit; low and high end the two-sided 95 % interval.
        standard_error: None for a plain number, whose low and high are the value itself.
        units: rows or groups that it rests on.
    """

    value: float
    low: float
    high: float
    standard_error: float | None = None
    units: int = 0


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """There is nothing to look at, for this reason (a clause without its full stop)."""

    reason: str


def estimate(where: Comparison | SliceResult, metric: str, rule: Rule) -> Estimate | Unknown:
    """What a rule looks at on all rows or on a slice."""
    found = _found(where, metric, rule)
    if found is None:
        return Unknown(reason="it was not estimated")
    value, interval = (found.gain, found.gain_interval) if isinstance(found, Delta) else (found.value, found.interval)
    if value is None:
        return Unknown(reason=found.reason or _missing(found))
    if interval is None:
        return Unknown(reason=found.reason or "it has no interval")
    return Estimate(
        value=value,
        low=interval.low,
        high=interval.high,
        standard_error=found.standard_error,
        units=where.rows if where.groups is None else where.groups,
    )


def interval_of(where: Comparison | SliceResult, metric: str, rule: Rule) -> Interval | None:
    """The interval behind `estimate`, in the metric's own direction, as tables show it."""
    found = _found(where, metric, rule)
    return found.interval if found else None


def _found(where: Comparison | SliceResult, metric: str, rule: Rule) -> Delta | Score | None:
    return where.deltas.get(metric) if rule.is_change else where.scores.get(metric)


def _missing(found: Delta | Score) -> str:
    scores = (found.candidate, found.baseline) if isinstance(found, Delta) else (found,)
    return next((score.reason for score in scores if score.value is None and score.reason), "it has no value")
