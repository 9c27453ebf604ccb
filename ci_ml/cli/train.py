"""`ci-ml train`: run what ci-ml.yaml names and write down what it took."""

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL, format_option


@click.command()
@MODEL
@click.option("--force", is_flag=True, help="Run DVC stages even where nothing changed.")
@format_option("table", "json")
@click.pass_obj
def train(app: App, model: str | None, force: bool, style: str) -> int:
    """Train MODEL: run its train: and predict: steps.

    Streams what they print, and records parameters, durations, digests and the
    environment in .ci-ml/. MODEL can be left out where there is only one.

    \b
    Example:
      ci-ml train late-flight
    """
    from ci_ml.cli.adapters import open_project
    from ci_ml.delivery.training import train_model
    from ci_ml.repository.records import encode

    source = open_project(app).source(model)
    trained = train_model(source, app, now=app.now, force=force)
    if style == "json":
        app.out(encode(trained.record).decode())
        return 0
    for run in trained.runs:
        what = run.command if run.name == "command" else run.name
        app.out(f"  {what[:56]:<56} {'nothing changed' if run.skipped else f'{run.seconds:6.1f} s'}")
    for path, digest in trained.record.outputs.items():
        app.out(f"  {path[:56]:<56} sha256 {digest[:8]}")
    app.note(f"Next: ci-ml gate {source.name}")
    return 0
