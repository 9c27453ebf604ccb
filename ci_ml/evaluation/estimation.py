"""How good are two models on one part of the rows, and how sure is that?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ci_ml.evaluation.delong import Placements, placements, standard_error
from ci_ml.evaluation.intervals import Spread, from_resamples, from_standard_error
from ci_ml.evaluation.kernels import Kernel, Undefined
from ci_ml.evaluation.metrics import METRICS, point
from ci_ml.evaluation.predictions import Floats, Predictions
from ci_ml.evaluation.resampling import ResampledKernel
from ci_ml.evaluation.results import Delta, Score
from ci_ml.evaluation.units import Units

_AUC = "roc_auc"


@dataclass(frozen=True, kw_only=True, eq=False)
class Track:
    """One metric of one model: its value, and what its spread will be read from.

    Attributes:
        closed: for a ROC AUC of independent, equally weighted rows.
        drawn: for anything else that needs an interval.
    """

    score: Score
    closed: Placements | None = None
    drawn: ResampledKernel | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """Some of the rows, with every metric asked for ready to be resampled.

    Attributes:
        candidate, baseline: by metric; baseline is empty where there is none.
        units: how many units the rows hold.
        unit: "rows" or "groups".
        no_interval: why nothing here gets an interval; None if it may.
    """

    candidate: dict[str, Track]
    baseline: dict[str, Track]
    levels: tuple[str, ...]
    changes: tuple[str, ...]
    units: int
    unit: str
    no_interval: str | None = None

    def drawn(self) -> Iterable[ResampledKernel]:
        """What is to be resampled, in a fixed order."""
        return [track.drawn for track in (*self.candidate.values(), *self.baseline.values()) if track.drawn]

    def scores(self, values: Mapping[ResampledKernel, Floats]) -> dict[str, Score]:
        """The candidate's scores; `values` are the resampled ones."""
        return {name: self._level(name, track, values) for name, track in self.candidate.items()}

    def deltas(self, values: Mapping[ResampledKernel, Floats]) -> dict[str, Delta]:
        """Candidate minus baseline; empty without a baseline."""
        return {name: self._change(name, values) for name in self.baseline}

    def _level(self, name: str, track: Track, values: Mapping[ResampledKernel, Floats]) -> Score:
        if name not in self.levels or track.score.value is None:
            return track.score
        if self.no_interval:
            return replace(track.score, reason=self.no_interval)
        if track.closed:
            found: Spread | Undefined = from_standard_error(
                track.score.value, standard_error(track.closed), bounds=(0.0, 1.0)
            )
        elif track.drawn:
            found = from_resamples(values[track.drawn], units=self.units, unit=self.unit)
        else:
            return track.score
        if isinstance(found, Undefined):
            return replace(track.score, reason=found.reason)
        return replace(track.score, interval=found.interval, standard_error=found.standard_error)

    def _change(self, name: str, values: Mapping[ResampledKernel, Floats]) -> Delta:
        new, old = self.candidate[name], self.baseline[name]
        delta = Delta(metric=name, baseline=old.score, candidate=new.score)
        for side, track in (("the candidate", new), ("the baseline", old)):
            if track.score.value is None:
                return replace(delta, reason=f"{track.score.reason} ({side})")
        if name not in self.changes:
            return delta
        if self.no_interval:
            return replace(delta, reason=self.no_interval)
        if new.closed and old.closed:
            error = standard_error(new.closed, old.closed)
            found: Spread | Undefined = from_standard_error(delta.delta or 0.0, error, bounds=(-1.0, 1.0))
        elif new.drawn and old.drawn:
            found = from_resamples(values[new.drawn] - values[old.drawn], units=self.units, unit=self.unit)
        else:
            return delta
        if isinstance(found, Undefined):
            return replace(delta, reason=found.reason)
        return replace(delta, interval=found.interval, standard_error=found.standard_error)


def prepare_part(
    baseline: Predictions | None,
    candidate: Predictions,
    *,
    metrics: tuple[str, ...],
    levels: tuple[str, ...],
    changes: tuple[str, ...],
    own_units: NDArray[np.integer] | None = None,
    no_interval: str | None = None,
) -> Part:
    """Make every metric ready on some rows.

    Args:
        own_units: which of all units these rows belong to, ascending; None if to all.
        no_interval: why no interval is to be made.
    """
    units = Units.of(candidate)

    def track(name: str, predictions: Predictions, spread: bool) -> Track:
        prepared = METRICS[name].prepare(predictions, units)
        score = point(name, prepared, units)
        if not spread or no_interval or score.value is None or not isinstance(prepared, Kernel):
            return Track(score=score)
        if name == _AUC and predictions.group is None and predictions.sample_weight is None:
            return Track(score=score, closed=placements(predictions.y_true, np.asarray(predictions.y_score)))
        return Track(score=score, drawn=ResampledKernel(kernel=prepared, units=own_units))

    spread = {*levels, *changes}
    return Part(
        candidate={name: track(name, candidate, name in spread) for name in metrics},
        baseline={} if baseline is None else {name: track(name, baseline, name in changes) for name in metrics},
        levels=levels,
        changes=changes,
        units=units.count,
        unit="rows" if candidate.group is None else "groups",
        no_interval=no_interval,
    )
