"""What a gate's outcome means, in one sentence for a reviewer."""

from math import isnan

from ci_ml.evaluation.results import Comparison, SliceResult
from ci_ml.gates.estimates import Estimate
from ci_ml.rules.rule import Allowed, Rule
from ci_ml.text import count, rows_of_groups


def place(where: Comparison | SliceResult) -> str:
    """Which rows a sentence speaks of: `For carrier=AA (3,090 rows)`, `On 12,377 rows of 59 groups`."""
    if isinstance(where, SliceResult):
        return f"For {where.name} ({count(where.rows, 'row')})"
    return f"On {rows_of_groups(where.rows, where.groups)}"


def failed(rule: Rule, metric: str, found: Estimate, threshold: float) -> str:
    """What is wrong, by how much at least, and what was allowed: `roc_auc is worse by at least 0.066; …`."""
    bound = found.low if found.low >= rule.allowed(threshold).high else found.high
    return f"{metric} {_said(rule, bound, threshold, sure=True)}"


def unsettled(rule: Rule, metric: str, found: Estimate, threshold: float) -> str:
    """How bad it may still be, and what is asked for."""
    return f"{metric} {_said(rule, _farthest(found, rule.allowed(threshold)), threshold, sure=False)}"


def beyond_by_chance(rule: Rule, metric: str, found: Estimate, threshold: float, *, judged: int) -> str:
    """Why a slice that is beyond the limit by itself does not fail the gate."""
    return (
        f"{failed(rule, metric, found, threshold)}, but among {judged} slices one as far off can be "
        "chance (Holm's correction)"
    )


def of_number(rule: Rule, subject: str, value: float, threshold: float, *, decimals: int) -> str:
    """What is wrong with a plain number: `model.txt is 61.2 MB; at most 50.0 MB is allowed`."""
    found, limit = figures(value, threshold, decimals=decimals)
    if isnan(value):
        return f"{subject} is not a number; {rule.asked(threshold, limit)}"
    return f"{subject} is {found}{rule.unit}; {rule.asked(threshold, limit)}"


def settle(more: int | None, units: str) -> str:
    """How the question could be settled; `units` is rows or groups."""
    if more is None:
        return "; the estimate is at the limit itself, so more data alone would not settle it"
    unit = units.removesuffix("s")
    return f"; about {count(more, f'more {unit}')} would settle it"


def figures(value: float, against: float, *, decimals: int = 3) -> tuple[str, str]:
    """Two numbers with as many decimals as tell them apart; at least `decimals`, or 1 for numbers from 100 up.

    >>> figures(0.0664, 0.02)
    ('0.066', '0.020')
    >>> figures(0.02004, 0.02)
    ('0.02004', '0.02000')
    """
    largest = max(abs(value), abs(against))
    for more in range(1 if largest >= 100 else decimals, 16):
        pair = f"{value:,.{more}f}", f"{against:,.{more}f}"
        alike = pair[0] == pair[1] and value != against
        vanished = any(float(text.replace(",", "")) == 0 for text, x in zip(pair, (value, against), strict=True) if x)
        if not alike and not vanished:
            return pair
    return f"{value:g}", f"{against:g}"


def _farthest(found: Estimate, allowed: Allowed) -> float:
    """The end of an interval that is farther beyond what is allowed (or nearer to it, if neither is)."""
    return found.low if allowed.low - found.low >= found.high - allowed.high else found.high


def _said(rule: Rule, bound: float, threshold: float, *, sure: bool) -> str:
    """A bound, certain (`sure`) or still possible, and what the threshold asks for."""
    found, limit = figures(abs(bound) if rule.is_change else bound, threshold)
    return f"{rule.says(bound, sure).format(found=found)}; {rule.asked(threshold, limit)}"
