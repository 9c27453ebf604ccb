"""Put levels, slices and changes into rows, each table with the one line that sums it up."""

from collections import Counter
from collections.abc import Iterable

from ci_ml.evaluation.results import Comparison, Delta, Score, SliceResult
from ci_ml.gates.judgement import Judgement
from ci_ml.registry.differences import Difference
from ci_ml.reports.figures import figures
from ci_ml.reports.report import ChangeRow, LevelRow, SliceRow, SliceTable
from ci_ml.vocabulary import METRICS

# How the summary line counts each kind of change; None: not worth counting.
_KINDS: dict[str, tuple[str, str] | None] = {
    "features": ("the features", "the features"),
    "parameter": ("1 parameter", "{} parameters"),
    "data": ("1 data file", "{} data files"),
    "code": ("1 code file", "{} code files"),
    "environment": ("the environment", "the environment"),
    "training": None,
}


def level_rows(comparison: Comparison) -> tuple[LevelRow, ...]:
    """Every shown metric on all rows, the main one first."""
    names = sorted(comparison.scores.keys() | comparison.deltas.keys(), key=lambda n: _shown_first(comparison, n))
    return tuple(_level(comparison.deltas.get(name), comparison.scores.get(name), name) for name in names)


def levels_summary(rows: Iterable[LevelRow]) -> str:
    """`roc_auc 0.669 → 0.746`: the main metric, and how many more there are."""
    rows = tuple(rows)
    if not rows:
        return ""
    main, shown = rows[0], rows[0].figures
    both = f"{shown.baseline} → {shown.candidate}" if shown.baseline else shown.candidate
    more = f", and {len(rows) - 1} more" if len(rows) > 1 else ""
    return f"{main.metric} {both}{more}"


def slice_tables(judgement: Judgement) -> tuple[SliceTable, ...]:
    """A table per column (or condition) and metric: worst gain first, then those too small to judge."""
    comparison = judgement.comparison
    return tuple(
        _slice_table(comparison.slices_by(by), by, metric)
        for by in dict.fromkeys(s.by for s in comparison.slices)
        for metric in _metrics_of(judgement, by)
    )


def slices_summary(tables: tuple[SliceTable, ...]) -> str:
    """What the slices say together, for the line that unfolds them."""
    said = [f"by {table.by}, {table.summary}" for table in tables[:3]]
    more = [f"{len(tables) - 3} more tables"] if len(tables) > 3 else []
    return "; ".join(said + more)


def change_rows(changes: tuple[Difference, ...]) -> tuple[ChangeRow, ...]:
    """What differs, in the order given, and what notably does not."""
    return tuple(
        ChangeRow(what=c.what, baseline=c.baseline or "", candidate=c.candidate or "", same=c.same) for c in changes
    )


def changes_summary(changes: tuple[Difference, ...]) -> str:
    """`the features, 1 parameter, 1 code file; same data`."""
    number_of = Counter(c.kind for c in changes if not c.same)
    said = []
    for kind, found in number_of.items():
        forms = _KINDS.get(kind, (kind, kind))
        if forms:
            said.append(forms[0] if found == 1 else forms[1].format(found))
    same = list(dict.fromkeys(c.kind for c in changes if c.same and c.kind not in number_of))
    changed = ", ".join(said) or "nothing that is recorded"
    return changed + (f"; same {' and '.join(same)}" if same else "")


def _shown_first(comparison: Comparison, name: str) -> tuple[bool, int]:
    listed = list(comparison.scores) + list(comparison.deltas)
    return (name != comparison.main_metric, listed.index(name))


def _level(delta: Delta | None, score: Score | None, name: str) -> LevelRow:
    return LevelRow(
        metric=name,
        direction="higher is better" if METRICS[name].greater_is_better else "lower is better",
        figures=figures(delta, score),
        reason=(delta and delta.reason) or (score and score.reason) or "",
    )


def _metrics_of(judgement: Judgement, by: str) -> tuple[str, ...]:
    """The metrics that are gated on these slices; else the main one, else whatever was computed."""
    computed = dict.fromkeys(m for s in judgement.comparison.slices_by(by) for m in (*s.deltas, *s.scores))
    gated = [r.metric for r in judgement.verdict.results if r.by == by and r.metric in computed]
    main = judgement.comparison.main_metric
    return tuple(dict.fromkeys(m for m in gated if m)) or (
        (main,) if main in computed or not computed else (next(iter(computed)),)
    )


def _slice_table(slices: tuple[SliceResult, ...], by: str, metric: str) -> SliceTable:
    judged = sorted((s for s in slices if s.too_small is None), key=lambda s: _gain(s, metric))
    small = [s for s in slices if s.too_small is not None]
    return SliceTable(
        by=by,
        metric=metric,
        summary=_slice_summary(judged, small, metric),
        rows=tuple(_slice_row(s, metric) for s in (*judged, *small)),
    )


def _gain(of: SliceResult, metric: str) -> float:
    """Least gain first; without a baseline, the lowest (or highest, if lower is better) level first."""
    delta, score = of.deltas.get(metric), of.scores.get(metric)
    if delta is not None and delta.gain is not None:
        return delta.gain
    if delta is None and score is not None and score.value is not None:
        return score.value if METRICS[metric].greater_is_better else -score.value
    return float("inf")


def _slice_summary(judged: list[SliceResult], small: list[SliceResult], metric: str) -> str:
    said = [f"{len(judged)} judged" + (f", {len(small)} too small to judge" if small else "")]
    gains = [s.deltas[metric].gain_interval for s in judged if metric in s.deltas]
    known = [g for g in gains if g is not None]
    worse = [s for s in judged if (d := s.deltas.get(metric)) and (g := d.gain_interval) and g.high < 0]
    if known:
        better = sum(g.low > 0 for g in known)
        said.append(_fortunes(better, worse, len(known)))
    elif judged and _gain(judged[0], metric) != float("inf"):
        said.append(f"least: {judged[0].value}")
    return "; ".join(said)


def _fortunes(better: int, worse: list[SliceResult], known: int) -> str:
    if known == 1:
        return "better" if better else "worse" if worse else "no clear change"
    if better == known:
        return "all better"
    parts = []
    if worse:
        names = ", ".join(s.value for s in worse[:3]) + (", …" if len(worse) > 3 else "")
        parts.append(f"worse for {len(worse)} ({names})")
    if better:
        parts.append(f"better for {better}")
    rest = known - better - len(worse)
    if rest:
        parts.append(f"no clear change for {rest}")
    return ", ".join(parts)


def _slice_row(of: SliceResult, metric: str) -> SliceRow:
    delta = of.deltas.get(metric)
    return SliceRow(
        value=of.value if of.name != of.by else of.by,
        rows=of.rows,
        groups=of.groups,
        positives=of.positives,
        figures=figures(delta, of.scores.get(metric)),
        too_small=of.too_small or "",
        gain=delta.gain if delta else None,
    )
