"""The model that lies in the working copy: are its files what training made from the inputs that lie beside them?"""

from collections.abc import Mapping
from dataclasses import replace

from ci_ml.delivery.found_model import FoundModel, read_predictions_of
from ci_ml.delivery.messages import Messages
from ci_ml.delivery.project import ModelSource
from ci_ml.errors import DataError
from ci_ml.files import digest_file
from ci_ml.gates.judgement import Side
from ci_ml.registry.provenance import Provenance
from ci_ml.repository.freshness import why_not_trained_from, why_outdated
from ci_ml.repository.inputs import untracked_inputs
from ci_ml.repository.lineage import feature_names
from ci_ml.repository.records import TrainingRecord, decode, record_path
from ci_ml.repository.training_lock import FILE_NAME as LOCK_NAME
from ci_ml.repository.training_lock import LockEntry, is_locked, parse_lock, why_not_covered
from ci_ml.repository.trees import WorkingTree
from ci_ml.text import and_more


class OutdatedFiles(DataError):
    """The files that lie here are not what the inputs that lie beside them make.

    Attributes:
        reason: what differs, as part of a sentence.
    """

    def __init__(self, message: str, *, reason: str, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.reason = reason


def model_in_working_copy(source: ModelSource, messages: Messages) -> FoundModel:
    """
    Raises:
        DataError: its files are missing, cannot be used, or were made from other inputs than those that lie here now.
    """
    git, model, store = source.project.git, source.model, source.project.store
    tree = WorkingTree(git)
    read_from = store.own(model.predictions)
    predictions = read_predictions_of(source, read_from, name=model.predictions)
    provenance = replace(source.provenance(tree), features=feature_names(tree, model))
    artifact = None
    if model.artifact:
        own = store.own(model.artifact)
        if not own.is_file():
            raise DataError(f"{model.artifact} does not exist.", hint=f"ci-ml train {source.name}")
        artifact = digest_file(own, name=model.artifact)
    _warn_of_untracked(source, tree, messages)
    entry = _locked(source)
    if entry is not None and entry.unfinished:  # before anything is said of inputs: there is nothing whole here
        _refuse(source, why_not_covered(entry, inputs=provenance.inputs, outputs=_names(source)))
    training = training_of(source, provenance, tree)
    if training is not None:
        provenance = replace(provenance, seconds=training.provenance.seconds, machine=training.provenance.machine)
    side = Side(
        commit=git.head(),
        dirty=bool(git.changed_files()),
        predictions=digest_file(read_from, name=model.predictions),
        artifact=artifact,
    )
    covered = _is_covered(source, side, provenance, training)
    side = replace(side, made_elsewhere=not covered)
    return FoundModel(side=side, predictions=predictions, provenance=provenance)


def _warn_of_untracked(source: ModelSource, tree: WorkingTree, messages: Messages) -> None:
    """A plain command's inputs are what git tracks: what it does not track would make the merge another model."""
    steps = [step for step in (source.model.train, source.model.predict) if step is not None]
    if not any(step.command and not step.inputs for step in steps):
        return
    found = untracked_inputs(tree, source.outputs, folder=source.model.folder or "")
    if found:
        messages.warn(
            f"{and_more(found)}: in no commit, so no input of this model. If training reads it, git add it first."
        )


def training_of(source: ModelSource, provenance: Provenance, tree: WorkingTree) -> TrainingRecord | None:
    """What the training that made the present outputs wrote down; None where it was not ci-ml that trained.

    Raises:
        OutdatedFiles: the outputs were made from other inputs than those that lie here now.
    """
    root, retrain = source.project.root, f"ci-ml train {source.name}"
    reason = why_outdated(tree, source.model)
    training = None
    path = record_path(root, source.name, "training")
    if reason is None and path.is_file():
        training = decode(path.read_bytes(), TrainingRecord, name=path.name)
        changed = why_not_trained_from(training.provenance, provenance)
        other = _differing(source, training.outputs)
        if other and changed:
            return None  # the record is of another training, as after a switch of branches; ci-ml.lock tells
        reason = f"{changed} changed since it was made" if changed else None
        if other and training.provenance.inputs == provenance.inputs:
            said = f"{other} is not the file that ci-ml train made from these inputs"
            raise OutdatedFiles(f"{said}.", reason=said, hint=retrain)
    if reason is not None:
        said = f"{source.model.predictions} is not what these inputs make: {reason}."
        raise OutdatedFiles(said, reason=reason, hint=retrain)
    return training


def _is_covered(source: ModelSource, side: Side, provenance: Provenance, training: TrainingRecord | None) -> bool:
    """Whether a lock file says that these files were made from these inputs; False where none says anything.

    Raises:
        OutdatedFiles: the lock says that they were not, or that their training did not end.
    """
    model = source.model
    steps = [step for step in (model.train, model.predict) if step is not None]
    if not is_locked(model):
        return any(step.stage for step in steps) and _has_dvc_lock(source)
    entry = _locked(source)
    if entry is None:
        return training is not None
    outputs = {file.path: file.sha256 for file in (side.predictions, side.artifact) if file is not None}
    inputs = provenance.inputs
    if training is not None and training.provenance.inputs == entry.inputs and not entry.unfinished:
        inputs = entry.inputs  # the record has every input, and nothing that both know has changed
    _refuse(source, why_not_covered(entry, inputs=inputs, outputs=outputs))
    return True


def _refuse(source: ModelSource, reason: str | None) -> None:
    if reason is not None:
        raise OutdatedFiles(f"{reason}.", reason=reason, hint=f"ci-ml train {source.name}")


def _locked(source: ModelSource) -> LockEntry | None:
    """What ci-ml.lock says of the model; None where it says nothing, or DVC trains it."""
    path = source.project.root / LOCK_NAME
    content = path.read_bytes() if is_locked(source.model) and path.is_file() else None
    return parse_lock(content).get(source.name)


def _names(source: ModelSource) -> dict[str, str]:
    return {path: "" for path in (source.model.predictions, source.model.artifact) if path}


def _has_dvc_lock(source: ModelSource) -> bool:
    folder = source.project.root / (source.model.folder or "")
    return (folder / "dvc.lock").is_file()


def _differing(source: ModelSource, outputs: Mapping[str, str]) -> str | None:
    """The first of some files that is not what its SHA-256 says."""
    for file, sha256 in outputs.items():
        path = source.project.store.own(file)
        if not path.is_file() or digest_file(path, name=file).sha256 != sha256:
            return file
    return None
