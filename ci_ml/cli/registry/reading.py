"""`ci-ml registry show` and `history`: what is where, and how it came to be."""

import click

from ci_ml.cli.adapters import stages_here
from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL, format_option
from ci_ml.cli.registry.source import OFFLINE, REMOTE, open_snapshot

# So many events are read in one look; more of them hide the newest.
_LINES = 50


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
        from ci_ml.delivery.registry_reading import require_model

        require_model(snapshot, model)
        app.out(registry_tables.render_model(snapshot.read(model), style=style))
        return 0
    summaries = snapshot.summaries()
    if not summaries and style == "table":
        app.out("No model is registered yet: ci-ml register, or merge one and ci-ml promote --merged.")
        return 0
    stages = () if address else stages_here(app, None)
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
    from ci_ml.delivery.chosen_events import choose_events
    from ci_ml.names import with_v
    from ci_ml.registry.selection import Selection
    from ci_ml.reports import registry_tables

    selection = Selection(
        stage=stage,
        version=with_v(version) if version else None,
        since=parse_moment(since, option="--since", day_ends=False) if since else None,
        until=parse_moment(until, option="--until") if until else None,
    )
    snapshot = open_snapshot(app, offline=offline, address=address)
    most = limit if limit is not None else _LINES if style == "table" else 0
    chosen = choose_events(snapshot, model, selection, limit=most)
    app.out(
        registry_tables.render_events(
            chosen.events, left_out=chosen.left_out, of=chosen.of, several=chosen.several, style=style
        )
    )
    return 0
