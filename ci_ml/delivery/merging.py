"""Merging is promoting: walk main from the registry's cursor, and let each merged model in or say why not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ci_ml.config.rule_changes import rule_changes
from ci_ml.delivery.approvals import not_counted_yet, what_is_missing
from ci_ml.delivery.base import Base, base_of_merge, known_tips
from ci_ml.delivery.main_branch import merged_since
from ci_ml.delivery.merge_judging import judged_again
from ci_ml.delivery.merge_outcomes import MergeOutcome, MergeReport, Result
from ci_ml.delivery.merged_model import merged_model, refuse_unreadable_store
from ci_ml.delivery.messages import Messages
from ci_ml.delivery.project import ModelSource, Project
from ci_ml.delivery.registration_card import card_of
from ci_ml.delivery.registry_view import RegistryView, newest_view, view_of
from ci_ml.delivery.registry_writer import RegistryWriter, tell
from ci_ml.delivery.release_facts import check_durable, evidence_of, facts_of, no_artifact
from ci_ml.errors import (
    CiMlError,
    ConfigError,
    DataError,
    RegistryConflict,
    VerificationError,
)
from ci_ml.forge.base import Deployment, Forge
from ci_ml.forge.event import Event
from ci_ml.registry import moves
from ci_ml.registry.event_builder import Decision, preview
from ci_ml.registry.merging import Merged, answer_merges
from ci_ml.repository.event_log.append import Appended
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.repository.records import Record
from ci_ml.text import and_more


def promote_merged(
    project: Project,
    writer: RegistryWriter,
    forge: Forge,
    messages: Messages,
    *,
    models: Sequence[str],
    until: str,
    since: str | None = None,
    run: Event,
) -> MergeReport:
    """Bring every one of the models up to date with main.

    Args:
        until: the commit of main to go to.
        since: begin after this commit instead of where the registry left off.
        run: the one that this is, for what is registered.
    """
    outcomes: list[MergeOutcome] = []
    troubles: list[CiMlError] = []
    for name in models:
        desk = _Desk(project.source(name), writer, forge, messages, run)
        try:
            for answer in _settled(desk, since=since, until=until):
                # What was settled counts, though the next one fails.
                (troubles if isinstance(answer, CiMlError) else outcomes).append(answer)  # type: ignore[arg-type]
        except CiMlError as error:
            troubles.append(error)
    return MergeReport(outcomes=tuple(outcomes), troubles=tuple(troubles))


@dataclass(frozen=True)
class _Desk:
    """What the merges of one model are settled with."""

    source: ModelSource
    writer: RegistryWriter
    forge: Forge
    messages: Messages
    run: Event


def _settled(desk: _Desk, *, since: str | None, until: str) -> Iterator[MergeOutcome | CiMlError]:
    """One outcome after the other, oldest commit first; a merge that cannot be settled does not hold up later ones."""
    name = desk.source.name
    if desk.source.model.artifact is None:
        raise no_artifact(desk.source.project, name)
    view = newest_view(desk.writer.log, desk.messages, model=name)
    tips = known_tips(desk.source.project, view.history(name), run=desk.run)
    merges = merged_since(desk.source, view, tips, since=since, until=until)
    if not all(merged.judged for merged in merges):
        refuse_unreadable_store(desk.source, view.history(name))
    for merged, answer in answer_merges(merges):
        try:
            outcome = _settle(desk, view, tips, merged, answer)
        except (DataError, VerificationError, ConfigError) as error:
            yield _unsettled(merged, error)
            continue
        yield outcome
        if outcome.head:
            view = view_of(desk.writer.log)
    if not merges:
        yield _rules_alone(desk, view, until) or MergeOutcome(
            model=name, commit="", result="nothing", reason="main brought nothing new since the last time"
        )


def _rules_alone(desk: _Desk, view: RegistryView, until: str) -> MergeOutcome | None:
    """Note that main's rules changed and no model with them, so that the next merge is judged by the new ones."""
    name, project = desk.source.name, desk.source.project
    cursor = view.history(name).cursor
    before, after = (project.model_at(name, commit) if commit else None for commit in (cursor, until))
    changes = rule_changes(before, after) if before and after else ()
    if not changes or not project.git.is_ancestor(str(cursor), until):
        return None
    reason = f"rules changed, and no model: {and_more([change.key for change in changes])}"
    noted = _decline(desk, Merged(commits=(until,), inputs=None, judged=False), cause="rules", reason=reason)
    return replace(noted, result="nothing")


def _unsettled(merged: Merged, error: CiMlError) -> CiMlError:
    """Why a merge could not be settled, with its commit and the way past it."""
    error.message = f"commit {merged.commit[:7]} cannot be settled: {error.message}"
    past = f"ci-ml promote --merged --since {merged.commit[:12]} goes past it"
    error.hint = f"{error.hint}   ({past})" if error.hint else past
    return error


def _settle(desk: _Desk, view: RegistryView, tips: frozenset[str], merged: Merged, answer: str) -> MergeOutcome:
    name, source = desk.source.name, desk.source.at(merged.commit)
    if answer == "stale":
        reason = f"its model was never judged; check it out, then: ci-ml train {name} && ci-ml gate {name}"
        return MergeOutcome(model=name, commit=merged.commit, result="stale", reason=reason)
    if answer == "superseded":
        reason = "a later merge replaced it before it was trained"
        return _decline(desk, merged, cause="superseded", reason=reason)
    base = base_of_merge(source, merged.commit, tips)
    stage = (base.model or source.model).merge_stage
    found = merged_model(source, merged)
    side, kept = found.side, found.record
    history = view.history(name)
    if side.artifact is None:
        raise DataError(
            f"{merged.commit[:7]} was judged before ci-ml.yaml named an artifact.", hint=f"ci-ml gate {name}"
        )
    known = history.version_of(side.artifact.sha256)
    if side.artifact.sha256 in history.barred:
        why = f"{known.version if known else 'it'} was rolled back, and does not return by a merge"
        return _decline(desk, merged, cause="rolled back", reason=why, record=kept)
    if stage is not None and known is not None and known.withdrawn:
        return _decline(desk, merged, cause="withdrawn", reason=f"{known.version} was withdrawn", record=kept)
    holder = history.holder(stage) if stage else None
    if known is not None and (stage is None or known.version == holder):
        place = f"in {stage}" if stage else "registered"
        reason = f"{merged.commit[:7]} is {known.version}, which is {place} already"
        return MergeOutcome(model=name, commit=merged.commit, result="nothing", reason=reason)
    record = judged_again(source, view, base, found, desk.messages, now=desk.writer.now)
    verdict = record.judgement.verdict
    if not verdict.passes:
        failed = verdict.having("fail") or tuple(r for r in verdict.having("undecided") if r.blocks)
        reasons = [f"{r.gate}: {(r.reason or r.outcome).rstrip('.')}" for r in failed]
        why = "; ".join([*(said.rstrip(".") for said in verdict.refused), *reasons])
        cause = "gates" if verdict.having("fail") else "refused" if verdict.refused else "undecided"
        return _decline(desk, merged, cause=cause, reason=why, record=record)
    return _admit(desk, source, base, merged, record, stage=stage, holder=holder)


def _admit(
    desk: _Desk,
    source: ModelSource,
    base: Base,
    merged: Merged,
    record: Record,
    *,
    stage: str | None,
    holder: str | None,
) -> MergeOutcome:
    """Register and promote in one transaction; what lacks approvals is registered and waits for them."""
    project, writer = source.project, desk.writer
    commit = _commit_with_files(source, merged, record)
    lacking: list[CiMlError] = []
    facts = facts_of(project, record, desk.run, commit=commit, main_commit=commit)
    evidence = evidence_of(record) | card_of(project, record, facts, desk.messages, strict=False)

    def decide(snapshot: Snapshot) -> Decision:
        history = snapshot.read(source.name)
        registered = moves.register(history, facts, evidence=evidence)
        if stage is None or registered.version is None:
            return registered
        after = preview(history, registered)
        missing = what_is_missing(writer.rules(), after, registered.version, stage, at=writer.now)
        lacking[:] = [missing] if missing else []
        if missing:
            # It names no commit of main: the walk must come by here again, until there is an answer.
            waiting = facts_of(project, record, desk.run, commit=commit)
            return moves.register(history, waiting, evidence=evidence)
        return registered + moves.promote(
            after,
            registered.version,
            stage,
            stages=(base.model or source.model).stages,
            expected_holder=holder,
            main_commit=commit,
        )

    try:
        appended = _written(desk, writer.append(decide))
    except RegistryConflict as conflict:
        raise RegistryConflict(conflict.message, hint="ci-ml promote --merged judges it again") from None
    for warning in not_counted_yet(writer.rules(), project.config.registry.approvals, stage) if stage else ():
        desk.messages.warn(warning)
    version = appended.decision.version
    outcome = MergeOutcome(
        model=source.name,
        undecided=facts.undecided,
        commit=commit,
        result="pending" if lacking else "nothing",
        version=version,
        stage=stage,
        replaced=holder,
        reason=appended.decision.note,
        head=appended.head,
    )
    if lacking:
        return replace(outcome, reason=f"{lacking[0].message}\n  try: {lacking[0].hint}")
    if not appended.events:
        return outcome
    if stage and version:
        deployment = Deployment(
            model=source.name,
            stage=stage,
            version=version,
            commit=commit,
            registry_head=str(appended.head),
            at=writer.now,
        )
        desk.forge.publish_deployment(deployment)
    return replace(outcome, result="promoted" if stage else "registered")


def _commit_with_files(source: ModelSource, merged: Merged, record: Record) -> str:
    """The first commit with these inputs from which the files can be had: outputs may be committed after the code.

    Raises:
        DataError: there is none.
    """
    problems = []
    for commit in merged.commits:
        try:
            check_durable(source, record, commit)
        except DataError as error:
            problems.append(error)
        else:
            return commit
    raise problems[0]


def _decline(desk: _Desk, merged: Merged, *, cause: str, reason: str, record: Record | None = None) -> MergeOutcome:
    name = desk.source.name
    facts = facts_of(desk.source.project, record, desk.run, commit=merged.commit) if record else None

    def decide(snapshot: Snapshot) -> Decision:
        return moves.decline(
            snapshot.read(name),
            main_commit=merged.commit,
            cause=cause,
            inputs=merged.inputs,
            model_digest=facts.model.sha256 if facts else None,
            verdict=facts.verdict if facts else None,
            reason=reason[:1500],
        )

    appended = _written(desk, desk.writer.append(decide))
    result: Result = "superseded" if cause == "superseded" else "declined"
    return MergeOutcome(model=name, commit=merged.commit, result=result, reason=reason, head=appended.head)


def _written(desk: _Desk, appended: Appended) -> Appended:
    tell(appended, desk.messages)
    return appended
