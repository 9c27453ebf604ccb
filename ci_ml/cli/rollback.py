"""`ci-ml rollback`: an earlier version comes back into a stage, if its files can still be had; or a rehearsal of it."""

import json
from typing import TYPE_CHECKING, Any

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import REASON, format_option
from ci_ml.names import with_v

if TYPE_CHECKING:
    from ci_ml.delivery.rolling_back import Rollback
    from ci_ml.registry.pins import PinnedPart


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
    from ci_ml.cli.adapters import configured_stages, open_forge, open_git, registry_log, registry_writer
    from ci_ml.delivery.rolling_back import plan_rollback, roll_back

    git = open_git(app)
    log = registry_log(git)
    plan = plan_rollback(
        log,
        model,
        stage,
        to=with_v(to) if to else None,
        reason=reason,
        stages=configured_stages(git.root, model),
    )
    writer = registry_writer(app, log)
    found = roll_back(plan, writer, open_forge(git.root), app, rehearsal=dry_run, force=force)
    if style == "json":
        app.out(json.dumps({"schema": 1, **_facts(found, dry_run=dry_run)}, indent=2))
    else:
        app.out("\n".join(_words(found, dry_run=dry_run)))
    return 0


def _facts(found: "Rollback", *, dry_run: bool) -> dict[str, Any]:
    """What the command's JSON says, beside its schema."""
    from ci_ml.registry.pins import pins_of

    plan = found.plan
    facts = {
        "name": plan.model,
        "version": plan.version,
        "stage": plan.stage,
        "replaced": plan.holder,
        "changed": found.changed,
        "registry": found.head,
        "note": found.note,
    }
    if plan.target is None:
        return facts
    pins = pins_of(plan.target)
    return {**facts, "dry_run": dry_run, "checked": found.checked, "held_before": plan.held_before, "pins": pins}


def _words(found: "Rollback", *, dry_run: bool) -> list[str]:
    from ci_ml.registry.pins import pinned_parts
    from ci_ml.registry.version_changes import listed

    plan, target = found.plan, found.plan.target
    if target is None or not (found.changed or dry_run):
        return [found.note]
    verb = "would go back to" if dry_run else "is back at"
    never = "" if plan.held_before else f", which never held {plan.stage}"
    parts = pinned_parts(plan.view.history(plan.model).releases[str(plan.holder)], target)
    lines = [f"{plan.model}: {plan.stage} {verb} {target.version} (was {plan.holder}){never}"]
    lines += [f"  {part.name:<10} {_pinned(part)}" for part in parts if part.now or part.before]
    unknown = [part.name for part in parts if not part.now and not part.before]
    if unknown:
        lines.append(f"  not recorded: {listed(unknown)}")
    if target.facts is None:
        lines.append(f"  {'model':<10} not recorded, for {target.version} was imported")
    if dry_run:
        lines.append(
            f"{'Everything was fetched and has the right digest. ' if found.checked else ''}Nothing was written."
        )
    return lines


def _pinned(part: "PinnedPart") -> str:
    """One part of the two versions: what it is now, and whether that is what it was."""
    was = "as before" if part.same else f"was {part.before or 'not recorded'}"
    return f"{part.now or 'not recorded'}  {was}"
