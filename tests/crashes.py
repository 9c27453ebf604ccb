"""Kill `ci-ml` in the middle of its work, and see what it leaves behind.

A `git` that comes first on PATH counts how often it is called, and at the chosen call kills everything that the
command started, with SIGKILL: before, during or after git's own work, or while git holds the locks that this work takes.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from racers import check_tags
from registry_makers import run_git
from workbench import BETTER, Done, Workbench, merge, propose, start_registry

from ci_ml.git.questions import Git
from ci_ml.repository.event_log.log import EventLog

KILLS = ("before", "during", "after", "locked")
_GIT = """\
#!/bin/sh
case "$*" in
  $CRASH_FROM*) : > "$CRASH_FOLDER/began" ;;
  *) [ -e "$CRASH_FOLDER/began" ] || exec "$CRASH_GIT" "$@" ;;
esac
number=$(( $(cat "$CRASH_FOLDER/count" 2>/dev/null || echo 0) + 1 ))
echo "$number" > "$CRASH_FOLDER/count"
if [ "$number" = "$CRASH_AT" ]; then
  case "$CRASH_HOW $1" in
    during*) exec 3<&0; "$CRASH_GIT" "$@" <&3 & sleep "$CRASH_DELAY" ;;
    after*) "$CRASH_GIT" "$@" ;;
    "locked fetch" | "locked push" | "locked update-ref") for lock in $CRASH_LOCKS; do mkdir -p "${lock%/*}"; echo > "$lock"; done ;;
  esac
  kill -KILL 0
fi
exec "$CRASH_GIT" "$@"
"""


@dataclass(frozen=True)
class Operation:
    """A command that writes, and what it adds to the log when nobody kills it."""

    command: tuple[str, ...]
    adds: tuple[str, ...]


OPERATIONS = {
    "register": Operation(("register",), ("registered",)),
    "promote": Operation(("promote", "churn", "v1.1.0", "staging"), ("promoted",)),
    "merged": Operation(("promote", "--merged"), ("registered", "promoted")),
    "rollback": Operation(("rollback", "churn", "production", "--reason", "worse"), ("rolled_back",)),
    "withdraw": Operation(("registry", "withdraw", "churn", "v1.1.0", "--reason", "leaked labels"), ("withdrawn",)),
}


def make_worlds(folder: Path) -> dict[str, Workbench]:
    """For each operation a repository in which it is about to happen; its remote is a bare repository beside it."""
    ready = Workbench.make(folder / "ready" / "work", remote=folder / "ready" / "origin.git")
    start_registry(ready)
    propose(ready, "better", BETTER)
    merge(ready, "better", "fast-forward")
    worlds = {"register": ready, "merged": ready}
    worlds["promote"] = worlds["withdraw"] = _after(ready, folder / "registered", "register")
    worlds["rollback"] = _after(ready, folder / "merged", "merged")
    return worlds


def _after(bench: Workbench, folder: Path, operation: str) -> Workbench:
    twin = bench.copy(folder)
    done = twin.ci_ml(*OPERATIONS[operation].command)
    assert done.code == 0, done
    return twin


def without_remote(bench: Workbench) -> Workbench:
    """The same repository as one that never had a remote: the local branch is the registry."""
    bench.git("branch", "--quiet", "model-registry", "origin/model-registry")
    bench.git("fetch", "--quiet", "--tags", "origin")
    bench.git("remote", "remove", "origin")
    return Workbench(bench.root)


def shallow(bench: Workbench) -> Workbench:
    """The same as CI makes it: one commit, no tags; what training and judging left comes along."""
    twin = bench.clone(bench.root.with_name("shallow"), "--depth=1", "--branch=main")
    shutil.copytree(bench.root / ".ci-ml", twin.root / ".ci-ml")
    return twin


@dataclass(frozen=True)
class Crash:
    """Where a command was killed: at which call of git, how, and how many calls there were."""

    at: int
    how: str
    killed: bool
    calls: int


def run_to_crash(
    bench: Workbench, command: tuple[str, ...], *, at: int, how: str, seed: int = 0, since: str = ""
) -> Crash:
    """Run a command in processes of its own, and kill them all at git's call number `at`.

    Args:
        since: the call that is number 1, such as "push"; by default the very first.
    """
    folder = bench.root.parent / "crash"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "bin").mkdir(parents=True)
    (folder / "tmp").mkdir()
    wrapper = folder / "bin" / "git"
    wrapper.write_text(_GIT)
    wrapper.chmod(0o755)
    process = start(
        bench,
        command,
        {
            "PATH": f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}",
            "CRASH_GIT": str(shutil.which("git")),
            "CRASH_FOLDER": str(folder),
            "CRASH_AT": str(at),
            "CRASH_FROM": since,
            "CRASH_HOW": how,
            "CRASH_DELAY": f"{random.Random(seed).uniform(0, 0.05):.3f}",
            "CRASH_LOCKS": " ".join(map(str, _locks(bench))),
        },
    )
    code = process.wait()
    return Crash(at, how, code == -signal.SIGKILL, int((folder / "count").read_text()))


def run_to_moment(bench: Workbench, command: tuple[str, ...], *, seconds: float) -> bool:
    """Run a command in processes of its own and kill them all after so many seconds; whether it still ran."""
    (bench.root.parent / "crash" / "tmp").mkdir(parents=True, exist_ok=True)
    process = start(bench, command, {})
    time.sleep(seconds)
    running = process.poll() is None
    if running:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return running


def start(bench: Workbench, command: tuple[str, ...], variables: dict[str, str]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", "ci_ml", "-C", str(bench.root), *command],
        env={**os.environ, "TMPDIR": str(bench.root.parent / "crash" / "tmp"), **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def rerun(bench: Workbench, command: tuple[str, ...]) -> Done:
    """A command with the same folder for temporary files as the one that was killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(bench.root.parent / "crash" / "tmp"))
        return bench.ci_ml(*command)


def kinds(bench: Workbench) -> list[str]:
    """What the registry says has happened: read where it is, on the remote, or here where there is none."""
    place = Git(bench.remote or bench.root)
    return [event.kind for event in EventLog(place, None).read("churn").events]


def check_aftermath(bench: Workbench, operation: Operation, *, before: list[str], untouched: str) -> None:
    """What must hold after a crash, once the same command was run again."""
    expected = [*before, *operation.adds]
    found = kinds(bench)
    assert found in (before, expected), found
    # What is read is what a reader would see who comes along in between.
    shown = bench.ci_ml("registry", "show", "churn")
    assert shown.code == 0, shown

    again = rerun(bench, operation.command)

    assert again.code == 0, again
    assert kinds(bench) == expected, kinds(bench)
    assert worktree_of(bench) == untouched, worktree_of(bench)
    repaired = rerun(bench, ("registry", "tags", "--repair"))
    assert repaired.code == 0, repaired
    log = EventLog(Git(bench.root), "origin" if bench.remote else None)
    assert log.refresh() is None, log.problem
    check_tags(log)
    for repository in filter(None, (bench.root, bench.remote)):
        faults = run_git(repository, "fsck", "--strict", "--no-dangling", "--no-progress")
        assert faults == "", faults
    left = leftovers(bench)
    assert left == [], left


def worktree_of(bench: Workbench) -> str:
    """All that a user sees of their working copy."""
    return "\n".join((bench.git("symbolic-ref", "HEAD"), bench.head(), bench.git("status", "--porcelain")))


def leftovers(bench: Workbench) -> list[str]:
    """Locks, marks and temporary files that nobody cleared away."""
    folders = [bench.root / ".git", *([bench.remote] if bench.remote else [])]
    found = [path for folder in folders for path in folder.rglob("*.lock")]
    found += (bench.root / ".git" / "ci-ml").glob("held-*")
    found += (bench.root.parent / "crash" / "tmp").iterdir()
    return [str(path.relative_to(bench.root.parent)) for path in found]


def _locks(bench: Workbench) -> list[Path]:
    """Every lock that git takes for us, as it lies there at the worst moment."""
    here, there = bench.root / ".git", bench.remote
    places = [(here, "refs/remotes/origin/model-registry"), (there, "refs/heads/model-registry")]
    if there is None:
        places = [(here, "refs/heads/model-registry")]
    tags = [(folder, "refs/tags/churn@v1.1.0") for folder, _ in places]
    locks = [Path(f"{folder / name}.lock") for folder, name in [*places, *tags]]
    return [*locks, here / "shallow.lock"] if (here / "shallow").exists() else locks
