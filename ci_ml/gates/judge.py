"""Hold every gate of a model against a comparison."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ci_ml.config import Gate, Model
from ci_ml.evaluation.results import Comparison, SliceResult
from ci_ml.gates import reasons
from ci_ml.gates.defaults import DEFAULT_GATE, DEFAULT_SHARE, default_gates, label_of, margin_of
from ci_ml.gates.estimates import Unknown, estimate, interval_of
from ci_ml.gates.families import Member, deciding, family_answer, half_width_after_holm, judge_family
from ci_ml.gates.sample_size import more_needed
from ci_ml.gates.verdict import GateResult, Verdict
from ci_ml.rules.rule import Answer
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
    worse = _is_surely_worse(comparison, model.main_metric)
    asked = GateResult(
        gate=name,
        rule=gate.hypothesis,
        outcome="not applicable",
        threshold=gate.threshold,
        share=None if model.gates or name != DEFAULT_GATE else DEFAULT_SHARE,
        subject=_subject(gate),
        metric=gate.metric,
        by=gate.slice,
        more_unit="rows" if comparison.groups is None or gate.metric is None else "groups",
        blocks=(gate.undecided or model.undecided) == "block" or (gate.rule.is_change and worse),
    )
    if gate.metric is None:
        return _file(asked, gate, files)
    if gate.rule.is_change and not comparison.has_baseline:
        level = None if gate.slice else comparison.scores.get(gate.metric)
        return replace(
            asked,
            observed=level.value if level else None,
            interval=level.interval if level else None,
            reason="There is no baseline to compare with.",
        )
    if gate.slice is None:
        return _whole(asked, gate, gate.metric, comparison)
    return _slices(asked, gate, gate.metric, comparison.slices_by(gate.slice))


def _is_surely_worse(comparison: Comparison, metric: str) -> bool:
    """Whether the whole interval of the change lies below zero: then nothing that is undecided about it may pass."""
    delta = comparison.deltas.get(metric)
    return delta is not None and delta.gain_interval is not None and delta.gain_interval.high < 0


def _subject(gate: Gate) -> str:
    if gate.metric is None:
        return f"{gate.file} {gate.key}" if gate.key else gate.file or ""
    return f"{gate.metric} by {gate.slice}" if gate.slice else gate.metric


def _whole(asked: GateResult, gate: Gate, metric: str, comparison: Comparison) -> GateResult:
    asked = _with_numbers(asked, gate, metric, comparison)
    if comparison.too_small:
        return replace(asked, outcome="undecided", reason=f"There is too little data: {comparison.too_small}.")
    where, found = reasons.place(comparison), estimate(comparison, metric, gate.rule)
    if isinstance(found, Unknown):
        return replace(asked, outcome="undecided", reason=f"{where}, {metric} cannot be judged: {found.reason}.")
    allowed = gate.rule.allowed(gate.threshold)
    answer = allowed.answer(found.low, found.high)
    if answer == "pass":
        return replace(asked, outcome=answer)
    if answer == "fail":
        sentence = reasons.failed(gate.rule, metric, found, gate.threshold)
        return replace(asked, outcome=answer, reason=f"{where}, {sentence}.")
    more = more_needed(found, allowed)
    sentence = reasons.unsettled(gate.rule, metric, found, gate.threshold) + reasons.settle(more, asked.more_unit)
    blocks = asked.blocks or (gate.rule.is_change and found.high < 0)
    return replace(asked, outcome=answer, reason=f"{where}, {sentence}.", more_needed=more, blocks=blocks)


def _slices(asked: GateResult, gate: Gate, metric: str, slices: tuple[SliceResult, ...]) -> GateResult:
    members = judge_family(slices, metric, gate.rule, gate.threshold)
    answer = family_answer(members)
    asked = replace(asked, outcome=answer, judged=len(members), skipped=len(slices) - len(members))
    member = deciding(members, answer, gate.rule.allowed(gate.threshold))
    if member is None:
        return replace(asked, reason=_none_judged(gate, slices))
    asked = replace(
        _with_numbers(asked, gate, metric, member.slice),
        subject=f"{metric} {member.slice.name}",
        slice=member.slice.name,
        slice_rows=member.slice.rows,
    )
    if answer == "pass":
        return asked
    why = _why(gate, metric, member, len(members), asked.more_unit)
    others = [m.slice.name for m in members if m.answer == answer and m is not member]
    return replace(asked, reason=f"{why.sentence}{_also(others, answer)}.", more_needed=why.more_needed)


@dataclass(frozen=True, kw_only=True)
class _Why:
    """The sentence about the slice that decided, without its full stop, and what would settle it."""

    sentence: str
    more_needed: int | None = None


def _why(gate: Gate, metric: str, member: Member, judged: int, unit: str) -> _Why:
    where, found, rule, threshold = reasons.place(member.slice), member.found, gate.rule, gate.threshold
    if isinstance(found, Unknown):
        return _Why(sentence=f"{where}, {metric} cannot be judged: {found.reason}")
    if member.answer == "fail":
        return _Why(sentence=f"{where}, {reasons.failed(rule, metric, found, threshold)}")
    half_width = half_width_after_holm(found, judged) if member.by_chance else None
    more = more_needed(found, rule.allowed(threshold), half_width=half_width)
    if member.by_chance:
        sentence = reasons.beyond_by_chance(rule, metric, found, threshold, judged=judged)
    else:
        sentence = reasons.unsettled(rule, metric, found, threshold)
    return _Why(sentence=f"{where}, {sentence}{reasons.settle(more, unit)}", more_needed=more)


def _also(others: list[str], answer: Answer) -> str:
    if not others:
        return ""
    return f" ({'also failing' if answer == 'fail' else 'also undecided'}: {and_more(others)})"


def _none_judged(gate: Gate, slices: tuple[SliceResult, ...]) -> str:
    if len(slices) == 1:
        return f"{reasons.place(slices[0])}, there is too little data: {slices[0].too_small}."
    if not slices:
        return f"There is no slice by {gate.slice}."
    return f"None of the {len(slices)} slices by {gate.slice} has enough rows to be judged."


def _with_numbers(asked: GateResult, gate: Gate, metric: str, where: Comparison | SliceResult) -> GateResult:
    """With the numbers behind the answer, for tables."""
    score = where.scores.get(metric)
    return replace(
        asked,
        delta=where.deltas.get(metric),
        observed=score.value if score else None,
        interval=interval_of(where, metric, gate.rule),
    )


def _file(asked: GateResult, gate: Gate, files: Mapping[str, FileFacts]) -> GateResult:
    """A plain number has no interval: it is compared as it is, and never undecided."""
    facts = files[gate.file or ""]
    value = (facts.size_bytes or 0) / 1e6 if gate.key is None else facts.numbers[gate.key]
    if gate.rule.allowed(gate.threshold).answer(value, value) == "pass":
        return replace(asked, outcome="pass", observed=value)
    decimals = 3 if gate.key else 1
    reason = reasons.of_number(gate.rule, asked.subject, value, gate.threshold, decimals=decimals)
    return replace(asked, outcome="fail", observed=value, reason=f"{reason}.")
