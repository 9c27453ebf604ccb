"""Is whoever made this file still at work? The kernel drops a file's lock with its process, however that ends."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_HELD = "held-"


@contextmanager
def hold(folder: Path) -> Iterator[Path | None]:
    """Hold a file of our own in a folder, so that others can tell that we live.

    Returns:
        The file; None where there can be none, as in a repository that may only be read.
    """
    path, handle = None, None
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        path, handle = _hold(folder)
    try:
        yield path
    finally:
        if path is not None and handle is not None:
            path.unlink(missing_ok=True)
            os.close(handle)


@contextmanager
def abandoned(folder: Path, pattern: str = "") -> Iterator[list[Path]]:
    """The held files of those who ended without a word; nobody else is handed them meanwhile.

    Args:
        pattern: of folders in `folder` that hold such files; by default itself.
    """
    found: dict[Path, int] = {}
    try:
        for path in sorted(_held(folder.glob(pattern) if pattern else [folder])):
            with suppress(OSError):
                handle = os.open(path, os.O_RDWR)
                if _lock(handle):
                    found[path] = handle
                else:
                    os.close(handle)
        yield list(found)
    finally:
        for handle in found.values():
            os.close(handle)


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """A temporary folder that is gone afterwards; those that killed processes left go now."""
    import shutil
    import tempfile

    with abandoned(Path(tempfile.gettempdir()), f"{prefix}*") as left:
        for path in left:
            shutil.rmtree(path.parent, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(prefix=prefix)).resolve()
    try:
        with hold(folder):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _held(folders: Iterable[Path]) -> Iterator[Path]:
    for folder in folders:
        with suppress(OSError):  # it may be gone by now, for its command has ended
            yield from folder.glob(f"{_HELD}*")


def _hold(folder: Path) -> tuple[Path, int]:
    name = f"{os.getpid()}-{os.urandom(4).hex()}"
    new, path = folder / f"new-{name}", folder / f"{_HELD}{name}"
    handle = os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    # It gets its name once it is locked, or somebody might take it for abandoned in between.
    _lock(handle)
    new.rename(path)
    return path, handle


def _lock(handle: int) -> bool:
    """Lock an open file; False if another process holds it."""
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
