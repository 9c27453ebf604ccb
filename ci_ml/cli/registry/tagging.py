"""`ci-ml registry tags`: are the tags that GTO reads what the registry says, and may the missing ones be written?"""

from typing import TYPE_CHECKING

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL, format_option

if TYPE_CHECKING:
    from ci_ml.repository.event_log.tag_state import Surplus, TagState

_SHORT = 12


@click.command()
@MODEL
@click.option("--repair", is_flag=True, help="Write the tags that are missing.")
@click.option("--offline", is_flag=True, help="Look at this repository only, not at the remote.")
@format_option("table", "json")
@click.pass_obj
def tags(app: App, model: str | None, repair: bool, offline: bool, style: str) -> int:
    """Are the tags there that follow from the registry?

    They are an index for GTO and for tools built on it; the registry is
    complete without them. Imported tags are looked for too. --repair writes what is missing, the same objects to
    the byte. A tag that contradicts the registry is named and left alone, and so
    is one of its models that no event implies (surplus); then the exit code is
    13. Where the remote refuses a tag it is 6.

    \b
    Examples:
      ci-ml registry tags late-flight
      ci-ml registry tags --repair
    """
    import shlex

    from ci_ml.errors import ConfigError, DataError, ForgeError
    from ci_ml.repository.event_log.tags import write_tags

    if repair and offline and app.log.remote:
        raise ConfigError("--repair writes to the remote.", hint="Leave out --offline.")
    states, surplus = _look(app, model, offline=offline)
    before = [state for state in states if state.missing] if repair else []
    refused = None
    if before:
        refused = write_tags(app.git, app.log.remote, [state.tag for state in before if state.tag])
        states, _ = _look(app, model, offline=offline)
    still = {state.name for state in states if not state.missing}
    written = [state for state in before if state.name in still]
    _print(app, states, surplus, written, style, repaired=repair)
    contradicting = [state for state in states if state.contradicts]
    if contradicting or surplus:
        raise _contradiction(app, contradicting, surplus)
    if refused and len(written) < len(before):
        raise ForgeError(refused.warning, hint="Its rules must allow these tags, or somebody who may pushes them.")
    lost = [state.name for state in before if state.tag is None and state.name not in still]
    if lost:
        place = app.log.remote or "HERE"
        raise DataError(
            f"imported tags that the registry cannot make again from what it keeps: {', '.join(lost)}.",
            hint=f"From a clone that has them: git push {place} {shlex.quote(f'refs/tags/{lost[0]}')}",
        )
    return 0


def _look(app: App, model: str | None, *, offline: bool) -> "tuple[list[TagState], list[Surplus]]":
    from ci_ml.delivery.registry_reading import require_model
    from ci_ml.repository.event_log.event_commits import bring_whole, witnesses
    from ci_ml.repository.event_log.tag_state import local_tags, remote_tags, surplus_tags, tag_states

    log = app.log
    # Before the branch: whoever promotes writes that first, and so a tag of right now is not taken for surplus.
    here = local_tags(app.git)
    remote = None if offline or log.remote is None else remote_tags(app.git, log.remote)
    warning = None if offline or log.fresh else log.refresh()
    if warning and log.problem:
        raise log.problem
    bring_whole(log, offline=offline)
    snapshot = log.snapshot()
    if model is not None:
        require_model(snapshot, model)
    histories = [snapshot.read(model)] if model else list(snapshot.read_all().values())
    names = [history.model for history in histories]
    states = tag_states(
        histories, witnesses(app.git, snapshot.head, names) if snapshot.head else {}, here=here, remote=remote
    )
    # Without asking the remote, this clone's branch may be older than its tags.
    behind = offline and log.remote is not None
    return states, [] if behind else surplus_tags(states, names, here=here, remote=remote)


def _print(
    app: App,
    states: "list[TagState]",
    surplus: "list[Surplus]",
    written: "list[TagState]",
    style: str,
    *,
    repaired: bool,
) -> None:
    if style == "json":
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
            for state in states
        ]
        others = [{"model": tag.model, "tag": tag.name, "found": dict(tag.found)} for tag in surplus]
        facts = {"remote": app.log.remote, "registry": app.log.head, "tags": tags, "surplus": others}
        app.out(json.dumps({"schema": 1, **facts, "written": [state.name for state in written]}, indent=2))
        return
    from ci_ml.reports.tables import text_table

    if not states:
        app.out("No tag follows from the registry yet.")
        return
    looked = states[0].remote is not None
    place = app.log.remote or "this repository"
    header = ["TAG", "EVENT", "HERE", *([place.upper()] if looked else [])]
    rows = [[s.name, str(s.sequence), s.here, *([s.remote or ""] if looked else [])] for s in states]
    for tag in surplus:
        cells = ["surplus" if where in tag.found else "–" for where in ("here", *(["remote"] if looked else []))]
        rows.append([tag.name, "none", *cells])
    app.out(text_table([header, *rows]))
    missing = sum(state.missing for state in states)
    if repaired:
        app.out(f"{_count(len(written))} written to {place}.")
    elif missing:
        where, mend = (place, "ci-ml registry tags --repair")
        if app.log.remote and not looked:
            where, mend = "this repository", f"git fetch --tags {app.log.remote}"
        app.out(f"{missing} of {_count(len(states))} missing in {where}: {mend}")


def _contradiction(app: App, states: "list[TagState]", surplus: "list[Surplus]") -> Exception:
    from ci_ml.errors import VerificationError
    from ci_ml.repository.event_log.tags import REPAIR, how_to_remove

    def tell(tag: "TagState | Surplus", what: str) -> list[str]:
        places = {"here": "in this repository", "remote": app.log.remote}
        return [f"tag {tag.name} ({places[place]}){what.format(found[:_SHORT])}" for place, found in tag.found.items()]

    lines = [line for state in states for line in tell(state, f" is {{}}; the registry says {state.object[:_SHORT]}")]
    lines += [line for tag in surplus for line in tell(tag, ": no event implies it")]
    first: TagState | Surplus = states[0] if states else surplus[0]
    removal = how_to_remove(
        first.name, here="here" in first.found, remote=app.log.remote if "remote" in first.found else None
    )
    then = f", then {REPAIR}" if states else ""
    return VerificationError(
        "\n".join(lines),
        hint=f"Find out who wrote it; ci-ml moves and deletes no tag. If it may go: {removal}{then}",
    )


def _count(number: int) -> str:
    return f"{number} tag{'' if number == 1 else 's'}"
