"""Choose what a forest plot shows: per metric the changes on all rows and on slices, and the levels that gates hold."""

from math import inf

from ci_ml.evaluation.results import Comparison, Delta, Interval
from ci_ml.gates.judgement import Judgement
from ci_ml.gates.verdict import GateResult
from ci_ml.reports.numbers import bracket, number, places, signed
from ci_ml.reports.pictures import Forest, ForestRow
from ci_ml.rules.rule import Allowed
from ci_ml.rules.table import RULES
from ci_ml.text import and_more
from ci_ml.vocabulary import METRICS


def forests(judgement: Judgement) -> tuple[Forest, ...]:
    """Plots of changes first, the main metric's before all, then plots of gated levels."""
    comparison = judgement.comparison
    sliced = [m for s in comparison.slices for m, d in s.deltas.items() if d.interval]
    with_interval = [m for m, d in comparison.deltas.items() if d.interval]
    metrics = sorted(dict.fromkeys([*with_interval, *sliced]), key=lambda m: m != comparison.main_metric)
    changes = [_changes(judgement, metric) for metric in metrics]
    gated = dict.fromkeys(
        r.metric for r in judgement.verdict.results if r.metric and not RULES[r.rule].is_change and r.interval
    )
    return (*changes, *(_levels(judgement, metric) for metric in gated))


def _changes(judgement: Judgement, metric: str) -> Forest:
    comparison = judgement.comparison
    rows = []
    overall = comparison.deltas.get(metric)
    if overall and overall.gain is not None:
        rows.append(_change_row("all rows", comparison.rows, overall, _allowed(judgement, metric, None), overall=True))
    for by in dict.fromkeys(s.by for s in comparison.slices):
        allowed = _allowed(judgement, metric, by)
        judged = [s for s in comparison.slices_by(by) if not s.too_small and metric in s.deltas]
        known = [s for s in judged if s.deltas[metric].gain is not None]
        known.sort(key=lambda s: s.deltas[metric].gain or 0.0)
        rows += [_change_row(s.name, s.rows, s.deltas[metric], allowed) for s in known]
    better_way = "right is better" if METRICS[metric].greater_is_better else "lower is better, so right is lower"
    axis = f"gain in {metric}, candidate against baseline ({better_way})"
    return Forest(metric=metric, title=_title(metric, rows), axis=axis, is_change=True, rows=tuple(rows))


def _change_row(label: str, rows: int, delta: Delta, allowed: Allowed, *, overall: bool = False) -> ForestRow:
    gain, interval = delta.gain, delta.gain_interval
    levels = [v for v in (delta.baseline.value, delta.candidate.value) if v is not None]
    digits = places(*levels, change=gain, bounds=(interval.low, interval.high) if interval else ())
    numbers = signed(gain or 0.0, digits)
    return ForestRow(
        label=label,
        rows=rows,
        estimate=gain or 0.0,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        marks=allowed.ends,
        numbers=f"{numbers} {bracket(interval.low, interval.high, digits)}" if interval else numbers,
        overall=overall,
        beyond=interval is not None and allowed.answer(interval.low, interval.high) == "fail",
    )


def _allowed(judgement: Judgement, metric: str, by: str | None) -> Allowed:
    """What every gate on a change allows these rows."""
    asked = [
        RULES[r.rule].allowed(r.threshold)
        for r in judgement.verdict.results
        if r.metric == metric and r.by == by and RULES[r.rule].is_change
    ]
    return Allowed(
        low=max((allowed.low for allowed in asked), default=-inf),
        high=min((allowed.high for allowed in asked), default=inf),
    )


def _title(metric: str, rows: list[ForestRow]) -> str:
    """What the plot shows, counted."""
    overall = next((r for r in rows if r.overall and r.low is not None), None)
    parts = [r for r in rows if not r.overall and r.low is not None]
    said = [f"{_fortune(overall)} on all rows"] if overall else []
    if len(parts) == 1:
        said.append(f"{_fortune(parts[0])} for {parts[0].label}")
    elif parts:
        fortunes = [_fortune(r) for r in parts]
        known = "better" if "better" in fortunes else "no clear change"
        said.append(f"{known} for {fortunes.count(known)} of {len(parts)} slices")
        worse = [r.label for r in parts if _fortune(r) == "worse"]
        if worse:
            said.append(f"worse for {and_more(worse, 1)}")
    return f"{metric}: {', '.join(said)}" if said else metric


def _fortune(row: ForestRow) -> str:
    if row.low is not None and row.low > 0:
        return "better"
    return "worse" if row.high is not None and row.high < 0 else "no clear change"


def _levels(judgement: Judgement, metric: str) -> Forest:
    gates = [r for r in judgement.verdict.results if r.metric == metric and not RULES[r.rule].is_change]
    rows = tuple(_level_row(r, r.interval, judgement.comparison) for r in gates if r.interval)
    clear = sum(r.outcome == "pass" for r in gates)
    title = f"{metric}: {clear} of {len(gates)} levels are clear of their thresholds"
    if len(gates) == 1:
        title = f"{metric}: the level is {'' if clear else 'not '}clear of its threshold"
    better_way = "higher is better" if METRICS[metric].greater_is_better else "lower is better"
    return Forest(metric=metric, title=title, axis=f"{metric} ({better_way})", is_change=False, rows=rows)


def _level_row(result: GateResult, interval: Interval, comparison: Comparison) -> ForestRow:
    value = result.observed if result.observed is not None else (interval.low + interval.high) / 2
    digits = places(value, bounds=(interval.low, interval.high), near=result.threshold)
    return ForestRow(
        label=f"{result.gate}: {result.slice or 'all rows'}",
        rows=result.slice_rows if result.slice_rows is not None else comparison.rows,
        estimate=value,
        low=interval.low,
        high=interval.high,
        marks=RULES[result.rule].allowed(result.threshold).ends,
        numbers=f"{number(value, digits)} {bracket(interval.low, interval.high, digits, with_sign=False)}",
        reference=result.delta.baseline.value if result.delta else None,
        overall=result.slice is None,
    )
