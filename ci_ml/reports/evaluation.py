"""One model's evaluation as a table or as JSON."""

from dataclasses import asdict

from ci_ml.evaluation.results import Comparison, Score
from ci_ml.gates.judgement import Side
from ci_ml.reports.figures import figures
from ci_ml.reports.json_text import json_text
from ci_ml.reports.numbers import percent
from ci_ml.reports.provenance import method
from ci_ml.reports.tables import markdown_table, text_table
from ci_ml.text import count
from ci_ml.vocabulary import METRICS

SCHEMA = 1


def render_evaluation(model: str, side: Side, comparison: Comparison, *, style: str) -> str:
    """`style` is table, markdown or json."""
    if style == "json":
        return json_text({"schema": SCHEMA, "model": model, "side": asdict(side), **asdict(comparison)})
    grid = markdown_table if style == "markdown" else text_table
    unit = f", {count(comparison.groups, 'group')}" if comparison.groups is not None else ""
    positive = f", {count(comparison.positives)} positive" if comparison.positives is not None else ""
    lines = [f"{model}  {side.name}  {count(comparison.rows, 'row')}{unit}{positive}", ""]
    rows: list[tuple[str, ...]] = [("metric", "value", "95 % interval", "better is", "")]
    rows += [_score_row(score) for score in comparison.scores.values()]
    lines.append(grid(rows, right="lrll"))
    if comparison.slices:
        main = comparison.main_metric
        parts: list[tuple[str, ...]] = [("slice", "rows", main, "")]
        for part in comparison.slices:
            value = figures(None, part.scores.get(main)).candidate or "–"
            why = f"not judged: {part.too_small}" if part.too_small else ""
            parts.append((part.name, count(part.rows), value, why))
        lines += ["", grid(parts, right="lrrl")]
    lines += [f"\nPlease check: {suspicion.sentence}" for suspicion in comparison.suspicions]
    lines += ["", f"rows {comparison.rows_digest[:23]}  intervals at {percent(0.95)} {method(comparison)}"]
    return "\n".join(lines)


def _score_row(score: Score) -> tuple[str, ...]:
    direction = "higher" if METRICS[score.metric].greater_is_better else "lower"
    shown = figures(None, score)
    return score.metric, shown.candidate or "–", shown.interval, direction, score.reason or ""
