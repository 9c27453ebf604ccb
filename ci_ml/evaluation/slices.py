"""Which rows belong to a slice: to a value of a column, or to a condition such as 'age >= 60'."""

import difflib
import operator
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ci_ml.conditions import Condition, parse, slice_column
from ci_ml.errors import ConfigError
from ci_ml.evaluation.predictions import Array, Predictions

MISSING = "(missing)"

_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


def cut(predictions: Predictions, by: str) -> list[tuple[str, NDArray[np.int64]]]:
    """The slices by one column or condition.

    Returns:
        (value, row numbers) of each slice, most rows first; for a condition one slice, whose value is "true".
        Rows without a value are the slice "(missing)" of a column, and belong to no condition.

    Raises:
        ConfigError: the column is not there, or cannot be compared so.
    """
    condition = parse(by)
    name = slice_column(by)
    if name not in predictions.slices:
        raise _no_column(by, name, predictions.slices)
    column = predictions.slices[name]
    missing = _missing(column)
    if condition:
        return [("true", np.flatnonzero(_holds(condition, by, column, missing)))]
    values, codes = np.unique(_typed(column[~missing]), return_inverse=True)
    labels = [*(as_text(value) for value in values), MISSING]
    code_of_row = np.full(len(column), len(values))
    code_of_row[~missing] = codes
    order = np.argsort(code_of_row, kind="stable")
    ends = np.cumsum(np.bincount(code_of_row, minlength=len(labels)))
    found = zip(labels, np.split(order, ends[:-1]), strict=True)
    return sorted(((label, rows) for label, rows in found if rows.size), key=lambda entry: (-entry[1].size, entry[0]))


def as_text(value: object) -> str:
    """A column's value as it is named in reports: 3 for 3.0, true for True."""
    if isinstance(value, np.generic):
        value = value.item() if value.dtype.kind in "biufUS" else str(value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _typed(present: Array) -> Array:
    """Objects that are all of one kind as that kind, anything else as text."""
    if present.dtype != object:
        return present
    if all(isinstance(value, bool) for value in present):
        return present.astype(bool)
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in present)
    return present.astype(np.float64) if numbers else present.astype(str)


def _missing(column: Array) -> NDArray[np.bool_]:
    if column.dtype.kind == "f":
        return np.isnan(column)
    if column.dtype.kind in "mM":
        return np.isnat(column)
    if column.dtype.kind == "U":
        return np.asarray(column == "", dtype=bool)
    if column.dtype == object:
        return np.array([v is None or v != v or v == "" for v in column], dtype=bool)
    return np.zeros(len(column), dtype=bool)


def _holds(condition: Condition, by: str, column: Array, missing: NDArray[np.bool_]) -> NDArray[np.bool_]:
    present = _typed(column[~missing])
    compare = _OPERATORS[condition.sign]
    value: Any = condition.value
    kind = present.dtype.kind
    if kind in "iuf" and isinstance(value, float):
        answer = compare(present, value)
    elif kind == "b" and condition.sign in ("==", "!=") and condition.text.lower() in ("true", "false", "0", "1"):
        answer = compare(present, condition.text.lower() in ("true", "1"))
    elif kind in "mM" and isinstance(value, str):
        answer = _compare_times(present, compare, value, by)
    elif kind == "U" and (isinstance(value, str) or condition.sign in ("==", "!=")):
        answer = compare(present, condition.text)
    else:
        what = {"b": "true or false", "U": "text", "m": "times", "M": "times"}.get(kind, "numbers")
        raise ConfigError(
            f"slice '{by}' cannot be cut: column '{condition.column}' holds {what}.",
            hint="Compare numbers with a number, text with text, true or false with == or !=.",
        )
    result = np.zeros(len(column), dtype=bool)
    result[~missing] = answer
    return result


def _compare_times(present: Array, compare: Callable[[Any, Any], Any], value: str, by: str) -> Any:
    try:
        moment = np.datetime64(value)
    except ValueError:
        raise ConfigError(
            f"slice '{by}' cannot be cut: '{value}' is no time.", hint="Write times as 2013-02-01 or 2013-02-01T12:00."
        ) from None
    return compare(present, moment)


def _no_column(by: str, name: str, columns: Iterable[str]) -> ConfigError:
    known = list(columns)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    hint = (f"Did you mean '{near[0]}'? " if near else "") + "Columns: " + (", ".join(known) or "none") + "."
    return ConfigError(f"slice '{by}' names no column of the predictions: '{name}'.", hint=hint)
