"""What the labels in a column say: which are positive, which class each is."""

from collections.abc import Collection
from typing import Any

from ci_ml.config import Scalar
from ci_ml.errors import DataError

POSITIVE = frozenset({"1", "true"})
NEGATIVE = frozenset({"0", "false"})
_NAMED = "positive: LABEL names the label that y_score is the probability of."


def as_labels(values: Any) -> list[str | None]:
    """A column's values as labels; None where missing.

    Whole numbers have no ".0", and true is true however it is spelled: formats differ there.

    Args:
        values: shape (n,), as `columns.column` returns them.
    """
    listed = values.tolist()
    label = {value: None if value is None or value != value else as_label(value) for value in set(listed)}
    return [label.get(value) for value in listed]


def as_label(value: Scalar) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    return text.lower() if text.lower() in ("true", "false") else text


def positive_spellings(positive: Scalar | None) -> frozenset[str]:
    """How the positive label may be written in a file: `true` is also 1, as Parquet and CSV differ there."""
    label = as_label(True if positive is None else positive)
    return next((spellings for spellings in (POSITIVE, NEGATIVE) if label in spellings), frozenset({label}))


def check_binary(found: Collection[str], *, positive: Scalar | None, where: str, place: str) -> None:
    """Refuse labels that are not those of a binary task.

    Args:
        found: the labels of the truth.
        where: the file and its column, as an error begins.
        place: where ci-ml.yaml says, or could say, which label is positive.

    Raises:
        DataError: three labels, or two of which none is the positive one.
    """
    spellings = positive_spellings(positive)
    others = [label for label in found if label not in spellings]
    listed = list_some(sorted(found))
    if len(others) == len(found) > 1 and positive is not None:
        raise DataError(
            f"{where} has no label '{as_label(positive)}', the positive one (it has: {listed}).\n  {place}", hint=_NAMED
        )
    if len(found) > 2:
        raise DataError(
            f"{where} has {len(found):,} labels; a binary task has two ({listed}).",
            hint="task: multiclass, or regression where it is a quantity.",
        )
    if len(others) == 2:
        raise DataError(f"{where} has the labels {listed}; which one is positive?\n  {place}", hint=_NAMED)
    if len(found) == 2 and not others:
        raise DataError(f"{where} spells the positive label in two ways ({listed}).", hint="Write one of them.")
    if positive is None and len(found) == 1 and others and others[0] not in NEGATIVE:
        raise DataError(f"{where} has only the label {listed}; is it positive?\n  {place}", hint=_NAMED)


def list_some(values: Collection[object]) -> str:
    """The first few values, for a message."""
    shown = ", ".join(str(value)[:40] for value in list(values)[:3])
    return shown + (", …" if len(values) > 3 else "")
