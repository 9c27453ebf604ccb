"""Merging is promoting: walk main from the registry's cursor, and let each merged model in or say why not."""

from dataclasses import dataclass, replace
from typing import Literal

from ci_ml.cli.app import App
from ci_ml.delivery.approvals import not_counted_yet, what_is_missing
from ci_ml.delivery.judging import is_current, judge_model, names_version, retraining_gates
from ci_ml.delivery.model_finder import Finder, model_at
from ci_ml.delivery.registration_card import card_of
from ci_ml.delivery.registry_writer import tell
from ci_ml.delivery.release_facts import check_durable, evidence_of, facts_of, no_artifact
from ci_ml.errors import CiMlError, ConfigError, DataError, RegistryConflict
from ci_ml.registry import moves
from ci_ml.registry.event_builder import Decision, preview
from ci_ml.registry.facts import Facts
from ci_ml.registry.history import History
from ci_ml.registry.merging import Merged, answer_merges
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.repository.records import Record
from ci_ml.repository.trees import CommitTree

Result = Literal["promoted", "registered", "pending", "declined", "superseded", "stale", "nothing"]


@dataclass(frozen=True, kw_only=True)
class Outcome:
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


def promote_merged(
    app: App, names: list[str], *, until: str, since: str | None = None
) -> tuple[list[Outcome], list[CiMlError]]:
    """Bring every model of `names` up to date with main at `until`.

    Args:
        since: begin after this commit instead of where the registry left off.

    Returns:
        What became of each merged commit, and what kept a model from being settled: one model's trouble does not
        hold up the others, and a second run goes on where this one stopped.
    """
    outcomes: list[Outcome] = []
    troubles: list[CiMlError] = []
    for name in names:
        finder = Finder(app, name, app.config.models[name])
        try:
            if finder.model.artifact is None:
                raise no_artifact(app, name)
            answers = answer_merges(_walk(app, finder, since=since, until=until))
            for merged, answer in answers:
                outcomes.append(_settle(app, finder, merged, answer))
            if not answers:
                reason = "main brought nothing new since the last time"
                outcomes.append(Outcome(model=name, commit="", result="nothing", reason=reason))
        except CiMlError as error:
            troubles.append(error)
    return outcomes, troubles


def _walk(app: App, finder: Finder, *, since: str | None, until: str) -> list[Merged]:
    """The commits since the cursor that changed the model's inputs, oldest first."""
    cursor = since or _cursor(app, finder.history, finder.model.merge_stage, until)
    if cursor is not None and app.git.is_ancestor(until, cursor):
        return []  # an older run of the workflow, started again
    before = _inputs_at(app, finder.name, cursor) if cursor else _holders_inputs(finder)
    found: list[Merged] = []
    for commit in app.git.first_parents(since=cursor, until=until):
        if model_at(app, finder.name, commit) is None:
            continue
        inputs = _inputs_at(app, finder.name, commit)
        if inputs is None or inputs != before:
            judged = inputs is not None and finder.store.get_record(finder.name, inputs) is not None
            found.append(Merged(commits=(commit,), inputs=inputs, judged=judged))
        elif found:
            found[-1] = replace(found[-1], commits=(*found[-1].commits, commit))
        before = inputs
    return found


def _cursor(app: App, history: History, stage: str | None, until: str) -> str | None:
    """Where the registry left off: at the commit it last answered.

    Where it never did, at the newest one on this line that came from main or has held the stage that merges lead to;
    a version that was registered by hand and waits for its merge is no answer.
    """
    if history.cursor is not None:
        return history.cursor
    for release in reversed(list(history.releases.values())):
        main_commit = release.facts.main_commit if release.facts else None
        commit = main_commit or release.commit
        settled = main_commit or (stage and history.has_held(stage, release.version))
        if settled and app.git.find(commit) and app.git.is_ancestor(commit, until):
            return commit
    return None


def _inputs_at(app: App, name: str, commit: str) -> str | None:
    """The inputs digest of a commit's model by its own ci-ml.yaml; None where that commit is broken."""
    model = model_at(app, name, commit)
    try:
        return Finder(app, name, model).provenance(CommitTree(app.git, commit)).inputs if model else None
    except (ConfigError, DataError):
        return None  # what cannot be read was not trained


def _holders_inputs(finder: Finder) -> str | None:
    stage = finder.model.merge_stage
    holder = finder.history.holder(stage) if stage else None
    facts = finder.history.facts_of(holder) if holder else None
    return facts.inputs if facts else None


def _settle(app: App, finder: Finder, merged: Merged, answer: str) -> Outcome:
    if answer == "stale":
        reason = (
            f"its model was never judged; check it out, then: ci-ml train {finder.name} && ci-ml gate {finder.name}"
        )
        return Outcome(model=finder.name, commit=merged.commit, result="stale", reason=reason)
    if answer == "superseded":
        reason = "a later merge replaced it before it was trained"
        return _decline(app, finder, merged, cause="superseded", reason=reason)
    record = finder.record_of(merged.inputs or "")
    if record is None:
        raise RegistryConflict(f"the record of {merged.commit[:7]} is gone.", hint="ci-ml promote --merged")
    history, stage = finder.history, finder.model.merge_stage
    artifact = record.judgement.candidate.artifact
    if artifact is None:
        raise DataError(
            f"{merged.commit[:7]} was judged before ci-ml.yaml named an artifact.", hint=f"ci-ml gate {finder.name}"
        )
    known = history.version_of(artifact.sha256)
    if artifact.sha256 in history.barred:
        why = f"{known.version if known else 'it'} was rolled back, and does not return by a merge"
        return _decline(app, finder, merged, cause="rolled back", reason=why, record=record)
    if stage is not None and known is not None and known.withdrawn:
        why = f"{known.version} was withdrawn"
        return _decline(app, finder, merged, cause="withdrawn", reason=why, record=record)
    holder = history.holder(stage) if stage else None
    if known is not None and (stage is None or known.version == holder):
        place = f"in {stage}" if stage else "registered"
        reason = f"{merged.commit[:7]} is {known.version}, which is {place} already"
        return Outcome(model=finder.name, commit=merged.commit, result="nothing", reason=reason)
    record = _judged_now(app, finder, merged, record)
    verdict = record.judgement.verdict
    if not verdict.passes:
        failed = verdict.having("fail") or tuple(r for r in verdict.having("undecided") if r.blocks)
        why = "; ".join(f"{r.gate}: {(r.reason or r.outcome).rstrip('.')}" for r in failed)
        cause = "gates" if verdict.having("fail") else "undecided"
        return _decline(app, finder, merged, cause=cause, reason=why, record=record)
    return _admit(app, finder, merged, record, stage=stage, holder=holder)


def _judged_now(app: App, finder: Finder, merged: Merged, record: Record) -> Record:
    """The record as it is, or judged again: the model it was judged against moved, or the rules changed."""
    if is_current(finder, record):
        return record
    app.note(f"Judging {merged.commit[:7]} again: the baseline or the rules changed since it was judged ...")
    gates = retraining_gates(finder.model)
    kept = {name: gate for name, gate in gates.items() if any(r.gate == name for r in record.judgement.verdict.results)}
    # A revision such as `main` would by now name the merged commit itself: what was meant is what it was then.
    baseline = record.judgement.baseline
    fixed = baseline.commit if baseline is not None and not names_version(finder) else None
    candidate = finder.judged(record, merged.commit, name=merged.commit[:7])
    judgement, _ = judge_model(app, finder, candidate=candidate, baseline=fixed, extra=kept)
    return replace(record, judgement=judgement)


def _admit(
    app: App, finder: Finder, merged: Merged, record: Record, *, stage: str | None, holder: str | None
) -> Outcome:
    """Register and promote in one transaction; what lacks approvals is registered and waits for them."""
    commit = _commit_with_files(finder, merged, record)
    lacking: list[CiMlError] = []
    facts = facts_of(app, record, commit=commit, main_commit=commit)
    evidence = evidence_of(record) | card_of(app, record, facts, strict=False)

    def decide(snapshot: Snapshot) -> Decision:
        history = snapshot.read(finder.name)
        registered = moves.register(history, facts, evidence=evidence)
        if stage is None or registered.version is None:
            return registered
        after = preview(history, registered)
        missing = what_is_missing(app.policy, after, registered.version, stage, at=app.now)
        lacking[:] = [missing] if missing else []
        if missing:
            # It names no commit of main: the walk must come by here again, until there is an answer.
            return moves.register(history, facts_of(app, record, commit=commit), evidence=evidence)
        return registered + moves.promote(
            after,
            registered.version,
            stage,
            stages=finder.model.stages,
            expected_holder=holder,
            main_commit=commit,
        )

    try:
        appended = app.writer.append(decide)
    except RegistryConflict as conflict:
        raise RegistryConflict(conflict.message, hint="ci-ml promote --merged judges it again") from None
    tell(appended, app)
    for warning in not_counted_yet(app.policy, app.registry.approvals, stage) if stage else ():
        app.warn(warning)
    forget(finder)
    version = appended.decision.version
    if lacking:
        reason = f"{lacking[0].message}\n  try: {lacking[0].hint}"
        outcome = Outcome(model=finder.name, commit=commit, result="pending", version=version, stage=stage)
        return replace(outcome, replaced=holder, reason=reason, head=appended.head)
    if stage and appended.events and version:
        app.forge.publish_deployment(
            model=finder.name,
            stage=stage,
            version=version,
            commit=commit,
            registry_head=str(appended.head),
            at=app.now,
        )
    return Outcome(
        model=finder.name,
        commit=commit,
        result=("promoted" if stage else "registered") if appended.events else "nothing",
        version=version,
        stage=stage,
        replaced=holder,
        reason=appended.decision.note,
        head=appended.head,
    )


def _commit_with_files(finder: Finder, merged: Merged, record: Record) -> str:
    """The first commit with these inputs from which the files can be had: outputs may be committed after the code.

    Raises:
        DataError: there is none.
    """
    problems = []
    for commit in merged.commits:
        try:
            check_durable(finder, record, commit)
        except DataError as error:
            problems.append(error)
        else:
            return commit
    raise problems[0]


def _decline(
    app: App, finder: Finder, merged: Merged, *, cause: str, reason: str, record: Record | None = None
) -> Outcome:
    facts: Facts | None = facts_of(app, record, commit=merged.commit) if record else None

    def decide(snapshot: Snapshot) -> Decision:
        return moves.decline(
            snapshot.read(finder.name),
            main_commit=merged.commit,
            cause=cause,
            inputs=merged.inputs,
            model_digest=facts.model.sha256 if facts else None,
            verdict=facts.verdict if facts else None,
            reason=reason[:1500],
        )

    appended = app.writer.append(decide)
    tell(appended, app)
    forget(finder)
    result: Result = "superseded" if cause == "superseded" else "declined"
    return Outcome(model=finder.name, commit=merged.commit, result=result, reason=reason, head=appended.head)


def forget(finder: Finder) -> None:
    """The registry moved on: what was read of it is history."""
    finder.__dict__.pop("history", None)
