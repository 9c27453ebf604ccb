"""Render the full report as one HTML file: no network, readable without JavaScript, light and dark, printable."""

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING

from ci_ml import assets
from ci_ml.reports.charts import FRAME, SPREAD_HALF, curve_charts, forest_chart, strip_chart
from ci_ml.reports.comment import safe_address
from ci_ml.reports.escape import plain
from ci_ml.reports.inert import typographic
from ci_ml.reports.report import Line, Report
from ci_ml.reports.value_charts import value_charts
from ci_ml.text import count

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

# Keeps the file below 500 kB whatever the data; JSON has them all.
MOST_SLICES = 400
MOST_CHANGES = 100
MOST_NOTES = 50
MOST_GATES = 100
MOST_FORESTS = 6


def render_html(report: Report) -> str:
    """The page. Nothing in it is fetched, and its policy forbids that anything could be."""
    scores = curve_charts(report.curves, baseline=report.baseline or "baseline") if report.curves else None
    script = assets.read_text("templates", "report.js")
    page = (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            forests=[forest_chart(forest) for forest in report.forests[:MOST_FORESTS] if forest.rows],
            curves=scores.charts if scores else (),
            values=value_charts(report.values, baseline=report.baseline or "baseline") if report.values else None,
            spread_ticks=scores.ticks if scores else (),
            frame=FRAME,
            half=SPREAD_HALF,
            with_baseline=bool(report.baseline),
            with_change=bool(report.baseline) and any(gate.is_change for gate in report.gates),
            most={"slices": MOST_SLICES, "changes": MOST_CHANGES, "notes": MOST_NOTES, "gates": MOST_GATES},
            script=_trusted(script),
            script_hash=f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}",
            style=_trusted(assets.read_text("templates", "report.css")),
        )
    )
    return "\n".join(line.rstrip() for line in page.splitlines() if line.strip()) + "\n"


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(assets.root() / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_visible,
    )
    made.filters |= {
        "line": _line,
        "number": typographic,
        "count": count,
        "address": safe_address,
        "strip_chart": strip_chart,
        "moment": lambda at: at.replace("T", " ").replace("+00:00", "Z").replace("Z", " UTC"),
    }
    return made


def _visible(value: object) -> object:
    """Autoescape makes a value harmless to HTML; this makes it harmless to the eye."""
    return plain(value) if type(value) is str else value


def _line(line: Line) -> "Markup":
    from markupsafe import Markup

    form = {"": Markup("{}"), "code": Markup("<code>{}</code>"), "strong": Markup("<strong>{}</strong>")}
    return Markup("").join(form[span.style].format(_with_ends(span.text)) for span in line)


def _with_ends(words: str) -> str:
    """Visible, but with the spaces at both ends that hold spans apart."""
    left, right = words != words.lstrip(), words != words.rstrip()
    return f"{' ' * left}{plain(words)}{' ' * right}"


def _trusted(ours: str) -> "Markup":
    """Text of our own files, which stands in the page as it is."""
    from markupsafe import Markup

    return Markup(ours)  # noqa: S704  (a file of this package, never a value)
