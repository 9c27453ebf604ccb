"""Train a model by the steps that ci-ml.yaml names, and write down what it took."""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ci_ml.config import Model
from ci_ml.delivery.messages import Messages
from ci_ml.delivery.project import ModelSource
from ci_ml.errors import ConfigError, DataError
from ci_ml.files import digest_file
from ci_ml.registry.provenance import Provenance
from ci_ml.repository.freshness import why_not_trained_from
from ci_ml.repository.lineage import feature_names
from ci_ml.repository.records import StepRun, TrainingRecord, decode, record_path, save
from ci_ml.repository.training_lock import LockEntry, is_locked, write_entry
from ci_ml.repository.trees import WorkingTree
from ci_ml.training.hardware import describe_machine, describe_packages
from ci_ml.training.run import run_steps

_UNKNOWN = Provenance()


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What a training did: `runs` are this command's steps, `record` says what is on record of them."""

    runs: tuple[StepRun, ...]
    record: TrainingRecord


def train_model(source: ModelSource, messages: Messages, *, now: datetime, force: bool = False) -> Trained:
    """Run the train and predict steps in the working copy, and record parameters, durations, digests and machine.

    Args:
        now: the command's moment.
        force: run DVC stages even where nothing changed.

    Raises:
        ConfigError: there is no train step.
        DataError: a step failed, or did not write what it should.
    """
    project, name, model = source.project, source.name, source.model
    if model.train is None:
        where = project.config.locate("models", name)
        raise ConfigError(f"{where}: '{name}' has no train: step.", hint="train: COMMAND, or train: {stage: NAME}")
    machine = describe_machine()
    processors = f"{machine['processors']} processor{'' if machine['processors'] == '1' else 's'}"
    messages.note(f"Training {name} on {processors}, Python {machine['python']} ...")
    steps = [step for step in (model.train, model.predict) if step is not None]
    before = source.provenance(WorkingTree(project.git)) if not any(step.stage for step in steps) else None
    locked, written = is_locked(model), _written(source)
    if locked:
        # Before the first byte is written: whatever ends this process, what it leaves is known to be unfinished.
        write_entry(project.root, name, LockEntry(inputs=(before or _UNKNOWN).inputs, unfinished=True))
    runs = run_steps(
        steps, project.root, folder=model.folder or "", say=messages.note, heard=not messages.quiet, force=force
    )
    _refuse_unwritten(source, written, plain=before is not None)
    tree = WorkingTree(project.git)
    provenance = replace(
        source.provenance(tree),
        features=feature_names(tree, model),
        # A step that DVC found up to date took no time that says anything.
        seconds=None if all(run.skipped for run in runs) else sum(run.seconds for run in runs),
        machine=", ".join([processors, *([machine["gpus"]] if "gpus" in machine else [])]),
    )
    changed = why_not_trained_from(before, provenance) if before else None
    if changed:
        messages.warn(
            f"{changed} changed while training ran. If the training writes it, name what it reads: "
            "train: {command: …, inputs: [GLOBS]}; if you changed it, train again."
        )
    record = TrainingRecord(
        model=name,
        at=now.isoformat(timespec="seconds"),
        commit=project.git.head(),
        steps=runs,
        provenance=provenance,
        outputs={path: digest_file(project.store.own(path), name=path).sha256 for path in _outputs(model)},
        machine=machine,
        packages=describe_packages(),
    )
    if locked:
        outputs = {path: f"sha256:{sha256}" for path, sha256 in record.outputs.items()}
        write_entry(project.root, name, LockEntry(inputs=provenance.inputs, outputs=outputs))
    previous = _previous(project.root, record) if provenance.seconds is None else None
    save(project.root, name, "training", previous or record)
    return Trained(runs=tuple(runs), record=record)


def _outputs(model: Model) -> list[str]:
    return [model.predictions, *([model.artifact] if model.artifact else [])]


def _written(source: ModelSource) -> dict[str, tuple[int, int]]:
    """When each output that is there was written, and as which file: what tells afterwards whether a step wrote it."""
    places = {path: source.project.root / path for path in _outputs(source.model)}
    stats = {path: place.stat() for path, place in places.items() if place.is_file()}
    return {path: (stat.st_mtime_ns, stat.st_ino) for path, stat in stats.items()}


def _refuse_unwritten(source: ModelSource, before: dict[str, tuple[int, int]], *, plain: bool) -> None:
    """Refuse a new model beside old predictions: they would be judged as its own. (DVC skips what is up to date.)

    Args:
        before: `_written` of when training began.
        plain: whether all steps are commands.

    Raises:
        DataError: a file is not there, or commands ran and did not write the predictions.
    """
    model = source.model
    for path in _outputs(model):
        if not source.project.store.own(path).is_file():
            key = "predictions" if path == model.predictions else "artifact"
            where = source.project.config.locate("models", source.name, key)
            raise DataError(f"training ended well, but there is no {path}.", hint=f"{where} says where it should be.")
    after = _written(source)
    is_old = {path: before.get(path) == after.get(path) for path in _outputs(model)}
    if plain and is_old[model.predictions] and not (model.artifact and is_old[model.artifact]):
        raise DataError(
            f"training ended well, but {model.predictions} is older than it: no step wrote it.",
            hint="predict: COMMAND names the step that scores the held-out rows.",
        )


def _previous(root: Path, record: TrainingRecord) -> TrainingRecord | None:
    """The record of the run that did the work, where this one found everything up to date."""
    path = record_path(root, record.model, "training")
    if not path.is_file():
        return None
    earlier = decode(path.read_bytes(), TrainingRecord, name=path.name)
    return earlier if earlier.provenance.inputs == record.provenance.inputs else None
