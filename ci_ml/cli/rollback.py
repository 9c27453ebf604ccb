"""`ci-ml rollback`: an earlier version comes back into a stage, if its files can still be had; or a rehearsal of it."""

import json
from typing import TYPE_CHECKING, Any

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import REASON, format_option
from ci_ml.names import with_v

if TYPE_CHECKING:
    from ci_ml.registry.event_builder import Decision
    from ci_ml.registry.history import History, Release
    from ci_ml.repository.event_log.snapshot import Snapshot


@click.command()
@click.argument("model")
@click.argument("stage")
@click.option("--to", metavar="VERSION", help="Go back to this version. Default: the one before.")
@REASON
@click.option("--dry-run", is_flag=True, help="Fetch and check everything, and write nothing.")
@click.option("--force", is_flag=True, help="Go back although its files cannot be fetched now.")
@format_option("table", "json")
@click.pass_obj
def rollback(
    app: App, model: str, stage: str, to: str | None, reason: str | None, dry_run: bool, force: bool, style: str
) -> int:
    """Bring back what held STAGE of MODEL before, with a reason.

    A new event: nothing is erased. What was rolled back returns only by an
    explicit ci-ml promote, never by a merge. The model is fetched and its
    digest checked before anything is written; its data are looked for.

    \b
    Examples:
      ci-ml rollback late-flight production --reason "worse for carrier AA"
      ci-ml rollback late-flight production --to v1.0.0 --reason drill --dry-run
    """
    from ci_ml.delivery.approvals import refuse_unapproved_return
    from ci_ml.delivery.registry_writer import tell
    from ci_ml.errors import RegistryConflict
    from ci_ml.registry import moves
    from ci_ml.registry.pins import pins_of

    snapshot = _read(app, model, stage)
    seen = snapshot.read(model)
    holder = seen.holder(stage)
    wanted = with_v(to) if to else None
    planned = moves.rollback(seen, stage, to=wanted, reason=reason, expected_holder=holder)
    if not planned.drafts:
        facts = {"version": planned.version, "stage": stage, "replaced": holder, "changed": False}
        return _say(
            app, style, [planned.note], {"name": model, **facts, "registry": app.log.head, "note": planned.note}
        )
    target = seen.releases[str(planned.version)]
    refuse_unapproved_return(app.writer.rules, seen, target.version, stage, at=app.now)
    checked = _refuse_lost(app, snapshot, target, rehearsal=dry_run, force=force)

    def decide(snapshot: "Snapshot") -> "Decision":
        history = snapshot.read(model)
        decided = moves.rollback(history, stage, to=wanted, reason=reason, expected_holder=holder)
        if decided.drafts and decided.version != target.version:
            raise RegistryConflict(
                f"{model} would go back to {decided.version} now, no longer to {target.version}.",
                hint=f"Look at what changed: ci-ml registry history {model}",
            )
        refuse_unapproved_return(app.writer.rules, history, target.version, stage, at=app.now)
        return decided

    head, changed, note = app.log.head, False, ""
    if not dry_run:
        appended = app.writer.append(decide)
        tell(appended, app)
        head, changed, note = appended.head, bool(appended.events), appended.decision.note
    if changed:
        app.forge.publish_deployment(
            model=model,
            stage=stage,
            version=target.version,
            commit=target.commit,
            registry_head=str(head),
            at=app.now,
            task="rollback",
            pins=pins_of(target),
        )
    answer = {
        "name": model,
        "version": target.version,
        "stage": stage,
        "replaced": holder,
        "changed": changed,
        "registry": head,
        "note": note,
        "dry_run": dry_run,
        "checked": checked,
        "held_before": seen.has_held(stage, target.version),
        "pins": pins_of(target),
    }
    words = _words(seen, stage, target, dry_run=dry_run) if changed or dry_run else [note]
    if dry_run:
        words.append(f"{'Everything was fetched and has the right digest. ' if checked else ''}Nothing was written.")
    return _say(app, style, words, answer)


def _read(app: App, model: str, stage: str) -> "Snapshot":
    """The newest state of the registry; the model need not stand in ci-ml.yaml any more.

    Raises:
        ConfigError: there is no such model or stage.
        MachineError: the remote cannot be reached, so nothing could be written either.
    """
    from ci_ml.delivery.registry_reading import require_model, require_stage

    app.log.refresh()
    if app.log.problem:
        raise app.log.problem
    snapshot = app.log.snapshot()
    require_model(snapshot, model)
    require_stage(stage, (*app.stages_of(model), *snapshot.read(model).stages))
    return snapshot


def _refuse_lost(app: App, snapshot: "Snapshot", target: "Release", *, rehearsal: bool, force: bool) -> bool:
    """Refuse a version whose files are gone: production would have nothing to run.

    Returns:
        Whether all of them are there.

    Raises:
        DataError: a file cannot be had; names it and its digest.
        VerificationError: a file is another one, which no --force passes over.
        MachineError: a store cannot be reached.
    """
    from ci_ml.errors import DataError, MachineError
    from ci_ml.repository.records import FOLDER, keep_out_of_git
    from ci_ml.repository.restoring.assembly import workspace
    from ci_ml.repository.restoring.release import look_for, restore
    from ci_ml.repository.storage.artifacts import open_store

    if target.facts is None:
        app.warn(f"{target.version} was imported, and no digest of its files is known: nothing of them was checked.")
        return False
    try:
        store = open_store(app.git, git_remote=app.log.remote)
        keep_out_of_git(app.root)
        with workspace(app.root / FOLDER) as folder:
            (restore if rehearsal else look_for)(store, snapshot, target, folder)
    except (DataError, MachineError) as error:
        if not force:
            way_out = "--force goes back all the same, should it be there in time."
            raise type(error)(
                error.message, hint=f"{error.hint}\n       {way_out}" if error.hint else way_out
            ) from None
        app.warn(error.message)
        return False
    return True


def _words(seen: "History", stage: str, target: "Release", *, dry_run: bool) -> list[str]:
    from ci_ml.registry.pins import changed_pins

    holder = str(seen.holder(stage))
    verb = "would go back to" if dry_run else "is back at"
    never = "" if seen.has_held(stage, target.version) else f", which never held {stage}"
    rows = changed_pins(seen.releases[holder], target)
    lines = [f"{seen.model}: {stage} {verb} {target.version} (was {holder}){never}"]
    lines += [f"  {what:<10} {now}  {'as before' if now == was else f'was {was}'}" for what, now, was in rows]
    if target.facts is None:
        lines.append(f"  {'model':<10} not recorded, for {target.version} was imported")
    return lines


def _say(app: App, style: str, words: list[str], answer: dict[str, Any]) -> int:
    app.out(json.dumps({"schema": 1, **answer}, indent=2) if style == "json" else "\n".join(words))
    return 0
