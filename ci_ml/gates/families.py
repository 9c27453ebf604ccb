"""Judge one hypothesis on many slices at once, so that chance alone rarely fails the family."""

from dataclasses import dataclass

from ci_ml.evaluation.results import SliceResult
from ci_ml.evaluation.significance import critical, holm, p_value_below
from ci_ml.gates.estimates import Estimate, Unknown, estimate
from ci_ml.rules.rule import Allowed, Answer, Rule

# The chance of a false alarm, one-sided: what the shown two-sided 95 % interval leaves on either side.
LEVEL = 0.025


@dataclass(frozen=True, kw_only=True)
class Member:
    """One slice of a family.

    Attributes:
        found: what was looked at, or why nothing could be.
        answer: the slice's own, after Holm's correction for the family.
        by_chance: beyond the limit by its plain interval, not after the correction.
    """

    slice: SliceResult
    found: Estimate | Unknown
    answer: Answer
    by_chance: bool = False


def judge_family(slices: tuple[SliceResult, ...], metric: str, rule: Rule, threshold: float) -> list[Member]:
    """Judge every slice that is large enough; the others are left out.

    Args:
        threshold: as written in the gate, in the metric's unit.

    Source: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.
    """
    allowed = rule.allowed(threshold)
    judged = [(part, estimate(part, metric, rule)) for part in slices if part.too_small is None]
    p_values = [p_value(found, allowed) if isinstance(found, Estimate) else 1.0 for _, found in judged]
    rejected = holm(p_values, LEVEL)
    return [_member(part, found, allowed, beyond) for (part, found), beyond in zip(judged, rejected, strict=True)]


def family_answer(members: list[Member]) -> Answer:
    """Fail if any fails, pass if all pass (and there are any), undecided otherwise."""
    answers = {member.answer for member in members}
    if "fail" in answers:
        return "fail"
    return "pass" if answers == {"pass"} else "undecided"


def deciding(members: list[Member], answer: Answer, allowed: Allowed) -> Member | None:
    """The slice to name: of those that made the answer the one with the least room to the limit."""

    def room(member: Member) -> float:
        return allowed.room(member.found.value) if isinstance(member.found, Estimate) else float("-inf")

    return min((member for member in members if member.answer == answer), key=room, default=None)


def half_width_after_holm(found: Estimate, judged: int) -> float:
    """How far a slice must be beyond the limit, in the metric's unit, to fail as the first of `judged` slices."""
    return critical(found.units, LEVEL / judged) * (found.standard_error or 0.0)


def p_value(found: Estimate, allowed: Allowed) -> float:
    """How likely a slice would be as far beyond an end of what is allowed if in truth it were not beyond.

    One-sided, for the end that it is farthest beyond: with two ends a family may err at either, each time with the
    chance `LEVEL`, as the two-sided interval of a single number does.
    """
    error = found.standard_error or 0.0
    below = p_value_below(found.value, allowed.low, error, found.units)
    return min(below, p_value_below(-found.value, -allowed.high, error, found.units))


def _member(part: SliceResult, found: Estimate | Unknown, allowed: Allowed, rejected: bool) -> Member:
    if isinstance(found, Unknown):
        return Member(slice=part, found=found, answer="undecided")
    answer = allowed.answer(found.low, found.high)
    if answer == "fail" and not rejected:
        return Member(slice=part, found=found, answer="undecided", by_chance=True)
    return Member(slice=part, found=found, answer=answer)
