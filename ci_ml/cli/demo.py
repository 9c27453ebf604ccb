"""`ci-ml demo`: the whole loop on real flights, told as a story."""

from pathlib import Path

import click

from ci_ml.cli.app import App


@click.command()
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), help="An empty or new folder. Default: a temporary one."
)
@click.pass_obj
def demo(app: App, into: Path | None) -> int:
    """Tell the whole story on real data.

    The 336,776 flights that left New York in 2013: train, judge, merge, promote,
    measure drift month by month, retrain, stop a bad change, roll back. Offline, in
    about two minutes; the folder stays.

    \b
    Example:
      ci-ml demo --into flights
    """
    import tempfile

    from ci_ml.demo.story import tell
    from ci_ml.errors import ConfigError

    folder = (app.start / into) if into else Path(tempfile.mkdtemp(prefix="ci-ml-demo-"))
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError(f"{folder} is not empty.", hint="ci-ml demo --into NEW-FOLDER")
    folder.mkdir(parents=True, exist_ok=True)
    tell(folder, app.out, app.note)
    return 0
