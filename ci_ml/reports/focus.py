"""A closer look at one slice, or at all slices by one column."""

from dataclasses import replace

from ci_ml.errors import DataError
from ci_ml.gates.judgement import Judgement
from ci_ml.reports.numbers import bracket, number, places, signed
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
        delta = part.deltas.get(main)
        if delta is None or delta.baseline.value is None or delta.candidate.value is None:
            score = part.scores.get(main)
            level = "–" if score is None or score.value is None else number(score.value, places(score.value))
            rows.append((part.name, count(part.rows), "", level, part.too_small or ""))
            continue
        before, after, interval = delta.baseline.value, delta.candidate.value, delta.interval
        change = after - before
        digits = places(before, after, change=change, bounds=(interval.low, interval.high) if interval else ())
        between = " " + bracket(interval.low, interval.high, digits) if interval else ""
        rows.append(
            (
                part.name,
                count(part.rows),
                number(before, digits),
                number(after, digits),
                signed(change, digits) + between,
            )
        )
    return f"{main} by slice\n" + text_table(rows, right="lrrrl")
