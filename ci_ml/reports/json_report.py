"""Put one judging into JSON: its numbers as they were computed, with the words of its report."""

from ci_ml.evaluation.results import Comparison, Delta, Score, SliceResult
from ci_ml.gates.judgement import Judgement
from ci_ml.gates.verdict import GateResult
from ci_ml.reports.json_shape import Figure, GateFigures, JsonReport, MetricFigures, SliceFigures
from ci_ml.reports.json_text import json_text
from ci_ml.reports.report import GateRow, Report, words
from ci_ml.vocabulary import METRICS


def render_json(judgement: Judgement, report: Report) -> str:
    """The judgement's numbers with the words of its report."""
    return json_text(json_report(judgement, report))


def json_report(judgement: Judgement, report: Report) -> JsonReport:
    """The judgement's numbers with the words of its report, as one value."""
    comparison, verdict = judgement.comparison, judgement.verdict
    results = {result.gate: result for result in verdict.results}
    return JsonReport(
        model=judgement.model,
        at=judgement.at,
        answer=report.answer,
        headline=report.headline,
        context=words(report.context).strip(),
        verdict=report.verdict,
        exit_code=verdict.exit_code,
        label=verdict.label,
        margin=verdict.margin,
        candidate=judgement.candidate,
        baseline=judgement.baseline,
        baseline_note=judgement.baseline_note,
        on_merge=judgement.on_merge,
        task=comparison.task,
        main_metric=comparison.main_metric,
        rows=comparison.rows,
        groups=comparison.groups,
        positives=comparison.positives,
        rows_digest=comparison.rows_digest,
        dates=comparison.dates,
        too_small=comparison.too_small,
        resampling=comparison.resampling,
        metrics=_metrics(comparison),
        slices=tuple(_slice(part) for part in comparison.slices),
        slices_left_out=comparison.slices_left_out,
        gates=tuple(_gate(results[row.gate], row, comparison) for row in report.gates),
        changes=judgement.changes,
        curves=judgement.curves,
        suspicions=comparison.suspicions,
        classes=judgement.classes,
        residuals=judgement.residuals,
        notes=judgement.notes,
        reproduce=report.reproduce,
        inputs=judgement.inputs,
        judging=judgement.judging,
        refused=verdict.refused,
        row_changes=judgement.rows,
        base=judgement.base,
        registry_head=judgement.registry_head,
        links=report.links,
    )


def _metrics(where: Comparison | SliceResult) -> dict[str, MetricFigures]:
    return {name: _metric(where, name) for name in dict.fromkeys((*where.scores, *where.deltas))}


def _metric(where: Comparison | SliceResult, name: str) -> MetricFigures:
    delta = where.deltas.get(name)
    return MetricFigures(
        greater_is_better=METRICS[name].greater_is_better,
        baseline=_level(delta.baseline) if delta else None,
        # A slice of a stored evaluation may have the change alone, and the levels in it.
        candidate=_level(where.scores[name] if name in where.scores or delta is None else delta.candidate),
        change=_change(delta) if delta else None,
    )


def _level(score: Score) -> Figure:
    return Figure(value=score.value, interval=score.interval, standard_error=score.standard_error, reason=score.reason)


def _change(delta: Delta) -> Figure:
    return Figure(value=delta.delta, interval=delta.interval, standard_error=delta.standard_error, reason=delta.reason)


def _slice(part: SliceResult) -> SliceFigures:
    return SliceFigures(
        name=part.name,
        by=part.by,
        value=part.value,
        rows=part.rows,
        groups=part.groups,
        positives=part.positives,
        too_small=part.too_small,
        metrics=_metrics(part),
    )


def _gate(result: GateResult, row: GateRow, comparison: Comparison) -> GateFigures:
    where = _where(result, comparison)
    known = where is not None and (result.metric in where.scores or result.metric in where.deltas)
    found = _metric(where, result.metric) if where and result.metric and known else None
    plain = None if result.observed is None else _level(Score(metric="", value=result.observed))
    return GateFigures(
        gate=result.gate,
        rule=result.rule,
        outcome=result.outcome,
        threshold=result.threshold,
        blocks=row.blocks,
        metric=result.metric,
        by=result.by,
        slice=result.slice,
        rows=where.rows if where else None,
        groups=where.groups if where else None,
        baseline=found.baseline if found else None,
        candidate=found.candidate if found else plain,
        change=found.change if found else None,
        judged=result.judged,
        skipped=result.skipped,
        more_needed=result.more_needed,
        more_unit=result.more_unit,
        subject=row.subject,
        demand=row.demand,
        held=row.held,
        why=row.why,
        advice=row.advice,
        command=row.command,
        rules=result.rules,
    )


def _where(result: GateResult, comparison: Comparison) -> Comparison | SliceResult | None:
    """The rows that a gate's numbers are of."""
    if result.metric is None:
        return None
    if result.by is None:
        return comparison
    return next((s for s in comparison.slices if (s.by, s.name) == (result.by, result.slice)), None)
