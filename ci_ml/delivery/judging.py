"""Judge one model: gather both sides, compare, decide, and write down everything that was learned."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ci_ml.config import Gate, Model
from ci_ml.delivery.found_model import FoundModel
from ci_ml.delivery.gate_files import file_facts
from ci_ml.delivery.judging_records import keep_record
from ci_ml.delivery.judging_rules import judging_digest, retraining_gates
from ci_ml.delivery.messages import Messages
from ci_ml.delivery.model_finder import Baseline, find_baseline, find_model
from ci_ml.delivery.project import ModelSource
from ci_ml.delivery.registration_card import warn_of_card
from ci_ml.delivery.registry_view import RegistryView, newest_view
from ci_ml.delivery.same_rows import on_the_same_rows
from ci_ml.delivery.working_copy import model_in_working_copy
from ci_ml.evaluation.class_results import class_results
from ci_ml.evaluation.comparison import compare, plan_for
from ci_ml.evaluation.curves import curves
from ci_ml.evaluation.residuals import residuals
from ci_ml.evaluation.results import Comparison
from ci_ml.evaluation.rows import pair
from ci_ml.gates.judge import judge
from ci_ml.gates.judgement import Judgement, Side
from ci_ml.registry.provenance import changes
from ci_ml.repository.event_log.log import EventLog
from ci_ml.repository.records import Record, save


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """How good one model is: `comparison` has no baseline."""

    side: Side
    comparison: Comparison


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A judging, and the model that was judged."""

    judgement: Judgement
    candidate: FoundModel


def evaluate_model(
    source: ModelSource, log: EventLog, messages: Messages, *, candidate: str | None = None
) -> Evaluated:
    """Every metric of one model with its interval; recorded as the last evaluation.

    Args:
        candidate: what `find_model` understands; default: the working copy.

    Raises:
        CiMlError: whatever keeps the model from being read.
    """
    if candidate is None:
        found = model_in_working_copy(source, messages)
    else:
        found = find_model(source, newest_view(log, messages, model=source.name), candidate)
    plan = plan_for(source.model, has_baseline=False)
    comparison = compare(None, found.predictions, replace(plan, levels=plan.metrics))
    save(source.project.root, source.name, "evaluation", comparison)
    return Evaluated(side=found.side, comparison=comparison)


def gate_model(
    source: ModelSource,
    log: EventLog,
    messages: Messages,
    *,
    now: datetime,
    candidate: str | None = None,
    baseline: str | None = None,
    retraining: bool = False,
) -> Judgement:
    """Judge a model by its gates, and keep the record that `register` and `promote --merged` rely on.

    Args:
        candidate: what `find_model` understands; default: the working copy.
        baseline: what `find_model` understands; default: what ci-ml.yaml says.
        retraining: hold it to `retraining_gates` too.

    Raises:
        CiMlError: whatever keeps either side from being judged.
    """
    extra = retraining_gates(source.model) if retraining else None
    judged = judge_named(source, log, messages, now=now, candidate=candidate, baseline=baseline, extra=extra)
    judgement, provenance = judged.judgement, judged.candidate.provenance
    save(source.project.root, source.name, "judgement", judgement)
    # Only the working copy against what ci-ml.yaml names is what a merge may rely on.
    if provenance is not None and candidate is None and baseline is None:
        keep_record(source, Record(judgement=judgement, provenance=provenance), messages)
        warn_of_card(source, messages)
    return judgement


def judge_named(
    source: ModelSource,
    log: EventLog,
    messages: Messages,
    *,
    now: datetime,
    candidate: str | None = None,
    baseline: str | None = None,
    extra: Mapping[str, Gate] | None = None,
) -> Judged:
    """Judge the model that somebody names against the one that somebody names; nothing is kept. See `gate_model`."""
    if candidate is None:
        found = model_in_working_copy(source, messages)
        view = newest_view(log, messages, model=source.name)
    else:
        view = newest_view(log, messages, model=source.name)
        found = find_model(source, view, candidate)
    against = find_baseline(source, view, baseline)
    judgement = judge_model(
        source, view, found, against, messages, now=now, extra=extra, in_working_copy=candidate is None
    )
    return Judged(judgement=judgement, candidate=found)


def judge_model(
    source: ModelSource,
    view: RegistryView,
    candidate: FoundModel,
    baseline: Baseline,
    messages: Messages,
    *,
    now: datetime,
    extra: Mapping[str, Gate] | None = None,
    in_working_copy: bool = False,
) -> Judgement:
    """Judge the candidate against the baseline on the same rows.

    Args:
        extra: gates besides those of ci-ml.yaml.
        in_working_copy: the candidate lies there; else gates look at the files of its commit.

    Raises:
        DataError: the two cannot be brought on the same rows, or a gate's file is not there.
    """
    model, new, old, gates = source.model, candidate, baseline.found, dict(extra or {})
    if old is not None:
        old = on_the_same_rows(source, old, new, messages)
        before, after = pair(old.predictions, new.predictions)
        old, new = replace(old, predictions=before), replace(new, predictions=after)
    plan = plan_for(model, has_baseline=old is not None, extra=gates)
    comparison = compare(old.predictions if old else None, new.predictions, plan)
    files = file_facts(source, new.side, in_working_copy=in_working_copy)
    models = {"candidate": new.predictions} | ({"baseline": old.predictions} if old else {})
    return Judgement(
        model=source.name,
        at=now.isoformat(timespec="seconds"),
        candidate=new.side,
        baseline=old.side if old else None,
        baseline_note=baseline.reason,
        comparison=comparison,
        verdict=judge(model, comparison, files=files, extra=gates),
        on_merge=model.merge_stage,
        inputs=new.provenance.inputs if new.provenance else None,
        judging=judging_digest(model),
        registry_head=view.head,
        changes=changes(old.provenance, new.provenance) if old and old.provenance and new.provenance else (),
        curves={side: found for side, of in models.items() if (found := curves(of))},
        classes={side: each for side, of in models.items() if (each := class_results(of))},
        residuals=residuals(models),
        notes=_notes(model),
    )


def looking_at(source: ModelSource, part: str) -> ModelSource:
    """The same models, judged on the slices of one more column too.

    Args:
        part: COLUMN, COLUMN=VALUE or a condition such as 'age >= 60'.
    """
    column = part.partition("=")[0] if not any(sign in part for sign in ("==", "<", ">", "!=")) else part
    slices = tuple(dict.fromkeys((*source.model.slices, column)))
    return replace(source, model=replace(source.model, slices=slices))


def _notes(model: Model) -> tuple[str, ...]:
    notes = []
    if model.fairness.by:
        notes.append(f"fairness.by ({', '.join(model.fairness.by)}) is read, but not judged by this version of ci-ml.")
    if model.columns.latency_ms:
        notes.append("columns.latency_ms is read, but not judged by this version of ci-ml.")
    return tuple(notes)
