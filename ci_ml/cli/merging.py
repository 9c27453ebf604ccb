"""Merging is promoting: walk main from the registry's cursor, and let each merged model in or say why not."""

from dataclasses import dataclass, replace
from typing import Literal

from ci_ml.cli.app import App
from ci_ml.cli.filing import append, check_durable, evidence_of, facts_of, no_artifact, refuse_unmet_approvals
from ci_ml.cli.judging import judge_model, judging_digest, retraining_gates
from ci_ml.cli.sides import Finder, model_at
from ci_ml.errors import RegistryConflict
from ci_ml.registry import moves
from ci_ml.registry.history import History
from ci_ml.registry.merging import Merged, answer_merges
from ci_ml.registry.payloads import Facts
from ci_ml.registry.sealing import Decision, preview
from ci_ml.repository.records import Record
from ci_ml.repository.registry_snapshot import Snapshot
from ci_ml.repository.trees import CommitTree

Result = Literal["promoted", "registered", "declined", "superseded", "stale", "nothing"]


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


def promote_merged(app: App, names: list[str], *, until: str) -> list[Outcome]:
    """Bring every model of `names` up to date with main at `until`.

    Raises:
        CiMlError: what keeps a commit from being looked at; what was written before stands, and a second run goes on.
    """
    outcomes = []
    for name in names:
        finder = Finder(app, name, app.config.models[name])
        if finder.model.artifact is None:
            raise no_artifact(app, name)
        found = [_settle(app, finder, merged, answer) for merged, answer in answer_merges(_walk(app, finder, until))]
        outcomes += found or [
            Outcome(model=name, commit="", result="nothing", reason="main brought nothing new since the last time")
        ]
    return outcomes


def _walk(app: App, finder: Finder, until: str) -> list[Merged]:
    """The commits since the cursor that changed the model's inputs, oldest first."""
    history = finder.history
    before = _last_inputs(app, finder, history)
    found = []
    for commit in app.git.first_parents(since=history.cursor, until=until):
        model = model_at(app, finder.name, commit)
        if model is None:
            continue
        inputs = Finder(app, finder.name, model).provenance(CommitTree(app.git, commit)).inputs
        if inputs != before:
            judged = finder.store.get_record(finder.name, inputs) is not None
            found.append(Merged(commit=commit, inputs=inputs, judged=judged))
        before = inputs
    return found


def _last_inputs(app: App, finder: Finder, history: History) -> str | None:
    """The inputs that main had when the registry last answered, or those of the holder where it never did."""
    if history.cursor is not None:
        model = model_at(app, finder.name, history.cursor)
        tree = CommitTree(app.git, history.cursor)
        return Finder(app, finder.name, model).provenance(tree).inputs if model else None
    holder = history.holder(finder.model.merge_stage) if finder.model.merge_stage else None
    return history.releases[holder].facts.inputs if holder else None


def _settle(app: App, finder: Finder, merged: Merged, answer: str) -> Outcome:
    short = merged.commit[:7]
    if answer == "stale":
        reason = f"it was never trained; there: ci-ml train {finder.name} && ci-ml gate {finder.name}"
        return Outcome(model=finder.name, commit=merged.commit, result="stale", reason=reason)
    if answer == "superseded":
        return _decline(
            app, finder, merged, cause="superseded", reason="a later merge replaced it before it was trained"
        )
    record = finder.record(merged.commit)
    if record is None:
        raise RegistryConflict(f"the record of {short} is gone.", hint="Run the command again.")
    history = finder.history
    stage = finder.model.merge_stage
    artifact = record.judgement.candidate.artifact
    if artifact is not None and artifact.sha256 in history.barred:
        version = history.version_of(artifact.sha256)
        why = f"{version.version if version else 'it'} was rolled back, and does not return by a merge"
        return _decline(app, finder, merged, cause="rolled back", reason=why, record=record)
    holder = history.holder(stage) if stage else None
    known = history.version_of(artifact.sha256) if artifact else None
    if known is not None and (stage is None or known.version == holder):
        place = f"in {stage}" if stage else "registered"
        reason = f"{short} is {known.version}, which is {place} already"
        return Outcome(model=finder.name, commit=merged.commit, result="nothing", reason=reason)
    if _must_judge_again(finder, record, holder):
        app.note(f"Judging {short} again: the model in {stage} or the rules changed since it was judged ...")
        extra = retraining_gates(finder.model)
        kept = {
            name: gate for name, gate in extra.items() if any(r.gate == name for r in record.judgement.verdict.results)
        }
        judgement, _ = judge_model(app, finder, candidate=merged.commit, extra=kept)
        record = replace(record, judgement=judgement)
    verdict = record.judgement.verdict
    if not verdict.passes:
        failed = verdict.having("fail") or tuple(r for r in verdict.having("undecided") if r.blocks)
        why = "; ".join(f"{r.gate}: {r.reason or r.outcome}" for r in failed)
        cause = "gates" if verdict.having("fail") else "undecided"
        return _decline(app, finder, merged, cause=cause, reason=why, record=record)
    return _admit(app, finder, merged, record, stage=stage, holder=holder)


def _must_judge_again(finder: Finder, record: Record, holder: str | None) -> bool:
    baseline = record.judgement.baseline
    judged_against = baseline.version if baseline else None
    return judged_against != holder or record.judgement.judging != judging_digest(finder.model)


def _admit(
    app: App, finder: Finder, merged: Merged, record: Record, *, stage: str | None, holder: str | None
) -> Outcome:
    """Register and promote in one transaction."""
    check_durable(finder, record, merged.commit)
    if stage:
        refuse_unmet_approvals(app, stage)
    facts = facts_of(app, record, commit=merged.commit, main_commit=merged.commit)
    evidence = evidence_of(record)

    def decide(snapshot: Snapshot) -> Decision:
        history = snapshot.read(finder.name)
        registered = moves.register(history, facts, evidence=evidence)
        if stage is None or registered.version is None:
            return registered
        return registered + moves.promote(
            preview(history, registered),
            registered.version,
            stage,
            stages=finder.model.stages,
            expected_holder=holder,
            main_commit=merged.commit,
        )

    appended = append(app, decide)
    forget(finder)
    version = appended.decision.version
    if stage and appended.events and version:
        app.forge.publish_deployment(
            model=finder.name,
            stage=stage,
            version=version,
            commit=merged.commit,
            registry_head=str(appended.head),
            at=app.now,
        )
    return Outcome(
        model=finder.name,
        commit=merged.commit,
        result=("promoted" if stage else "registered") if appended.events else "nothing",
        version=version,
        stage=stage,
        replaced=holder,
        reason=appended.decision.note,
        head=appended.head,
    )


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

    appended = append(app, decide)
    forget(finder)
    result: Result = "superseded" if cause == "superseded" else "declined"
    return Outcome(model=finder.name, commit=merged.commit, result=result, reason=reason, head=appended.head)


def forget(finder: Finder) -> None:
    """The registry moved on: what was read of it is history."""
    finder.__dict__.pop("history", None)
