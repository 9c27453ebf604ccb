"""Comparisons written down by hand: numbers that a gate is held against."""

from ci_ml.evaluation.results import Comparison, Delta, Interval, Resampling, Score, SliceResult


def make_delta(metric="roc_auc", *, baseline=0.7, delta=0.01, low=None, high=None, reason=None, level=None) -> Delta:
    """Candidate minus baseline; without low and high there is no interval. `level` is the candidate's own interval."""
    interval = None if low is None else Interval(low=low, high=high)
    return Delta(
        metric=metric,
        baseline=Score(metric=metric, value=baseline),
        candidate=make_score(metric, None if baseline is None else baseline + delta, *(level or (None, None))),
        interval=interval,
        standard_error=None if interval is None else (high - low) / 4,
        reason=reason,
    )


def make_score(metric="roc_auc", value=0.7, low=None, high=None, *, reason=None) -> Score:
    interval = None if low is None else Interval(low=low, high=high)
    error = None if interval is None else (high - low) / 4
    return Score(metric=metric, value=value, interval=interval, reason=reason, standard_error=error)


def make_slice(value, *facts, by="carrier", rows=1000, groups=50, too_small=None) -> SliceResult:
    deltas, scores = _sorted(facts)
    return SliceResult(
        by=by, value=value, rows=rows, groups=groups, positives=200, too_small=too_small, deltas=deltas, scores=scores
    )


def make_comparison(
    *facts, slices=(), rows=12_377, groups=59, too_small=None, main_metric="roc_auc", has_baseline=True
) -> Comparison:
    deltas, scores = _sorted(facts)
    return Comparison(
        task="binary",
        main_metric=main_metric,
        rows=rows,
        groups=groups,
        positives=None,
        rows_digest="sha256:0",
        too_small=too_small,
        resampling=Resampling(unit="rows" if groups is None else "groups", units=groups or rows, replicates=9, seed=1),
        has_baseline=has_baseline,
        scores=scores,
        deltas=deltas,
        slices=tuple(slices),
    )


def _sorted(facts):
    deltas = {fact.metric: fact for fact in facts if isinstance(fact, Delta)}
    scores = {name: delta.candidate for name, delta in deltas.items()}
    return deltas, scores | {fact.metric: fact for fact in facts if isinstance(fact, Score)}
