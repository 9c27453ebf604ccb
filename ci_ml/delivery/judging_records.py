"""Was this model judged before? A judging leaves a record, found again by what the model was made from."""

from dataclasses import replace

from ci_ml.delivery.found_model import FoundModel, read_predictions_of
from ci_ml.delivery.messages import Messages
from ci_ml.delivery.project import ModelSource
from ci_ml.errors import CiMlError, VerificationError
from ci_ml.repository.records import Record, decode, encode
from ci_ml.repository.storage.artifacts import ArtifactStore
from ci_ml.repository.trees import CommitTree
from ci_ml.training.run import push_stages


def record_at(source: ModelSource, commit: str) -> Record | None:
    """The judging of the model that this commit's tree trains, by the configuration of `source`; None without one."""
    return record_of(source, source.provenance(CommitTree(source.project.git, commit)).inputs)


def record_of(source: ModelSource, inputs: str, *, store: ArtifactStore | None = None) -> Record | None:
    """The judging of the model that is made from these inputs, or None.

    Args:
        store: where to look for it; default: everywhere, the remote included.

    Raises:
        VerificationError: what lies under that name is a record of something else.
    """
    content = (store or source.project.store).get_record(source.name, inputs)
    if content is None:
        return None
    record = decode(content, Record, name=f"the record of {inputs[:19]}")
    if record.provenance.inputs != inputs or record.judgement.model != source.name:
        raise VerificationError(
            f"the record stored for the inputs {inputs[:19]} of {source.name} is one of other inputs.",
            hint=f"Somebody changed the store: ci-ml gate {source.name} writes the record anew.",
        )
    return record


def judged_model(
    source: ModelSource, record: Record, commit: str, *, name: str, is_baseline: bool = False
) -> FoundModel:
    """A model that was judged, found again by its record.

    Raises:
        DataError: its predictions are not to be had.
    """
    side = replace(record.judgement.candidate, commit=commit, dirty=False)
    path = source.project.store.fetch(side.predictions, commit=commit)
    file = f"{side.predictions.path} of {name}"
    predictions = read_predictions_of(source, path, name=file, is_baseline=is_baseline, commit=commit)
    return FoundModel(side=side, predictions=predictions, provenance=record.provenance)


def keep_record(source: ModelSource, record: Record, messages: Messages) -> None:
    """Put the record, the predictions and the model where `register` and `promote --merged` find them.

    A store that cannot be written (as from a fork's pull request) costs the record its reach, not the answer.
    """
    root, shared = source.project.root, source.project.store
    for store in (shared.local, shared):
        try:
            for file in (record.judgement.candidate.predictions, record.judgement.candidate.artifact):
                if file is not None and (root / file.path).is_file():
                    store.put(file)
            store.put_record(source.name, record.provenance.inputs, encode(record))
        except (CiMlError, OSError) as error:
            messages.warn(f"the record was kept here only: {error}")
            return
    steps = [step for step in (source.model.train, source.model.predict) if step is not None and step.stage]
    if shared.remote is not None and steps:
        push_stages(root, say=lambda _: None, warn=messages.warn)
