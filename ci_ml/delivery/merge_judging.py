"""Judge what a merge brought, as `gate` would: by main before it and by its own rules, against today's champion."""

from datetime import datetime

from ci_ml.delivery.base import Base
from ci_ml.delivery.found_model import FoundModel, read_predictions_of
from ci_ml.delivery.judging_rules import names_version, retraining_gates
from ci_ml.delivery.merged_model import MergedModel
from ci_ml.delivery.messages import Messages
from ci_ml.delivery.model_finder import find_baseline
from ci_ml.delivery.project import ModelSource
from ci_ml.delivery.registry_view import RegistryView
from ci_ml.errors import missing_extra
from ci_ml.repository.records import Record


def judged_again(
    source: ModelSource, view: RegistryView, base: Base, files: MergedModel, messages: Messages, *, now: datetime
) -> Record:
    """The verdict, computed again from the predictions: what a record says of it is a claim.

    Args:
        source: by the configuration of the merged commit.
        base: main before the push that brought it.

    Raises:
        MachineError: what judging needs is not installed.
    """
    try:
        from ci_ml.delivery.model_judging import Pair, judge_by_both  # NumPy, which the base install can do without
    except ModuleNotFoundError as error:
        raise missing_extra("evaluate", error.name or "", needed_for="judging what was merged") from None

    asked = files.record.judgement.verdict.results if files.record else ()
    extra = {
        name: gate
        for name, gate in retraining_gates(source.model).items()
        if any(result.gate == name for result in asked)
    }

    seen = {result.gate: result.observed for result in asked if result.metric is None and result.observed is not None}

    def find(by: ModelSource, heard: Messages) -> Pair:  # noqa: ARG001 nothing here has anything to say
        path = source.project.store.fetch(files.side.predictions, commit=files.side.commit)
        file = f"{files.side.predictions.path} of {(files.side.commit or '')[:7]}"
        predictions = read_predictions_of(by, path, name=file, commit=files.side.commit)
        found = FoundModel(side=files.side, predictions=predictions, provenance=files.provenance)
        return Pair(candidate=found, baseline=find_baseline(by, view, _revision_then(by, view, base)))

    judgement = judge_by_both(source, base, find, view, messages, now=now, extra=extra, recorded=seen)
    return Record(judgement=judgement, provenance=files.provenance)


def _revision_then(source: ModelSource, view: RegistryView, base: Base) -> str | None:
    """A revision such as `main` would by now name the merged commit itself: what is meant is what it was before."""
    if names_version(source, view) or base.commit is None:
        return None
    named = source.project.git.find(source.model.baseline_or_default)
    return named if named and source.project.git.is_ancestor(named, base.commit) else base.commit
