"""What a gate's outcome means, in one sentence for a reviewer."""

from ci_ml.evaluation.results import Comparison, SliceResult
from ci_ml.gates.rules import Held
from ci_ml.text import count, rows_of_groups


def place(where: Comparison | SliceResult) -> str:
    """Which rows a sentence speaks of: `For carrier=AA (3,090 rows)`, `On 12,377 rows of 59 groups`."""
    if isinstance(where, SliceResult):
        return f"For {where.name} ({count(where.rows, 'row')})"
    return f"On {rows_of_groups(where.rows, where.groups)}"


def failed(rule: str, metric: str, held: Held, threshold: float) -> str:
    """What is wrong, by how much at least, and what was allowed: `roc_auc is worse by at least 0.066; …`."""
    return f"{metric} {_bound(rule, held.high, threshold, sure=True)}"


def unsettled(rule: str, metric: str, held: Held, threshold: float) -> str:
    """How bad it may still be, and what is asked for."""
    return f"{metric} {_bound(rule, held.low, threshold, sure=False)}"


def beyond_by_chance(rule: str, metric: str, held: Held, threshold: float, *, judged: int) -> str:
    """Why a slice that is beyond the limit by itself does not fail the gate."""
    return (
        f"{metric} {_bound(rule, held.high, threshold, sure=True)}, but among {judged} slices one as far off can be "
        "chance (Holm's correction)"
    )


def settle(more: int | None, unit: str) -> str:
    """How the question could be settled."""
    if more is None:
        return "; the estimate is at the limit itself, so more data alone would not settle it"
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


# What is certain of a level, what is still possible, and what was asked for.
_LEVELS = {
    "minimum": ("is at most {found}", "may be as low as {found}", "at least {limit} is required"),
    "maximum": ("is at least {found}", "may be as high as {found}", "at most {limit} is allowed"),
}


def _bound(rule: str, bound: float, threshold: float, *, sure: bool) -> str:
    """A bound of the signed value, certain (`sure`) or still possible, and what the threshold asks for."""
    found, limit = figures(abs(bound), threshold)
    if rule in _LEVELS:
        found, limit = figures(bound if rule == "minimum" else -bound, threshold)
        certain, possible, asked = _LEVELS[rule]
        return f"{certain if sure else possible}; {asked}".format(found=found, limit=limit)
    if rule == "max_regression":
        asked = f"up to {limit} is allowed" if threshold else "none of that is allowed"
    else:
        asked = f"an improvement of more than {limit} is required" if threshold else "an improvement is required"
    if bound < 0:
        return f"{'is worse by at least' if sure else 'may be worse by as much as'} {found}; {asked}"
    if bound == 0:
        return f"{'does not improve' if sure else 'may not improve at all'}; {asked}"
    return f"{'improves by at most' if sure else 'may improve by as little as'} {found}; {asked}"
