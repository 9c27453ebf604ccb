"""Locks that killed commands leave are taken away; those that anybody may still hold are not."""

import os
import shutil
import time

import pytest
from registry_makers import MODEL, append, clone, fill, make_remote, make_repository, promoting, run_git

from ci_ml.errors import MachineError
from ci_ml.git import stale_locks
from ci_ml.git.stale_locks import at_work
from ci_ml.repository.event_log.log import EventLog

LOCKS = (
    "refs/remotes/origin/model-registry.lock",
    "refs/heads/model-registry.lock",
    "refs/tags/late-flight#staging#1.lock",
    "shallow.lock",
)


def leave(folder, *locks, age=0.0):
    """Lock files as git leaves them, so many seconds old."""
    for lock in locks:
        path = folder / lock
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        os.utime(path, (time.time() - age, time.time() - age))


def leave_mark(git, *, age=0.0):
    """The file of a command that was killed after it had begun so many seconds ago."""
    leave(git.root / ".git" / "ci-ml", "held-1", age=age)


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch):
    monkeypatch.setattr(stale_locks, "_LOOK", 0.01)


@pytest.mark.parametrize("kind", ["full", "shallow"])
def test_append__locks_of_a_killed_command_here_and_in_the_remote_s_folder__are_no_hindrance(tmp_path, kind):
    bare, git = make_remote(tmp_path)
    fill(git)
    git = clone(bare, tmp_path / "shallow", "--depth=1") if kind == "shallow" else git
    leave_mark(git, age=5)
    leave(git.root / ".git", *LOCKS)
    leave(bare, "refs/heads/model-registry.lock")

    done = append(EventLog(git, "origin"), promoting("v1.0.0"))

    assert (len(done.events), done.warnings) == (1, ())
    assert [*(git.root / ".git").rglob("*.lock"), *bare.rglob("*.lock")] == []
    assert list((git.root / ".git/ci-ml").iterdir()) == []


def test_append__no_remote__lock_of_a_killed_command__is_no_hindrance(tmp_path):
    git = make_repository(tmp_path / "alone")
    fill(git)
    leave_mark(git)
    leave(git.root / ".git", "refs/heads/model-registry.lock")

    assert len(append(EventLog(git, None), promoting("v1.0.0")).events) == 1


def test_refresh__lock_that_nobody_of_ours_left__is_named_and_stays(tmp_path):
    bare, git = make_remote(tmp_path)
    log = fill(git)
    append(EventLog(clone(bare, tmp_path / "bea"), "origin"), promoting("v1.0.0"))
    lock = git.root / ".git" / LOCKS[0]
    leave(git.root / ".git", LOCKS[0])

    assert "git cannot note where model-registry is: error: cannot lock ref" in str(log.refresh())
    assert log.problem.hint == "If no other git command runs in this repository, delete the lock that git names."
    assert isinstance(log.problem, MachineError)
    assert log.read(MODEL).holders == {}
    assert lock.exists()


def test_at_work__lock_older_than_the_killed_command__is_not_its_own(tmp_path):
    git = make_repository(tmp_path / "alone")
    leave_mark(git, age=10)
    leave(git.root / ".git", LOCKS[1], age=60)

    with at_work(git, None, "model-registry"):
        assert (git.root / ".git" / LOCKS[1]).exists()


def test_at_work__lock_that_changes_while_we_look__is_alive(tmp_path, monkeypatch):
    git = make_repository(tmp_path / "alone")
    leave_mark(git, age=10)
    leave(git.root / ".git", LOCKS[1])
    monkeypatch.setattr(stale_locks.time, "sleep", lambda _: leave(git.root / ".git", LOCKS[1], age=-1))

    with at_work(git, None, "model-registry"):
        assert (git.root / ".git" / LOCKS[1]).exists()


def test_refresh__git_itself_was_killed__its_lock_goes_though_the_command_lives(tmp_path, monkeypatch):
    _, git = make_remote(tmp_path)
    log = fill(git)
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(
        f'#!/bin/sh\n[ "$1" = fetch ] && touch .git/shallow.lock && kill -9 $$\nexec {shutil.which("git")} "$@"\n'
    )
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")

    assert log.refresh() == "origin cannot be reached: git was ended by signal 9."
    assert not (git.root / ".git" / "shallow.lock").exists()


def test_at_work__linked_worktree__marks_lie_with_the_references(tmp_path):
    git = make_repository(tmp_path / "main")
    run_git(git.root, "worktree", "add", "--quiet", "--detach", str(tmp_path / "linked"))

    with at_work(type(git)(tmp_path / "linked"), None, "model-registry"):
        assert len(list((git.root / ".git" / "ci-ml").iterdir())) == 1
