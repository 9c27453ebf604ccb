"""Turn a report into text: the comment, the page, the terminal's table, JSON."""

from ci_ml.reports.comment import render_markdown
from ci_ml.reports.page import render_html
from ci_ml.reports.report import Report
from ci_ml.reports.terminal import render_terminal

__all__ = ["render_html", "render_json", "render_markdown", "render_terminal"]


def render_json(report: Report) -> str:
    """All of the report, in its own versioned shape."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(report), indent=2).decode()
