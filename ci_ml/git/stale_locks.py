"""What did a killed command of ours leave in a repository? Git's lock files, which git never takes away itself.

A command that fetches or appends holds a file in .git/ci-ml/ meanwhile. One that nobody holds any more is that of a
killed command; and a lock on a reference that we write, younger than that file and unmoved while we look, is its too.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ci_ml.git.process_locks import abandoned, hold
from ci_ml.git.questions import Git

# Git holds the lock of a reference for milliseconds, and a process that outlives its parent may still do so.
_LOOK = 1.0  # seconds


@contextmanager
def at_work(git: Git, remote: str | None, branch: str) -> Iterator[Path | None]:
    """Show that a command is at work here, by the file that is handed out; first take away what killed ones left."""
    folder = git.common_folder() / "ci-ml"
    with abandoned(folder) as marks:
        if marks:
            _unlock(git, remote, branch, since=min(mark.stat().st_mtime for mark in marks))
        for mark in marks:
            mark.unlink(missing_ok=True)
    with hold(folder) as own:
        yield own


def clear(git: Git, remote: str | None, branch: str, mark: Path | None) -> None:
    """Take away what a git process left that was killed while the command that it worked for lives on."""
    if mark is not None:
        _unlock(git, remote, branch, since=mark.stat().st_mtime)


def _unlock(git: Git, remote: str | None, branch: str, *, since: float) -> None:
    """Take away the locks that were made after `since` and that nobody moves."""
    found = {lock: stamp for lock in _locks(git, remote, branch) if (stamp := _stamp(lock)) and stamp[1] >= since}
    if found:
        time.sleep(_LOOK)
    for lock, stamp in found.items():
        if _stamp(lock) == stamp:
            lock.unlink(missing_ok=True)


def _locks(git: Git, remote: str | None, branch: str) -> Iterator[Path]:
    """Every lock file that a command of ours may have left."""
    here = git.common_folder()
    yield here / "shallow.lock"
    yield here / f"refs/remotes/{remote}/{branch}.lock"
    for folder in (here, *_folder_of(git, remote)):
        yield folder / f"refs/heads/{branch}.lock"
        yield from (folder / "refs/tags").rglob("*.lock")


def _folder_of(git: Git, remote: str | None) -> Iterator[Path]:
    """The remote's own folder where it is one: then the other side of a push ran, and was killed, with us."""
    if remote is not None:
        url = git.run("ls-remote", "--get-url", remote).text.strip()
        place = git.root / url.removeprefix("file://")
        yield from (folder for folder in (place, place / ".git") if (folder / "refs").is_dir())


def _stamp(lock: Path) -> tuple[int, float] | None:
    try:
        status = lock.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime
