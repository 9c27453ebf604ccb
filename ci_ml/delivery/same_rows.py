"""Two models are compared on the same rows: the baseline as it was recorded, else scored again by its own code."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ci_ml.config import Model
from ci_ml.delivery.found_model import FoundModel, read_predictions_of
from ci_ml.delivery.messages import Messages
from ci_ml.delivery.project import ModelSource
from ci_ml.errors import CiMlError, ConfigError, DataError
from ci_ml.evaluation.rows import explain_difference
from ci_ml.training.rescore import rescored

if TYPE_CHECKING:
    from ci_ml.evaluation.predictions import Predictions


def on_the_same_rows(source: ModelSource, old: FoundModel, new: FoundModel, messages: Messages) -> FoundModel:
    """The baseline `old` on the rows of `new`.

    Raises:
        DataError: the rows differ and there is no way to score the baseline again; says what differs.
    """
    differences = explain_difference(old.predictions, new.predictions)
    if not differences:
        return old
    project, name, commit = source.project, old.side.name, old.side.commit
    if commit is None or old.side.artifact is None:
        raise DataError(
            f"{name} was not scored on these rows: {'; '.join(differences)}.",
            hint="Score both on the same held-out rows.",
        )
    then = project.model_at(source.name, commit)
    if source.model.predict is None and (then is None or then.predict is None):
        where = project.config.locate("models", source.name)
        raise DataError(
            f"{name} was not scored on these rows: {'; '.join(differences)}.",
            hint=f"add predict: {{stage: NAME}} or predict: COMMAND to the model ({where}), and ci-ml scores "
            "the baseline on today's rows with its own code.",
        )
    messages.note(f"The held-out rows changed: scoring {name} on today's rows ...")
    artifact = project.store.fetch(old.side.artifact, commit=commit)
    if then is not None and then.predict is not None:
        predictions = _scored_again(source, name, then, commit, artifact, messages)
    else:
        try:
            predictions = _scored_again(source, name, source.model, commit, artifact, messages)
        except (ConfigError, DataError) as error:
            raise _without_predict(source, name, commit, differences, error) from None
    differences = explain_difference(predictions, new.predictions)
    if differences:
        raise DataError(
            f"the predict step of {name} does not score today's rows: {'; '.join(differences)}.",
            hint="Rows that it reads must be tables in git, or tracked by DVC, and named by deps: or inputs:.",
        )
    return replace(old, predictions=predictions, side=replace(old.side, rescored=True))


def _scored_again(
    source: ModelSource, name: str, then: Model, commit: str, artifact: Path, messages: Messages
) -> "Predictions":
    """What the code of a commit predicts on today's rows, by the predict step of `then`."""
    with rescored(
        source.project.git,
        source.model,
        then=then,
        commit=commit,
        artifact=artifact,
        say=messages.note,
        heard=not messages.quiet,
    ) as made:
        file = f"{then.predictions} of {name}"
        return read_predictions_of(source, made, name=file, is_baseline=True, commit=commit)


def _without_predict(
    source: ModelSource, name: str, commit: str, differences: list[str], error: CiMlError
) -> DataError:
    """Why a baseline without a predict step of its own cannot be scored by today's, and what there is to do."""
    by_hand = f"To look now, score it yourself: ci-ml compare {source.name} --baseline FILE."
    return DataError(
        f"{name} was not scored on these rows: {'; '.join(differences)}.\n"
        f"  Its commit {commit[:12]} has no predict: in ci-ml.yaml, and today's does not run there:\n"
        f"  {error.message}",
        hint=f"Keep the rows that {name} was judged on until a version takes its place whose own commit has predict:.\n"
        f"       {by_hand}",
    )
