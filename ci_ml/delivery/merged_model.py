"""Which model did a merge bring: the one that was judged and stored, else the one whose files the commit has?"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ci_ml.delivery.judging_records import record_of
from ci_ml.delivery.project import ModelSource
from ci_ml.digests import FileDigest
from ci_ml.errors import DataError, MachineError
from ci_ml.gates.judgement import Side
from ci_ml.git.lfs import pointer_digest
from ci_ml.hashing import digest_content
from ci_ml.registry.merging import Merged
from ci_ml.registry.provenance import Provenance
from ci_ml.repository.lineage import feature_names
from ci_ml.repository.records import Record
from ci_ml.repository.training_lock import FILE_NAME as LOCK_NAME
from ci_ml.repository.training_lock import LockEntry, is_locked, parse_lock, why_not_covered
from ci_ml.repository.trees import CommitTree
from ci_ml.text import shown

if TYPE_CHECKING:
    from ci_ml.registry.history import History


@dataclass(frozen=True, kw_only=True)
class MergedModel:
    """The files of the model that a merge brought.

    Attributes:
        side: with the commit that has the files, where git has them.
        provenance: what they were made from.
        record: of their judging; what it says of the verdict is a claim. None where there is none.
    """

    side: Side
    provenance: Provenance
    record: Record | None


def was_judged(source: ModelSource, merged: Merged) -> bool:
    """Whether there is a model to settle: a record of judging it, or its files in git, to be judged now."""
    if merged.inputs is None:
        return False
    own = source.at(merged.commit)
    return record_of(own, merged.inputs) is not None or _in_git(own, merged) is not None


def merged_model(source: ModelSource, merged: Merged) -> MergedModel:
    """
    Args:
        source: by the configuration of the merged commit.

    Raises:
        DataError: the files are gone, or are not what a training of these inputs made.
    """
    record = record_of(source, merged.inputs or "")
    if record is not None and (source.model.artifact, source.model.predictions) == _names(record):
        side = replace(record.judgement.candidate, commit=merged.commit, dirty=False)
        _refuse_uncovered(source, merged, side)
        return MergedModel(side=side, provenance=record.provenance, record=record)
    found = _in_git(source, merged)
    if found is None:
        raise DataError(
            f"the model of {merged.commit[:7]} is neither in git nor was it judged under these names.",
            hint=f"git switch --detach {merged.commit[:7]} && ci-ml train {source.name} && ci-ml gate {source.name}",
        )
    tree = CommitTree(source.project.git, str(found.commit))
    made = replace(source.provenance(tree), features=feature_names(tree, source.model))
    return MergedModel(side=found, provenance=made, record=None)


def _refuse_uncovered(source: ModelSource, merged: Merged, side: Side) -> None:
    """A record is found by its inputs; that its files are those that were merged, the lock says, or git itself.

    Raises:
        DataError: they are other files.
    """
    reasons = [reason for commit in merged.commits if (reason := _why_not_of(source, commit, merged, side)) is not None]
    if len(reasons) == len(merged.commits):
        raise DataError(
            f"what was judged is not what was merged: {reasons[0]}.",
            hint=f"ci-ml train {source.name} && ci-ml gate {source.name}, and commit what it made",
        )


def _why_not_of(source: ModelSource, commit: str, merged: Merged, side: Side) -> str | None:
    """Why judged files are not those of a commit; None where they are, or where nothing tells."""
    entry = _entry(source, commit)
    if entry is not None and is_locked(source.model):
        return why_not_covered(entry, inputs=merged.inputs or "", outputs=_outputs(side))
    for file in (side.predictions, side.artifact):
        content = source.project.git.read(commit, file.path) if file else None
        if file is None or content is None or pointer_digest(content):
            continue
        if digest_content(content, path=file.path).sha256 != file.sha256:
            return f"{file.path} of {commit[:7]} is another file"
    return None


def _entry(source: ModelSource, commit: str) -> LockEntry | None:
    return parse_lock(source.project.git.read(commit, LOCK_NAME), name=f"{commit[:7]}:{LOCK_NAME}").get(source.name)


def _outputs(side: Side) -> dict[str, str]:
    return {file.path: file.sha256 for file in (side.predictions, side.artifact) if file is not None}


def refuse_unreadable_store(source: ModelSource, history: "History") -> None:
    """A store that is away has no records either: that says nothing of what was judged.

    Raises:
        MachineError: it cannot be read, or lacks what production was registered with.
    """
    store = source.project.store
    if store.remote is None:
        return
    store.remote.check()
    stage = source.model.merge_stage
    holder = history.holder(stage) if stage else None
    facts = history.facts_of(holder) if holder else None
    if facts is not None and not store.keeps(facts.model, facts.commit):
        raise MachineError(
            f"{store.remote.where} lacks {shown(facts.model.path, 200)} of {holder}, which was registered from there: "
            "what was judged cannot be told.",
            hint="Is it mounted, and is it the right one? Then: ci-ml promote --merged",
        )


def _names(record: Record) -> tuple[str | None, str]:
    side = record.judgement.candidate
    return side.artifact.path if side.artifact else None, side.predictions.path


def _in_git(source: ModelSource, merged: Merged) -> Side | None:
    """The files of the newest of these commits that has both, covered by its lock where it has one.

    Without a lock they are of a training elsewhere. Where both are still those of the commit before, nobody trained.
    """
    git = source.project.git
    for commit in reversed(merged.commits):
        found = _files_of(source, commit)
        if found is None:
            continue
        entry = _entry(source, commit) if is_locked(source.model) else None
        if entry is not None:
            if why_not_covered(entry, inputs=merged.inputs or "", outputs=_outputs(found)) is None:
                return found
            continue
        before = git.find(f"{merged.commit}^1")
        same = before is not None and all(
            git.run("rev-parse", f"{before}:{path}").text == git.run("rev-parse", f"{commit}:{path}").text
            for path in _outputs(found)
        )
        if not same:
            return replace(found, made_elsewhere=True)
    return None


def _files_of(source: ModelSource, commit: str) -> Side | None:
    """Predictions and artifact as the commit has them; None where it lacks one, or has a pointer to it."""
    found: list[FileDigest] = []
    for path in (source.model.predictions, source.model.artifact):
        content = source.project.git.read(commit, path) if path else None
        if content is None or path is None or pointer_digest(content):
            return None
        found.append(digest_content(content, path=path))
    return Side(commit=commit, predictions=found[0], artifact=found[1])
