"""`ci-ml registry show`, `history`, `which`: what is where, since when, and how it came to be. Reading only."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL, format_option
from ci_ml.cli.registry.source import OFFLINE, REMOTE, open_snapshot
from ci_ml.errors import CiMlError, ConfigError, DataError

if TYPE_CHECKING:
    from ci_ml.repository.event_log.snapshot import Snapshot

# So many events are read in one look; more of them hide the newest.
_LINES = 50
_NAMED = 8


@click.command()
@MODEL
@OFFLINE
@REMOTE
@format_option("table", "json")
@click.pass_obj
def show(app: App, model: str | None, offline: bool, address: str | None, style: str) -> int:
    """All models and their stages; with MODEL, its versions.

    \b
    Examples:
      ci-ml registry show
      ci-ml registry show late-flight --format json
      ci-ml registry show --remote https://git.example/flights.git
    """
    from ci_ml.reports import registry_tables

    snapshot = open_snapshot(app, offline=offline, address=address)
    if model is not None:
        known(snapshot, model)
        app.out(registry_tables.render_model(snapshot.read(model), style=style))
        return 0
    summaries = snapshot.summaries()
    if not summaries and style == "table":
        app.out("No model is registered yet: ci-ml register, or merge one and ci-ml promote --merged.")
        return 0
    stages = () if address else stages_of(app)
    app.out(registry_tables.render_models(summaries, stages=stages, now=app.now, style=style))
    return 0


@click.command()
@MODEL
@click.option("--stage", metavar="STAGE", help="Only what names this stage.")
@click.option("--version", metavar="VERSION", help="Only what names this version.")
@click.option("--since", metavar="DATE", help="Only what happened then (UTC) or later.")
@click.option("--until", metavar="DATE", help="Only what happened until then. A day counts to its end.")
@click.option(
    "--limit", type=click.IntRange(min=0), help=f"The newest so many; 0 for all. Default: {_LINES}, in JSON all."
)
@OFFLINE
@REMOTE
@format_option("table", "json")
@click.pass_obj
def history(
    app: App,
    model: str | None,
    stage: str | None,
    version: str | None,
    since: str | None,
    until: str | None,
    limit: int | None,
    offline: bool,
    address: str | None,
    style: str,
) -> int:
    """What happened to MODEL, or to all models; the newest first.

    Events are checked against each other before they are shown. As they lie
    in git, every one of them: ci-ml registry log.

    \b
    Examples:
      ci-ml registry history late-flight
      ci-ml registry history late-flight --stage production --since 2013-03-01
    """
    from ci_ml.cli.registry.dates import parse_moment
    from ci_ml.names import with_v
    from ci_ml.registry.selection import Selection, newest_first
    from ci_ml.reports import registry_tables

    selection = Selection(
        stage=stage,
        version=with_v(version) if version else None,
        since=parse_moment(since, option="--since", day_ends=False) if since else None,
        until=parse_moment(until, option="--until") if until else None,
    )
    snapshot = open_snapshot(app, offline=offline, address=address)
    if model is not None:
        known(snapshot, model)
    histories = {model: snapshot.read(model)} if model else snapshot.read_all()
    events = [event for one in histories.values() for event in one.events]
    chosen = newest_first(event for event in events if selection.keeps(event))
    most = limit if limit is not None else _LINES if style == "table" else 0
    shown = chosen[:most] if most else chosen
    app.out(
        registry_tables.render_events(
            shown, left_out=len(chosen) - len(shown), of=len(events), several=len(histories) > 1, style=style
        )
    )
    return 0


@click.command()
@click.argument("name", metavar="MODEL@STAGE")
@click.option("--at", "moment", metavar="DATE", help="Who held it then (UTC)? A day counts to its end.")
@OFFLINE
@REMOTE
@format_option("table", "json")
@click.pass_obj
def which(app: App, name: str, moment: str | None, offline: bool, address: str | None, style: str) -> int:
    """Which version holds STAGE of MODEL? Prints nothing else.

    Made for $(...) in scripts. Exits 4 where nobody holds it.

    \b
    Examples:
      ci-ml registry which late-flight@production
      ci-ml registry which late-flight@production --at 2013-03-03
      ci-ml registry which late-flight@production --remote host:flights.git
    """
    from ci_ml.text import shown

    model, _, stage = name.rpartition("@")
    if not model or not stage:
        raise ConfigError(f"'{shown(name)}' is not MODEL@STAGE.", hint="ci-ml registry which late-flight@production")
    at = _moment(moment) if moment else None
    snapshot = open_snapshot(app, offline=offline, address=address)
    version = _holder(snapshot, model, stage, at)
    if version is None:
        raise _nobody(snapshot, model, stage, at, configured=() if address else stages_of(app, model))
    if style == "json":
        import json

        answer: dict[str, Any] = {"schema": 1, "model": model, "stage": stage, "version": version}
        app.out(json.dumps({**answer, "at": at.isoformat() if at else None, "registry": snapshot.head}, indent=2))
    else:
        app.out(version)
    return 0


def _moment(text: str) -> datetime:
    from ci_ml.cli.registry.dates import parse_moment  # hardly anybody asks for the past

    return parse_moment(text, option="--at")


def _holder(snapshot: "Snapshot", model: str, stage: str, at: datetime | None) -> str | None:
    if at is not None:
        known(snapshot, model)
        return snapshot.read(model).holder(stage, at=at)
    last = snapshot.last(model)
    if last is None:
        known(snapshot, model)
        return None
    return last.holders.get(stage)


def _nobody(
    snapshot: "Snapshot", model: str, stage: str, at: datetime | None, *, configured: tuple[str, ...]
) -> CiMlError:
    """Why there is no answer: no such stage, nothing in it, or nothing yet."""
    from ci_ml.text import shown

    history = snapshot.read(model)
    name = shown(stage)
    if configured and stage not in configured and stage not in history.stages:
        named = ", ".join(dict.fromkeys((*configured, *history.stages)))
        return ConfigError(f"{model} has no stage '{name}'.", hint=f"Stages: {named}.")
    first = min((event.moment for event in history.events), default=None)
    if at is not None and first is not None and at < first:
        when = f"{first:%Y-%m-%d %H:%M:%S} UTC"
        return DataError(f"nobody held {name} of {model} then: its history begins {when}.", hint="A later --at.")
    if stage not in history.stages:
        hint = f"Stages of {model} that were ever held: {', '.join(history.stages) or 'none'}."
        return DataError(f"nobody ever held {name} of {model}.", hint=hint)
    holds = f"held {name} of {model} at {at:%Y-%m-%d %H:%M:%S} UTC" if at else f"holds {name} of {model}"
    return DataError(f"nobody {holds}.", hint=f"ci-ml registry history {model} --stage {stage}")


def stages_of(app: App, model: str | None = None) -> tuple[str, ...]:
    """Every stage that the configuration names (for one model), in order; a broken one keeps nobody from reading."""
    if model is None and app.says_nothing_of("stages"):
        from ci_ml.vocabulary import STAGES

        return STAGES if (app.root / "ci-ml.yaml").is_file() else ()
    try:
        models = app.config.models
    except ConfigError:
        return ()
    chosen = [settings for name, settings in models.items() if model in (None, name)]
    return tuple(dict.fromkeys(stage for settings in chosen for stage in settings.stages))


def known(snapshot: "Snapshot", model: str) -> None:
    """Refuse a model that the registry does not have.

    Raises:
        ConfigError: names those that it has; of many the nearest.
    """
    from ci_ml.text import shown

    if snapshot.has(model):
        return
    names = snapshot.models()
    hint = f"It has: {', '.join(names)}." if names else "It has no model yet: ci-ml register brings one in."
    if len(names) > _NAMED:
        from difflib import get_close_matches

        near = get_close_matches(model[:200], names, n=_NAMED)
        hint = f"Near it: {', '.join(near)}." if near else f"ci-ml registry show lists its {len(names):,} models."
    raise ConfigError(f"the registry has no model '{shown(model)}'.", hint=hint)
