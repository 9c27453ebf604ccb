"""Hold every gate of a model against a comparison."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ci_ml.config import Gate, Model
from ci_ml.evaluation.results import Comparison, SliceResult
from ci_ml.gates import reasons
from ci_ml.gates.defaults import default_gates, label_of, margin_of
from ci_ml.gates.families import Member, family_outcome, half_width_after_holm, judge_family, shown
from ci_ml.gates.rules import RULES, Held, Rule, hold, interval_of
from ci_ml.gates.sample_size import more_needed
from ci_ml.gates.verdict import GateResult, Outcome, Verdict
from ci_ml.text import and_more


@dataclass(frozen=True, kw_only=True)
class FileFacts:
    """What file gates need to know of one file: its size, and its numbers by dotted key."""

    size_bytes: int | None = None
    numbers: Mapping[str, float] = field(default_factory=dict)


def judge(
    model: Model,
    comparison: Comparison,
    *,
    files: Mapping[str, FileFacts],
    extra: Mapping[str, Gate] | None = None,
) -> Verdict:
    """Answer every gate, and label the comparison.

    Args:
        files: by path as ci-ml.yaml writes it, for every file that a gate names.
        extra: further gates, such as a retraining's own.

    Raises:
        ConfigError: the default gate has no margin, because the baseline's value is 0.
    """
    gates = {**(model.gates or default_gates(model, comparison)), **(extra or {})}
    margin = margin_of(model.main_metric, gates, comparison)
    return Verdict(
        label=label_of(comparison, margin),
        margin=margin,
        results=tuple(_answer(name, gate, model, comparison, files) for name, gate in gates.items()),
    )


def _answer(name: str, gate: Gate, model: Model, comparison: Comparison, files: Mapping[str, FileFacts]) -> GateResult:
    blocks = (gate.undecided or model.undecided) == "block"
    facts: dict[str, Any] = {"gate": name, "rule": gate.hypothesis, "threshold": gate.threshold, "blocks": blocks}
    if gate.metric is None:
        return _file(gate, files, facts)
    facts |= {"metric": gate.metric, "by": gate.slice, "more_unit": "rows" if comparison.groups is None else "groups"}
    rule = RULES[gate.hypothesis]
    if rule.is_change and not comparison.has_baseline:
        subject = gate.metric + (f" by {gate.slice}" if gate.slice else "")
        return GateResult(
            **facts, outcome="not applicable", subject=subject, reason="There is no baseline to compare with."
        )
    if gate.slice is None:
        return _whole(gate, gate.metric, rule, comparison, facts)
    return _slices(gate, gate.metric, rule, comparison, facts)


def _whole(gate: Gate, metric: str, rule: Rule, comparison: Comparison, facts: dict[str, Any]) -> GateResult:
    held = hold(comparison, metric, rule)
    facts |= _seen(comparison, metric, rule) | {"subject": metric}
    if comparison.too_small:
        return GateResult(**facts, outcome="undecided", reason=f"There is too little data: {comparison.too_small}.")
    where = reasons.place(comparison)
    if isinstance(held, str):
        return GateResult(**facts, outcome="undecided", reason=f"{where}, {metric} cannot be judged: {held}.")
    outcome = rule.outcome(held, gate.threshold)
    if outcome == "pass":
        return GateResult(**facts, outcome=outcome)
    if outcome == "fail":
        sentence = reasons.failed(gate.hypothesis, metric, held, gate.threshold)
        return GateResult(**facts, outcome=outcome, reason=f"{where}, {sentence}.")
    more = more_needed(held, rule.limit(gate.threshold))
    sentence = reasons.unsettled(gate.hypothesis, metric, held, gate.threshold)
    sentence += reasons.settle(more, facts["more_unit"].removesuffix("s"))
    return GateResult(**facts, outcome=outcome, reason=f"{where}, {sentence}.", more_needed=more)


def _slices(gate: Gate, metric: str, rule: Rule, comparison: Comparison, facts: dict[str, Any]) -> GateResult:
    slices = comparison.slices_by(gate.slice or "")
    members = judge_family(slices, metric, rule, gate.threshold)
    facts |= {"judged": len(members), "skipped": len(slices) - len(members)}
    outcome = family_outcome(members)
    member = shown(members, outcome)
    if member is None:
        facts["subject"] = f"{metric} by {gate.slice}"
        return GateResult(**facts, outcome=outcome, reason=_none_judged(gate, slices))
    facts |= _seen(member.slice, metric, rule)
    facts |= {
        "subject": f"{metric} {member.slice.name}",
        "slice": member.slice.name,
        "slice_rows": member.slice.rows,
    }
    if outcome == "pass":
        return GateResult(**facts, outcome=outcome)
    sentence, more = _why(gate, metric, rule, member, facts)
    others = [m.slice.name for m in members if m.outcome == outcome and m is not member]
    return GateResult(**facts, outcome=outcome, reason=sentence + _also(others, outcome) + ".", more_needed=more)


def _why(gate: Gate, metric: str, rule: Rule, member: Member, facts: dict[str, Any]) -> tuple[str, int | None]:
    """The sentence about the slice that decided, without its full stop, and what would settle it."""
    where, held, unit = reasons.place(member.slice), member.held, facts["more_unit"].removesuffix("s")
    if isinstance(held, str):
        return f"{where}, {metric} cannot be judged: {held}", None
    if member.outcome == "fail":
        return f"{where}, {reasons.failed(gate.hypothesis, metric, held, gate.threshold)}", None
    limit = rule.limit(gate.threshold)
    if member.by_chance:
        more = more_needed(held, limit, half_width=half_width_after_holm(held, facts["judged"]))
        sentence = reasons.beyond_by_chance(gate.hypothesis, metric, held, gate.threshold, judged=facts["judged"])
    else:
        more = more_needed(held, limit)
        sentence = reasons.unsettled(gate.hypothesis, metric, held, gate.threshold)
    return f"{where}, {sentence}{reasons.settle(more, unit)}", more


def _also(others: list[str], outcome: Outcome) -> str:
    if not others:
        return ""
    return f" ({'also failing' if outcome == 'fail' else 'also undecided'}: {and_more(others)})"


def _none_judged(gate: Gate, slices: tuple[SliceResult, ...]) -> str:
    if len(slices) == 1:
        return f"{reasons.place(slices[0])}, there is too little data: {slices[0].too_small}."
    if not slices:
        return f"There is no slice by {gate.slice}."
    return f"None of the {len(slices)} slices by {gate.slice} has enough rows to be judged."


def _seen(where: Comparison | SliceResult, metric: str, rule: Rule) -> dict[str, Any]:
    """The numbers behind an answer, for tables."""
    score = where.scores.get(metric)
    return {
        "delta": where.deltas.get(metric),
        "observed": score.value if score else None,
        "interval": interval_of(where, metric, rule),
    }


def _file(gate: Gate, files: Mapping[str, FileFacts], facts: dict[str, Any]) -> GateResult:
    """A plain number has no interval: it is compared as it is, and never undecided."""
    path = gate.file or ""
    if gate.key is None:
        value, subject, unit = (files[path].size_bytes or 0) / 1e6, path, " MB"
    else:
        value, subject, unit = files[path].numbers[gate.key], f"{path} {gate.key}", ""
    rule = RULES[gate.hypothesis]
    held = Held(value=value, low=value, high=value)
    outcome = rule.outcome(held.mirrored() if rule.less_is_better else held, gate.threshold)
    found, limit = reasons.figures(value, gate.threshold, decimals=3 if gate.key else 1)
    if outcome == "undecided":  # not a number, such as NaN
        outcome, found = "fail", "not a number"
    asked = f"at most {limit}{unit} is allowed" if rule.less_is_better else f"at least {limit}{unit} is required"
    reason = "" if outcome == "pass" else f"{subject} is {found}{unit}; {asked}."
    return GateResult(**facts, subject=subject, outcome=outcome, observed=value, reason=reason)
