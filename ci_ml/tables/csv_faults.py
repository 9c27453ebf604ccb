"""Which faults of a CSV file would be read over? A quote that swallows rows, and bytes that belong to no one text.

Arrow reads all of these without a word, and what it loses are rows that would have been judged.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ci_ml.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_BOM = b"\xef\xbb\xbf"
# A quote opens a field only where a field begins, and ends it only where one ends; elsewhere it is a character (5").
# Possessive throughout: one pass, no memory for ways back. It stops at the first quote that is wrong.
_WELL_QUOTED = re.compile(rb'(?:[^"]++|(?<=[^,\r\n])"|(?<![^,\r\n])"(?:[^"]++|"")*+"(?![^,\r\n]))*+')
_QUOTED = re.compile(rb'"(?:[^"]++|"")*+"')
_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_JOIN = "Join tables by their rows: one header, one file."
_TWICE = 'Inside a quoted field, a quote is written twice (""). Mend the step that writes the file, or write Parquet.'


def refuse_bad_bytes(content: bytes, *, name: str) -> None:
    """Refuse a quote that does not close where a field ends, NUL bytes, and files that were put behind each other.

    A quoted field may hold line breaks; a quote inside an unquoted field is a character like any other. The same
    files pass as with Python's `csv.reader(…, strict=True)`.

    Raises:
        DataError: says in which line and column.
    """
    content = content.removeprefix(_BOM)
    if (nul := content.find(b"\0")) >= 0:
        raise DataError(f"{_place(name, content, nul)}: a NUL byte, which is no text.", hint="Write the file again.")
    glued = 0 if content.startswith(_BOM) else max(content.find(end + _BOM) + 1 for end in (b"\n", b"\r"))
    if glued or content.startswith(_BOM):
        raise DataError(
            f"{_place(name, content, glued)}: a second byte-order mark, as where two files were joined.",
            hint=_JOIN,
        )
    if _is_plainly_quoted(content):
        return
    good = _WELL_QUOTED.match(content)
    end = good.end() if good else 0
    if end < len(content):
        closed = _QUOTED.match(content, end)
        if closed is None:
            problem = "a quote opens here and never closes, so every row after it would be lost"
        else:
            line, column = _position(content, closed.end() - 1)
            problem = f"the quote that opens here closes at {line}:{column}, where no field ends: rows between are lost"
        raise DataError(f"{_place(name, content, end)}: {problem}.", hint=_TWICE)


def _is_plainly_quoted(content: bytes) -> bool:
    """Whether every quote stands where it should, and none in an unquoted field: a look ten times as fast.

    Every other quote then opens (after a field's beginning, or as the second of two), the others close.
    """
    import numpy as np

    text = np.frombuffer(content, np.uint8)
    quotes = np.flatnonzero(text == ord('"'))
    if len(quotes) % 2:
        return False
    edge = np.zeros(256, bool)
    edge[list(b',\r\n"')] = True
    opens, closes = quotes[::2], quotes[1::2]
    before, after = opens[opens > 0] - 1, closes[closes < len(text) - 1] + 1
    return bool(edge[text[before]].all() and edge[text[after]].all())


def refuse_hidden_rows(table: "pa.Table", content: bytes, *, name: str) -> None:
    """Refuse a field whose lines are rows of this very table: two stray quotes swallowed them.

    Args:
        table: what `content` was read as, each column typed.

    Raises:
        DataError: says where the field begins, and how many rows are in it.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kinds = [column.type for column in table.columns]
    for index, column in enumerate(table.columns):
        if not pa.types.is_string(column.type):
            continue
        for value in pc.filter(column, pc.match_substring_regex(column, r"[\r\n]")).to_pylist():
            lines = _LINE_BREAK.split(value)
            if _are_rows(lines, index, kinds):
                at = max(content.find(b'"' + value.replace('"', '""').encode() + b'"'), 0)
                raise DataError(
                    f"{_place(name, content, at)}: the quoted field that begins here holds {len(lines):,} lines, and "
                    "they are rows of this table: a quote too many swallowed them.",
                    hint=_TWICE,
                )


def _are_rows(lines: Sequence[str], index: int, kinds: Sequence[Any]) -> bool:
    """Whether lines are the end of one row, whole rows, and the beginning of another, cut in column `index`."""
    first, *whole, last = lines
    parts = [(first, kinds[index:]), *((line, kinds) for line in whole), (last, kinds[: index + 1])]
    return len(kinds) > 1 and all(_fits(line.split(","), types) for line, types in parts)


def _fits(fields: Sequence[str], kinds: Sequence[Any]) -> bool:
    return len(fields) == len(kinds) and all(map(_has_kind, fields, kinds))


def _has_kind(text: str, kind: Any) -> bool:
    import pyarrow as pa

    if pa.types.is_string(kind) or pa.types.is_null(kind):
        return True
    if pa.types.is_boolean(kind):
        return text.strip().lower() in ("true", "false")
    try:
        return float(text) is not None
    except ValueError:
        return False


def refuse_second_header(table: "pa.Table", *, name: str) -> None:
    """Refuse a row that says the columns' names again: the file is two files, one behind the other.

    Raises:
        DataError: says which row.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not all(pa.types.is_string(column.type) for column in table.columns):
        return  # a name is no number
    same: Any = True
    for column, title in zip(table.columns, table.column_names, strict=True):
        same = pc.and_kleene(same, pc.equal(column, title))
    row = pc.index(same, True).as_py() if table.num_columns else -1
    if row >= 0:
        raise DataError(
            f"{name}: row {row + 2:,} says the header again, as where two files were joined.",
            hint=_JOIN,
        )


def _place(name: str, content: bytes, position: int) -> str:
    """`file:line:column`, as editors count; content without its byte-order mark."""
    line, column = _position(content, position)
    return f"{name}:{line}:{column}"


def _position(content: bytes, position: int) -> tuple[int, int]:
    before = content[:position]
    line = max(before.count(b"\n"), before.count(b"\r")) + 1  # whichever ends lines here
    start = max(before.rfind(b"\n"), before.rfind(b"\r")) + 1
    return line, len(before[start:].decode("utf-8", "replace")) + 1
