"""`ci-ml registry diff`: two versions side by side, from what was filed with them, and their paired change."""

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import format_option
from ci_ml.cli.registry.source import OFFLINE, REMOTE, open_log
from ci_ml.delivery.registry_source import snapshot_of


@click.command()
@click.argument("model")
@click.argument("before", metavar="V1")
@click.argument("after", metavar="V2")
@OFFLINE
@REMOTE
@format_option("table", "json", "markdown")
@click.pass_obj
def diff(app: App, model: str, before: str, after: str, offline: bool, address: str | None, style: str) -> int:
    """What changed between two versions of MODEL?

    V1 and V2 are versions, or stages: what holds them now. Shows what was
    filed with each: metrics with their own intervals, parameters, features,
    data, code and environment. In a checkout whose ci-ml.yaml has the model,
    and with ci-ml[evaluate], also the paired change on the same rows.

    \b
    Examples:
      ci-ml registry diff late-flight production v1.2.0
      ci-ml registry diff late-flight v1.0.0 v1.1.0 --format markdown
    """
    from ci_ml.cli.adapters import open_project
    from ci_ml.delivery.registry_diff import Clone, compare_versions
    from ci_ml.reports.version_diff import render_diff

    log = open_log(app, offline=offline, address=address)
    snapshot = snapshot_of(log, offline=offline, messages=app)
    clone = None
    if address is None:
        clone = Clone(log=log, source=lambda: open_project(app, log.git).source(model), offline=offline)
    app.out(render_diff(compare_versions(snapshot, model, before, after, clone=clone), style=style))
    return 0
