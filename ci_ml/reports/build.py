"""Turn a judgement into a report: choose the words and the order of everything that is shown."""

from ci_ml.gates.judgement import Judgement
from ci_ml.reports.altered_rules import altered_rules
from ci_ml.reports.class_rows import classes_view
from ci_ml.reports.forest import forests
from ci_ml.reports.gate_rows import gate_rows
from ci_ml.reports.headline import GLYPHS, answer_of, context, counts, headline, place
from ci_ml.reports.numbers import percent
from ci_ml.reports.provenance import provenance, reproduce
from ci_ml.reports.report import Links, Report, line
from ci_ml.reports.rows import (
    change_rows,
    changes_summary,
    level_rows,
    levels_summary,
    slice_tables,
    slices_summary,
)
from ci_ml.reports.score_curves import curves_view
from ci_ml.reports.value_charts import values_view
from ci_ml.text import rows_of_groups

NO_LINKS = Links()


def build_report(judgement: Judgement, *, links: Links = NO_LINKS) -> Report:
    """Everything that any rendering of this judgement shows."""
    answer = answer_of(judgement)
    levels = level_rows(judgement.comparison)
    slices = slice_tables(judgement)
    return Report(
        model=judgement.model,
        at=judgement.at,
        answer=answer,
        glyph=GLYPHS[answer],
        headline=headline(judgement),
        context=context(judgement),
        candidate=judgement.candidate.name,
        baseline=judgement.baseline.name if judgement.baseline else "",
        baseline_place=place(judgement.baseline),
        rows=rows_of_groups(judgement.comparison.rows, judgement.comparison.groups),
        level=_level(judgement),
        altered=altered_rules(judgement),
        refused=judgement.verdict.refused,
        gates=gate_rows(judgement),
        verdict=counts(judgement.verdict),
        levels=levels,
        levels_summary=levels_summary(levels),
        slices=slices,
        slices_summary=slices_summary(slices),
        changes=change_rows(judgement.changes),
        changes_summary=changes_summary(judgement.changes) if judgement.changes else "",
        forests=forests(judgement),
        curves=curves_view(judgement),
        hints=tuple(suspicion.sentence for suspicion in judgement.comparison.suspicions),
        classes=classes_view(judgement),
        values=values_view(judgement),
        notes=judgement.notes,
        reproduce=reproduce(judgement),
        rows_digest=judgement.comparison.rows_digest,
        registry_head=judgement.registry_head or "",
        provenance=provenance(judgement),
        links=links,
    )


def build_not_judged(model: str, *, at: str, why: str, advice: str = "", links: Links = NO_LINKS) -> Report:
    """The report where judging was impossible: why, in the first line, and what to do."""
    return Report(
        model=model,
        at=at,
        answer="not judged",
        glyph=GLYPHS["not judged"],
        headline=f"{model} was not judged: {why}",
        context=line(advice),
        links=links,
    )


def _level(judgement: Judgement) -> str:
    intervals = [r.interval for r in judgement.verdict.results if r.interval]
    return percent(intervals[0].level) if intervals else percent(0.95)
