"""Which columns does a model ask of its predictions file, and which key asks for each?"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ci_ml.config.shape import Model


@dataclass(frozen=True)
class WantedColumn:
    """A column that has to be there.

    Attributes:
        key: the keys below the model that ask for it, whether the file spells them out or not.
    """

    name: str
    key: tuple[str, ...]


def wanted_columns(model: Model, names: Iterable[str]) -> list[WantedColumn]:
    """Every column that a model asks for, each once.

    Args:
        names: the columns that the file has; where ci-ml.yaml leaves it open, they decide between y_score and y_pred.
    """
    found: dict[str, WantedColumn] = {}
    for wanted in _wanted(model, set(names)):
        found.setdefault(wanted.name, wanted)
    return list(found.values())


def _wanted(model: Model, there: set[str]) -> Iterator[WantedColumn]:
    columns = model.columns
    for role in ("id", "y_true"):
        yield WantedColumn(getattr(columns, role), ("columns", role))
    if isinstance(columns.y_score, Mapping):
        for label, name in columns.y_score.items():
            yield WantedColumn(name, ("columns", "y_score", label))
    elif columns.y_score is not None:
        yield WantedColumn(columns.y_score, ("columns", "y_score"))
    if columns.y_pred is not None:
        yield WantedColumn(columns.y_pred, ("columns", "y_pred"))
    elif columns.y_score is None:
        has_score = model.task == "binary" and ("y_score" in there or "y_pred" not in there)
        role = "y_score" if has_score else "y_pred"
        yield WantedColumn(role, ("columns", role))
    for role in ("group", "weight"):
        name = getattr(columns, role)
        if name is not None:
            yield WantedColumn(name, ("columns", role))
    for index, by in enumerate(model.slices):
        yield WantedColumn(_column_of(by), ("slices", str(index)))
    for gate_name, gate in model.gates.items():
        if gate.slice is not None:
            yield WantedColumn(_column_of(gate.slice), ("gates", gate_name, "slice"))


def _column_of(by: str) -> str:
    """The column that a slice is cut by: the slice itself, or what stands before a condition's sign."""
    return re.split(r"==|!=|<=|>=|<|>", by, maxsplit=1)[0].strip()
