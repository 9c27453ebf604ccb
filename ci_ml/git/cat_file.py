"""What does `git cat-file --batch` answer, and how is it asked?"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import IO

from ci_ml.errors import DataError

# Modes of a tree's entries.
FILE, FOLDER = b"100644", b"40000"
# Names that fit into a pipe, so that git may answer before it has read them all.
_AT_ONCE = 100


class Lookup:
    """One `git cat-file --batch`, to be asked while `Git.lookup` keeps it."""

    def __init__(self, questions: IO[bytes], answers: IO[bytes]) -> None:
        self.questions = questions
        self.answers = answers

    def tree(self, name: str) -> bytes | None:
        """A tree as git stores it; None where there is none of that name."""
        found = self._objects([name], None)[0]
        return found[1] if found and found[0] == "tree" else None

    def blobs(self, ids: Sequence[str], *, largest: int | None = None) -> Iterator[bytes | None]:
        """Contents in order; None for one that is not there. `largest` as in `Git.read_blobs`."""
        for start in range(0, len(ids), _AT_ONCE):
            for found in self._objects(ids[start : start + _AT_ONCE], largest):
                yield found[1] if found and found[0] == "blob" else None

    def _objects(self, names: Sequence[str], largest: int | None) -> list[tuple[str, bytes] | None]:
        if any("\n" in name for name in names):
            raise DataError("a path in git contains a line break.", hint="Rename the file.")
        with suppress(OSError):  # git is gone: then nothing is there
            self.questions.write("".join(f"{name}\n" for name in names).encode("utf-8", "surrogateescape"))
            self.questions.flush()
        return [next_object(self.answers, largest) for _ in names]


def next_object(answers: IO[bytes], largest: int | None) -> tuple[str, bytes] | None:
    """One answer of `cat-file --batch`: "ID TYPE SIZE", the content, a line break; or "NAME missing"."""
    header = answers.readline().rsplit(b" ", 2)
    if len(header) < 3 or not header[2].strip().isdigit():
        return None
    size = int(header[2])
    if largest is None or size <= largest:
        return header[1].decode(), answers.read(size + 1)[:-1]
    content, left = answers.read(largest + 1), size - largest
    while left > 0:
        left -= len(answers.read(min(left, 1 << 20))) or left
    return header[1].decode(), content


def parse_tree(raw: bytes, *, id_bytes: int) -> dict[bytes, tuple[bytes, bytes]]:
    """Name -> mode and object id (raw) of a tree's entries."""
    entries, place = {}, 0
    while place < len(raw):
        end = raw.index(b"\0", place)
        mode, name = raw[place:end].split(b" ", 1)
        place = end + 1 + id_bytes
        entries[name] = (mode, raw[end + 1 : place])
    return entries
