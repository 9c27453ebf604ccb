"""Parquet and CSV files as Arrow tables, and every way in which reading them fails."""

from pathlib import Path
from typing import TYPE_CHECKING

from ci_ml.errors import DataError, missing_extra
from ci_ml.git.lfs import refuse_pointer

if TYPE_CHECKING:
    import pyarrow as pa


def read_table(path: Path, *, name: str, made_by: str = "") -> "pa.Table":
    """The table in a file.

    Args:
        name: what to call the file in errors.
        made_by: what to do where there is no such file.

    Raises:
        DataError: no such file, empty, truncated, not UTF-8, not comma-separated, no rows.
        MachineError: pyarrow is not installed.
    """
    if path.is_dir():
        raise DataError(f"{name} is a folder; ci-ml reads one file.", hint="Write one Parquet or CSV file.")
    if not path.is_file():
        raise DataError(f"{name} does not exist.", hint=made_by)
    try:
        size, start = path.stat().st_size, _start(path)
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror}.") from None
    refuse_pointer(path, name=name)
    if size == 0:
        raise DataError(f"{name} is empty (0 bytes).", hint="Did the step that writes it stop early?")
    try:
        import pyarrow  # noqa: F401 its absence is what we ask about
    except ImportError:
        raise missing_extra("evaluate", "pyarrow", needed_for=f"reading {name}") from None
    from ci_ml.tables.csv_files import read_csv

    if start != b"PAR1" and path.suffix == ".parquet":
        raise DataError(f"{name} is not a Parquet file (it does not start with PAR1).", hint="Write it again.")
    table = _read_parquet(path, name) if start == b"PAR1" else read_csv(path, name=name)
    if table.num_rows == 0:
        raise DataError(f"{name} has no rows.", hint="Did the step that writes it find any held-out rows?")
    return table


def column_names(path: Path, *, name: str) -> list[str]:
    """Which columns has a file? It reads the header, or the end of a Parquet file, and no rows.

    Raises:
        DataError: no such file, or none that can be read.
        MachineError: it is a Parquet file and pyarrow is not installed.
    """
    from ci_ml.tables.csv_files import csv_header

    try:
        if _start(path) != b"PAR1":
            return csv_header(path, name=name)
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror}.") from None
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise missing_extra("evaluate", "pyarrow", needed_for=f"reading {name}") from None
    try:
        return [str(column) for column in pq.read_schema(path).names]
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{name} is a damaged Parquet file: {_reason(error)}.", hint="Write it again.") from None


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _read_parquet(path: Path, name: str) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            return file.read()
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{name} is a damaged Parquet file: {_reason(error)}.", hint="Write it again.") from None


def _reason(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
