"""Did every commit of the registry's branch only add? A commit may add events, signatures and evidence; nothing else.

Pages may change freely, since they are made from the events. Whoever rewrites the branch itself escapes this walk, and
only a witness tells.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ci_ml.hashing import object_id
from ci_ml.registry.verification.findings import Finding, wrong
from ci_ml.registry.verification.layout import ATTRIBUTES, ATTRIBUTES_CONTENT, PLAIN_FILE, event_of, named, place_of

_GONE = "000000"
_WHAT_IS = {"120000": "a symbolic link", "160000": "a submodule", "100755": "an executable file", "040000": "a folder"}


class TreeChange(NamedTuple):
    """One file in one commit: mode and object id after it, and git's letter for what happened (A, M, D, T)."""

    mode: str
    blob: str
    status: str
    path: str


class Commit(NamedTuple):
    """A commit with what differs from its (first) parent."""

    id: str
    parents: tuple[str, ...]
    changes: Sequence[TreeChange]


class Added(NamedTuple):
    """The first file that was ever there for an event, and the commit that brought it."""

    commit: str
    blob: str


@dataclass
class Walk:
    """What a walk over the branch, oldest commit first, has seen.

    Attributes:
        boundary: commits whose parents this clone does not have: what they hold was added by nobody knows whom.
        commits: all that were walked.
        added: model -> number -> who added the event first.
        strays, odd_modes: paths that were reported already.
    """

    boundary: frozenset[str] = frozenset()
    commits: set[str] = field(default_factory=set)
    added: dict[str, dict[int, Added]] = field(default_factory=dict)
    strays: set[str] = field(default_factory=set)
    odd_modes: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)

    def maker(self, model: str, sequence: int) -> str | None:
        """The commit that added an event; None where this clone cannot tell."""
        found = self.added.get(model, {}).get(sequence)
        return found.commit if found and found.commit not in self.boundary else None

    def blobs(self, model: str) -> list[str]:
        """The object ids of a model's events as they were first added, up to the first gap."""
        added = self.added.get(model, {})
        return [added[number].blob for number in range(1, len(added) + 1) if number in added]


def walk(commits: Iterable[Commit], *, boundary: Iterable[str] = (), only: str | None = None) -> Walk:
    """Hold each commit to the rule, oldest first; `only` one model's files, and those of no model."""
    seen = Walk(boundary=frozenset(boundary))
    for commit in commits:
        _shape(seen, commit)
        _changes(seen, commit, only)
        seen.commits.add(commit.id)
    return seen


def _shape(seen: Walk, commit: Commit) -> None:
    where = f"commit {commit.id[:12]}"
    if len(commit.parents) > 1:
        what = f"has {len(commit.parents)} parents; the registry's branch is one line of commits"
        seen.findings.append(wrong("merge", where, what))
    elif not commit.parents and seen.commits and commit.id not in seen.boundary:
        seen.findings.append(wrong("merge", where, "is a second beginning of the branch"))


def _changes(seen: Walk, commit: Commit, only: str | None) -> None:
    new: list[tuple[str, int]] = []
    gone: dict[str, list[int]] = {}
    by = f"commit {commit.id[:12]}"
    for change in commit.changes:
        place = place_of(change.path)
        if only is not None and place.model not in (None, only):
            continue
        if change.mode not in (PLAIN_FILE, _GONE):
            seen.odd_modes.add(change.path)
            what = f"is {_WHAT_IS.get(change.mode, 'no plain file')} since {by}"
            seen.findings.append(wrong("mode", named(change.path), what))
            if place.role != "event":
                continue
        match place.role:
            case "page":
                pass
            case "attributes":
                if change.blob != blob_id(ATTRIBUTES_CONTENT, like=change.blob):
                    verb = "removed it" if change.mode == _GONE else "changed it, so that checkouts differ"
                    seen.findings.append(wrong("attributes", ATTRIBUTES, f"{by} {verb}"))
            case "stray":
                if change.mode != _GONE:
                    seen.strays.add(change.path)
                    seen.findings.append(wrong("stray", named(change.path), f"belongs nowhere; {by} put it there"))
            case "event" if change.status == "D":
                gone.setdefault(str(place.model), []).append(place.sequence)
            case "event" if change.status == "A":
                new.append((str(place.model), place.sequence))
                seen.added.setdefault(str(place.model), {}).setdefault(place.sequence, Added(commit.id, change.blob))
            case "event":
                where = event_of(str(place.model), place.sequence)
                seen.findings.append(wrong("altered", where, f"{by} changed {change.path}"))
            case "signature" if change.status == "A":
                event = seen.added.get(str(place.model), {}).get(place.sequence)
                # An event is signed as it is appended; git lists it before its signature.
                if event is None or event.commit != commit.id:
                    what = f"{by} added it, and not the event that it belongs to"
                    seen.findings.append(wrong("signature", named(change.path), what))
            case _ if change.status != "A":
                verb = "removed it" if change.status == "D" else "changed it"
                kind = "signature" if place.role == "signature" else "evidence"
                seen.findings.append(wrong(kind, named(change.path), f"{by} {verb}"))
    _dropped(seen, by, gone)
    _order(seen, commit, new)


def _dropped(seen: Walk, by: str, gone: dict[str, list[int]]) -> None:
    for model, numbers in gone.items():
        if len(numbers) >= len(seen.added.get(model, {})):
            what = f"{by} removed the whole model, {len(numbers):,} event{'s' * (len(numbers) != 1)}"
            seen.findings.append(wrong("model_removed", model, what))
            continue
        last = max(seen.added[model])
        for number in sorted(numbers):
            kind = "cut_off" if set(range(number, last + 1)) <= set(numbers) else "dropped"
            seen.findings.append(wrong(kind, event_of(model, number), f"{by} removed it"))


def _order(seen: Walk, commit: Commit, new: list[tuple[str, int]]) -> None:
    """Events come one after the other: a commit goes on where the one before ended."""
    if len(new) == 1 and seen.added[new[0][0]].get(len(seen.added[new[0][0]]), ("",))[0] == commit.id:
        return  # as nearly every commit does
    for model in dict.fromkeys(model for model, _ in new):
        numbers = sorted(number for other, number in new if other == model)
        before = len(seen.added[model]) - sum(seen.added[model][n].commit == commit.id for n in numbers)
        for expected, number in enumerate(numbers, start=before + 1):
            if number == expected or commit.id in seen.boundary or len(commit.parents) > 1:
                continue
            where, by = event_of(model, number), f"commit {commit.id[:12]}"
            if seen.added[model][number].commit != commit.id:
                what = f"{by} put it back after it was removed"
            else:
                what = f"{by} added it where event {expected} was due"
            seen.findings.append(wrong("inserted" if number < expected else "reordered", where, what))


def blob_id(content: bytes, *, like: str) -> str:
    """Git's own name for a file's content, by the hash that another object's id was made with."""
    return object_id("blob", content, like=like)
