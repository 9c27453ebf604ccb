"""Compare a candidate with the model it would replace, on the same rows, whole and by slice."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ci_ml.errors import DataError
from ci_ml.evaluation.estimation import Part, prepare_part
from ci_ml.evaluation.plan import Plan, SlicePlan, plan_for
from ci_ml.evaluation.predictions import Floats, Predictions
from ci_ml.evaluation.resampling import REPLICATES, ResampledKernel, resample, seed_of
from ci_ml.evaluation.results import Comparison, Resampling, SliceResult
from ci_ml.evaluation.slices import cut
from ci_ml.evaluation.sufficiency import LEAST_GROUPS, LEAST_GROUPS_OF_SLICE, Counts, count_rows, too_small
from ci_ml.evaluation.suspicions import suspicions
from ci_ml.evaluation.units import Units

__all__ = ["Plan", "SlicePlan", "compare", "plan_for"]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Slice:
    """One slice: what is known by counting, and the part to estimate (None if too small)."""

    by: str
    value: str
    counts: Counts
    too_small: str | None
    part: Part | None


def compare(
    baseline: Predictions | None, candidate: Predictions, plan: Plan, *, replicates: int = REPLICATES
) -> Comparison:
    """Estimate what the plan asks for.

    Args:
        baseline: paired with `candidate`: the same rows in the same order. None for a first model.
        replicates: resamples behind every interval that has no closed form.

    Raises:
        DataError: the two are not on the same rows.
        ConfigError: a slice cannot be cut.
    """
    if baseline is not None:
        _check_paired(baseline, candidate)
    counts = count_rows(candidate)
    small = too_small(counts, least_groups=LEAST_GROUPS)
    units = Units.of(candidate)
    whole = prepare_part(
        baseline,
        candidate,
        metrics=plan.metrics,
        levels=plan.levels,
        changes=plan.changes,
        no_interval=small,
    )
    slices = [found for wanted in plan.slices for found in _cut(baseline, candidate, wanted, units, small)]
    parts = [whole, *(s.part for s in slices if s.part)]
    drawn = [entry for part in parts for entry in part.drawn()]
    seed = seed_of(candidate.rows_digest)
    drawn_values = resample(drawn, units=units.count, replicates=replicates, seed=seed) if drawn else []
    values = dict(zip(drawn, drawn_values, strict=True))
    scores = whole.scores(values)
    return Comparison(
        task=candidate.task,
        main_metric=plan.main_metric,
        rows=counts.rows,
        groups=counts.groups,
        dates=candidate.dates,
        positives=counts.positives,
        rows_digest=candidate.rows_digest,
        too_small=small,
        resampling=Resampling(
            unit="rows" if candidate.group is None else "groups",
            units=units.count,
            replicates=replicates if drawn else 0,
            seed=seed,
        ),
        has_baseline=baseline is not None,
        scores=scores,
        deltas=whole.deltas(values),
        slices=tuple(_result(s, values) for s in slices),
        suspicions=suspicions(candidate, scores),
    )


def _cut(
    baseline: Predictions | None, candidate: Predictions, wanted: SlicePlan, units: Units, small: str | None
) -> list[_Slice]:
    found = []
    for value, numbers in cut(candidate, wanted.by):
        counts = count_rows(candidate, numbers)
        reason = too_small(counts, least_groups=LEAST_GROUPS_OF_SLICE)
        part = None
        if reason is None:
            chosen = np.zeros(len(candidate), dtype=bool)
            chosen[numbers] = True
            part = prepare_part(
                None if baseline is None else baseline.take(chosen),
                candidate.take(chosen),
                metrics=wanted.metrics,
                levels=wanted.levels,
                changes=wanted.changes,
                own_units=_units_of(chosen, units),
                no_interval=small,
            )
        found.append(_Slice(by=wanted.by, value=value, counts=counts, too_small=reason, part=part))
    return found


def _units_of(chosen: NDArray[np.bool_], units: Units) -> NDArray[np.integer]:
    return np.flatnonzero(chosen) if units.of_row is None else np.unique(units.of_row[chosen])


def _result(found: _Slice, values: Mapping[ResampledKernel, Floats]) -> SliceResult:
    return SliceResult(
        by=found.by,
        value=found.value,
        rows=found.counts.rows,
        groups=found.counts.groups,
        positives=found.counts.positives,
        too_small=found.too_small,
        deltas={} if found.part is None else found.part.deltas(values),
        scores={} if found.part is None else found.part.scores(values),
    )


def _check_paired(baseline: Predictions, candidate: Predictions) -> None:
    if baseline.task != candidate.task:
        raise DataError(
            f"The baseline is of task {baseline.task}, the candidate of task {candidate.task}.",
            hint="Compare models of one task.",
        )
    one_kind = baseline.ids.dtype.kind == candidate.ids.dtype.kind
    same_ids = one_kind and bool(np.array_equal(baseline.ids, candidate.ids))
    if same_ids and baseline.rows_digest == candidate.rows_digest:
        return
    if same_ids:
        found = "have the same ids but another truth, weight, group or slice column"
    else:
        shared = np.intersect1d(baseline.ids, candidate.ids).size if one_kind else 0
        found = f"are not the same: {len(baseline):,} and {len(candidate):,}, {shared:,} of them with the same id"
    raise DataError(
        f"The rows of the baseline and of the candidate {found}.",
        hint="Score the baseline again on today's rows: give the model a `predict:` in ci-ml.yaml.",
    )
