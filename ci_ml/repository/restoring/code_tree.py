"""A tree of git's as files, byte for byte: nothing is run, and what lies there afterwards hashes to the tree's own id.

No checkout: filters, line endings, `export-subst`, hooks and submodules would each make something else of it.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from ci_ml.errors import DataError, VerificationError
from ci_ml.git.complaints import cause
from ci_ml.git.fetch import fetch
from ci_ml.git.partial_clone import fetch_missing
from ci_ml.git.questions import Git
from ci_ml.git.tree_listing import TreeEntry, parse_listing
from ci_ml.hashing import git_hash
from ci_ml.text import shown

_FOLDER, _LINK, _SUBMODULE = "040000", "120000", "160000"
_CHUNK = 1 << 20
# What some file systems take for ".git": they ignore these characters, dots and spaces at the end, and case.
_IGNORED = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")


def bring_tree(git: Git, remote: str | None, tree: str, *, commits: Iterable[str]) -> None:
    """Make sure that a tree is here, whatever became of the commits and branches that had it.

    It may lie here already, since a squash merge has the same tree as its branch; else the remote is asked for the tree
    itself, then for the commits.

    Raises:
        DataError: it is nowhere; carries git's words.
    """
    if _is_here(git, tree):
        return
    reason = "there is no remote to ask"
    for wanted in (tree, *dict.fromkeys(commits)) if remote else ():
        # No depth for a complete clone: it would become a shallow one.
        depth = ["--depth=1"] if wanted != tree and git.is_shallow() else []
        options = ["--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc", *depth]
        reason = fetch(git, str(remote), [wanted], options=options) or f"{wanted[:12]} has another tree"
        if _is_here(git, tree):
            return
    raise DataError(
        f"the code (git tree {tree[:12]}) is neither here nor on {remote or 'a remote'}: {reason}.",
        hint="Run this in a clone that has the commit, or fetch the release's tag there.",
    )


def tree_entries(git: Git, tree: str) -> dict[str, TreeEntry]:
    """Every path of a tree, folders too.

    Raises:
        DataError: part of it is not here.
        VerificationError: it has a path that no checkout may write.
    """
    listing = git.run("ls-tree", "-r", "-t", "-z", "--full-tree", "--end-of-options", tree)
    if listing.code:
        raise DataError(f"git tree {tree[:12]} cannot be read: {cause(listing.errors)}.")
    found: dict[str, TreeEntry] = {}
    for entry in parse_listing(listing.text):
        check_path(entry.path, f"git tree {tree[:12]}")
        if entry.path in found:
            raise VerificationError(f"git tree {tree[:12]} has two entries named {shown(entry.path)}.")
        found[entry.path] = entry
    return found


def check_path(path: str, where: str) -> str:
    """The path itself, if it stays in the folder that it is written to.

    Raises:
        VerificationError: it is absolute, leaves the folder, or reaches into git's own.
    """
    parts = path.split("/")
    if any(part in ("", ".", "..") or "\0" in part or means_git(part) for part in parts):
        raise VerificationError(
            f"{where} has the path '{shown(path)}', which must not be written.", hint="Find out who put it there."
        )
    return path


def write_tree(git: Git, tree: str, entries: Mapping[str, TreeEntry], into: Path) -> None:
    """Write a tree into an empty folder; a submodule is an empty folder.

    Raises:
        DataError: a file's content is not here, or the folder cannot be written.
        VerificationError: a link leads out of the folder.
    """
    files = {path: entry for path, entry in entries.items() if entry.mode not in (_FOLDER, _SUBMODULE)}
    fetch_missing(git, [tree], {entry.id for entry in files.values()})
    links: list[tuple[str, bytes]] = []
    try:
        for path in entries:
            if path not in files:
                (into / path).mkdir(parents=True, exist_ok=True)
        for (path, entry), content in zip(files.items(), git.read_blobs(e.id for e in files.values()), strict=True):
            if content is None:
                raise DataError(f"{shown(path)} of git tree {tree[:12]} is not here.", hint="git fsck")
            if entry.mode == _LINK:
                links.append((path, content))
                continue
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            (into / path).write_bytes(content)
            (into / path).chmod(0o755 if int(entry.mode, 8) & 0o100 else 0o644)
        # Last, so that nothing is written through one.
        for path, target in links:
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            (into / path).symlink_to(os.fsdecode(target))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataError(f"git tree {tree[:12]} cannot be written as files: {reason}.") from None
    inside = os.path.realpath(into)
    for path, _ in links:
        # As the system would follow it: a link may go through another one, and one that leads in circles leads nowhere.
        if not Path(os.path.realpath(into / path)).is_relative_to(inside):
            raise VerificationError(
                f"git tree {tree[:12]} has the link '{shown(path)}', which leads out of the folder.",
                hint="A checkout must not reach what is not its own.",
            )


def check_tree(tree: str, entries: Mapping[str, TreeEntry], into: Path) -> None:
    """Hash what lies in the folder as git would, and compare with the tree's id; other files there do not matter.

    Raises:
        VerificationError: it is not that tree.
    """
    below: dict[str, list[tuple[str, TreeEntry]]] = {"": []}
    for path, entry in entries.items():
        below.setdefault(path.rpartition("/")[0], []).append((path, entry))
    found = _tree_id(below, "", into, len(tree))
    if found != tree:
        wrong = next((p for p, e in entries.items() if e.mode != _SUBMODULE and not _is(p, e, into)), None)
        raise VerificationError(
            f"the code is not git tree {tree[:12]} but {found[:12]}"
            + (f": {shown(wrong)} differs." if wrong else ": its folders are not as git wrote them."),
            hint="git fsck says whether this clone is damaged.",
        )


def _is_here(git: Git, tree: str) -> bool:
    return git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{tree}^{{tree}}").code == 0


def means_git(part: str) -> bool:
    """Whether some file system would take a name for git's own folder."""
    plain = _IGNORED.sub("", part).lower().split(":")[0].rstrip(". ")
    return plain in (".git", "git~1")


def _tree_id(below: Mapping[str, list[tuple[str, TreeEntry]]], folder: str, into: Path, length: int) -> str:
    def lines() -> Iterator[tuple[bytes, bytes]]:
        for path, entry in below.get(folder, ()):
            name = os.fsencode(path.rpartition("/")[2])
            if entry.mode == _FOLDER:
                found = _tree_id(below, path, into, length)
            else:
                found = entry.id if entry.mode == _SUBMODULE else _blob_id(into / path, entry, length)
            # Git orders a folder as if its name ended in a slash.
            order = name + (b"/" if entry.mode == _FOLDER else b"")
            yield order, entry.mode.lstrip("0").encode() + b" " + name + b"\0" + bytes.fromhex(found)

    content = b"".join(line for _, line in sorted(lines()))
    return _hash(length, b"tree %d\0" % len(content), [content])


def _is(path: str, entry: TreeEntry, into: Path) -> bool:
    return entry.mode == _FOLDER or _blob_id(into / path, entry, len(entry.id)) == entry.id


def _blob_id(path: Path, entry: TreeEntry, length: int) -> str:
    """What git calls a file's content (a link's: where it leads); none where it is gone, or of another kind or mode."""
    try:
        if entry.mode == _LINK:
            target = os.fsencode(path.readlink())
            return _hash(length, b"blob %d\0" % len(target), [target])
        if path.is_symlink():
            return "0" * length
        with path.open("rb") as file:
            facts = os.fstat(file.fileno())
            if (facts.st_mode ^ int(entry.mode, 8)) & 0o100:
                return "0" * length
            return _hash(length, b"blob %d\0" % facts.st_size, iter(lambda: file.read(_CHUNK), b""))
    except OSError:
        return "0" * length


def _hash(length: int, head: bytes, chunks: Iterable[bytes]) -> str:
    digest = git_hash(length)
    digest.update(head)
    for chunk in chunks:
        digest.update(chunk)
    return digest.hexdigest()
