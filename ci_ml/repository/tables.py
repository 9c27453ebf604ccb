"""Parquet and CSV files as Arrow tables, and every way in which reading them fails."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ci_ml.errors import DataError, missing_extra
from ci_ml.repository.files import read_text

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("parquet", "csv")


def read_table(path: Path, *, name: str, columns: list[str] | None = None) -> "pa.Table":
    """The table in a file.

    Args:
        name: what to call the file in errors.
        columns: read only these where the file has them (Parquet reads nothing else from disk).

    Raises:
        DataError: no such file, empty, truncated, not UTF-8, not comma-separated, no rows.
        MachineError: pyarrow is not installed.
    """
    if not path.is_file():
        raise DataError(f"{name} does not exist.", hint="ci-ml train makes it, or change predictions: in ci-ml.yaml.")
    if path.stat().st_size == 0:
        raise DataError(f"{name} is empty (0 bytes).", hint="Did the step that writes it stop early?")
    try:
        import pyarrow  # noqa: F401 its absence is what we ask about
    except ImportError:
        raise missing_extra("evaluate", "pyarrow", needed_for=f"reading {name}") from None
    with path.open("rb") as file:
        is_parquet = file.read(4) == b"PAR1"
    if not is_parquet and path.suffix == ".parquet":
        raise DataError(f"{name} is not a Parquet file (it does not start with PAR1).", hint="Write it again.")
    table = _read_parquet(path, name, columns) if is_parquet else _read_csv(path, name)
    if table.num_rows == 0:
        raise DataError(f"{name} has no rows.", hint="Did the step that writes it find any held-out rows?")
    return table


def _read_parquet(path: Path, name: str, columns: list[str] | None) -> "pa.Table":
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            known = file.schema_arrow.names
            return file.read(columns=None if columns is None else [c for c in columns if c in known])
    except (pa.ArrowException, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise DataError(f"{name} is a damaged Parquet file: {reason}.", hint="Write it again.") from None


def _read_csv(path: Path, name: str) -> "pa.Table":
    import pyarrow as pa
    from pyarrow import csv

    header = _header(path, name)
    if "," not in header:
        for separator, word in ((";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")):
            if separator in header:
                raise DataError(
                    f"{name} is separated by {word}; ci-ml reads commas (first line: {header[:60].strip()!r}).",
                    hint="Write it with commas and a decimal point, or as Parquet.",
                )
    try:
        # Only an empty field is missing: "NA" and "null" are honest labels and carriers.
        options = csv.ConvertOptions(null_values=[""], strings_can_be_null=True)
        return csv.read_csv(path, convert_options=options)
    except pa.ArrowInvalid as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise DataError(f"{name} is not a readable CSV file: {reason}.") from None


def _header(path: Path, name: str) -> str:
    read_text(path, name=name)  # names the first byte that is not UTF-8; Arrow names only the column
    with path.open(encoding="utf-8-sig") as file:
        return file.readline()


def column(table: "pa.Table", name: str) -> Any:
    """One column as a NumPy array: text and dates as objects (None where missing), numbers as they are, NaN if missing.

    `to_numpy` would import pandas where it is installed, which takes half a second; see `_plain`.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    values = table.column(name)
    kind = values.type
    if pa.types.is_dictionary(kind):
        values = pc.cast(values, kind.value_type)
        kind = values.type
    if pa.types.is_boolean(kind) and values.null_count == 0:
        return np.from_dlpack(_whole(pc.cast(values, pa.uint8()))).astype(bool)
    if pa.types.is_integer(kind) and values.null_count == 0:
        return np.from_dlpack(_whole(pc.cast(values, pa.int64())))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return np.from_dlpack(_whole(pc.fill_null(pc.cast(values, pa.float64(), safe=False), float("nan"))))
    if pa.types.is_temporal(kind):
        values = pc.cast(values, pa.string())
    return np.array(values.to_pylist(), dtype=object)


def _whole(values: Any) -> Any:
    """Chunks as one array, which DLPack needs."""
    whole = values.combine_chunks()
    return whole.chunk(0) if hasattr(whole, "num_chunks") else whole
