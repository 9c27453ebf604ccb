"""Judge one model against another on the same rows: by main's rules and by those of the change."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ci_ml.config import Gate, Model
from ci_ml.config.rule_changes import rule_changes, rules_digest, with_rules
from ci_ml.delivery.base import Base
from ci_ml.delivery.found_model import FoundModel
from ci_ml.delivery.gate_files import file_facts
from ci_ml.delivery.judging_records import record_of
from ci_ml.delivery.judging_rules import judging_digest
from ci_ml.delivery.messages import Messages, Unheard
from ci_ml.delivery.model_finder import Baseline
from ci_ml.delivery.project import ModelSource
from ci_ml.delivery.registry_view import RegistryView
from ci_ml.delivery.same_rows import on_the_same_rows
from ci_ml.errors import CiMlError
from ci_ml.evaluation.class_results import class_results
from ci_ml.evaluation.comparison import compare, plan_for
from ci_ml.evaluation.curves import curves
from ci_ml.evaluation.holdout import row_changes
from ci_ml.evaluation.residuals import residuals
from ci_ml.evaluation.rows import pair
from ci_ml.gates.holdout import refused_rows
from ci_ml.gates.judge import judge
from ci_ml.gates.judgement import BaseRules, Judgement
from ci_ml.gates.stricter import otherwise, stricter
from ci_ml.gates.verdict import Verdict
from ci_ml.hashing import sha256_hex
from ci_ml.registry.provenance import changes
from ci_ml.repository.trees import CommitTree

_ELSEWHERE = (
    "It was made elsewhere: no lock file says from what, and registry: {require: made_here} asks for one (ci-ml train "
    "writes it)."
)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The model to judge and the one to judge it against, each read by the rules that a source has."""

    candidate: FoundModel
    baseline: Baseline


def judge_by_both(
    source: ModelSource,
    base: Base,
    find: Callable[[ModelSource, Messages], Pair],
    view: RegistryView,
    messages: Messages,
    *,
    now: datetime,
    extra: Mapping[str, Gate] | None = None,
    in_working_copy: bool = False,
    recorded: Mapping[str, float] | None = None,
) -> Judgement:
    """Judge a change by main's rules and by its own: of the answers to one gate the stricter stands.

    Args:
        source: with the rules of the change itself.
        base: main before the change.
        find: both models, read by the rules of the source that it is given.

    Raises:
        DataError: they cannot be judged by one of the two; says which.
    """

    asked = {*base.require, *source.project.config.registry.require}

    def judged(by: ModelSource, heard: Messages) -> tuple[Pair, Judgement]:
        pair = find(by, heard)
        judgement = judge_model(
            by,
            view,
            pair.candidate,
            pair.baseline,
            heard,
            now=now,
            extra=extra,
            in_working_copy=in_working_copy,
            recorded=recorded,
        )
        if "made_here" not in asked or not pair.candidate.side.made_elsewhere:
            return pair, judgement
        refused = (*judgement.verdict.refused, _ELSEWHERE)
        return pair, replace(judgement, verdict=replace(judgement.verdict, refused=refused))

    written = source.project.config.models.get(source.name, source.model)
    changes = rule_changes(base.model, written) if base.model else ()
    rules = BaseRules(
        commit=base.commit, digest=rules_digest(base.model) if base.model else "", note=base.note, changes=changes
    )
    pair, own = judged(source, messages)
    if base.model is None or not changes:
        return replace(own, base=rules)
    if base.commit and is_the_model_of(source, base.commit, pair.candidate):
        nothing = Verdict(label="rules only", margin=own.verdict.margin, results=())
        return replace(own, base=rules, verdict=nothing, on_merge=base.model.merge_stage)
    by_base = replace(source, model=_showing_too(with_rules(source.model, base.model), source.model))
    try:
        _, main = judged(by_base, Unheard(messages.quiet))
    except CiMlError as error:
        error.message = f"by the rules of the main branch ({(base.commit or '')[:7]}): {error.message}"
        raise
    verdict = stricter(main.verdict, own.verdict)
    return replace(
        main, judging=own.judging, verdict=verdict, base=replace(rules, otherwise=otherwise(verdict, own.verdict))
    )


def _showing_too(model: Model, other: Model) -> Model:
    """`model`, with what the other shows beside it: slices and metrics decide nothing where no gate asks for them."""
    slices = tuple(dict.fromkeys((*model.slices, *other.slices)))
    if model.task != other.task:
        return replace(model, slices=slices)
    return replace(model, slices=slices, metrics=tuple(dict.fromkeys((*model.shown_metrics, *other.shown_metrics))))


def is_the_model_of(source: ModelSource, commit: str, found: FoundModel) -> bool:
    """Whether a model is the one that a commit has: made from the same inputs, and the same bytes."""
    then = source.at(commit)
    if found.provenance is None or then.model.artifact is None or found.side.artifact is None:
        return False
    made = then.provenance(CommitTree(source.project.git, commit))
    if made.inputs != found.provenance.inputs:
        return False
    known = source.project.git.read(commit, then.model.artifact)
    if known is not None:
        return sha256_hex(known) == found.side.artifact.sha256
    record = record_of(then, made.inputs)
    judged = record.judgement.candidate.artifact if record else None
    return judged is not None and judged.sha256 == found.side.artifact.sha256


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
    recorded: Mapping[str, float] | None = None,
) -> Judgement:
    """Judge the candidate against the baseline on the same rows.

    Args:
        extra: gates besides those of ci-ml.yaml.
        in_working_copy: the candidate lies there; else gates look at the files of its commit.

    Raises:
        DataError: the two cannot be brought on the same rows, or a gate's file is not there.
    """
    model, new, old, gates = source.model, candidate, baseline.found, dict(extra or {})
    rows = None
    if old is not None:
        rows = row_changes(old.predictions, new.predictions)
        old = on_the_same_rows(source, old, new, messages)
        before, after = pair(old.predictions, new.predictions)
        old, new = replace(old, predictions=before), replace(new, predictions=after)
    plan = plan_for(model, has_baseline=old is not None, extra=gates)
    comparison = compare(old.predictions if old else None, new.predictions, plan)
    files = file_facts(source, new.side, in_working_copy=in_working_copy, recorded=recorded or {})
    verdict = judge(model, comparison, files=files, extra=gates)
    models = {"candidate": new.predictions} | ({"baseline": old.predictions} if old else {})
    return Judgement(
        model=source.name,
        at=now.isoformat(timespec="seconds"),
        candidate=new.side,
        baseline=old.side if old else None,
        baseline_note=baseline.reason,
        comparison=comparison,
        verdict=replace(verdict, refused=refused_rows(model.holdout, rows, comparison)),
        on_merge=model.merge_stage,
        inputs=new.provenance.inputs if new.provenance else None,
        judging=judging_digest(model),
        rows=rows,
        registry_head=view.head,
        changes=changes(old.provenance, new.provenance) if old and old.provenance and new.provenance else (),
        curves={side: found for side, of in models.items() if (found := curves(of))},
        classes={side: each for side, of in models.items() if (each := class_results(of))},
        residuals=residuals(models),
        notes=_notes(model),
    )


def _notes(model: Model) -> tuple[str, ...]:
    notes = []
    if model.fairness.by:
        notes.append(f"fairness.by ({', '.join(model.fairness.by)}) is read, but not judged by this version of ci-ml.")
    if model.columns.latency_ms:
        notes.append("columns.latency_ms is read, but not judged by this version of ci-ml.")
    return tuple(notes)
