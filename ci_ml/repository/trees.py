"""One way to read the files of a working copy and those of a commit: what a merge is compared by."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

from ci_ml.repository.git import Git


class Tree(Protocol):
    """Files by path relative to the repository root, with '/' between folders."""

    @property
    def paths(self) -> frozenset[str]:
        """Every file that git tracks here (in a working copy also new ones that git does not ignore)."""

    def read_all(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """Contents by path; None where there is no such file."""


@dataclass(frozen=True)
class CommitTree:
    """The files of a commit."""

    git: Git
    commit: str

    @cached_property
    def paths(self) -> frozenset[str]:
        return frozenset(self.git.files(self.commit))

    def read_all(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        wanted = list(paths)
        return dict(zip(wanted, self.git.read_blobs(f"{self.commit}:{p}" for p in wanted), strict=True))


@dataclass(frozen=True)
class WorkingTree:
    """The files as they lie in the working copy, committed or not."""

    git: Git

    @cached_property
    def paths(self) -> frozenset[str]:
        listing = self.git.ask("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--full-name")
        return frozenset(p for p in listing.split("\0") if p and (self.git.root / p).is_file())

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
