"""What do a model's measurements leave open? Said on its card, next to what its owners say."""

from collections.abc import Iterator

from ci_ml.evaluation.results import Comparison, SliceResult
from ci_ml.gates.judgement import Judgement
from ci_ml.reports.numbers import bracket, places
from ci_ml.reports.report import Line, code_of, line
from ci_ml.text import count, rest

# Fewer than these are resampled into intervals that a single group can move.
_FEW_GROUPS = 20
_NAMED = 8  # of a list in a sentence


def known_limits(judgement: Judgement) -> tuple[Line, ...]:
    """One sentence for each thing that these rows cannot show."""
    return tuple(_limits(judgement))


def _limits(judgement: Judgement) -> Iterator[Line]:
    comparison = judgement.comparison
    if comparison.too_small:
        yield line(f"Nothing was judged: {comparison.too_small}.")
    if judgement.baseline is None:
        yield line("There was no earlier version to compare it with.")
    for result in judgement.verdict.having("fail"):
        yield line("Registered although the gate ", code_of(result.gate), f" fails. {_sentence(result.reason)}")
    for result in judgement.verdict.having("undecided"):
        yield line("The gate ", code_of(result.gate), f" is undecided. {_sentence(result.reason or 'Too few rows')}")
    if comparison.groups is None:
        yield line(
            "Intervals take every row as independent. Where rows belong together, such as those of one customer or "
            "one day, they are too narrow."
        )
    elif comparison.groups < _FEW_GROUPS:
        yield line(f"Intervals rest on {count(comparison.groups, 'group')} of rows, which is few: take them as rough.")
    yield from _without_interval(comparison)
    yield from _slices(comparison)
    if judgement.candidate.dirty:
        yield line("It was judged with changes in the working copy that were in no commit.")
    for note in judgement.notes:
        yield line(note)


def _without_interval(comparison: Comparison) -> Iterator[Line]:
    bare = [s.metric for s in comparison.scores.values() if s.value is not None and s.interval is None]
    if bare:
        yield (*line("No interval was computed for "), *_names(bare), *line("."))
    for score in comparison.scores.values():
        if score.value is None:
            yield line(
                code_of(score.metric), f" could not be estimated: {_sentence(score.reason or 'no reason is known')}"
            )


def _slices(comparison: Comparison) -> Iterator[Line]:
    for by in dict.fromkeys(s.by for s in comparison.slices):
        parts = comparison.slices_by(by)
        small = [s for s in parts if s.too_small is not None]
        if small:
            yield _too_small(by, small)
    yield from _least_sure([s for s in comparison.slices if s.too_small is None], comparison.main_metric)
    if comparison.slices_left_out:
        yield line(f"{count(comparison.slices_left_out, 'further slice')} of the smallest are not listed.")


def _too_small(by: str, small: list[SliceResult]) -> Line:
    rows = sum(s.rows for s in small)
    if small[0].name == by:  # a condition
        return line("Rows with ", code_of(by), f" are too few to judge: {count(rows)}.")
    names = _names([s.value for s in small])
    return (
        *line("Slices by ", code_of(by), " that are too small to judge: "),
        *names,
        *line(f" ({count(rows, 'row')} together)."),
    )


def _least_sure(parts: list[SliceResult], metric: str) -> Iterator[Line]:
    """The slice with the widest interval of the change."""
    known = [(d.interval, s) for s in parts if (d := s.deltas.get(metric)) is not None and d.interval is not None]
    if len(known) < 2:
        return
    interval, widest = max(known, key=lambda pair: pair[0].high - pair[0].low)
    digits = places(interval.high - interval.low)
    between = bracket(interval.low, interval.high, digits)
    yield line(
        "Least sure is the slice ",
        code_of(widest.name),
        f", with {metric} changed by {between} on {count(widest.rows, 'row')}.",
    )


def _names(names: list[str]) -> Line:
    """A list of codes, cut where it is long."""
    spans = [code_of(name) for name in names[:_NAMED]]
    listed = [part for span in spans for part in (*line(", "), span)][1:]
    return (*listed, *line(rest(len(names) - len(spans))))


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."
