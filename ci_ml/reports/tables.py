"""Lay rows of text out as a table: aligned for a terminal, or as Markdown with every cell made inert."""

from collections.abc import Sequence
from itertools import zip_longest

from ci_ml.reports.escape import plain, text
from ci_ml.reports.text_width import columns, padded

Rows = Sequence[Sequence[str]]


def text_table(rows: Rows, *, right: str = "") -> str:
    """Columns as wide as their widest cell, two spaces between them; the first row is the header.

    Args:
        right: a letter per column, `r` where it is flush right; columns beyond are flush left.

    >>> print(text_table([("stage", "rows"), ("production", "7")], right="lr"))
    stage       rows
    production     7
    """
    cells = [[plain(cell) for cell in row] for row in rows]
    widths = [max(map(columns, column)) for column in zip_longest(*cells, fillvalue="")]
    return "\n".join("  ".join(_aligned(row, widths, right)).rstrip() for row in cells)


def markdown_table(rows: Rows, *, right: str = "") -> str:
    """The same as a Markdown table.

    >>> print(markdown_table([("stage", "rows"), ("a|b", "7")], right="lr"))
    | stage | rows |
    | :-- | --: |
    | a\\|b | 7 |
    """
    header, *body = [f"| {' | '.join(text(cell) for cell in row)} |" for row in rows]
    rule = " | ".join("--:" if right[i : i + 1] == "r" else ":--" for i in range(len(rows[0])))
    return "\n".join([header, f"| {rule} |", *body])


def _aligned(row: Sequence[str], widths: Sequence[int], right: str) -> list[str]:
    return [
        " " * (width - columns(cell)) + cell if right[i : i + 1] == "r" else padded(cell, width)
        for i, (cell, width) in enumerate(zip(row, widths, strict=False))
    ]
