"""`ci-ml drift`: what moved between two windows of data."""

from pathlib import Path

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import format_option

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command()
@click.option("--reference", required=True, type=_FILE, help="The earlier data, Parquet or CSV.")
@click.option("--current", required=True, type=_FILE, help="The data to compare with it.")
@click.option("--column", "columns", multiple=True, metavar="NAME", help="Only this column; may be repeated.")
@click.option("--top", type=click.IntRange(min=1), default=20, show_default=True, help="Show the first so many.")
@format_option("table", "json", "markdown")
@click.pass_obj
def drift(app: App, reference: Path, current: Path, columns: tuple[str, ...], top: int, style: str) -> int:
    """How far has each column moved since the reference?

    Shows an effect size per column: standard deviations for numbers, a distance
    from 0 to 0.83 for categories. It measures and does not judge.

    \b
    Example:
      ci-ml drift --reference winter.parquet --current april.parquet
    """
    from ci_ml.data.drift import measure_drift
    from ci_ml.errors import DataError
    from ci_ml.reports.drift import render_drift
    from ci_ml.tables.arrow_tables import read_table
    from ci_ml.tables.columns import column

    windows = []
    for path in (reference, current):
        table = read_table(app.start / path, name=str(path))
        window = {}
        for name in dict.fromkeys(name for name in (columns or table.column_names) if name in table.column_names):
            try:
                window[name] = column(table, name, of=str(path))
            except DataError as error:
                if columns:
                    raise
                app.warn(error.message)
        windows.append(window)
    for name in columns:
        if not any(name in window for window in windows):
            raise DataError(f"neither {reference} nor {current} has a column '{name}'.")
    app.out(render_drift(measure_drift(*windows), style=style, top=top))
    return 0
