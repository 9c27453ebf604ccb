"""Merging is promoting: walk main from the registry's cursor, and let each merged model in or say why not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ci_ml.delivery.approvals import not_counted_yet, what_is_missing
from ci_ml.delivery.judging_records import judged_model, record_of
from ci_ml.delivery.judging_rules import is_current, names_version, retraining_gates
from ci_ml.delivery.main_branch import Unpushed, merged_since, newest_unpushed
from ci_ml.delivery.messages import Messages
from ci_ml.delivery.model_finder import find_baseline
from ci_ml.delivery.project import ModelSource, Project
from ci_ml.delivery.registration_card import card_of
from ci_ml.delivery.registry_view import RegistryView, newest_view, view_of
from ci_ml.delivery.registry_writer import RegistryWriter, tell
from ci_ml.delivery.release_facts import check_durable, evidence_of, facts_of, no_artifact
from ci_ml.errors import GATE_FAILED, OK, UNDECIDED, CiMlError, DataError, RegistryConflict
from ci_ml.forge.base import Deployment, Forge
from ci_ml.forge.event import Event
from ci_ml.registry import moves
from ci_ml.registry.event_builder import Decision, preview
from ci_ml.registry.merging import Merged, answer_merges
from ci_ml.repository.event_log.append import Appended
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.repository.records import Record

Result = Literal["promoted", "registered", "pending", "declined", "superseded", "stale", "nothing"]


@dataclass(frozen=True, kw_only=True)
class MergeOutcome:
    """What became of one merged commit for one model.

    Attributes:
        commit: empty where main brought nothing new.
        reason: in words.
        head: the registry's commit after it; None where nothing was written.
    """

    model: str
    commit: str
    result: Result
    version: str | None = None
    stage: str | None = None
    replaced: str | None = None
    reason: str = ""
    head: str | None = None


@dataclass(frozen=True, kw_only=True)
class MergeReport:
    """What became of all that was merged.

    Attributes:
        troubles: what kept a model from being settled. One model's trouble does not hold up the others, and a second
            run goes on where this one stopped.
        unpushed: a commit of main that the registry names by now, and that the remote's main does not have.
    """

    outcomes: tuple[MergeOutcome, ...]
    troubles: tuple[CiMlError, ...]
    unpushed: Unpushed | None = None

    @property
    def exit_code(self) -> int:
        """Declined is an answer like that of a failed gate; what waits for somebody is one like an undecided gate."""
        results = {outcome.result for outcome in self.outcomes}
        return GATE_FAILED if "declined" in results else UNDECIDED if results & {"stale", "pending"} else OK


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
            for outcome in _settled(desk, since=since, until=until):
                outcomes.append(outcome)  # noqa: PERF402 what was settled counts, though the next one fails
        except CiMlError as error:
            troubles.append(error)
    named = [outcome.commit for outcome in outcomes if outcome.version and outcome.head]
    unpushed = newest_unpushed(project, view_of(writer.log), named)
    return MergeReport(outcomes=tuple(outcomes), troubles=tuple(troubles), unpushed=unpushed)


@dataclass(frozen=True)
class _Desk:
    """What the merges of one model are settled with."""

    source: ModelSource
    writer: RegistryWriter
    forge: Forge
    messages: Messages
    run: Event


def _settled(desk: _Desk, *, since: str | None, until: str) -> Iterator[MergeOutcome]:
    """One outcome after the other, oldest commit first."""
    name = desk.source.name
    if desk.source.model.artifact is None:
        raise no_artifact(desk.source.project, name)
    view = newest_view(desk.writer.log, desk.messages, model=name)
    answers = answer_merges(merged_since(desk.source, view, since=since, until=until))
    for merged, answer in answers:
        outcome = _settle(desk, view, merged, answer)
        yield outcome
        if outcome.head:
            view = view_of(desk.writer.log)
    if not answers:
        reason = "main brought nothing new since the last time"
        yield MergeOutcome(model=name, commit="", result="nothing", reason=reason)


def _settle(desk: _Desk, view: RegistryView, merged: Merged, answer: str) -> MergeOutcome:
    name, stage = desk.source.name, desk.source.model.merge_stage
    if answer == "stale":
        reason = f"its model was never judged; check it out, then: ci-ml train {name} && ci-ml gate {name}"
        return MergeOutcome(model=name, commit=merged.commit, result="stale", reason=reason)
    if answer == "superseded":
        reason = "a later merge replaced it before it was trained"
        return _decline(desk, merged, cause="superseded", reason=reason)
    record = record_of(desk.source, merged.inputs or "")
    if record is None:
        raise RegistryConflict(f"the record of {merged.commit[:7]} is gone.", hint="ci-ml promote --merged")
    history = view.history(name)
    artifact = record.judgement.candidate.artifact
    if artifact is None:
        raise DataError(
            f"{merged.commit[:7]} was judged before ci-ml.yaml named an artifact.", hint=f"ci-ml gate {name}"
        )
    known = history.version_of(artifact.sha256)
    if artifact.sha256 in history.barred:
        why = f"{known.version if known else 'it'} was rolled back, and does not return by a merge"
        return _decline(desk, merged, cause="rolled back", reason=why, record=record)
    if stage is not None and known is not None and known.withdrawn:
        return _decline(desk, merged, cause="withdrawn", reason=f"{known.version} was withdrawn", record=record)
    holder = history.holder(stage) if stage else None
    if known is not None and (stage is None or known.version == holder):
        place = f"in {stage}" if stage else "registered"
        reason = f"{merged.commit[:7]} is {known.version}, which is {place} already"
        return MergeOutcome(model=name, commit=merged.commit, result="nothing", reason=reason)
    record = _judged_now(desk, view, merged, record)
    verdict = record.judgement.verdict
    if not verdict.passes:
        failed = verdict.having("fail") or tuple(r for r in verdict.having("undecided") if r.blocks)
        reasons = [f"{r.gate}: {(r.reason or r.outcome).rstrip('.')}" for r in failed]
        why = "; ".join([*(said.rstrip(".") for said in verdict.refused), *reasons])
        cause = "gates" if verdict.having("fail") else "rows" if verdict.refused else "undecided"
        return _decline(desk, merged, cause=cause, reason=why, record=record)
    return _admit(desk, merged, record, stage=stage, holder=holder)


def _judged_now(desk: _Desk, view: RegistryView, merged: Merged, record: Record) -> Record:
    """The record as it is, or judged again: the model it was judged against moved, or the rules changed."""
    source = desk.source
    if is_current(source, view, record):
        return record
    from ci_ml.delivery.model_judging import judge_model  # NumPy, which the base install can do without

    desk.messages.note(f"Judging {merged.commit[:7]} again: the baseline or the rules changed since it was judged ...")
    gates = retraining_gates(source.model)
    kept = {name: gate for name, gate in gates.items() if any(r.gate == name for r in record.judgement.verdict.results)}
    # A revision such as `main` would by now name the merged commit itself: what was meant is what it was then.
    baseline = record.judgement.baseline
    fixed = baseline.commit if baseline is not None and not names_version(source, view) else None
    candidate = judged_model(source, record, merged.commit, name=merged.commit[:7])
    against = find_baseline(source, view, fixed)
    judgement = judge_model(source, view, candidate, against, desk.messages, now=desk.writer.now, extra=kept)
    return replace(record, judgement=judgement)


def _admit(desk: _Desk, merged: Merged, record: Record, *, stage: str | None, holder: str | None) -> MergeOutcome:
    """Register and promote in one transaction; what lacks approvals is registered and waits for them."""
    source, project, writer = desk.source, desk.source.project, desk.writer
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
            stages=source.model.stages,
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
