"""What do git's objects look like, byte for byte? Blobs, trees, commits, tags, and the pack that carries new ones."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ci_ml.git.cat_file import FILE, FOLDER, parse_tree

Kind = Literal["commit", "tree", "blob", "tag"]
_NUMBER = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}

# Path of a folder -> the raw tree that it is now; None for a folder that is not there.
ReadTree = Callable[[str], bytes | None]


@dataclass
class Objects:
    """New objects, by id; `length` is that of an id in this repository (40 for SHA-1, 64 for SHA-256)."""

    length: int
    new: dict[str, tuple[Kind, bytes]] = field(default_factory=dict)

    def add(self, kind: Kind, content: bytes) -> str:
        """The id of an object, which is kept to be packed."""
        digest = self._digest(b"%s %d\0" % (kind.encode(), len(content)) + content).hex()
        self.new[digest] = (kind, content)
        return digest

    def tree(self, files: Mapping[str, bytes], read: ReadTree, *, folder: str = "") -> str:
        """The id of a folder's tree in which `files` are added or replaced; all else stays as `read` has it."""
        entries = parse_tree(read(folder) or b"", id_bytes=self.length // 2)
        inner: dict[str, dict[str, bytes]] = {}
        for path, content in files.items():
            name, _, rest = path.partition("/")
            if rest:
                inner.setdefault(name, {})[rest] = content
            else:
                entries[name.encode()] = (FILE, bytes.fromhex(self.add("blob", content)))
        for name, below in inner.items():
            place = f"{folder}/{name}" if folder else name
            entries[name.encode()] = (FOLDER, bytes.fromhex(self.tree(below, read, folder=place)))
        # Git orders a folder as if its name ended in a slash.
        ordered = sorted(entries.items(), key=lambda entry: entry[0] + b"/" * (entry[1][0] == FOLDER))
        return self.add("tree", b"".join(b"%s %s\0%s" % (mode, name, id) for name, (mode, id) in ordered))

    def pack(self) -> bytes:
        """All new objects in git's pack format, version 2."""
        import zlib

        body = b"PACK" + struct.pack(">II", 2, len(self.new))
        body += b"".join(_size(kind, len(content)) + zlib.compress(content, 1) for kind, content in self.new.values())
        return body + self._digest(body)

    def _digest(self, data: bytes) -> bytes:
        from ci_ml.hashing import git_hash  # reading trees needs none

        hasher = git_hash(self.length)
        hasher.update(data)
        return hasher.digest()


def _size(kind: Kind, size: int) -> bytes:
    """The header of a packed object: its kind and size, seven bits a byte after the first four."""
    first, rest = (_NUMBER[kind] << 4) | (size & 0x0F), size >> 4
    header = bytearray()
    while rest:
        header.append(first | 0x80)
        first, rest = rest & 0x7F, rest >> 7
    return bytes(header) + bytes([first])
