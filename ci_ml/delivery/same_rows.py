"""Two models are compared on the same rows: the baseline as it was recorded, else scored again by its own code."""

from dataclasses import replace

from ci_ml.delivery.found_model import FoundModel, read_predictions_of
from ci_ml.delivery.messages import Messages
from ci_ml.delivery.project import ModelSource
from ci_ml.errors import DataError
from ci_ml.evaluation.rows import explain_difference
from ci_ml.training.rescore import rescored


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
    if then is None or then.predict is None:
        then = source.model
    messages.note(f"The held-out rows changed: scoring {name} on today's rows ...")
    artifact = project.store.fetch(old.side.artifact, commit=commit)
    with rescored(project.git, source.model, then=then, commit=commit, artifact=artifact, say=messages.note) as made:
        file = f"{then.predictions} of {name}"
        predictions = read_predictions_of(source, made, name=file, lend_slices=True, commit=commit)
    differences = explain_difference(predictions, new.predictions)
    if differences:
        raise DataError(
            f"the predict step of {name} does not score today's rows: {'; '.join(differences)}.",
            hint="Rows that it reads must be tables in git, or tracked by DVC, and named by deps: or inputs:.",
        )
    return replace(old, predictions=predictions, side=replace(old.side, rescored=True))
