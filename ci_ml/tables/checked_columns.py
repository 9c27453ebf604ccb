"""The columns of one predictions file by the role they play, every value checked; each fault named with its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ci_ml.config import Columns, Config, Model
from ci_ml.config.quote import quote
from ci_ml.errors import DataError
from ci_ml.tables.column_roles import suggest_columns
from ci_ml.tables.columns import column, settle
from ci_ml.tables.labels import as_labels, list_some

LONGEST_ID = 256
_EVERY_ID = "Rows of two models are paired by id: each row needs one of its own."
_MEND = "Leaving such rows out would flatter the model: mend the step that writes them."


@dataclass(frozen=True, kw_only=True)
class CheckedColumns:
    """One table with what is needed to explain its faults. Every column comes in the order of the ids.

    Attributes:
        table: as `tables.read_table` returns it.
        name: what to call the file in errors.
        older: what the columns were called when the file was written; None where that is today.
    """

    table: Any
    name: str
    config: Config
    model_name: str
    older: Columns | None = None

    @property
    def model(self) -> Model:
        return self.config.models[self.model_name]

    @property
    def names(self) -> list[str]:
        """Every column that the file has."""
        return [str(name) for name in self.table.column_names]

    @property
    def ids(self) -> Any:
        """Shape (n,), sorted; integers or text."""
        return self._sorted[0]

    def lacks(self, name: str, key: str) -> bool:
        """Whether the file has no such column, neither by today's name nor by the one it was written with."""
        return self._present(name, key) is None

    def values(self, name: str, key: str) -> Any:
        """A column that describes the rows, in its settled form.

        Args:
            key: the configuration key below the model that asks for it, such as `columns.group`.
        """
        return settle(self._find(name, key))[self._sorted[1]]

    def labels(self, name: str, key: str) -> list[str]:
        """A label for every row.

        Raises:
            DataError: some row has none.
        """
        labels = as_labels(self.values(name, key))
        self._refuse([label is None for label in labels], name, "is missing")
        return [label for label in labels if label is not None]

    def numbers(self, name: str, key: str) -> Any:
        """A finite number for every row, float64.

        Raises:
            DataError: text, missing values, NaN or infinity.
        """
        import numpy as np

        values = self._find(name, key)[self._sorted[1]]
        numbers = self._parsed(values, name) if values.dtype.kind == "O" else values.astype(np.float64)
        self._refuse(~np.isfinite(numbers), name, "is not a finite number")
        return numbers

    def weights(self, name: str) -> Any:
        """A weight for every row, none negative and not all 0."""
        weights = self.numbers(name, "columns.weight")
        self._refuse(weights < 0, name, "is negative", hint="A weight says how much a row counts: 0 or more.")
        if not weights.any():
            raise DataError(f"{self.where(name)} holds only weights of 0.", hint="Some row has to count.")
        return weights

    def where(self, name: str) -> str:
        """How an error about a column begins."""
        return f"{self.name}: column '{name}'"

    def _find(self, name: str, key: str) -> Any:
        """A column in the file's order, or the error that says which key asked for it and what the file has."""
        names, present = self.names, self._present(name, key)
        if present is not None:
            return column(self.table, present, of=self.name)
        place = self.config.locate("models", self.model_name, *key.split("."))
        said = f"{key} says where it is" if key.startswith("columns.") else f"{key} asks for it"
        has = ", ".join(quote(known) for known in names[:20]) + (", …" if len(names) > 20 else "")
        hint = f"Let the step that writes the predictions add '{name}', or take it out of ci-ml.yaml."
        if key.removeprefix("columns.") in self._roles:
            hint = suggest_columns(names, self._roles)
        raise DataError(f"{self.name} has no column '{name}' (it has: {has}).\n  {place}  {said}", hint=hint)

    def _present(self, name: str, key: str) -> str | None:
        """The file's own name for a column."""
        if name in self.names or self.older is None or not key.startswith("columns."):
            return name if name in self.names else None
        role, _, label = key.removeprefix("columns.").partition(".")
        then = getattr(self.older, role) or (role if role.startswith("y_") else None)
        then = then.get(label) if isinstance(then, Mapping) else then
        return then if then in self.names else None

    @property
    def _roles(self) -> dict[str, str]:
        """The roles that the task cannot do without, and the columns that were looked for."""
        columns = self.model.columns
        roles = {"id": columns.id, "y_true": columns.y_true}
        decides = self.model.task != "binary" or ("y_pred" in self.names and "y_score" not in self.names)
        if isinstance(columns.y_score, str) or not (columns.y_score or columns.y_pred or decides):
            roles["y_score"] = str(columns.y_score or "y_score")
        elif columns.y_score is None:
            roles["y_pred"] = columns.y_pred or "y_pred"
        return roles

    @cached_property
    def _sorted(self) -> tuple[Any, Any]:
        """The ids, and the row of the file that each stands in."""
        import numpy as np

        name = self.model.columns.id
        ids = settle(self._find(name, "columns.id"))
        missing = np.isnan(ids) if ids.dtype.kind == "f" else np.array([i is None for i in ids.tolist()])
        if missing.any():
            count = int(missing.sum())
            rows = f"{count:,} {'row has' if count == 1 else 'rows have'}"
            raise DataError(f"{self.name}: {rows} no id in column '{name}'.", hint=_EVERY_ID)
        if ids.dtype.kind == "f":
            raise DataError(f"{self.where(name)} holds decimal numbers, which are no ids.", hint=_EVERY_ID)
        if ids.dtype.kind == "O":
            longest = max(len(str(i)) for i in ids.tolist())
            if longest > LONGEST_ID:  # in an array of text every id takes the room of the longest
                raise DataError(
                    f"{self.where(name)} has an id of {longest:,} characters; {LONGEST_ID} are allowed.",
                    hint="Is a quote missing?",
                )
            ids = ids.astype(str)
        order = np.argsort(ids, kind="stable")
        ids = ids[order]
        double = ids[1:] == ids[:-1]
        if double.any():
            twice = np.unique(ids[1:][double]).tolist()
            said = "1 id is" if len(twice) == 1 else f"{len(twice):,} ids are"
            raise DataError(
                f"{self.name}: {said} there more than once in column '{name}' ({list_some(twice)}).", hint=_EVERY_ID
            )
        return ids, order

    def _parsed(self, values: Any, name: str) -> Any:
        """Numbers that the file holds as text; NaN where missing."""
        import numpy as np
        import pyarrow as pa
        import pyarrow.compute as pc

        texts = pc.utf8_trim_whitespace(pa.array([None if v is None else str(v) for v in values.tolist()], pa.string()))
        try:
            return np.array(pc.cast(texts, pa.float64()).to_pylist(), dtype=np.float64)
        except pa.ArrowInvalid:
            strange = next(text for text in texts.to_pylist() if not _is_number(text))
        raise DataError(
            f"{self.where(name)} holds text ({strange[:40]!r}) where numbers are needed.",
            hint="Decimal commas and units make numbers text: write plain numbers.",
        )

    def _refuse(self, bad: Sequence[bool] | Any, name: str, problem: str, *, hint: str = _MEND) -> None:
        import numpy as np

        bad = np.asarray(bad, dtype=bool)
        if bad.any():
            count, ids = f"{int(bad.sum()):,} of {bad.size:,} rows", list_some(self.ids[bad].tolist())
            raise DataError(f"{self.where(name)} {problem} in {count} (id {ids}).", hint=hint)


def _is_number(text: str | None) -> bool:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.cast(pa.scalar(text, pa.string()), pa.float64())
    except pa.ArrowInvalid:
        return False
    return True
