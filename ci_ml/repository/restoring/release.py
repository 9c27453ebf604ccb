"""Everything that a version pins, brought together and checked; whatever is wrong with it is said at once."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from ci_ml.digests import FileDigest
from ci_ml.errors import CiMlError, DataError, MachineError, VerificationError
from ci_ml.files import digest_file
from ci_ml.git.lfs import LONGEST_POINTER, pointer_digest
from ci_ml.git.tree_listing import TreeEntry
from ci_ml.registry.history import Release
from ci_ml.registry.payloads import Registered
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.repository.restoring.code_tree import bring_tree, check_path, check_tree, tree_entries, write_tree
from ci_ml.repository.restoring.pinned import pinned_data
from ci_ml.repository.storage.artifacts import ArtifactStore
from ci_ml.repository.storage.dvc_data import Pointed, fetch_data, pointed_at, refuse_missing
from ci_ml.repository.trees import CommitTree


@dataclass
class Problems(AbstractContextManager["Problems"]):
    """What went wrong so far: an error of ours ends its block, not what comes after it."""

    found: list[CiMlError] = field(default_factory=list)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, CiMlError):
            self.found.append(error)
            return True
        return False

    def end(self, subject: str) -> None:
        """Raise what was found, if anything: as one error, of the gravest kind."""
        messages = dict.fromkeys(error.message for error in self.found)
        if len(messages) == 1:
            raise self.found[0]
        if self.found:
            grave = (VerificationError, MachineError, DataError)
            kind = next((k for k in grave if any(isinstance(error, k) for error in self.found)), DataError)
            lines = "".join(f"\n  {message}" for message in messages)
            hints = dict.fromkeys(error.hint for error in self.found if error.hint)
            raise kind(f"{subject} cannot be had as a whole:{lines}", hint="\n       ".join(hints))


@dataclass(frozen=True, kw_only=True)
class RestoredRelease:
    """What was brought together; paths from the folder's root."""

    code: int
    data: Mapping[str, str]
    files: tuple[FileDigest, ...]


def pinned_facts(release: Release) -> Registered:
    """What a version pins.

    Raises:
        DataError: it was imported, so nothing is known of it but its commit.
    """
    if release.facts is None:
        raise DataError(
            f"{release.registered.model} {release.version} was imported: the registry knows its commit "
            f"({release.commit[:12]}) and no digest of its files.",
            hint=f"git switch --detach {release.commit[:12]} has its code.",
        )
    return release.facts


def restore(
    store: ArtifactStore, snapshot: Snapshot, release: Release, into: Path, *, with_data: bool = True
) -> RestoredRelease:
    """Write code, data, model and predictions of a version into an empty folder.

    Raises:
        DataError: something cannot be had any more; all of it is named.
        VerificationError: something is not what was pinned.
        MachineError: a remote cannot be reached.
    """
    facts, problems = pinned_facts(release), Problems()
    entries: dict[str, TreeEntry] = {}
    units: tuple[Pointed, ...] = ()
    with problems:
        entries = _code(store, facts)
        write_tree(store.git, facts.tree, entries, into)
    if with_data:
        with problems:
            units = _units(store, snapshot, release, problems)
        for unit in units:
            with problems:
                _bring(store, unit, into, code_is_there=bool(entries))
    files = _files(facts)
    for file in files:
        with problems:
            _place_file(store, file, into, entries)
    with problems:
        if entries:
            check_tree(facts.tree, entries, into)  # late: nothing else may have changed it
    for file in files:
        with problems:
            _fill_pointer(store, file, into, facts.tree)
    problems.end(f"{release.registered.model} {release.version}")
    return RestoredRelease(
        code=sum(not entry.mode.startswith("04") for entry in entries.values()),
        data={unit.path: f"md5:{unit.md5}" for unit in units},
        files=files,
    )


def look_for(store: ArtifactStore, snapshot: Snapshot, release: Release, spool: Path) -> None:
    """Whether a version can be had: its model and predictions are fetched and hashed, code and data are asked for.

    Args:
        spool: a folder for what is read on the way.

    Raises:
        DataError, VerificationError, MachineError: as `restore`.
    """
    facts, problems = pinned_facts(release), Problems()
    with problems:
        _code(store, facts)
    for file in _files(facts):
        with problems:
            store.fetch(file, commit=facts.tree)
    units: tuple[Pointed, ...] = ()
    with problems:
        units = _units(store, snapshot, release, problems)
    for unit in units:
        with problems:
            refuse_missing(store, unit, spool=spool / ".ci-ml-list")
    problems.end(f"{release.registered.model} {release.version}")


def _code(store: ArtifactStore, facts: Registered) -> dict[str, TreeEntry]:
    commits = [commit for commit in (facts.commit, facts.main_commit, facts.judged_commit) if commit]
    if store.git.find(facts.commit) and store.git.tree(facts.commit) != facts.tree:
        raise VerificationError(
            f"commit {facts.commit[:12]} has git tree {store.git.tree(facts.commit)[:12]}, "
            f"{facts.version} pins {facts.tree[:12]}.",
            hint="ci-ml registry verify says more.",
        )
    bring_tree(store.git, store.git_remote, facts.tree, commits=commits)
    return tree_entries(store.git, facts.tree)


def _units(store: ArtifactStore, snapshot: Snapshot, release: Release, problems: Problems) -> tuple[Pointed, ...]:
    facts = pinned_facts(release)
    tree = CommitTree(store.git, facts.tree)
    pins = pinned_data(snapshot, release, tree)
    for path, pin in pins.items():
        if not pin.startswith("md5:"):
            problems.found.append(
                DataError(f"{path} ({pin}) was in neither git nor DVC when {facts.version} was made: nobody keeps it.")
            )
    tracked = [(path, pin.removeprefix("md5:")) for path, pin in pins.items() if pin.startswith("md5:")]
    if store.git.run("cat-file", "-e", facts.tree).code:
        # Without the code nobody knows which folder a path is in; that the content exists can be told all the same.
        by_md5 = {md5: Pointed(path=path, md5=md5, size=None) for path, md5 in tracked}
        return tuple(by_md5.values())
    return pointed_at(tree, tracked)


def _bring(store: ArtifactStore, unit: Pointed, into: Path, *, code_is_there: bool) -> None:
    target = _place(into, unit.path)
    if not code_is_there:
        refuse_missing(store, unit, spool=into / ".ci-ml-list")
        return
    if target.exists():
        raise DataError(f"{unit.path} is tracked by DVC and by git, and only one of them can be right.")
    fetch_data(store, unit, target)


def _place_file(store: ArtifactStore, file: FileDigest, into: Path, entries: Mapping[str, TreeEntry]) -> None:
    target = _place(into, file.path)
    if not target.exists():
        store.deliver(file, target, commit=None)
        return
    if file.sha256 not in (_pointed_at(target), digest_file(target, name=file.path).sha256):
        owner = "the code" if file.path in entries else "the data"
        raise DataError(
            f"{file.path} (sha256 {file.sha256[:12]}) was judged, but {owner} of that version has another one.",
            hint="ci-ml pull fetches the model alone.",
        )


def _fill_pointer(store: ArtifactStore, file: FileDigest, into: Path, tree: str) -> None:
    """The code has what Git LFS keeps as pointers; the model and its predictions get their content."""
    target = _place(into, file.path)
    if _pointed_at(target) == file.sha256:
        store.deliver(file, target, commit=tree)


def _pointed_at(path: Path) -> str | None:
    with suppress(OSError), path.open("rb") as file:
        return pointer_digest(file.read(LONGEST_POINTER))
    return None


def _place(into: Path, path: str) -> Path:
    """Where a path lies below a folder; nothing is written through a link."""
    target = into / check_path(path, "the registry")
    if any(parent.is_symlink() for parent in (target, *target.parents) if parent != into and into in parent.parents):
        raise VerificationError(f"{path} would be written through a link in the code.")
    return target


def _files(facts: Registered) -> tuple[FileDigest, ...]:
    wanted: Iterable[FileDigest | None] = (facts.model, facts.predictions)
    return tuple(file for file in wanted if file is not None)
