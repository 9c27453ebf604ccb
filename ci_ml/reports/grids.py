"""Rows of text as an aligned table for a terminal, or as a Markdown table."""

from collections.abc import Sequence

from ci_ml.reports.escape import text


def text_grid(rows: Sequence[Sequence[str]], *, right: str = "") -> str:
    """Columns two spaces apart.

    Args:
        rows: equally long; the first one is the header.
        right: a letter per column, "r" for right-aligned.
    """
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    sides = right.ljust(len(widths), "l")
    lines = []
    for row in rows:
        cells = [c.rjust(w) if s == "r" else c.ljust(w) for c, w, s in zip(row, widths, sides, strict=False)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join([lines[0].upper(), *lines[1:]])


def markdown_grid(rows: Sequence[Sequence[str]], *, right: str = "") -> str:
    """The same as Markdown; every cell is made inert."""
    sides = right.ljust(len(rows[0]), "l")
    lines = ["| " + " | ".join(text(cell) for cell in row) + " |" for row in rows]
    rule = "| " + " | ".join("--:" if s == "r" else ":--" for s in sides[: len(rows[0])]) + " |"
    return "\n".join([lines[0], rule, *lines[1:]])
