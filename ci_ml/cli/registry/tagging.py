"""`ci-ml registry tags`: are the tags that GTO reads what the registry says, and may the missing ones be written?"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL, format_option
from ci_ml.text import count

if TYPE_CHECKING:
    from ci_ml.delivery.tags import Tags


@click.command()
@MODEL
@click.option("--repair", is_flag=True, help="Write the tags that are missing.")
@click.option("--offline", is_flag=True, help="Look at this repository only, not at the remote.")
@format_option("table", "json")
@click.pass_obj
def tags(app: App, model: str | None, repair: bool, offline: bool, style: str) -> int:
    """Are the tags there that follow from the registry?

    They are an index for GTO and for tools built on it; the registry is
    complete without them. Imported tags are looked for too. --repair writes what
    is missing, the same objects to the byte. Tags that contradict the registry,
    and tags of its models that no event implies (surplus), are named and left
    alone; then the exit code is 13. Where the remote refuses a tag it is 6.

    \b
    Examples:
      ci-ml registry tags late-flight
      ci-ml registry tags --repair
    """
    from ci_ml.cli.adapters import open_git, registry_log
    from ci_ml.delivery.tags import fault_of, look_at_tags, repair_tags
    from ci_ml.errors import ConfigError

    log = registry_log(open_git(app))
    if repair and offline and log.remote:
        raise ConfigError("--repair writes to the remote.", hint="Leave out --offline.")
    found = repair_tags(log, model) if repair else look_at_tags(log, model, offline=offline)
    if style == "json":
        app.out(_as_json(found, remote=log.remote, head=log.head))
    else:
        app.out("\n".join(_lines(found, remote=log.remote, repaired=repair)))
    fault = fault_of(found, remote=log.remote)
    if fault:
        raise fault
    return 0


def _as_json(found: "Tags", *, remote: str | None, head: str | None) -> str:
    import json

    tags = [
        {
            "model": state.model,
            "tag": state.name,
            "event": state.sequence,
            "object": state.object,
            "target": state.tag.target if state.tag else None,
            "here": state.here,
            "remote": state.remote,
            "found": dict(state.found),
        }
        for state in found.states
    ]
    others = [{"model": tag.model, "tag": tag.name, "found": dict(tag.found)} for tag in found.surplus]
    facts = {"remote": remote, "registry": head, "tags": tags, "surplus": others}
    return json.dumps({"schema": 1, **facts, "written": [state.name for state in found.written]}, indent=2)


def _lines(found: "Tags", *, remote: str | None, repaired: bool) -> Iterator[str]:
    from ci_ml.reports.tables import text_table

    if not found.states:
        yield "No tag follows from the registry yet."
        return
    looked = found.states[0].remote is not None
    place = remote or "this repository"
    header = ["TAG", "EVENT", "HERE", *([place.upper()] if looked else [])]
    rows = [[s.name, str(s.sequence), s.here, *([s.remote or ""] if looked else [])] for s in found.states]
    for tag in found.surplus:
        cells = ["surplus" if where in tag.found else "–" for where in ("here", *(["remote"] if looked else []))]
        rows.append([tag.name, "none", *cells])
    yield text_table([header, *rows])
    if repaired:
        yield f"{count(len(found.written), 'tag')} written to {place}."
    elif found.missing:
        where, mend = (place, "ci-ml registry tags --repair")
        if remote and not looked:
            where, mend = "this repository", f"git fetch --tags {remote}"
        yield f"{found.missing:,} of {count(len(found.states), 'tag')} missing in {where}: {mend}"
