"""`ci-ml train`: run what ci-ml.yaml names and write down what it took."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL, format_option

if TYPE_CHECKING:
    from ci_ml.config import Model


@click.command()
@MODEL
@click.option("--force", is_flag=True, help="Run DVC stages even where nothing changed.")
@format_option("table", "json")
@click.pass_obj
def train(app: App, model: str | None, force: bool, style: str) -> int:
    """Train MODEL: run its train: and predict: steps.

    Streams what they print, and records parameters, durations, digests and the
    environment in .ci-ml/. MODEL can be left out where there is only one.

    \b
    Example:
      ci-ml train late-flight
    """
    from ci_ml.delivery.model_finder import Finder
    from ci_ml.errors import ConfigError, DataError
    from ci_ml.files import digest_file
    from ci_ml.repository.freshness import why_not_trained_from
    from ci_ml.repository.lineage import feature_names
    from ci_ml.repository.records import TrainingRecord, encode, save
    from ci_ml.repository.trees import WorkingTree
    from ci_ml.training.hardware import describe_machine, describe_packages
    from ci_ml.training.run import run_steps

    name, settings = app.model(model)
    if settings.train is None:
        where = app.config.locate("models", name)
        raise ConfigError(f"{where}: '{name}' has no train: step.", hint="train: COMMAND, or train: {stage: NAME}")
    machine = describe_machine()
    processors = f"{machine['processors']} processor{'' if machine['processors'] == '1' else 's'}"
    app.note(f"Training {name} on {processors}, Python {machine['python']} ...")
    steps = [step for step in (settings.train, settings.predict) if step is not None]
    before = (
        Finder(app, name, settings).provenance(WorkingTree(app.git)) if not any(step.stage for step in steps) else None
    )
    runs = run_steps(steps, app.root, say=app.note, force=force)
    paths = [settings.predictions, *([settings.artifact] if settings.artifact else [])]
    for path in paths:
        if not (app.root / path).is_file():
            key = "predictions" if path == settings.predictions else "artifact"
            where = app.config.locate("models", name, key)
            raise DataError(f"training ended well, but there is no {path}.", hint=f"{where} says where it should be.")
    _check_written(app.root, settings, app.now.timestamp(), plain=before is not None)
    tree = WorkingTree(app.git)
    provenance = replace(
        Finder(app, name, settings).provenance(tree),
        features=feature_names(tree, settings),
        # A step that DVC found up to date took no time that says anything.
        seconds=None if all(run.skipped for run in runs) else sum(run.seconds for run in runs),
        machine=", ".join([processors, *([machine["gpus"]] if "gpus" in machine else [])]),
    )
    changed = why_not_trained_from(before, provenance) if before else None
    if changed:
        app.warn(
            f"{changed} changed while training ran. If the training writes it, name what it reads: "
            "train: {command: …, inputs: [GLOBS]}; if you changed it, train again."
        )
    record = TrainingRecord(
        model=name,
        at=app.now.isoformat(timespec="seconds"),
        commit=app.git.head(),
        steps=runs,
        provenance=provenance,
        outputs={path: digest_file(app.root / path, name=path).sha256 for path in paths},
        machine=machine,
        packages=describe_packages(),
    )
    previous = _previous(app, name, record) if provenance.seconds is None else None
    save(app.root, name, "training", previous or record)
    if style == "json":
        app.out(encode(record).decode())
        return 0
    for run in runs:
        what = run.command if run.name == "command" else run.name
        app.out(f"  {what[:56]:<56} {'nothing changed' if run.skipped else f'{run.seconds:6.1f} s'}")
    for path, digest in record.outputs.items():
        app.out(f"  {path[:56]:<56} sha256 {digest[:8]}")
    app.note(f"Next: ci-ml gate {name}")
    return 0


def _check_written(root: Path, model: "Model", started: float, *, plain: bool) -> None:
    """Refuse a new model beside old predictions: they would be judged as its own. (DVC skips what is up to date.)

    Raises:
        DataError: commands ran, and did not write the predictions.
    """
    from ci_ml.errors import DataError

    def is_new(path: str | None) -> bool:
        return path is not None and (root / path).stat().st_mtime >= started - 2  # file systems round

    if plain and not is_new(model.predictions) and (model.artifact is None or is_new(model.artifact)):
        raise DataError(
            f"training ended well, but {model.predictions} is older than it: no step wrote it.",
            hint="predict: COMMAND names the step that scores the held-out rows.",
        )


def _previous(app: App, name: str, record: object) -> object | None:
    """The record of the run that did the work, where this one found everything up to date."""
    from ci_ml.repository.records import TrainingRecord, decode, record_path

    path = record_path(app.root, name, "training")
    if not path.is_file() or not isinstance(record, TrainingRecord):
        return None
    earlier = decode(path.read_bytes(), TrainingRecord, name=path.name)
    return earlier if earlier.provenance.inputs == record.provenance.inputs else None
