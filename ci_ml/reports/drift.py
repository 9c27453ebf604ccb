"""A drift report as a table or as JSON."""

from dataclasses import asdict
from textwrap import wrap

from ci_ml.data.drift import ColumnDrift, DriftReport
from ci_ml.reports.escape import plain
from ci_ml.reports.json_text import json_text
from ci_ml.reports.numbers import percent
from ci_ml.reports.tables import markdown_table, text_table
from ci_ml.text import count

SCHEMA = 1
_UNITS = {"number": "sd", "category": "JS"}


def render_drift(report: DriftReport, *, style: str, top: int) -> str:
    """`style` is table, markdown or json; a table shows the `top` columns that moved most, JSON all."""
    if style == "json":
        return json_text({"schema": SCHEMA, **asdict(report)})
    rows: list[tuple[str, ...]] = [("column", "moved by", "", "reference", "current", "missing", "")]
    measured = [column for column in report.columns if column.effect is not None]
    unmeasured = [column for column in report.columns if column.effect is None]
    rows += [_row(column) for column in measured[:top]]
    title = f"{count(report.reference_rows, 'reference row')}, {count(report.current_rows, 'current row')}"
    rest = len(measured) - top
    more = [f"{count(rest, 'further column')} moved less."] if rest > 0 else []
    more += _not_compared(unmeasured)
    legend = "sd: standard deviations of the reference; JS: distance of shares, 0 to 0.83."
    table = markdown_table(rows, right="lrlrrr") if style == "markdown" else text_table(rows, right="lrlrrr")
    return "\n".join([title, "", table, *more, "", legend])


def _not_compared(columns: list[ColumnDrift]) -> list[str]:
    """Columns without an effect, by their reason: one that is gone must not pass for one that stayed."""
    names: dict[str, list[str]] = {}
    for column in columns:
        names.setdefault(column.note, []).append(plain(column.column, 40))
    return [line for why, group in names.items() for line in wrap(f"Not compared, {why}: {', '.join(group)}.", 80)]


def _row(column: ColumnDrift) -> tuple[str, ...]:
    before, after = column.missing_reference, column.missing_current
    missing = "" if max(before, after) == 0 else f"{percent(before)} → {percent(after)}"
    return (
        column.column,
        "–" if column.effect is None else f"{column.effect:.2f}",
        "" if column.effect is None else _UNITS[column.kind],
        "" if column.reference_mean is None else f"{column.reference_mean:.4g}",
        "" if column.current_mean is None else f"{column.current_mean:.4g}",
        missing,
        column.note,
    )
