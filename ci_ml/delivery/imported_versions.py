"""Can an imported version be judged against? Nothing is pinned of it but a commit; its files may lie in that."""

import hashlib
from typing import TYPE_CHECKING

from ci_ml.errors import DataError
from ci_ml.files import FileDigest
from ci_ml.gates.judgement import Side
from ci_ml.git.fetch import fetch

if TYPE_CHECKING:
    from ci_ml.delivery.model_finder import Finder, Found


def imported_side(finder: "Finder", version: str, stage: str | None, *, lend_slices: bool = False) -> "Found | None":
    """The version as ci-ml judged its commit, else with the predictions that its commit holds; None without either.

    Raises:
        DataError: the commit cannot be had.
    """
    from dataclasses import replace

    from ci_ml.delivery.model_finder import Found, model_at

    commit = finder.history.releases[version].commit
    _have(finder, commit, version)
    record = finder.record(commit)
    if record is not None:
        found = finder.judged(record, commit, name=version, lend_slices=lend_slices)
        return replace(found, side=replace(found.side, version=version, stage=stage))
    then = model_at(finder.app, finder.name, commit) or finder.model
    predictions = _in_commit(finder, commit, then.predictions)
    if predictions is None:
        return None
    path = finder.store.fetch(predictions, commit=commit)
    artifact = _in_commit(finder, commit, then.artifact) if then.artifact else None
    return Found(
        side=Side(commit=commit, version=version, stage=stage, predictions=predictions, artifact=artifact),
        predictions=finder.read(path, name=f"{predictions.path} of {version}", lend_slices=lend_slices, commit=commit),
        provenance=None,
    )


def unmeasured(finder: "Finder", version: str | None) -> bool:
    """Whether a version was imported and nothing is known of what it predicted."""
    known = version is None or version not in finder.history.releases or finder.history.facts_of(version) is not None
    return not known and version is not None and imported_side(finder, version, None) is None


def _have(finder: "Finder", commit: str, version: str) -> None:
    git, remote = finder.app.git, finder.app.log.remote
    if git.find(commit) is None and remote is not None:
        fetch(git, remote, [commit], options=["--depth=1"] if git.is_shallow() else [])
    if git.find(commit) is None:
        raise DataError(
            f"commit {commit[:12]}, which {version} of {finder.name} was imported with, is not in this clone.",
            hint="git fetch --unshallow, or git fetch --tags",
        )


def _in_commit(finder: "Finder", commit: str, path: str) -> FileDigest | None:
    content = finder.app.git.read(commit, path)
    if content is None:
        return None
    sha256 = hashlib.sha256(content).hexdigest()
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()  # DVC's name for the same bytes
    return FileDigest(path=path, sha256=sha256, size=len(content), md5=md5)
