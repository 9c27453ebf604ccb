"""One way to read the files of a working copy and those of a commit: what a merge is compared by."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from ci_ml.git.questions import Git
from ci_ml.git.tree_listing import TreeEntry
from ci_ml.repository.git_conversion import left_alone
from ci_ml.text import printable


class Tree(Protocol):
    """Files by path relative to the repository root, with '/' between folders."""

    @property
    def paths(self) -> frozenset[str]:
        """Every file that git tracks here (in a working copy also new ones that git does not ignore)."""

    @property
    def tracked(self) -> frozenset[str]:
        """Every file that git tracks here."""

    def read_all(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """Contents by path; None where there is no such file."""

    def identify(self, paths: Iterable[str]) -> dict[str, str]:
        """`git:...` by path: what git calls the content as it stores it, after line endings and other filters."""


@dataclass(frozen=True)
class CommitTree:
    """The files of a commit."""

    git: Git
    commit: str

    @cached_property
    def _files(self) -> dict[str, TreeEntry]:
        return self.git.files(self.commit)

    @cached_property
    def paths(self) -> frozenset[str]:
        return frozenset(self._files)

    @property
    def tracked(self) -> frozenset[str]:
        return self.paths

    def identify(self, paths: Iterable[str]) -> dict[str, str]:
        return {printable(path): f"git:{self._files[path].id}" for path in paths}

    def read_all(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        wanted = list(paths)
        return dict(zip(wanted, self.git.read_blobs(f"{self.commit}:{p}" for p in wanted), strict=True))


@dataclass(frozen=True)
class WorkingTree:
    """The files as they lie in the working copy, committed or not."""

    git: Git

    @cached_property
    def paths(self) -> frozenset[str]:
        return self.tracked | self._list("--others", "--exclude-standard")

    @cached_property
    def tracked(self) -> frozenset[str]:
        return self._list("--cached")

    def identify(self, paths: Iterable[str]) -> dict[str, str]:
        wanted = list(paths)
        links = {p for p in wanted if (self.git.root / p).is_symlink()}
        files = [p for p in wanted if p not in links]
        listing = "".join(f"{p}\n" for p in files).encode("utf-8", "surrogateescape")
        ids = self.git.ask("hash-object", "--stdin-paths", stdin=listing).split() if files else []
        found = dict(zip(files, ids, strict=True)) | self._not_converted(files, ids)
        for link in links:  # git stores where it leads, not what is there
            target = os.fsencode((self.git.root / link).readlink())
            found[link] = self.git.ask("hash-object", "--stdin", stdin=target).strip()
        return {printable(path): f"git:{found[path]}" for path in wanted}

    def _not_converted(self, files: list[str], ids: list[str]) -> dict[str, str]:
        """The ids of files that git would convert by the rules, and leaves alone for what it has of them."""
        entries = self.git.ask("ls-files", "--stage", "-z", "--full-name").split("\0") if files else []
        index = {path: facts.split()[1] for facts, _, path in (entry.partition("\t") for entry in entries if entry)}
        changed = [path for path, own in zip(files, ids, strict=True) if index.get(path, own) != own]
        kept = sorted(left_alone(self.git, changed))
        listing = "".join(f"{path}\n" for path in kept).encode("utf-8", "surrogateescape")
        plain = self.git.ask("hash-object", "--no-filters", "--stdin-paths", stdin=listing).split() if kept else []
        return dict(zip(kept, plain, strict=True))

    def _list(self, *which: str) -> frozenset[str]:
        listing = self.git.ask("ls-files", "-z", *which)
        files = [p for p in listing.split("\0") if p]
        return frozenset(p for p in files if (self.git.root / p).is_file() or (self.git.root / p).is_symlink())

    def read_all(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        return {path: _read(self.git.root / path) for path in paths}


def read(tree: Tree, path: str) -> bytes | None:
    """One file's content, or None."""
    return tree.read_all([path])[path]


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None
