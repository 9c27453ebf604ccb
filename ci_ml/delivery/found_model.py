"""A model that can be judged, and how its predictions are read."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ci_ml.delivery.project import ModelSource
from ci_ml.gates.judgement import Side
from ci_ml.registry.provenance import Provenance

if TYPE_CHECKING:
    from ci_ml.evaluation.predictions import Predictions


@dataclass(frozen=True, kw_only=True)
class FoundModel:
    """Who a model is, what it said, and what it was made from where that is known."""

    side: Side
    predictions: "Predictions"
    provenance: Provenance | None


def read_predictions_of(
    source: ModelSource, path: Path, *, name: str | None = None, lend_slices: bool = False, commit: str | None = None
) -> "Predictions":
    """Predictions by the rules of `source`.

    Args:
        name: of the file, for errors.
        lend_slices: columns of slices that the file lacks may come from the model it is compared with.
        commit: the one that wrote the file; its ci-ml.yaml may have called the columns something else.

    Raises:
        DataError: they cannot be used.
    """
    from ci_ml.tables.predictions import read_predictions

    config = source.project.config
    # By the source's rules, which may differ from the file's where one slice is looked at.
    config = replace(config, models={**config.models, source.name: source.model})
    then = source.project.model_at(source.name, commit) if commit else None
    return read_predictions(
        path,
        config=config,
        model_name=source.name,
        name=name,
        lend_slices=lend_slices,
        older=then.columns if then else None,
    )
