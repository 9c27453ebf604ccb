"""`ci-ml registry import`: the tags of a GTO registry become the beginning of ours."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL, format_option
from ci_ml.text import and_more, count

if TYPE_CHECKING:
    from ci_ml.delivery.importing import ImportedModel, TagImport, UnpushedTags
    from ci_ml.registry.gto.adopting import Remark


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
    from ci_ml.cli.adapters import open_git, registry_log, registry_writer
    from ci_ml.delivery.importing import import_tags
    from ci_ml.delivery.registry_writer import tell

    log = registry_log(open_git(app))
    found = import_tags(log, model=model, writer=None if dry_run else registry_writer(app, log))
    if found.appended:
        tell(found.appended, app)
    app.out(_as_json(found) if style == "json" else "\n".join(_lines(found)))
    return 0


def _as_json(found: "TagImport") -> str:
    import json

    unpushed = found.found.unpushed
    left = [{"tag": one.tag, "what": one.what} for one in found.found.left_alone]
    # One tag, one entry: machines filter for themselves.
    left += [{"tag": name, "what": _not_there(unpushed, several=False)} for name in unpushed.names]
    facts = {
        "changed": bool(found.models) and found.appended is not None,
        "dry_run": found.appended is None,
        "registry": found.head,
        "models": [
            {
                "name": one.name,
                "tags": one.tags,
                "versions": list(one.outlook.versions),
                "stages": one.outlook.stages,
                "remarks": [{"tag": remark.tag, "what": remark.what} for remark in one.outlook.remarks],
            }
            for one in found.models
        ],
    }
    return json.dumps({"schema": 1, **facts, "left_alone": left, "note": found.note}, indent=2)


def _lines(found: "TagImport") -> Iterator[str]:
    for one in found.models:
        yield from _said(one)
    if found.note:
        yield found.note
    for what, tags in _by_reason(found.found.left_alone):
        yield f"left alone: {and_more(tags)} ({what})"
    unpushed = found.found.unpushed
    if unpushed.names:
        yield f"left alone: {and_more(unpushed.names)} ({_not_there(unpushed, several=len(unpushed.names) > 1)})"
    if found.appended is None and found.models:
        yield "Nothing was written: without --dry-run it will be."


def _said(one: "ImportedModel") -> Iterator[str]:
    stages = ", ".join(f"{stage} {version}" for stage, version in one.outlook.stages.items()) or "no stage is held"
    yield f"{one.name}: {count(one.tags, 'tag')}, {count(len(one.outlook.versions), 'version')}; {stages}"
    for what, tags in _by_reason(one.outlook.remarks):
        yield f"  {and_more(tags)} {'is' if len(tags) == 1 else 'are'} {what}"


def _not_there(unpushed: "UnpushedTags", *, several: bool) -> str:
    they, count_ = ("they are", "they should count") if several else ("it is", "it should count")
    return f"{they} not on {unpushed.remote}; {unpushed.push} first, if {count_}"


def _by_reason(remarks: "Iterable[Remark]") -> "Sequence[tuple[str, list[str]]]":
    """What is said of several tags -> these tags: ten thousand may share one reason."""
    found: dict[str, list[str]] = {}
    for one in remarks:
        found.setdefault(one.what, []).append(one.tag)
    return tuple(found.items())
