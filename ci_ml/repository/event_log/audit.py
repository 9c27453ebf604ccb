"""Read the whole branch for verification: every file of its head, and every commit that led there."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from ci_ml.errors import MachineError
from ci_ml.git.questions import Git
from ci_ml.git.tree_listing import parse_listing
from ci_ml.registry.verification.additions import Commit, TreeChange
from ci_ml.registry.verification.layout import PLAIN_FILE, Place, place_of

_CHUNK = 1 << 20
_MANY = 2000
_BROKEN = "git fsck says what is broken; a fresh clone mends it."
# Renames and colours are for people; the root commit counts as adding everything.
_DIFF = (
    "diff-tree",
    "--stdin",
    "-r",
    "-z",
    "--root",
    "--always",
    "--raw",
    "--no-abbrev",
    "--no-renames",
    "--no-ext-diff",
)


@dataclass(frozen=True)
class Listing:
    """The files of one commit of the branch.

    Attributes:
        events: model -> number -> object id.
        signatures: the same for signatures.
        evidence, pages: path -> object id; the attributes file counts as a page.
        strays: paths where nothing belongs.
        odd_modes: links, submodules and executables where a plain file belongs.
    """

    events: dict[str, dict[int, str]] = field(default_factory=dict)
    signatures: dict[str, dict[int, str]] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    strays: list[str] = field(default_factory=list)
    odd_modes: list[str] = field(default_factory=list)


def list_files(git: Git, head: str) -> Listing:
    """Every file of a commit, by what it is."""
    found = Listing()
    for path, mode, _, blob in parse_listing(git.ask("ls-tree", "-r", "-z", "--full-tree", head)):
        _sort_in(found, place_of(path), mode, blob, path)
    return found


def _sort_in(found: Listing, place: Place, mode: str, blob: str, path: str) -> None:
    if place.role == "stray":
        found.strays.append(path)
    elif mode != PLAIN_FILE:
        found.odd_modes.append(path)
    elif place.role == "event":
        found.events.setdefault(str(place.model), {})[place.sequence] = blob
    elif place.role == "signature":
        found.signatures.setdefault(str(place.model), {})[place.sequence] = blob
    else:
        (found.evidence if place.role == "evidence" else found.pages)[path] = blob


@dataclass(frozen=True)
class StoredModel:
    """A model's events and their signatures, as the branch has them.

    Attributes:
        events: number of an event -> its bytes.
        signatures: number of an event -> the bytes of its signature.
        unread, unread_signatures: numbers of events whose files are on the branch and not in this (partial) clone.
    """

    model: str
    events: dict[int, bytes]
    signatures: dict[int, bytes]
    unread: tuple[int, ...] = ()
    unread_signatures: frozenset[int] = frozenset()


def read_models(git: Git, listing: Listing, models: Iterable[str], *, absent: Collection[str]) -> Iterator[StoredModel]:
    """Model by model, all through one git process.

    Args:
        absent: object ids that a partial clone left out.
    """
    wanted: list[tuple[str, list[int], list[int]]] = []
    blobs: list[str] = []
    for model in models:
        events, signatures = listing.events.get(model, {}), listing.signatures.get(model, {})
        numbers = sorted(number for number, blob in events.items() if blob not in absent)
        signed = sorted(number for number, blob in signatures.items() if blob not in absent)
        blobs += [*(events[number] for number in numbers), *(signatures[number] for number in signed)]
        wanted.append((model, numbers, signed))
    contents = git.read_blobs(blobs)
    for model, numbers, signed in wanted:
        read = {n: data for n, data in zip(numbers, contents, strict=False) if data is not None}
        yield StoredModel(
            model=model,
            events=read,
            signatures={n: data for n, data in zip(signed, contents, strict=False) if data is not None},
            unread=tuple(number for number in sorted(listing.events.get(model, {})) if number not in read),
            unread_signatures=frozenset(listing.signatures.get(model, {})).difference(signed),
        )


@dataclass(frozen=True)
class Line:
    """The commits of a branch, oldest first.

    Attributes:
        parents: commit -> its parents, as far as this clone has them.
        boundary: those whose parents a shallow clone left out.
    """

    parents: dict[str, tuple[str, ...]]
    boundary: frozenset[str]


def is_long(git: Git, head: str) -> bool:
    """Whether a branch has so many commits that a second core is worth starting a process for."""
    return int(git.ask("rev-list", "--count", f"--max-count={_MANY}", head)) == _MANY


def line_of(git: Git, head: str) -> Line:
    """Every commit that a branch contains."""
    listed = git.ask("rev-list", "--topo-order", "--reverse", "--parents", head).splitlines()
    parents = {ids[0]: tuple(ids[1:]) for ids in map(str.split, listed)}
    # A shallow clone hides the parents; the commit itself still names them.
    roots = [commit for commit, own in parents.items() if not own]
    raw = git.read_objects(roots)
    cut = [
        root for root, found in zip(roots, raw, strict=True) if found and b"\nparent " in found[1].partition(b"\n\n")[0]
    ]
    return Line(parents, frozenset(cut))


def commits_of(git: Git, line: Line) -> Iterator[Commit]:
    """The same commits with what each changed, compared with its first parent; git diffs while the caller judges.

    Raises:
        MachineError: git cannot read one of them.
    """
    questions = "".join(f"{' '.join((commit, *own[:1]))}\n" for commit, own in line.parents.items())
    with git.talk(*_DIFF, stdin=questions.encode()) as answers:
        count = 0
        for commit in _parsed(line, _tokens(answers)):
            count += 1
            yield commit
    if count < len(line.parents):
        raise MachineError(f"git shows {count:,} of the branch's {len(line.parents):,} commits.", hint=_BROKEN)


def _tokens(answers: IO[bytes]) -> Iterator[str]:
    rest = b""
    while chunk := answers.read(_CHUNK):
        whole, _, rest = (rest + chunk).rpartition(b"\0")
        if whole:
            yield from whole.decode("utf-8", "surrogateescape").split("\0")


def _parsed(line: Line, tokens: Iterator[str]) -> Iterator[Commit]:
    """What git says: a commit's id, then for each file ":MODE MODE ID ID LETTER" and its path."""
    current: str | None = None
    changes: list[TreeChange] = []
    for token in tokens:
        if token.startswith(":"):
            _, mode, _, blob, status = token.split(" ")
            changes.append(TreeChange(mode, blob, status, next(tokens)))
            continue
        if current is not None:
            yield Commit(current, line.parents[current], changes)
        current, changes = token, []
    if current is not None:
        yield Commit(current, line.parents[current], changes)


def seen_before(git: Git, *references: str) -> dict[str, str]:
    """Commits that this clone knows the registry to have had: where these references are, and were.

    Git remembers the latter for some weeks, so that a branch that was rewritten on the remote shows here even after a
    plain `git fetch` took it over.
    """
    found: dict[str, str] = {}
    for reference in references:
        now = git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}").text.split()
        was = git.run("reflog", "show", "--format=%H", "--end-of-options", reference).text.split()
        for commit in (*now, *was):
            found.setdefault(commit, reference)
    return found
