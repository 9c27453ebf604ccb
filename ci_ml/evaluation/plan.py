"""What a comparison has to estimate: points for what is shown, intervals only for what is gated or main."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ci_ml.config import Gate, Model


@dataclass(frozen=True, kw_only=True)
class SlicePlan:
    """What is asked of the slices by one column or condition; the fields mean the same as in `Plan`."""

    by: str
    metrics: tuple[str, ...]
    levels: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is asked of all rows, and of their slices.

    Attributes:
        metrics: shown as points.
        levels: need an interval of the candidate's own level.
        changes: need a paired interval of candidate minus baseline.
    """

    main_metric: str
    metrics: tuple[str, ...]
    levels: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    slices: tuple[SlicePlan, ...] = ()


def plan_for(model: Model, has_baseline: bool, *, extra: Mapping[str, Gate] | None = None) -> Plan:
    """The plan that a model's gates, metrics and slices call for.

    Args:
        extra: further gates that will be judged, such as a retraining's own.
    """
    gates = [gate for gate in (*model.gates.values(), *(extra or {}).values()) if gate.metric]
    main = model.main_metric
    families = _unique((*model.slices, *(gate.slice for gate in gates if gate.slice)))
    whole = [gate for gate in gates if not gate.slice]
    levels, changes = _asked(whole, has_baseline)
    return Plan(
        main_metric=main,
        metrics=_unique((*model.shown_metrics, *levels, *changes)),
        levels=_unique((main, *levels)),
        changes=_unique((main, *changes)) if has_baseline else (),
        slices=tuple(_slice_plan(by, model, gates, has_baseline) for by in families),
    )


def _slice_plan(by: str, model: Model, gates: Iterable[Gate], has_baseline: bool) -> SlicePlan:
    levels, changes = _asked([gate for gate in gates if gate.slice == by], has_baseline)
    if has_baseline and by in model.slices:
        changes = _unique((model.main_metric, *changes))
    return SlicePlan(by=by, metrics=_unique((model.main_metric, *levels, *changes)), levels=levels, changes=changes)


def _asked(gates: Iterable[Gate], has_baseline: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    levels = _unique(gate.metric for gate in gates if gate.metric and not gate.rule.is_change)
    changes = _unique(gate.metric for gate in gates if gate.metric and gate.rule.is_change)
    return levels, changes if has_baseline else ()


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
