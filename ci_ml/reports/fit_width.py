"""A table for a terminal that is too wide for it: which cells go on below themselves, and which columns stay away?"""

from collections.abc import Sequence
from itertools import zip_longest

from ci_ml.reports.escape import plain
from ci_ml.reports.tables import Rows
from ci_ml.reports.text_width import GLUE, columns, folded, padded

WIDTH = 80
_GAP = 2
_ROOM = 16  # characters that read well
_LONGEST_WORD = 40  # only longer ones are broken, where nothing else helps: names are there to be copied


def fitted_rows(rows: Rows, *, wrap: Sequence[str], drop: Sequence[str] = ()) -> list[list[str]]:
    """The lines of every row, the header's first, within 80 columns.

    A table that fits is left as it is. Otherwise the cells of the columns `wrap` go on below themselves, those of the
    first one first; where that is not enough, the columns `drop` are left out one after another. At last every row's
    first cell stands on a line of its own.

    Args:
        wrap: headers of columns, the one that may be narrow soonest first.
        drop: headers of columns, the one that matters least first.
    """
    cells = _inert(rows)
    found = _narrowed(cells, wrap=wrap, drop=drop)
    return _laid_out(*found) if found else _with_names_above(_dropped(cells, drop))


def fits(rows: Rows, *, wrap: Sequence[str]) -> bool:
    """Whether the table has 80 columns or less once the cells of some columns go on below themselves."""
    return _narrowed(_inert(rows), wrap=wrap, drop=()) is not None


def _narrowed(
    cells: list[list[str]], *, wrap: Sequence[str], drop: Sequence[str]
) -> tuple[list[list[str]], list[int]] | None:
    """The cells that are shown, and the width of every column; None where there is no room for them side by side."""
    tries = [(left_out, words) for left_out in range(len(drop) + 1) for words in ("with room", "whole")]
    for left_out, words in (*tries, (len(drop), "broken")):
        shown = _dropped(cells, drop[:left_out])
        narrow = [shown[0].index(name) for name in wrap if name in shown[0]]
        widths = _widths(shown, narrow, words)
        if _total(widths) <= WIDTH:
            return shown, widths
    return None


def _inert(rows: Rows) -> list[list[str]]:
    return [[GLUE.join(map(plain, cell.split(GLUE))) for cell in row] for row in rows]


def _dropped(rows: list[list[str]], headers: Sequence[str]) -> list[list[str]]:
    kept = [i for i, name in enumerate(rows[0]) if name not in headers]
    return [[row[i] for i in kept] for row in rows]


def fitted_table(rows: Rows, *, wrap: Sequence[str], drop: Sequence[str] = ()) -> str:
    """`fitted_rows` as one text.

    >>> print(fitted_table([("VERSION", "WHY"), ("v1.1.0", "data " * 20)], wrap=["WHY"]))
    VERSION  WHY
    v1.1.0   data data data data data data data data data data data data data data
             data data data data data data
    """
    return "\n".join(line for row in fitted_rows(rows, wrap=wrap, drop=drop) for line in row)


def _with_names_above(rows: Rows) -> list[list[str]]:
    """A name stays whole, for it is there to be copied; what is said of it stands below."""
    rest = [list(row[1:]) for row in rows]
    below = _laid_out(rest, _squeezed(rest, WIDTH - _GAP)) if rest[0] else [[] for _ in rest]
    indent = " " * _GAP
    names = ([line.replace(GLUE, " ") for line in folded(row[0], WIDTH) if line] for row in rows)
    return [[*name, *(indent + line for line in lines if line)] for name, lines in zip(names, below, strict=True)]


def _squeezed(rows: Rows, width: int) -> list[int]:
    """Of every column its widest cell, or less where that is too much for a line: the widest gives way first."""
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    while _total(widths) > width and max(widths) > 1:
        widths[widths.index(max(widths))] -= 1
    return widths


def _widths(rows: Rows, wrap: Sequence[int], words: str) -> list[int]:
    """Of every column: its widest cell, or less where the table would be too wide and the column may be narrow."""
    widths = [max(map(columns, column)) for column in zip(*rows, strict=True)]
    natural = list(widths)
    for i in wrap:
        over = _total(widths) - WIDTH
        if over <= 0:
            break
        narrow = max(_least(rows, i, words), widths[i] - over)
        widths[i] = max(columns(line) for row in rows for line in _lines(row[i], narrow))
    if wrap and _total(widths) < WIDTH:
        # Whole words leave a rest; the first column takes it.
        first = wrap[0]
        widths[first] = min(natural[first], widths[first] + WIDTH - _total(widths))
    return widths


def _least(rows: Rows, column: int, words: str) -> int:
    """How narrow a column may be at least: the header stays on one line."""
    cells = [row[column] for row in rows[1:]]
    longest = max((columns(word) for cell in cells for word in cell.split(" ")), default=0)
    if words == "with room":
        longest = max(longest, min(_ROOM, max(map(columns, cells), default=0)))
    elif words == "broken":
        longest = min(longest, _LONGEST_WORD)
    return max(columns(rows[0][column]), longest)


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _lines(cell: str, width: int) -> list[str]:
    return folded(cell, width) if columns(cell) > width else [cell]


def _laid_out(rows: Rows, widths: Sequence[int]) -> list[list[str]]:
    laid_out = []
    for row in rows:
        lines = zip_longest(*(_lines(cell, width) for cell, width in zip(row, widths, strict=True)), fillvalue="")
        laid_out.append([(" " * _GAP).join(map(padded, line, widths)).replace(GLUE, " ").rstrip() for line in lines])
    return laid_out
