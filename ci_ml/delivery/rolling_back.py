"""An earlier version comes back into a stage, if its files can still be had; or a rehearsal of that."""

from collections.abc import Sequence
from dataclasses import dataclass

from ci_ml.delivery.approvals import refuse_unapproved_return
from ci_ml.delivery.messages import Messages
from ci_ml.delivery.registry_reading import require_model, require_stage
from ci_ml.delivery.registry_view import RegistryView, view_of
from ci_ml.delivery.registry_writer import RegistryWriter, tell
from ci_ml.errors import DataError, MachineError, RegistryConflict
from ci_ml.forge.base import Deployment, Forge
from ci_ml.registry import moves
from ci_ml.registry.event_builder import Decision
from ci_ml.registry.history import Release
from ci_ml.registry.pins import pins_of
from ci_ml.repository.event_log.log import EventLog
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.repository.records import FOLDER, keep_out_of_git
from ci_ml.repository.restoring.assembly import workspace
from ci_ml.repository.restoring.release import look_for, restore
from ci_ml.repository.storage.artifacts import open_store


@dataclass(frozen=True, kw_only=True)
class RollbackPlan:
    """What somebody wants to go back to, by the registry as they saw it.

    Attributes:
        holder: the version that holds the stage.
        wanted: the version that was named; None for the one before.
        target: the version to go back to; None where there is nothing to do.
        note: why there is nothing to do.
    """

    model: str
    stage: str
    view: RegistryView
    holder: str | None
    wanted: str | None
    target: Release | None
    version: str | None
    reason: str | None
    note: str = ""

    @property
    def held_before(self) -> bool:
        """Whether the target ever held the stage."""
        return self.target is not None and self.view.history(self.model).has_held(self.stage, self.target.version)


@dataclass(frozen=True, kw_only=True)
class Rollback:
    """What came of a plan.

    Attributes:
        checked: whether every file of the target was found, with the right digest.
        changed: whether anything was written.
        head: the registry's commit afterwards.
        note: why nothing was written.
    """

    plan: RollbackPlan
    checked: bool
    changed: bool
    head: str | None
    note: str = ""


def plan_rollback(
    log: EventLog, model: str, stage: str, *, to: str | None, reason: str | None, stages: Sequence[str] = ()
) -> RollbackPlan:
    """What the newest state of the registry says of going back. The model need not stand in ci-ml.yaml any more.

    Args:
        to: a version; None for the one that held the stage before.
        stages: those that ci-ml.yaml names, besides those that the registry knows.

    Raises:
        ConfigError: there is no such model or stage, or no reason is given.
        RegistryConflict: there is nothing to go back to.
        MachineError: the remote cannot be reached, so nothing could be written either.
    """
    log.refresh()
    if log.problem:
        raise log.problem
    view = view_of(log)
    require_model(view.snapshot, model)
    history = view.history(model)
    require_stage(stage, (*stages, *history.stages))
    holder = history.holder(stage)
    planned = moves.rollback(history, stage, to=to, reason=reason, expected_holder=holder)
    return RollbackPlan(
        model=model,
        stage=stage,
        view=view,
        holder=holder,
        wanted=to,
        target=history.releases[str(planned.version)] if planned.drafts else None,
        version=planned.version,
        reason=reason,
        note=planned.note,
    )


def roll_back(
    plan: RollbackPlan,
    writer: RegistryWriter,
    forge: Forge,
    messages: Messages,
    *,
    rehearsal: bool = False,
    force: bool = False,
) -> Rollback:
    """Carry out a plan, and ask the forge for the deployment.

    Args:
        rehearsal: fetch and check everything, and write nothing.
        force: although files cannot be had now.

    Raises:
        DataError: a file cannot be had; names it and its digest.
        VerificationError: a file is another one, which no force passes over.
        RegistryConflict: the registry moved on since the plan, or approvals are missing.
    """
    target, model, stage, log = plan.target, plan.model, plan.stage, writer.log
    if target is None:
        return Rollback(plan=plan, checked=False, changed=False, head=plan.view.head, note=plan.note)
    refuse_unapproved_return(writer.rules, plan.view.history(model), target.version, stage, at=writer.now)
    checked = _look_for_files(log, plan.view.snapshot, target, messages, rehearsal=rehearsal, force=force)
    if rehearsal:
        return Rollback(plan=plan, checked=checked, changed=False, head=plan.view.head)

    def decide(snapshot: Snapshot) -> Decision:
        history = snapshot.read(model)
        decided = moves.rollback(history, stage, to=plan.wanted, reason=plan.reason, expected_holder=plan.holder)
        if decided.drafts and decided.version != target.version:
            raise RegistryConflict(
                f"{model} would go back to {decided.version} now, no longer to {target.version}.",
                hint=f"Look at what changed: ci-ml registry history {model}",
            )
        refuse_unapproved_return(writer.rules, history, target.version, stage, at=writer.now)
        return decided

    appended = writer.append(decide)
    tell(appended, messages)
    if appended.events:
        deployment = Deployment(
            model=model,
            stage=stage,
            version=target.version,
            commit=target.commit,
            registry_head=str(appended.head),
            at=writer.now,
            task="rollback",
            pins=pins_of(target),
        )
        forge.publish_deployment(deployment)
    note, changed = appended.decision.note, bool(appended.events)
    return Rollback(plan=plan, checked=checked, changed=changed, head=appended.head, note=note)


def _look_for_files(
    log: EventLog, snapshot: Snapshot, target: Release, messages: Messages, *, rehearsal: bool, force: bool
) -> bool:
    """Refuse a version whose files are gone: production would have nothing to run.

    Returns:
        Whether all of them are there.
    """
    if target.facts is None:
        messages.warn(
            f"{target.version} was imported, and no digest of its files is known: nothing of them was checked."
        )
        return False
    root = log.git.root
    try:
        store = open_store(log.git, git_remote=log.remote)
        keep_out_of_git(root)
        with workspace(root / FOLDER) as folder:
            (restore if rehearsal else look_for)(store, snapshot, target, folder)
    except (DataError, MachineError) as error:
        if not force:
            way_out = "--force goes back all the same, should it be there in time."
            raise type(error)(
                error.message, hint=f"{error.hint}\n       {way_out}" if error.hint else way_out
            ) from None
        messages.warn(error.message)
        return False
    return True
