"""`ci-ml registry import`: the tags of a GTO registry become the beginning of ours."""

from typing import TYPE_CHECKING, Any

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL, format_option

if TYPE_CHECKING:
    from ci_ml.registry.event_builder import Decision
    from ci_ml.registry.gto.adopting import Remark
    from ci_ml.registry.payloads import Imported
    from ci_ml.repository.event_log.snapshot import Snapshot


@click.command(name="import")
@MODEL
@click.option("--dry-run", is_flag=True, help="Say what would come of it, and write nothing to the registry.")
@format_option("table", "json")
@click.pass_obj
def import_(app: App, model: str | None, dry_run: bool, style: str) -> int:
    """Begin the registry with the tags that GTO wrote.

    Each becomes an event of its model: of MODEL, or of all. Fetches the
    remote's tags first. Nothing is lost: tags that GTO ignores are kept too,
    and no tag is changed. Only a model without events can be imported; run
    twice, it does nothing the second time.

    \b
    Examples:
      ci-ml registry import --dry-run
      ci-ml registry import models/churn:classifier
    """
    from ci_ml.registry.event_builder import Decision

    found, left_alone = _find(app, model)

    def decide(snapshot: "Snapshot") -> "Decision":
        decisions = [_adopt(snapshot, name, tags, named=model is not None) for name, tags in found.items()]
        return sum(decisions, Decision())

    if dry_run:
        decision, head = decide(app.log.snapshot()), app.log.head
    else:
        from ci_ml.delivery.registry_writer import tell

        appended = app.writer.append(decide)
        tell(appended, app)
        decision, head = appended.decision, appended.head
    begun = {draft.model for draft in decision.drafts}
    reports = [_report(name, tags) for name, tags in found.items() if name in begun]
    note = decision.note if found else "No tag of GTO's was found."
    if style == "json":
        import json

        left = [{"tag": one.tag, "what": one.what} for one in left_alone]
        facts = {"changed": bool(begun) and not dry_run, "dry_run": dry_run, "registry": head, "models": reports}
        app.out(json.dumps({"schema": 1, **facts, "left_alone": left, "note": note}, indent=2))
        return 0
    for report in reports:
        app.out(_said(report))
    if note:
        app.out(note)
    for one in left_alone:
        app.out(f"left alone: {one.tag} ({one.what})")
    if dry_run and begun:
        app.out("Nothing was written: without --dry-run it will be.")
    return 0


def _find(app: App, model: str | None) -> "tuple[dict[str, tuple[Imported, ...]], list[Remark]]":
    """The tags of each model that is to be imported, and those of no model.

    Raises:
        ConfigError: the named model has no tags.
    """
    from ci_ml.errors import ConfigError
    from ci_ml.names import check_model, in_tag
    from ci_ml.registry.gto.adopting import Remark, sort_tags
    from ci_ml.repository.event_log.existing_tags import fetch_tags, read_tags
    from ci_ml.repository.event_log.tag_state import local_tags

    if model is not None:
        check_model(model)
    warning = app.log.refresh()
    if warning and app.log.problem:
        raise app.log.problem
    remote = app.log.remote
    there = fetch_tags(app.git, remote) if remote else local_tags(app.git)
    tags = sort_tags(read_tags(app.git, there))
    left = list(tags.left_alone)
    if remote:
        own = [name for name in local_tags(app.git) if name not in there]
        unpushed = sort_tags(read_tags(app.git, own)).models.values()
        what = f"it is not on {remote}; git push {remote} refs/tags/… first, if it should count"
        left += [Remark(tag=payload.tag, what=what) for own_tags in unpushed for payload in own_tags]
    if model is None:
        return tags.models, left
    if model not in tags.models:
        raise ConfigError(
            f"no tag of GTO's speaks of '{model}'.", hint=f"There are tags of: {', '.join(tags.models) or 'no model'}."
        )
    start = in_tag(model)
    return {model: tags.models[model]}, [one for one in left if one.tag.startswith((f"{start}@", f"{start}#"))]


def _adopt(snapshot: "Snapshot", name: str, tags: "tuple[Imported, ...]", *, named: bool) -> "Decision":
    """The decision on one model; of many, one that has a history already keeps nobody from importing the others."""
    from ci_ml.errors import RegistryConflict
    from ci_ml.registry.event_builder import Decision
    from ci_ml.registry.gto.adopting import adopt

    try:
        return adopt(snapshot.read(name), tags)
    except RegistryConflict as error:
        if named:
            raise
        return Decision(note=error.message)


def _report(name: str, tags: "tuple[Imported, ...]") -> dict[str, Any]:
    from ci_ml.registry.gto.adopting import foretell

    outlook = foretell(tags)
    return {
        "name": name,
        "tags": len(tags),
        "versions": list(outlook.versions),
        "stages": outlook.stages,
        "remarks": [{"tag": one.tag, "what": one.what} for one in outlook.remarks],
    }


def _said(report: dict[str, Any]) -> str:
    stages = ", ".join(f"{stage} {version}" for stage, version in report["stages"].items()) or "no stage is held"
    counts = f"{_count(report['tags'], 'tag')}, {_count(len(report['versions']), 'version')}"
    return "\n".join(
        [f"{report['name']}: {counts}; {stages}", *(f"  {one['tag']} is {one['what']}" for one in report["remarks"])]
    )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
