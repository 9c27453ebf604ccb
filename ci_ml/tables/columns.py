"""One column of an Arrow table as a NumPy array, in a form that does not depend on the file's format."""

from typing import TYPE_CHECKING, Any

from ci_ml.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

_EXACT = 2.0**53  # beyond it a float no longer tells whole numbers apart
_TIME = r"\d\d:\d\d:\d\d(\.\d+)?"
_MOMENT = rf"^({_TIME}|\d{{4}}-\d\d-\d\d([ T]{_TIME}(Z|[+-]\d\d:?\d\d)?)?)$"


def column(table: "pa.Table", name: str, *, of: str) -> Any:
    """One column as a NumPy array: text and dates as objects (None where missing), numbers as they are, NaN if missing.

    `to_numpy` would import pandas where it is installed, which takes half a second.

    Args:
        of: what to call the file in errors.

    Raises:
        DataError: the file has it twice, or it holds lists, structures or bytes.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    if table.column_names.count(name) > 1:
        raise DataError(f"{of} has column '{name}' twice.", hint="Write each column once.")
    values = _decoded(table.column(name))
    kind, whole = values.type, values.null_count == 0
    if pa.types.is_null(kind):
        return np.full(len(values), np.nan)
    if pa.types.is_boolean(kind) and whole:
        return np.from_dlpack(_one(pc.cast(values, pa.uint8()))).astype(bool)
    if whole and (pa.types.is_integer(kind) or pa.types.is_duration(kind) or _is_whole_decimal(kind)):
        try:
            return np.from_dlpack(_one(pc.cast(values, pa.int64())))
        except pa.ArrowInvalid:  # such as a 20-digit identifier: text keeps it whole
            return np.array(pc.cast(values, pa.string()).to_pylist(), dtype=object)
    if pa.types.is_decimal(kind):  # by way of text: a division by 100 would round twice
        values, kind = pc.cast(pc.cast(values, pa.string()), pa.float64()), pa.float64()
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return np.from_dlpack(_one(pc.fill_null(pc.cast(values, pa.float64(), safe=False), float("nan"))))
    if pa.types.is_boolean(kind):
        return np.array(values.to_pylist(), dtype=object)
    try:
        return np.array(pc.cast(values, pa.string()).to_pylist(), dtype=object)
    except pa.ArrowException:
        raise DataError(
            f"{of}: column '{name}' holds {kind}, which is neither text nor numbers nor dates.",
            hint="Write plain values, or leave the column out.",
        ) from None


def settle(values: Any) -> Any:
    """Values that describe rows, in the one form that they have in any file.

    CSV has no types, so what Parquet knows and CSV cannot is let go: text that is all numbers is numbers, whole floats
    are whole numbers, empty text is missing, moments are written without needless zeros. (A 32-bit float that is no
    whole number is another number than its decimal form: no file can settle that.)

    Args:
        values: shape (n,), as `column` returns them.
    """
    import numpy as np

    if values.dtype.kind == "O":
        values = _settle_text(values)
    if values.dtype.kind == "O" and all(value is None for value in values.tolist()):
        return np.full(len(values), np.nan)  # nothing tells what kind of nothing it is
    if values.dtype.kind == "f" and np.all(np.isfinite(values)):
        rounded = np.rint(values)
        if np.array_equal(rounded, values) and np.all(np.abs(values) < _EXACT):
            return values.astype(np.int64)
    return values


def _settle_text(values: Any) -> Any:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from ci_ml.tables.csv_files import typed

    if any(isinstance(value, bool) for value in values.tolist()):
        return values
    text = pa.array([value or None for value in values.tolist()], type=pa.string())
    found = typed(text)
    if not pa.types.is_string(found.type):
        return column(pa.table({"": found}), "", of="")
    if pc.all(pc.match_substring_regex(text, _MOMENT)).as_py() and text.null_count < len(text):
        text = _moments(text)
    return np.array(text.to_pylist(), dtype=object)


def _moments(text: Any) -> Any:
    """Dates and times in one spelling; midnight is left out where every value is at midnight."""
    import pyarrow.compute as pc

    for pattern, plain in (
        (r"^(.{10})T", r"\1 "),
        (r"(\.\d*?)0+(Z|[+-]|$)", r"\1\2"),
        (r"\.(Z|[+-]|$)", r"\1"),
        (r"([+-]\d\d):(\d\d)$", r"\1\2"),
        (r"[+-]0000$", "Z"),
    ):
        text = pc.replace_substring_regex(text, pattern, plain)
    midnight = pc.replace_substring_regex(text, r" 00:00:00$", "")
    return midnight if pc.all(pc.equal(pc.utf8_length(midnight), 10)).as_py() else text


def _decoded(values: Any) -> Any:
    """Plain values, where the file stores each distinct one once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(values.type):
        return pc.cast(values, values.type.value_type)
    if pa.types.is_run_end_encoded(values.type):
        return pa.chunked_array([pc.run_end_decode(chunk) for chunk in values.chunks], values.type.value_type)
    return values


def _is_whole_decimal(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_decimal(kind) and kind.scale <= 0)


def _one(values: Any) -> Any:
    """Chunks as one array, which DLPack needs."""
    whole = values.combine_chunks()
    return whole.chunk(0) if hasattr(whole, "num_chunks") else whole
