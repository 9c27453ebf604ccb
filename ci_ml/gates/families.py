"""Judge one hypothesis on many slices at once, so that chance alone rarely fails the family."""

from dataclasses import dataclass

from ci_ml.evaluation.results import SliceResult
from ci_ml.evaluation.significance import critical, holm, p_value_below
from ci_ml.gates.rules import Held, Rule, hold
from ci_ml.gates.verdict import Outcome

# The chance of a false alarm, one-sided: what the shown two-sided 95 % interval leaves on either side.
LEVEL = 0.025


@dataclass(frozen=True, kw_only=True)
class Member:
    """One slice of a family.

    Attributes:
        held: what was looked at, or why nothing could be.
        outcome: the slice's own, after Holm's correction for the family.
        by_chance: beyond the limit by its plain interval, not after the correction.
    """

    slice: SliceResult
    held: Held | str
    outcome: Outcome
    by_chance: bool = False


def judge_family(slices: tuple[SliceResult, ...], metric: str, rule: Rule, threshold: float) -> list[Member]:
    """Judge every slice that is large enough; the others are left out."""
    judged = [(found, hold(found, metric, rule)) for found in slices if found.too_small is None]
    limit = rule.limit(threshold)
    p_values = [p_value(held, limit) if isinstance(held, Held) else 1.0 for _, held in judged]
    rejected = holm(p_values, LEVEL)
    return [
        _member(found, held, rule, threshold, beyond) for (found, held), beyond in zip(judged, rejected, strict=True)
    ]


def family_outcome(members: list[Member]) -> Outcome:
    """Fail if any fails, pass if all pass (and there are any), undecided otherwise."""
    outcomes = {member.outcome for member in members}
    if "fail" in outcomes:
        return "fail"
    return "pass" if outcomes == {"pass"} else "undecided"


def shown(members: list[Member], outcome: Outcome) -> Member | None:
    """The slice to name: the one with the least (signed) value among those that made the outcome."""
    deciding = [member for member in members if member.outcome == outcome]
    return min(deciding, key=lambda m: m.held.value if isinstance(m.held, Held) else float("-inf"), default=None)


def half_width_after_holm(held: Held, judged: int) -> float:
    """How far a slice must be beyond the limit to fail as the first of a family."""
    return critical(held.units, LEVEL / judged) * (held.standard_error or 0.0)


def p_value(held: Held, limit: float) -> float:
    """How likely a slice would be as far below the limit if in truth it were not below."""
    return p_value_below(held.value, limit, held.standard_error or 0.0, held.units)


def _member(found: SliceResult, held: Held | str, rule: Rule, threshold: float, rejected: bool) -> Member:
    if isinstance(held, str):
        return Member(slice=found, held=held, outcome="undecided")
    outcome = rule.outcome(held, threshold)
    if outcome == "fail" and not rejected:
        return Member(slice=found, held=held, outcome="undecided", by_chance=True)
    return Member(slice=found, held=held, outcome=outcome)
