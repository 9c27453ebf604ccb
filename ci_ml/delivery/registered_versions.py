"""A version that the registry has: what was pinned of it. Of an imported one that is a commit, which may hold files."""

from dataclasses import replace

from ci_ml.delivery.found_model import FoundModel, read_predictions_of
from ci_ml.delivery.judging_records import judged_model, record_at
from ci_ml.delivery.project import ModelSource
from ci_ml.delivery.registry_view import RegistryView
from ci_ml.digests import FileDigest
from ci_ml.errors import DataError
from ci_ml.gates.judgement import Side
from ci_ml.git.fetch import fetch
from ci_ml.git.lfs import pointer_digest
from ci_ml.hashing import digest_content
from ci_ml.names import encode as encode_name
from ci_ml.registry.branch_paths import evidence_folder
from ci_ml.registry.provenance import Provenance
from ci_ml.repository.records import decode


def model_of_version(
    source: ModelSource, view: RegistryView, version: str, stage: str | None, *, is_baseline: bool = False
) -> FoundModel:
    """
    Args:
        stage: that it holds, or was asked for by.

    Raises:
        DataError: its predictions are not known or not to be had.
        VerificationError: they are not what was registered.
    """
    facts = view.history(source.name).facts_of(version)
    imported = _imported(source, view, version, stage, is_baseline=is_baseline) if facts is None else None
    if imported is not None:
        return imported
    if facts is None or facts.predictions is None:
        raise DataError(f"{version} of {source.name} has no recorded predictions.", hint="Choose another baseline.")
    predictions = facts.predictions
    path = source.project.store.fetch(predictions, commit=facts.commit)
    content = view.snapshot.evidence(f"{evidence_folder(encode_name(source.name), version)}/provenance.json")
    return FoundModel(
        side=Side(
            commit=facts.commit,
            version=version,
            stage=stage,
            predictions=predictions,
            artifact=facts.model,
        ),
        predictions=read_predictions_of(
            source, path, name=f"{predictions.path} of {version}", is_baseline=is_baseline, commit=facts.commit
        ),
        provenance=decode(content, Provenance, name=f"provenance of {version}") if content else None,
    )


def is_unmeasured(source: ModelSource, view: RegistryView, version: str | None) -> bool:
    """Whether a version was imported and nothing is known of what it predicted."""
    history = view.history(source.name)
    if version is None or version not in history.releases or history.facts_of(version) is not None:
        return False
    return _imported(source, view, version, None) is None


def _imported(
    source: ModelSource, view: RegistryView, version: str, stage: str | None, *, is_baseline: bool = False
) -> FoundModel | None:
    """The version as ci-ml judged its commit, else with the predictions that its commit holds; None without either.

    Raises:
        DataError: the commit cannot be had.
    """
    commit = view.history(source.name).releases[version].commit
    _have(source, view, commit, version)
    record = record_at(source, commit)
    if record is not None:
        found = judged_model(source, record, commit, name=version, is_baseline=is_baseline)
        return replace(found, side=replace(found.side, version=version, stage=stage))
    then = source.at(commit).model
    predictions = _in_commit(source, commit, then.predictions)
    if predictions is None:
        return None
    path = source.project.store.fetch(predictions, commit=commit)
    artifact = _in_commit(source, commit, then.artifact) if then.artifact else None
    return FoundModel(
        side=Side(commit=commit, version=version, stage=stage, predictions=predictions, artifact=artifact),
        predictions=read_predictions_of(
            source, path, name=f"{predictions.path} of {version}", is_baseline=is_baseline, commit=commit
        ),
        provenance=None,
    )


def _have(source: ModelSource, view: RegistryView, commit: str, version: str) -> None:
    git = source.project.git
    if git.find(commit) is None and view.remote is not None:
        fetch(git, view.remote, [commit], options=["--depth=1"] if git.is_shallow() else [])
    if git.find(commit) is None:
        raise DataError(
            f"commit {commit[:12]}, which {version} of {source.name} was imported with, is not in this clone.",
            hint="git fetch --unshallow, or git fetch --tags",
        )


def _in_commit(source: ModelSource, commit: str, path: str) -> FileDigest | None:
    content = source.project.git.read(commit, path)
    if content is None or pointer_digest(content):
        return None
    return digest_content(content, path=path)
