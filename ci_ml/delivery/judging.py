"""Judge one model: gather both sides, compare, decide, and write down everything that was learned."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ci_ml.config import Gate
from ci_ml.delivery.base import base_of_change
from ci_ml.delivery.found_model import FoundModel
from ci_ml.delivery.judging_records import keep_record
from ci_ml.delivery.judging_rules import retraining_gates
from ci_ml.delivery.messages import Messages
from ci_ml.delivery.model_finder import find_baseline, find_model
from ci_ml.delivery.model_judging import Pair, judge_by_both
from ci_ml.delivery.project import ModelSource
from ci_ml.delivery.registration_card import warn_of_card
from ci_ml.delivery.registry_view import newest_view
from ci_ml.delivery.working_copy import model_in_working_copy
from ci_ml.evaluation.comparison import compare, plan_for
from ci_ml.evaluation.results import Comparison
from ci_ml.forge.event import Event
from ci_ml.gates.judgement import Judgement, Side
from ci_ml.repository.event_log.log import EventLog
from ci_ml.repository.records import Record, save

_OUTSIDE_CI = Event()


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
    run: Event = _OUTSIDE_CI,
) -> Judgement:
    """Judge a model by its gates, and keep the record that `register` and `promote --merged` rely on.

    Args:
        candidate: what `find_model` understands; default: the working copy.
        baseline: what `find_model` understands; default: what ci-ml.yaml says.
        retraining: hold it to `retraining_gates` too.
        run: the one that this is: the push it is for tells what main was before.

    Raises:
        CiMlError: whatever keeps either side from being judged.
    """
    extra = retraining_gates(source.model) if retraining else None
    judged = judge_named(source, log, messages, now=now, candidate=candidate, baseline=baseline, extra=extra, run=run)
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
    run: Event = _OUTSIDE_CI,
) -> Judged:
    """Judge the model that somebody names against the one that somebody names; nothing is kept. See `gate_model`."""
    if candidate is None:
        first = model_in_working_copy(source, messages)
        view = newest_view(log, messages, model=source.name)
    else:
        view = newest_view(log, messages, model=source.name)
        first = find_model(source, view, candidate)

    def find(by: ModelSource, heard: Messages) -> Pair:
        if by is source:
            found = first
        else:
            found = model_in_working_copy(by, heard) if candidate is None else find_model(by, view, candidate)
        return Pair(candidate=found, baseline=find_baseline(by, view, baseline))

    judgement = judge_by_both(
        source,
        base_of_change(source, first.side.commit or source.project.git.head(), run=run),
        find,
        view,
        messages,
        now=now,
        extra=extra,
        in_working_copy=candidate is None,
    )
    return Judged(judgement=judgement, candidate=first)


def looking_at(source: ModelSource, part: str) -> ModelSource:
    """The same models, judged on the slices of one more column too.

    Args:
        part: COLUMN, COLUMN=VALUE or a condition such as 'age >= 60'.
    """
    column = part.partition("=")[0] if not any(sign in part for sign in ("==", "<", ">", "!=")) else part
    slices = tuple(dict.fromkeys((*source.model.slices, column)))
    return replace(source, model=replace(source.model, slices=slices))
