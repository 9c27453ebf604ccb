"""Turn a judgement into text: the comment, the page, the terminal's table, JSON."""

from ci_ml.reports.comment import render_markdown
from ci_ml.reports.json_report import render_json
from ci_ml.reports.page import render_html
from ci_ml.reports.terminal import render_terminal

__all__ = ["render_html", "render_json", "render_markdown", "render_terminal"]
