"""Say what a change alters of the rules that main has, and what follows from that."""

from ci_ml.gates.judgement import BaseRules, Judgement
from ci_ml.reports.report import AlteredRules
from ci_ml.text import count

_NONE = AlteredRules()


def altered_rules(judgement: Judgement) -> AlteredRules:
    """What stands at the top of every rendering, where there is anything to say."""
    base = judgement.base
    if base is None:
        return _NONE
    if not base.changes:
        # Where nothing was there before, there is nobody to ask whose rules hold.
        return AlteredRules(said=base.note) if base.commit else _NONE
    rows = tuple((change.key, change.before or "", change.after or "") for change in base.changes)
    return AlteredRules(said=_said(base, judgement), rows=rows, otherwise=base.otherwise)


def _said(base: BaseRules, judgement: Judgement) -> str:
    altered = f"This change alters {count(len(base.changes), 'rule')}."
    if judgement.verdict.label == "rules only":
        return altered
    if base.approved:
        return f"{altered} An approval names its rules, so they stand."
    main = f"main's rules ({base.commit[:7]})" if base.commit else "main's rules"
    return f"{altered} It is judged by {main} and by its own; the stricter answer stands."
