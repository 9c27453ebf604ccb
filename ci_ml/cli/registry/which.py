"""`ci-ml registry which`: the version that holds a stage, for scripts."""

import click

from ci_ml.cli.adapters import stages_here
from ci_ml.cli.app import App
from ci_ml.cli.options import format_option
from ci_ml.cli.registry.source import OFFLINE, REMOTE, open_snapshot
from ci_ml.delivery.stage_holder import holder_of
from ci_ml.errors import ConfigError
from ci_ml.text import shown


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
    model, _, stage = name.rpartition("@")
    if not model or not stage:
        raise ConfigError(f"'{shown(name)}' is not MODEL@STAGE.", hint="ci-ml registry which late-flight@production")
    at = None
    if moment:
        from ci_ml.cli.registry.dates import parse_moment

        at = parse_moment(moment, option="--at")
    snapshot = open_snapshot(app, offline=offline, address=address)
    version = holder_of(snapshot, model, stage, at=at, configured=lambda: () if address else stages_here(app, model))
    if style == "json":
        import json

        answer = {"schema": 1, "model": model, "stage": stage, "version": version}
        app.out(json.dumps({**answer, "at": at.isoformat() if at else None, "registry": snapshot.head}, indent=2))
    else:
        app.out(version)
    return 0
