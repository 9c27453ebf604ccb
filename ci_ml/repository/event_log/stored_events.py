"""What lies on the branch as events, as it was stored? Nothing is interpreted, so nothing is left out."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ci_ml.git.partial_clone import fetch_missing
from ci_ml.git.questions import Git
from ci_ml.git.tree_listing import parse_listing
from ci_ml.names import encode as folder_of
from ci_ml.registry.branch_paths import EVENT_PATTERN, MODELS, events_folder
from ci_ml.registry.events import LARGEST_EVENT
from ci_ml.registry.verification.layout import PLAIN_FILE
from ci_ml.repository.event_log.snapshot import Snapshot

_PATH = re.compile(EVENT_PATTERN)


@dataclass(frozen=True, kw_only=True)
class StoredEvent:
    """One event's file.

    Attributes:
        commit: the one of the branch that wrote these bytes; None where this clone cannot tell.
        data: at most one byte more than an event may have; None where git does not have them.
    """

    model: str
    sequence: int
    path: str
    commit: str | None
    data: bytes | None


def stored_events(snapshot: Snapshot, models: Sequence[str]) -> Iterator[StoredEvent]:
    """The events of some models, model by model, the oldest first; read one after the other."""
    git, head = snapshot.git, snapshot.head
    if head is None or not models:
        return
    where = f"{events_folder(folder_of(models[0])) if len(models) == 1 else MODELS}/"
    blobs = _blobs(git, head, where)
    commits = _commits(git, head, where)
    for model in models:
        events = events_folder(folder_of(model))
        own = blobs.get(events, {})
        fetch_missing(git, [f"{head}:{events}"], set(own.values()))
        for (path, _), data in zip(own.items(), git.read_blobs(own.values(), largest=LARGEST_EVENT), strict=True):
            sequence = int(path[-13:-5])
            yield StoredEvent(model=model, sequence=sequence, path=path, commit=commits.get(path), data=data)


def _blobs(git: Git, head: str, where: str) -> dict[str, dict[str, str]]:
    """Folder of events -> path -> object id, in the order of their numbers."""
    found: dict[str, dict[str, str]] = {}
    for entry in parse_listing(git.ask("ls-tree", "-r", "-z", "--full-tree", head, where)):
        lies = _PATH.fullmatch(entry.path)
        if lies and entry.mode == PLAIN_FILE:
            found.setdefault(events_folder(lies[1]), {})[entry.path] = entry.id
    return {folder: dict(sorted(paths.items())) for folder, paths in found.items()}


def _commits(git: Git, head: str, where: str) -> dict[str, str]:
    """Path -> the newest commit that wrote it, left out where the clone does not go back that far."""
    cut = git.root / git.ask("rev-parse", "--git-path", "shallow").strip()
    # What such a commit seems to add was there before it.
    ends = set(cut.read_text(encoding="ascii").split()) if cut.is_file() else set()
    walk = git.ask("rev-list", "--first-parent", head)
    options = (
        "--stdin",
        "--root",
        "-r",
        "-m",
        "--first-parent",
        "-z",
        "--no-renames",
        "--name-only",
        "--diff-filter=AM",
    )
    found: dict[str, str] = {}
    commit = ""
    for part in git.ask("diff-tree", *options, "--", where, stdin=walk.encode()).split("\0"):
        # A commit's own line ends before the first path, and has no slash.
        if "/" not in part:
            commit = part.strip() or commit
        elif commit not in ends:
            found.setdefault(part, commit)
    return found
