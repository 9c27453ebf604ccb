"""What does `git ls-tree -z` say of each path of a tree?"""

from collections.abc import Iterator
from typing import NamedTuple


class TreeEntry(NamedTuple):
    """One path of a tree: `mode` as git writes it, `kind` blob, tree or commit (a submodule), `id` of its content."""

    path: str
    mode: str
    kind: str
    id: str


def parse_listing(listing: str) -> Iterator[TreeEntry]:
    """
    >>> list(parse_listing("100644 blob e69de29\\tREADME.md\\0"))
    [TreeEntry(path='README.md', mode='100644', kind='blob', id='e69de29')]
    """
    for line in listing.split("\0"):
        if line:
            facts, path = line.split("\t", 1)
            mode, kind, object_id = facts.split()
            yield TreeEntry(path, mode, kind, object_id)
