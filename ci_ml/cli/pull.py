"""`ci-ml pull`: the model file of a release, checked, for whoever deploys it."""

import json

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import format_option


@click.command()
@click.argument("name", metavar="MODEL@STAGE|VERSION")
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    help="Where to put it; a folder keeps its name. Default: in .ci-ml/, or here outside of git.",
)
@click.option("--remote", "address", metavar="URL", help="From the repository there; no clone is needed.")
@click.option("--force", is_flag=True, help="Fetch a version that was withdrawn, too.")
@format_option("table", "json")
@click.pass_obj
def pull(app: App, name: str, output: str | None, address: str | None, force: bool, style: str) -> int:
    """Fetch the model file of a release, and print where it is.

    Its SHA-256 is compared with what the registry pins before it appears
    under its name. With --output it takes the place of an older one there; a
    file that git tracks must be named to be overwritten. Needs no DVC for what
    git, a folder or a web server has. Nothing is loaded or run.

    \b
    Examples:
      ci-ml pull late-flight@production
      ci-ml pull late-flight@v1.0.0 --output /srv/model.txt
      ci-ml pull late-flight@production --remote https://git.example/flights.git
    """
    from ci_ml.cli.adapters import root_around
    from ci_ml.cli.registry.source import open_log
    from ci_ml.delivery.pulling import pull_model
    from ci_ml.delivery.release_spec import find_release, parse_release_name

    spec = parse_release_name(name)
    log = open_log(app, offline=False, address=address)
    named = find_release(log, spec, git_remote="origin" if address is not None else log.remote)
    path = pull_model(
        named, app, start=app.start, root=root_around(app), output=output, own_clone=address is None, force=force
    )
    facts = named.facts
    if style == "json":
        answer = {
            "schema": 1,
            "model": named.history.model,
            "version": named.release.version,
            "stage": named.stage,
            "commit": facts.commit,
            "sha256": facts.model.sha256,
            "size": facts.model.size,
            "path": str(path),
            "registry": named.snapshot.head,
        }
        app.out(json.dumps(answer, indent=2))
    else:
        app.out(str(path))
        app.note(f"{named.name}, {facts.model.size:,} bytes, sha256 {facts.model.sha256}")
    return 0
