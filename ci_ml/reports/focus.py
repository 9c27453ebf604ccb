"""One slice of a judgement, for a closer look."""

from dataclasses import replace

from ci_ml.errors import DataError
from ci_ml.gates.judgement import Judgement


def focus(judgement: Judgement, by: str) -> Judgement:
    """The judgement with only the slices of one column, or with the one that `by` names (`carrier=AA`).

    Raises:
        DataError: there is no such slice.
    """
    slices = judgement.comparison.slices
    wanted = tuple(s for s in slices if by in (s.by, s.name))
    if not wanted:
        names = ", ".join(s.name for s in slices[:12])
        raise DataError(f"there is no slice '{by}'.", hint=f"Slices: {names}{', …' if len(slices) > 12 else ''}.")
    results = tuple(r for r in judgement.verdict.results if r.by is None or r.by in {s.by for s in wanted})
    return replace(
        judgement,
        comparison=replace(judgement.comparison, slices=wanted),
        verdict=replace(judgement.verdict, results=results),
    )
