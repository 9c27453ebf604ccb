"""Files on disk: reading text, digests, writing without ever leaving half a file."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from ci_ml.digests import FileDigest
from ci_ml.errors import DataError

_CHUNK = 1 << 20


def read_text(path: Path, *, name: str) -> str:
    """A UTF-8 text file (a byte-order mark is skipped).

    Raises:
        DataError: the file cannot be read or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        before, byte = error.object[: error.start], error.object[error.start]
        # The line starts in bytes, the column counts characters: what comes before is UTF-8.
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8-sig", "replace")) + 1
        line = before.count(b"\n") + 1
        raise DataError(f"{name}:{line}:{column}: not UTF-8 (byte 0x{byte:02x}).", hint="Save it as UTF-8.") from None
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror}.") from None


def digest_file(path: Path, *, name: str) -> FileDigest:
    """SHA-256, MD5 (DVC's address) and size of a file in one pass.

    Raises:
        DataError: there is no such file.
    """
    sha256, md5, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                sha256.update(chunk)
                md5.update(chunk)
                size += len(chunk)
    except OSError as error:
        raise DataError(f"{name} cannot be read: {error.strerror}.") from None
    return FileDigest(path=name, sha256=sha256.hexdigest(), size=size, md5=md5.hexdigest())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all.

    Raises:
        DataError: the folder cannot be written.
    """
    with replacing(path) as file:
        file.write(content)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file of any size, as a whole or not at all.

    Raises:
        DataError: one cannot be read, or the other cannot be written.
    """
    try:
        original = source.open("rb")
    except OSError as error:
        raise DataError(f"{source} cannot be read: {error.strerror}.") from None
    with original, replacing(target) as file:
        shutil.copyfileobj(original, file, _CHUNK)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` once the block ends; if the block fails, nothing is there.

    Raises:
        DataError: the folder cannot be written.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".ci-ml-")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as file:
            yield file
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise DataError(f"{path} cannot be written: {error.strerror}.") from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
