"""Find a model to judge, and the one to judge it against: by stage, version, revision or plain file."""

from dataclasses import dataclass
from pathlib import Path

from ci_ml.delivery.found_model import FoundModel, read_predictions_of
from ci_ml.delivery.judging_records import judged_model, record_at
from ci_ml.delivery.project import ModelSource
from ci_ml.delivery.registered_versions import is_unmeasured, model_of_version
from ci_ml.delivery.registry_view import RegistryView
from ci_ml.errors import ConfigError, DataError
from ci_ml.files import digest_file
from ci_ml.gates.judgement import Side


@dataclass(frozen=True)
class Baseline:
    """The model to compare with.

    Attributes:
        found: None where there is none; that is no error, but a first model.
        reason: why there is none.
    """

    found: FoundModel | None
    reason: str = ""


def find_model(source: ModelSource, view: RegistryView, name: str) -> FoundModel:
    """The model that somebody means by `name`: a stage, a version, a predictions file or a revision.

    Raises:
        ConfigError: `name` names nothing.
        DataError: its predictions cannot be used.
    """
    found = _named(source, view, name)
    if found is None:
        raise ConfigError(f"'{name}' holds no version of '{source.name}'.", hint="ci-ml registry show")
    return found


def find_baseline(source: ModelSource, view: RegistryView, name: str | None = None) -> Baseline:
    """The model to compare with: what `name` says, else what ci-ml.yaml does.

    Raises:
        ConfigError: `name` names nothing.
        DataError: its predictions cannot be used.
    """
    wanted = name or source.model.baseline_or_default
    holder = view.history(source.name).holder(wanted) if name is None and wanted in source.model.stages else None
    if is_unmeasured(source, view, holder):
        return Baseline(
            None, f"{holder}, in {wanted}, was imported and has no predictions that it could be compared by."
        )
    found = _named(source, view, wanted, is_baseline=True, files=name is not None)
    if found is None:
        return Baseline(None, f"No version of {source.name} is in {wanted} yet: this is the first.")
    return Baseline(found)


def _named(
    source: ModelSource, view: RegistryView, name: str, *, is_baseline: bool = False, files: bool = True
) -> FoundModel | None:
    """None only where `name` is a stage that nobody holds. A stage or version goes before a file of that name."""
    history, project = view.history(source.name), source.project
    if name in source.model.stages:
        holder = history.holders.get(name)
        return model_of_version(source, view, holder, name, is_baseline=is_baseline) if holder else None
    if name in history.releases or f"v{name}" in history.releases:
        version = name if name in history.releases else f"v{name}"
        stage = next((s for s, v in history.holders.items() if v == version), None)
        return model_of_version(source, view, version, stage, is_baseline=is_baseline)
    if files and (project.start / name).is_file():
        return model_in_file(source, project.start / name, name=name, is_baseline=is_baseline)
    if project.git.find(name) is None:
        raise ConfigError(
            f"'{name}' is no stage ({', '.join(source.model.stages)}), no version of '{source.name}', "
            "no revision that git knows and no file."
        )
    return model_at_revision(source, name, is_baseline=is_baseline)


def model_in_file(source: ModelSource, path: Path, *, name: str, is_baseline: bool = False) -> FoundModel:
    """A model of which there is nothing but a predictions file."""
    side = Side(commit=None, predictions=digest_file(path, name=name))
    predictions = read_predictions_of(source, path, name=name, is_baseline=is_baseline)
    return FoundModel(side=side, predictions=predictions, provenance=None)


def model_at_revision(source: ModelSource, revision: str, *, is_baseline: bool = False) -> FoundModel:
    """The model that a commit trains, as it was judged.

    Raises:
        DataError: it never was.
    """
    commit = source.project.git.resolve(revision)
    record = record_at(source.at(commit), commit)
    if record is not None:
        return judged_model(source, record, commit, name=revision, is_baseline=is_baseline)
    raise DataError(
        f"commit {commit[:12]} was never judged: there is no record of its model '{source.name}'.",
        hint=f"git switch --detach {commit[:12]} && ci-ml train {source.name} && ci-ml gate {source.name}",
    )
