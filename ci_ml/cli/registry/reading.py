"""`ci-ml registry show`, `history`, `which`: what is where, since when, and how it came to be. Reading only."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL, format_option
from ci_ml.errors import ConfigError, DataError

if TYPE_CHECKING:
    from ci_ml.repository.event_log.snapshot import Snapshot

_OFFLINE = click.option("--offline", is_flag=True, help="Do not fetch; answer from what was fetched last.")


@click.command()
@MODEL
@_OFFLINE
@format_option("table", "json")
@click.pass_obj
def show(app: App, model: str | None, offline: bool, style: str) -> int:
    """All models and their stages; with MODEL, its versions.

    \b
    Examples:
      ci-ml registry show
      ci-ml registry show late-flight --format json
    """
    from ci_ml.reports import registry_tables

    snapshot = _read(app, offline=offline)
    if model is not None:
        known(snapshot, model)
        app.out(registry_tables.render_model(snapshot.read(model), style=style))
        return 0
    summaries = snapshot.summaries()
    if not summaries and style == "table":
        app.out("No model is registered yet: ci-ml register, or merge one and ci-ml promote --merged.")
        return 0
    app.out(registry_tables.render_models(summaries, stages=stages_of(app), now=app.now, style=style))
    return 0


@click.command()
@MODEL
@_OFFLINE
@format_option("table", "json")
@click.pass_obj
def history(app: App, model: str | None, offline: bool, style: str) -> int:
    """What happened to MODEL, or to all models; the newest first.

    \b
    Example:
      ci-ml registry history late-flight
    """
    from ci_ml.reports import registry_tables

    snapshot = _read(app, offline=offline)
    if model is not None:
        known(snapshot, model)
    histories = {model: snapshot.read(model)} if model else snapshot.read_all()
    app.out(registry_tables.render_events(histories, style=style))
    return 0


@click.command()
@click.argument("name", metavar="MODEL@STAGE")
@click.option("--at", "moment", metavar="DATE", help="Who held it then (UTC)? A day counts to its end.")
@_OFFLINE
@format_option("table", "json")
@click.pass_obj
def which(app: App, name: str, moment: str | None, offline: bool, style: str) -> int:
    """The version that holds STAGE of MODEL, and nothing else: made for $(...).

    Exits 4 where nobody holds it.

    \b
    Examples:
      ci-ml registry which late-flight@production
      ci-ml registry which late-flight@production --at 2013-03-03
    """
    model, _, stage = name.rpartition("@")
    if not model or not stage:
        raise ConfigError(f"'{name}' is not MODEL@STAGE.", hint="ci-ml registry which late-flight@production")
    at = _moment(moment) if moment else None
    snapshot = _read(app, offline=offline)
    version = _holder(snapshot, model, stage, at)
    if version is None:
        when = f" at {at:%Y-%m-%d %H:%M:%S} UTC" if at else ""
        raise DataError(f"nobody holds {stage} of {model}{when}.", hint=f"ci-ml registry history {model}")
    if style == "json":
        import json

        answer: dict[str, Any] = {"schema": 1, "model": model, "stage": stage, "version": version}
        app.out(json.dumps({**answer, "at": at.isoformat() if at else None, "registry": snapshot.head}, indent=2))
    else:
        app.out(version)
    return 0


def _holder(snapshot: "Snapshot", model: str, stage: str, at: datetime | None) -> str | None:
    if at is not None:
        known(snapshot, model)
        return snapshot.read(model).holder(stage, at=at)
    last = snapshot.last(model)
    if last is None:
        known(snapshot, model)
        return None
    return last.holders.get(stage)


def _read(app: App, *, offline: bool) -> "Snapshot":
    log = app.log
    warning = None if offline else log.refresh()
    if warning:
        app.warn(f"{warning} This is what was fetched last.")
    snapshot = log.snapshot()
    if offline and snapshot.head is None and log.remote:
        app.warn(f"nothing was fetched from {log.remote} yet: leave out --offline.")
    return snapshot


def stages_of(app: App, model: str | None = None) -> tuple[str, ...]:
    """Every stage that the configuration names (for one model), in order; a broken one keeps nobody from reading."""
    try:
        models = app.config.models
    except ConfigError:
        return ()
    chosen = [settings for name, settings in models.items() if model in (None, name)]
    return tuple(dict.fromkeys(stage for settings in chosen for stage in settings.stages))


def known(snapshot: "Snapshot", model: str) -> None:
    """Refuse a model that the registry does not have.

    Raises:
        ConfigError: names those that it has.
    """
    from ci_ml.registry.names import shown

    if model not in snapshot.models():
        names = ", ".join(snapshot.models()) or "none yet"
        raise ConfigError(f"the registry has no model '{shown(model)}'.", hint=f"It has: {names}.")


def _moment(text: str) -> datetime:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"'{text}' is not a date.", hint="--at 2013-03-03, or 2013-03-03T12:00:00Z") from None
    if len(text) <= len("2013-03-03"):
        parsed += timedelta(days=1) - timedelta(seconds=1)
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
