"""Put one gate's answer into a row: what was held to what, the numbers, and for those that do not pass what to try."""

import shlex

from ci_ml.evaluation.results import Delta, Interval
from ci_ml.gates.judgement import Judgement, Side
from ci_ml.gates.verdict import GateResult, Outcome
from ci_ml.reports.escape import plain
from ci_ml.reports.figures import Figures
from ci_ml.reports.headline import part_name
from ci_ml.reports.numbers import bracket, megabytes, number, percent, places, signed, written
from ci_ml.reports.provenance import reproduce
from ci_ml.reports.report import Drawn, GateRow
from ci_ml.reports.strip import strip
from ci_ml.rules.rule import Rule
from ci_ml.rules.table import RULES
from ci_ml.text import count

# Of a slice in a phrase; the table of slices has it whole.
_LONGEST_VALUE = 60
ORDER: dict[Outcome, int] = {"fail": 0, "undecided": 1, "pass": 2, "not applicable": 3}


def gate_rows(judgement: Judgement) -> tuple[GateRow, ...]:
    """A row per gate: failing first, then undecided, then as configured."""
    ordered = sorted(judgement.verdict.results, key=lambda r: ORDER[r.outcome])
    return tuple(_row(result, judgement) for result in ordered)


def demand(result: GateResult) -> str:
    """What the gate asks for, as `no worse by more than 0.002`."""
    if result.share is not None:
        return rule_of(result).demanded(result.share, percent(result.share))
    return rule_of(result).demanded(result.threshold, written(result.threshold))


def rule_of(result: GateResult) -> Rule:
    """The rule that a result answers."""
    return RULES[result.rule]


def _shows_change(result: GateResult) -> bool:
    """Whether its numbers are a change: of a first model nothing is known but its level."""
    return rule_of(result).is_change and result.outcome != "not applicable"


def _row(result: GateResult, judgement: Judgement) -> GateRow:
    is_change = _shows_change(result)
    drawn = _drawn(result)
    advice, command = _advice(result, judgement)
    return GateRow(
        gate=result.gate,
        outcome=result.outcome,
        subject=result.subject,
        demand=demand(result),
        held=_held(result),
        figures=_file_figures(result, judgement) if result.metric is None else _metric_figures(result),
        is_change=is_change,
        is_file=result.metric is None,
        strip=strip(Interval(low=drawn.low, high=drawn.high), drawn.estimate, drawn.marks) if drawn else "",
        why="" if result.outcome == "pass" else result.reason,
        advice=advice,
        command=command,
        blocks=result.outcome == "fail" or (result.outcome == "undecided" and result.blocks),
        drawn=drawn,
    )


def _drawn(result: GateResult) -> Drawn | None:
    """The interval of a change, signed so that more is better."""
    delta = result.delta
    if not rule_of(result).is_change or result.interval is None or delta is None or delta.gain is None:
        return None
    low, high = sorted((delta.sign * result.interval.low, delta.sign * result.interval.high))
    allowed = rule_of(result).allowed(result.threshold)
    beyond = allowed.answer(low, high) == "fail"
    return Drawn(estimate=delta.gain, low=low, high=high, marks=allowed.ends, beyond=beyond)


def _held(result: GateResult) -> str:
    asked = demand(result)
    if result.metric is None:
        # The end of a path says more than its start, and a table's column has room for one word.
        return f"{result.subject.rpartition('/')[2]} {asked}"
    if not result.by:
        return f"{result.metric}{',' if rule_of(result).is_change else ''} {asked}"
    if result.slice == result.by:
        rows = f"; {count(result.slice_rows, 'row')}" if result.slice_rows is not None else ""
        return f"{result.metric} where {result.by}, {asked}{rows}"
    if result.slice is None:
        return f"{result.metric} of each {result.by}, {asked}"
    value = plain(result.slice.removeprefix(f"{result.by}="), _LONGEST_VALUE)
    rows = f", {count(result.slice_rows, 'row')}" if result.slice_rows is not None else ""
    return f"{result.metric} of each {result.by}, {asked}; least: {value}{rows}"


def _metric_figures(result: GateResult) -> Figures:
    delta = result.delta
    baseline = delta.baseline.value if delta else None
    change = delta.delta if delta else None
    levels = [v for v in (baseline, result.observed) if v is not None]
    interval = result.interval
    bounds = (interval.low, interval.high) if interval else ()
    is_change = _shows_change(result)
    near = _end_in_sight(result, delta)
    digits = places(*levels, change=change if is_change else None, bounds=bounds, near=near)
    return Figures(
        baseline="" if baseline is None else number(baseline, digits),
        candidate="" if result.observed is None else number(result.observed, digits),
        change=signed(change, digits) if is_change and change is not None else "",
        interval=bracket(interval.low, interval.high, digits, with_sign=is_change) if interval else "",
    )


def _end_in_sight(result: GateResult, delta: Delta | None) -> float:
    """The end of what is allowed that the numbers must not be taken for, in the metric's own direction."""
    ends, sign = rule_of(result).allowed(result.threshold).ends, delta.sign if delta else 1
    if not _shows_change(result):
        return ends[0]
    gain = delta.gain if delta and delta.gain is not None else 0.0
    return sign * min(ends, key=lambda end: abs(end - gain))


def _file_figures(result: GateResult, judgement: Judgement) -> Figures:
    if result.observed is None:
        return Figures()
    if rule_of(result).about != "size":
        whole = float(result.observed).is_integer() and abs(result.observed) >= 10
        digits = 0 if whole else places(result.observed, bounds=(result.observed,), near=result.threshold)
        return Figures(candidate=number(result.observed, digits))
    before = _same_file(judgement.baseline, result.subject)
    return Figures(
        baseline="" if before is None else megabytes(before / 1e6),
        candidate=megabytes(result.observed, limit=result.threshold),
    )


def _same_file(side: Side | None, path: str) -> int | None:
    return side.artifact.size if side and side.artifact and side.artifact.path == path else None


def _advice(result: GateResult, judgement: Judgement) -> tuple[str, str]:
    """What to try next, in words and, where there is one, as a command to type."""
    if result.outcome in ("pass", "not applicable"):
        return "", ""
    if result.slice and result.delta is not None:
        return "Look closer:", f"{reproduce(judgement)} --slice {shlex.quote(result.slice)}"
    if result.outcome == "undecided":
        return "", ""
    return rule_of(result).advice.format(part=part_name(result)), ""
