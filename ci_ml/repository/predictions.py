"""A predictions file -> `Predictions`: sorted by id, checked, with the rows digest."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ci_ml.config import Config, Model, Scalar
from ci_ml.errors import DataError
from ci_ml.repository.tables import column, read_table

if TYPE_CHECKING:
    from ci_ml.evaluation.predictions import Predictions


def read_predictions(
    path: Path, *, config: Config, model_name: str, name: str | None = None, lend_slices: bool = False
) -> "Predictions":
    """Read and check one model's predictions.

    Args:
        path: Parquet or CSV.
        name: what to call the file in errors; default: its path as configured.
        lend_slices: leave out slice columns that the file lacks, as an older model's file may (`rows.pair` fills them).

    Raises:
        DataError: anything about the file that keeps its rows from being judged.
    """
    from ci_ml.errors import missing_extra

    try:
        import numpy  # noqa: F401 its absence is what we ask about
    except ImportError:
        raise missing_extra("evaluate", "numpy", needed_for="judging predictions") from None
    model = config.models[model_name]
    name = name or model.predictions
    table = read_table(path, name=name)
    source = _Source(table=table, name=name, config=config, model_name=model_name, model=model)
    return source.predictions(lend_slices=lend_slices)


@dataclass(frozen=True, kw_only=True)
class _Source:
    """One table with what is needed to explain its faults."""

    table: Any
    name: str
    config: Config
    model_name: str
    model: Model

    def predictions(self, *, lend_slices: bool) -> "Predictions":
        import numpy as np

        from ci_ml.evaluation.predictions import Predictions
        from ci_ml.evaluation.rows import digest_column, digest_rows

        columns = self.model.columns
        ids, order = self._ids()

        def take(column_name: str, key: str) -> Any:
            return self.column(column_name, key)[order]

        classes = self._classes()
        y_true = self._truth(take(columns.y_true, "y_true"), columns.y_true, classes, ids)
        y_score, y_pred = self._guesses(take, classes, ids)
        digests = {"id": digest_column(ids), "y_true": digest_column(_labelled(y_true, classes))}
        weight = group = None
        if columns.weight:
            weight = self._weight(take(columns.weight, "weight"), ids)
            digests["weight"] = digest_column(weight)
        if columns.group:
            labels = _texts(take(columns.group, "group"))
            self._refuse(np.array([v is None for v in labels]), ids, columns.group, "is missing")
            digests["group"] = digest_column(labels)
            group = np.unique(labels.astype(str), return_inverse=True)[1].astype(np.int64)
        slices = {}
        for key, wanted in _slice_columns(self.model).items():
            if wanted not in self.table.column_names and lend_slices:
                continue
            slices[wanted] = self.column(wanted, key)[order]
            digests[f"slice:{wanted}"] = digest_column(slices[wanted])
        cost = (self.model.cost.false_positive, self.model.cost.false_negative) if self.model.cost else None
        return Predictions(
            task=self.model.task,
            ids=ids,
            y_true=y_true,
            y_score=y_score,
            y_pred=y_pred,
            classes=classes,
            sample_weight=weight,
            group=group,
            slices=MappingProxyType(slices),
            column_digests=MappingProxyType(digests),
            rows_digest=digest_rows(digests),
            cost=cost,
        )

    def column(self, name: str, key: str) -> Any:
        """A column, or the error that says which key asked for it and what the file has."""
        if name in self.table.column_names:
            if self.table.column_names.count(name) > 1:
                raise DataError(f"{self.name} has column '{name}' twice.", hint="Write each column once.")
            return column(self.table, name)
        has = ", ".join(self.table.column_names[:20])
        where = self.config.locate("models", self.model_name, *key.split("."))
        if key in ("id", "y_true", "y_score", "y_pred", "weight", "group"):
            where = self.config.locate("models", self.model_name, "columns", key)
            said = f"columns.{key} says where it is"
        else:
            said = f"{key} asks for it"
        raise DataError(
            f"{self.name} has no column '{name}' (it has: {has}).\n  {where}  {said}",
            hint=_columns_line(self.table.column_names, name, key),
        )

    def _ids(self) -> tuple[Any, Any]:
        import numpy as np

        name = self.model.columns.id
        ids = self.column(name, "id")
        if ids.dtype.kind == "f":
            missing = np.isnan(ids)
            if missing.any():
                raise DataError(f"{self.name}: {_count(missing, 'row')} no id in column '{name}'.", hint=_EVERY_ID)
            raise DataError(f"{self.name}: column '{name}' holds decimal numbers, which are no ids.", hint=_EVERY_ID)
        if ids.dtype.kind == "O":
            missing = np.array([i is None for i in ids])
            if missing.any():
                raise DataError(f"{self.name}: {_count(missing, 'row')} no id in column '{name}'.", hint=_EVERY_ID)
            ids = ids.astype(str)
        order = np.argsort(ids, kind="stable")
        ids = ids[order]
        double = ids[1:] == ids[:-1]
        if double.any():
            twice = np.unique(ids[1:][double])
            raise DataError(
                f"{self.name}: {twice.size:,} {'id is' if twice.size == 1 else 'ids are'} there more than once "
                f"in column '{name}' ({_some(twice)}).",
                hint=_EVERY_ID,
            )
        return ids, order

    def _classes(self) -> tuple[str, ...]:
        if self.model.task != "multiclass":
            return ()
        score = self.model.columns.y_score
        if score is not None and not isinstance(score, str):
            return tuple(sorted(score))
        labels = {
            str(value)
            for key, name in (("y_true", self.model.columns.y_true), ("y_pred", self._prediction_column()))
            for value in _texts(self.column(name, key))
            if value is not None
        }
        return tuple(sorted(labels))

    def _prediction_column(self) -> str:
        return self.model.columns.y_pred or "y_pred"

    def _truth(self, values: Any, name: str, classes: tuple[str, ...], ids: Any) -> Any:
        if self.model.task == "regression":
            return self._numbers(values, name, ids)
        if self.model.task == "multiclass":
            return self._codes(values, name, classes, ids)
        return self._positive(values, name, ids)

    def _positive(self, values: Any, name: str, ids: Any) -> Any:
        """Whether each label is the positive one."""
        import numpy as np

        labels = _texts(values)
        self._refuse(np.array([v is None for v in labels]), ids, name, "is missing")
        found = np.unique(labels.astype(str))
        positives = _spellings(self.model.positive)
        others = [label for label in found if label not in positives]
        if len(others) > 1:
            where = self.config.locate("models", self.model_name, "positive")
            raise DataError(
                f"{self.name}: column '{name}' has more than two labels for a binary task ({_some(found)}).\n  {where}",
                hint="positive: LABEL names the one that y_score is the probability of; or task: multiclass.",
            )
        if len(found) == 2 and len(others) != 1:
            raise DataError(f"{self.name}: column '{name}' spells the positive label in two ways ({_some(found)}).")
        if len(others) == 1 and len(found) == 1 and others[0] not in _FALSE and self.model.positive is None:
            raise DataError(
                f"{self.name}: column '{name}' holds only '{others[0]}', which is neither 0/1 nor false/true.",
                hint="positive: LABEL names the label that y_score is the probability of.",
            )
        return np.isin(labels.astype(str), list(positives))

    def _codes(self, values: Any, name: str, classes: tuple[str, ...], ids: Any) -> Any:
        import numpy as np

        labels = _texts(values)
        self._refuse(np.array([v is None for v in labels]), ids, name, "is missing")
        labels = labels.astype(str)
        known = np.array(classes)
        strange = np.setdiff1d(labels, known)
        if strange.size:
            raise DataError(
                f"{self.name}: column '{name}' has labels outside the task ({_some(strange)}); "
                f"columns.y_score names {', '.join(classes)}.",
                hint="Give every label a score column: y_score: {label: column, …}.",
            )
        return np.searchsorted(known, labels).astype(np.int64)

    def _guesses(self, take: Callable[[str, str], Any], classes: tuple[str, ...], ids: Any) -> tuple[Any, Any]:
        """(y_score, y_pred)."""
        import numpy as np

        columns, task = self.model.columns, self.model.task
        names = self.table.column_names
        if task == "regression":
            name = self._prediction_column()
            return None, self._numbers(take(name, "y_pred"), name, ids)
        if task == "multiclass":
            if columns.y_score is not None and not isinstance(columns.y_score, str):
                scores = np.column_stack(
                    [self._numbers(take(columns.y_score[c], "y_score"), columns.y_score[c], ids) for c in classes]
                )
                if columns.y_pred is None:
                    return scores, scores.argmax(axis=1).astype(np.int64)
                return scores, self._codes(take(columns.y_pred, "y_pred"), columns.y_pred, classes, ids)
            name = self._prediction_column()
            return None, self._codes(take(name, "y_pred"), name, classes, ids)
        score_name = columns.y_score if isinstance(columns.y_score, str) else None
        if score_name is None and columns.y_pred is None:
            score_name = "y_score" if "y_score" in names or "y_pred" not in names else None
        score = None if score_name is None else self._numbers(take(score_name, "y_score"), score_name, ids)
        if score is not None and columns.y_pred is None:
            return score, score >= self.model.threshold
        name = self._prediction_column()
        return score, self._positive(take(name, "y_pred"), name, ids)

    def _numbers(self, values: Any, name: str, ids: Any) -> Any:
        import numpy as np

        if values.dtype.kind == "O":
            example = next((v for v in values.tolist() if v is not None), None)
            raise DataError(
                f"{self.name}: column '{name}' holds text ({str(example)[:40]!r}) where numbers are needed.",
                hint="Decimal commas and units make numbers text: write plain numbers.",
            )
        numbers = values.astype(np.float64)
        self._refuse(~np.isfinite(numbers), ids, name, "is not a finite number")
        return numbers

    def _weight(self, values: Any, ids: Any) -> Any:
        weights = self._numbers(values, self.model.columns.weight or "", ids)
        self._refuse(weights < 0, ids, self.model.columns.weight or "", "is negative")
        if weights.sum() == 0:
            raise DataError(f"{self.name}: every weight in column '{self.model.columns.weight}' is 0.")
        return weights

    def _refuse(self, bad: Any, ids: Any, name: str, problem: str) -> None:
        if bad.any():
            raise DataError(
                f"{self.name}: column '{name}' {problem} in {int(bad.sum()):,} of {bad.size:,} rows "
                f"(id {_some(ids[bad])}).",
                hint="Leaving such rows out would flatter the model: mend the step that writes them.",
            )


_EVERY_ID = "Rows of two models are paired by id: each row needs one of its own."
_TRUE = frozenset({"1", "1.0", "True", "true", "TRUE"})
_FALSE = frozenset({"0", "0.0", "False", "false", "FALSE"})


def _spellings(positive: Scalar | None) -> frozenset[str]:
    """How the positive label may be written in a file: `true` is also 1, as Parquet and CSV differ there."""
    for spellings in (_TRUE, _FALSE):
        if not isinstance(positive, str) and str(1 if positive is None else positive) in spellings:
            return spellings
    return frozenset({str(positive)})


def _labelled(values: Any, classes: tuple[str, ...]) -> Any:
    """Class codes as their labels, so that the digest does not depend on which classes a file names."""
    import numpy as np

    return np.array(classes, dtype=object)[values] if classes else values


def _texts(values: Any) -> Any:
    """Any column as objects: text, or None where missing. A whole number reads without its '.0'."""
    import numpy as np

    if values.dtype.kind == "O":
        return values
    if values.dtype.kind == "f":
        return np.array([None if v != v else f"{v:.0f}" if v == int(v) else repr(v) for v in values.tolist()], object)
    return np.array([str(v) for v in values.tolist()], dtype=object)


def _slice_columns(model: Model) -> dict[str, str]:
    """Configuration key -> the column that a slice of it needs."""
    from ci_ml.evaluation.slices import slice_columns

    wanted = {f"slices.{index}": by for index, by in enumerate(model.slices)}
    wanted |= {f"gates.{name}.slice": gate.slice for name, gate in model.gates.items() if gate.slice}
    keys: dict[str, str] = {}
    for key, by in wanted.items():
        if slice_columns(by) not in keys.values():
            keys[key] = slice_columns(by)
    return keys


def _columns_line(names: list[str], wanted: str, key: str) -> str:
    if key not in ("id", "y_true", "y_score", "y_pred", "weight", "group"):
        return f"Let the step that writes the predictions add '{wanted}', or take it out of ci-ml.yaml."
    import difflib

    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.4) or [n for n in names if n != "id"][:1]
    return f"columns: {{{key}: {near[0]}}}" if near else f"columns: {{{key}: COLUMN}}"


def _some(values: Any) -> str:
    shown = ", ".join(str(v)[:40] for v in values[:3].tolist())
    return shown + (", …" if len(values) > 3 else "")


def _count(flags: Any, word: str) -> str:
    number = int(flags.sum())
    return f"{number:,} {word} has" if number == 1 else f"{number:,} {word}s have"
