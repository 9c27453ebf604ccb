"""A predictions file -> `Predictions`: what a task asks of the file's columns, and the rows digest."""

import re
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ci_ml.conditions import slice_column
from ci_ml.config import Columns, Config, Model
from ci_ml.errors import DataError, missing_extra
from ci_ml.tables.arrow_tables import read_table
from ci_ml.tables.checked_columns import CheckedColumns
from ci_ml.tables.labels import as_label, check_binary, list_some, positive_spellings

if TYPE_CHECKING:
    from ci_ml.evaluation.predictions import Predictions

# A date, or a moment of which the date is what matters; in this form they sort by time.
_DATE = re.compile(r"\d{4}-[01]\d-[0-3]\d([ T]\d\d:.*)?")
# classes, y_true, y_score, y_pred: see `Predictions`.
_Answers = tuple[tuple[str, ...], Any, Any, Any]


def read_predictions(
    path: Path,
    *,
    config: Config,
    model_name: str,
    name: str | None = None,
    lend_slices: bool = False,
    older: Columns | None = None,
) -> "Predictions":
    """Read and check one model's predictions.

    Args:
        path: Parquet or CSV.
        name: what to call the file in errors; default: its path as configured.
        lend_slices: leave out columns that only describe rows (slices, group, weight) where the file lacks them, as
            an older model's file may; `rows.pair` fills them from the other model's.
        older: what the columns were called when the file was written; looked for where today's names are not there.

    Raises:
        DataError: anything about the file that keeps its rows from being judged.
    """
    try:
        import numpy as np
    except ImportError:
        raise missing_extra("evaluate", "numpy", needed_for="judging predictions") from None
    from ci_ml.evaluation.predictions import Predictions
    from ci_ml.evaluation.rows import digest_column, digest_rows

    model = config.models[model_name]
    place = config.locate("models", model_name, "predictions")
    name = name or model.predictions
    table = read_table(path, name=name, made_by=f"ci-ml train {model_name}  (or change {place})")
    source = CheckedColumns(table=table, name=name, config=config, model_name=model_name, older=older)
    ids = source.ids  # first: an error about any other column names rows by them
    classes, y_true, y_score, y_pred = _TASKS[model.task](source, model)
    # Class codes as their labels, so that the digest does not depend on which classes a file names.
    truth = np.array(classes, dtype=object)[y_true] if classes else y_true
    digests = {"id": digest_column(ids), "y_true": digest_column(truth)}
    weight = group = dates = group_labels = None
    if model.columns.weight and not (lend_slices and source.lacks(model.columns.weight, "columns.weight")):
        weight = source.weights(model.columns.weight)
        digests["weight"] = digest_column(weight)
    if model.columns.group and not (lend_slices and source.lacks(model.columns.group, "columns.group")):
        labels = source.labels(model.columns.group, "columns.group")
        group_labels = np.array(labels, dtype=object)
        digests["group"] = digest_column(group_labels)
        names = sorted(set(labels))
        group = _codes(labels, names)
        dates = (names[0][:10], names[-1][:10]) if names and all(map(_DATE.fullmatch, names)) else None
    slices = {}
    for wanted, key in _slice_columns(model).items():
        if not (lend_slices and source.lacks(wanted, key)):
            slices[wanted] = source.values(wanted, key)
            digests[f"slice:{wanted}"] = digest_column(slices[wanted])
    return Predictions(
        task=model.task,
        ids=ids,
        y_true=y_true,
        y_score=y_score,
        y_pred=y_pred,
        classes=classes,
        sample_weight=weight,
        group=group,
        group_labels=group_labels,
        dates=dates,
        slices=MappingProxyType(slices),
        column_digests=MappingProxyType(digests),
        rows_digest=digest_rows(digests),
        cost=(model.cost.false_positive, model.cost.false_negative) if model.cost else None,
    )


def _read_binary(source: CheckedColumns, model: Model) -> _Answers:
    import numpy as np

    columns, positive = model.columns, positive_spellings(model.positive)
    place = source.config.locate("models", source.model_name, "positive")
    truth = source.labels(columns.y_true, "columns.y_true")
    check_binary(set(truth), positive=model.positive, where=source.where(columns.y_true), place=place)
    y_true = np.array([label in positive for label in truth])
    score_name = columns.y_score if isinstance(columns.y_score, str) else None
    if score_name is None and columns.y_pred is None:
        score_name = None if source.lacks("y_score", "columns.y_score") and "y_pred" in source.names else "y_score"
    score = None if score_name is None else source.numbers(score_name, "columns.y_score")
    if score is not None and columns.y_pred is None:
        return (), y_true, score, score >= model.threshold
    name = columns.y_pred or "y_pred"
    decided = source.labels(name, "columns.y_pred")
    check_binary({*truth, *decided}, positive=model.positive, where=source.where(name), place=place)
    return (), y_true, score, np.array([label in positive for label in decided])


def _read_multiclass(source: CheckedColumns, model: Model) -> _Answers:
    import numpy as np

    columns = model.columns
    truth = source.labels(columns.y_true, "columns.y_true")
    if columns.y_score is None or isinstance(columns.y_score, str):
        decided = source.labels(columns.y_pred or "y_pred", "columns.y_pred")
        classes = tuple(sorted({*truth, *decided}))
        return classes, _codes(truth, classes), None, _codes(decided, classes)
    column_of = {as_label(label): (name, f"columns.y_score.{label}") for label, name in columns.y_score.items()}
    classes = tuple(sorted(column_of))
    y_true = _known_codes(source, truth, classes, columns.y_true)
    score = np.column_stack([source.numbers(*column_of[label]) for label in classes])
    if columns.y_pred is None:
        return classes, y_true, score, score.argmax(axis=1).astype(np.int64)
    decided = source.labels(columns.y_pred, "columns.y_pred")
    return classes, y_true, score, _known_codes(source, decided, classes, columns.y_pred)


def _read_regression(source: CheckedColumns, model: Model) -> _Answers:
    truth = source.numbers(model.columns.y_true, "columns.y_true")
    return (), truth, None, source.numbers(model.columns.y_pred or "y_pred", "columns.y_pred")


_TASKS = {"binary": _read_binary, "multiclass": _read_multiclass, "regression": _read_regression}


def _known_codes(source: CheckedColumns, labels: list[str], classes: tuple[str, ...], name: str) -> Any:
    strange = sorted({*labels} - {*classes})
    if strange:
        raise DataError(
            f"{source.where(name)} has labels outside the task ({list_some(strange)}); "
            f"columns.y_score names {list_some(classes)}.",
            hint="Give every label a score column: y_score: {label: column, …}.",
        )
    return _codes(labels, classes)


def _codes(labels: list[str], classes: Sequence[str]) -> Any:
    """Each label's place among the classes."""
    import numpy as np

    place = {label: index for index, label in enumerate(classes)}
    return np.array([place[label] for label in labels], dtype=np.int64)


def _slice_columns(model: Model) -> dict[str, str]:
    """The columns that slices are cut from -> the first key that asks for each."""

    wanted = {f"slices.{index}": by for index, by in enumerate(model.slices)}
    wanted |= {f"gates.{name}.slice": gate.slice for name, gate in model.gates.items() if gate.slice}
    found: dict[str, str] = {}
    for key, by in wanted.items():
        found.setdefault(slice_column(by), key)
    return found
