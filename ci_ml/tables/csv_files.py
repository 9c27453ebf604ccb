"""A CSV file as an Arrow table, each column typed by what stands in it."""

import csv as plain_csv
from contextlib import suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ci_ml.errors import DataError
from ci_ml.files import read_text
from ci_ml.tables.csv_faults import refuse_bad_bytes, refuse_hidden_rows, refuse_second_header

if TYPE_CHECKING:
    import pyarrow as pa

_TRUTH = frozenset({"true", "false", "True", "False", "TRUE", "FALSE"})


def read_csv(path: Path, *, name: str) -> "pa.Table":
    """The table in a CSV file with a header.

    Only an empty field is missing: "NA" and "null" are honest labels and carriers.

    Args:
        name: what to call the file in errors.

    Raises:
        DataError: not UTF-8, not comma-separated, rows of different lengths, or a fault that would lose rows.
    """
    import pyarrow as pa
    from pyarrow import csv

    try:
        content = path.read_bytes()
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror}.") from None
    header = csv_header(path, name=name)
    refuse_bad_bytes(content, name=name)
    quoted = b'"' in content
    # As text first: Arrow's own guess makes 7 of 007, and one row of two.
    types = dict.fromkeys(header, pa.string())
    options = csv.ConvertOptions(null_values=[""], strings_can_be_null=True, column_types=types)
    parsing = csv.ParseOptions(newlines_in_values=quoted)  # else a field ends where one of Arrow's blocks does
    try:
        table = csv.read_csv(pa.BufferReader(content), parse_options=parsing, convert_options=options)
        names = table.column_names  # decoded only here
    except (pa.ArrowException, UnicodeDecodeError, ValueError) as error:
        read_text(path, name=name)  # names the place of a byte that is not UTF-8; Arrow does not
        raise DataError(f"{name} is not a readable CSV file: {_reason(content, error)}.") from None
    refuse_second_header(table, name=name)
    read = pa.table([typed(column) for column in table.columns], names=names)
    if quoted:
        refuse_hidden_rows(read, content, name=name)
    return read


def typed(text: Any) -> Any:
    """Text as whole numbers, numbers or truth values where every value is one; else as it is.

    Codes stay text that as numbers could become one: with leading zeros (a ZIP code), or longer than a number is exact.

    Args:
        text: an Arrow array; returned as it is where it is not of strings.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_string(text.type) or text.null_count == len(text):
        return text
    trimmed = pc.utf8_trim_whitespace(text)
    first = next((value.as_py() for value in trimmed if value.is_valid), "")
    # Where the first value is no number, not all are: most columns of text need no further look.
    if _cast(pa.array([first]), pa.float64()) is not None or _cast(pa.array([first]), pa.int64()) is not None:
        whole = _cast(trimmed, pa.int64())
        if whole is not None:
            return text if _any(trimmed, r"^-?0[0-9xX]") else whole
        numbers = _cast(trimmed, pa.float64())
        if numbers is not None:
            return text if _any(trimmed, r"^[-+]?[0-9]{16,}$") else numbers
    if first in _TRUTH and set(pc.unique(trimmed).to_pylist()) <= _TRUTH | {None}:
        return pc.cast(trimmed, pa.bool_())
    return text


def _cast(text: Any, kind: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return pc.cast(text, kind)
    except pa.ArrowInvalid:
        return None


def _any(text: Any, pattern: str) -> bool:
    import pyarrow.compute as pc

    return bool(pc.any(pc.match_substring_regex(text, pattern)).as_py())


def csv_header(path: Path, *, name: str) -> list[str]:
    """The columns' names, if they are separated by commas. It reads no rows and needs no pyarrow.

    Raises:
        DataError: there is no header that can be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = iter(lambda: file.readline(1 << 20), "")
            header = next((line for line in lines if line.strip()), "")
            # A name may hold a line break, and then the header goes on.
            names = next(plain_csv.reader(chain([header], lines)), [])
    except plain_csv.Error as error:
        raise DataError(f"{name} has no readable header: {error}.", hint="Is a quote missing?") from None
    except UnicodeDecodeError:
        read_text(path, name=name)
        return []
    if "," not in header:
        for separator, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
            if separator in header:
                raise DataError(
                    f"{name} is separated by {word}; ci-ml reads commas (first line: {header[:60].strip()!r}).",
                    hint="Write it with commas and a decimal point, or as Parquet.",
                )
    return names


def _reason(content: bytes, error: Exception) -> str:
    """Why Arrow could not read it: the first row of another length, if that is it, else Arrow's own words."""
    import pyarrow as pa
    from pyarrow import csv

    found: list[Any] = []

    def look(row: Any) -> str:
        found.append(row)
        return "error"

    with suppress(pa.ArrowException, UnicodeDecodeError, ValueError):
        # Only one thread counts rows.
        csv.read_csv(
            pa.BufferReader(content),
            csv.ReadOptions(use_threads=False),
            csv.ParseOptions(invalid_row_handler=look, newlines_in_values=b'"' in content),
        )
    if found:
        row = found[0]
        return f"row {row.number} has {row.actual_columns} fields, the header has {row.expected_columns}"
    return str(error).splitlines()[0].rstrip(".")
