"""A model that can be judged, and how its predictions are read."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ci_ml.config import Columns, Model
from ci_ml.delivery.project import ModelSource
from ci_ml.errors import DataError
from ci_ml.gates.judgement import Side
from ci_ml.registry.provenance import Provenance
from ci_ml.tables.labels import positive_spellings

if TYPE_CHECKING:
    from ci_ml.evaluation.predictions import Predictions


@dataclass(frozen=True, kw_only=True)
class FoundModel:
    """Who a model is, what it said, and what it was made from where that is known."""

    side: Side
    predictions: "Predictions"
    provenance: Provenance | None


def read_predictions_of(
    source: ModelSource, path: Path, *, name: str | None = None, is_baseline: bool = False, commit: str | None = None
) -> "Predictions":
    """Predictions by the rules of `source`; those of a baseline by the rules that they were judged by.

    A change may call columns something else. That it may not give the baseline's scores another meaning: the positive
    label, the threshold and the columns of these are what the baseline's commit says.

    Args:
        name: of the file, for errors.
        is_baseline: columns that only describe rows, and that the file lacks, may come from the model it is compared
            with.
        commit: the one that wrote the file.

    Raises:
        DataError: they cannot be used, or what they mean cannot be told in the terms of today's rules.
    """
    then = source.project.model_at(source.name, commit) if commit else None
    written = source.project.config.models.get(source.name)
    if not is_baseline or then is None:
        older = then.columns if then else written.columns if written else None
        return _read(source, source.model, path, name=name, is_baseline=is_baseline, older=older)
    if then.task != source.model.task:
        raise DataError(
            f"{name or path.name} was judged as {then.task}, and the rules of today say {source.model.task}.",
            hint="Another task is another model: give it a name of its own in ci-ml.yaml.",
        )
    today = source.model.columns
    group, weight = then.columns.group or today.group, then.columns.weight or today.weight
    columns = replace(then.columns, group=group, weight=weight)
    meant = replace(source.model, columns=columns, positive=then.positive, threshold=then.threshold)
    found = _read(source, meant, path, name=name, is_baseline=True, older=today)
    if then.task == "binary" and positive_spellings(then.positive) != positive_spellings(source.model.positive):
        other = replace(meant, positive=source.model.positive)
        turned = _read(source, other, path, name=name, is_baseline=True, older=today)
        return _of_the_other_label(found, turned, name=name or path.name, then=then, now=source.model)
    return found


def _read(
    source: ModelSource, model: Model, path: Path, *, name: str | None, is_baseline: bool, older: Columns | None
) -> "Predictions":
    from ci_ml.tables.predictions import read_predictions

    config = source.project.config
    # By these rules, which may differ from the file's where one slice is looked at.
    config = replace(config, models={**config.models, source.name: model})
    other = older if older != model.columns else None
    return read_predictions(
        path, config=config, model_name=source.name, name=name, lend_slices=is_baseline, older=other
    )


def _of_the_other_label(
    found: "Predictions", turned: "Predictions", *, name: str, then: Model, now: Model
) -> "Predictions":
    """The same predictions, said of the other label: exact where scores are probabilities of one of two labels."""
    score = found.y_score
    known = score is None or bool(((score >= 0) & (score <= 1)).all())
    if not known or bool((found.y_true == turned.y_true).any()):
        raise DataError(
            f"{name} was judged with positive: {_said(then)}, and the rules of today say {_said(now)}: its scores "
            "cannot be said of that label.",
            hint="Only probabilities of one of two labels can: change positive: in a change of its own.",
        )
    return replace(turned, y_score=None if score is None else 1 - score, y_pred=~found.y_pred)


def _said(model: Model) -> str:
    return "1 or true" if model.positive is None else str(model.positive)
