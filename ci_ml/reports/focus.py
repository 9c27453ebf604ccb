"""A closer look at one slice, or at all slices by one column."""

from dataclasses import replace

from ci_ml.errors import DataError
from ci_ml.gates.judgement import Judgement
from ci_ml.reports.figures import figures
from ci_ml.reports.tables import text_table
from ci_ml.text import count


def focus(judgement: Judgement, by: str) -> Judgement:
    """The judgement with only the slices of one column, or with the one that `by` names (`carrier=AA`); gates stay.

    Raises:
        DataError: there is no such slice.
    """
    slices = judgement.comparison.slices
    wanted = tuple(s for s in slices if by in (s.by, s.name))
    if not wanted:
        names = ", ".join(s.name for s in slices[:12])
        raise DataError(f"there is no slice '{by}'.", hint=f"Slices: {names}{', …' if len(slices) > 12 else ''}.")
    return replace(judgement, comparison=replace(judgement.comparison, slices=wanted))


def slice_table(judgement: Judgement) -> str:
    """Every slice of the judgement for a terminal: rows, both models' main metric, the change with its interval."""
    main = judgement.comparison.main_metric
    rows: list[tuple[str, ...]] = [("slice", "rows", "baseline", "candidate", "change, 95 %")]
    for part in judgement.comparison.slices:
        shown = figures(part.deltas.get(main), part.scores.get(main))
        last = shown.moved or part.too_small or ""
        rows.append((part.name, count(part.rows), shown.baseline, shown.candidate or "–", last))
    return f"{main} by slice\n" + text_table(rows, right="lrrrl")
