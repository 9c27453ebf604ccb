"""Put a folder together so that it appears as a whole or not at all."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ci_ml.errors import ConfigError, DataError
from ci_ml.repository.records import FOLDER, keep_out_of_git

_PREFIX = ".ci-ml-assembly-"


@contextmanager
def assembled(target: Path) -> Iterator[Path]:
    """An empty folder to fill: it becomes `target` when the block ends, and is gone if the block fails.

    What a killed process left behind is cleared away by the next one that works beside it.

    Raises:
        ConfigError: `target` is something already.
        DataError: nothing can be written there.
    """
    refuse_taken(target)
    with workspace(next(folder for folder in target.absolute().parents if folder.is_dir())) as filling:
        yield filling
        refuse_taken(target)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            filling.rename(target)  # takes the place of an empty folder, and of nothing else
        except OSError as error:
            raise DataError(f"{target} cannot be written: {error.strerror}.") from None


@contextmanager
def workspace(beside: Path) -> Iterator[Path]:
    """An empty folder below `beside` that is gone when the block ends, unless it was moved elsewhere.

    Raises:
        DataError: nothing can be written there.
    """
    try:
        beside.mkdir(parents=True, exist_ok=True)
        _sweep(beside)
        place, lock = _locked_folder(beside)
    except OSError as error:
        raise DataError(f"{beside} cannot be written: {error.strerror}.") from None
    try:
        folder = place / "folder"
        folder.mkdir()
        yield folder
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock)


def ignored_folder(root: Path, *names: str) -> Path:
    """A folder of the working copy below `.ci-ml/`, made if need be: git ignores what is put there.

    Raises:
        DataError: it cannot be made.
    """
    folder = root.joinpath(FOLDER, *names)
    keep_out_of_git(root)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {error.strerror}.") from None
    return folder


def refuse_taken(target: Path) -> None:
    """Refuse a place where something lies; an empty folder is nothing.

    Raises:
        ConfigError: what lies there.
    """
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise ConfigError(f"{target} exists already.", hint="--into DIR, a folder that is not there yet")
    if target.is_dir() and any(target.iterdir()):
        raise ConfigError(f"{target} exists and is not empty.", hint="--into DIR, a folder that is not there yet")
    above = next(folder for folder in target.absolute().parents if folder.exists())
    if not above.is_dir():
        raise ConfigError(f"{above} is a file, so nothing can be put into it.", hint="--into DIR")


def _locked_folder(beside: Path) -> tuple[Path, int]:
    while True:
        place = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=beside))
        handle = os.open(place / "lock", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        # Somebody may have swept it away before it was locked.
        if (place / "lock").exists():
            return place, handle
        os.close(handle)


def _sweep(beside: Path) -> None:
    """Remove what nobody works on any more: the lock of a process goes with it."""
    for place in beside.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            handle = os.open(place / "lock", os.O_RDWR)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(place, ignore_errors=True)
            finally:
                os.close(handle)
