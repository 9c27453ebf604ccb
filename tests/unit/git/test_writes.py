"""ci_ml/git/writes.py: commits, tags, pushes and worktrees that disturb nobody."""

from datetime import UTC, datetime

import pytest

from ci_ml.errors import MachineError
from ci_ml.git.questions import Git
from ci_ml.git.writes import (
    committer,
    move_branch,
    people,
    push,
    worktree,
    write_commit,
)

NOW = datetime(2013, 3, 4, 5, 6, 7, tzinfo=UTC)
ROLES = ("AUTHOR", "COMMITTER")


@pytest.fixture
def nobody(monkeypatch):
    """No identity in the environment."""
    for role in ROLES:
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")


@pytest.fixture
def git(bench) -> Git:
    bench.write("kept", "k")
    bench.commit("first")
    return Git(bench.root)


def write(git, files, parent=None):
    return write_commit(git, parent=parent, files=files, message="m", at=NOW)


def test_people__settings_of_any_kind__are_taken_and_nothing_is_guessed(git, bench, nobody, monkeypatch):
    assert people(git) == ("ci-ml <ci-ml@localhost.invalid>",) * 2
    assert committer(git) is None

    bench.git("config", "user.name", "Grace")
    bench.git("config", "user.email", "grace@example.org")
    assert people(git) == ("Grace <grace@example.org>",) * 2
    assert committer(git) == "Grace <grace@example.org>"

    bench.git("config", "--unset", "user.email")
    assert people(git) == ("ci-ml <ci-ml@localhost.invalid>",) * 2

    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "run@example.org")
    assert people(git) == ("Grace <run@example.org>", "ci-ml <ci-ml@localhost.invalid>")


def test_write_commit__no_parent__is_a_root_with_just_these_files(git, bench, nobody):
    commit = write(git, {"a/b.json": b"{}\n", "c": b"\x00\r\n"})

    assert bench.git("ls-tree", "-r", "--name-only", commit).split() == ["a/b.json", "c"]
    assert git.read(commit, "c") == b"\x00\r\n"
    assert bench.git("show", "--no-patch", "--format=%P|%an <%ae>|%aI|%s", commit) == (
        "|ci-ml <ci-ml@localhost.invalid>|2013-03-04T05:06:07+00:00|m"
    )


def test_write_commit__parent__keeps_the_files_that_are_not_named(git, bench):
    first = write(git, {"a": b"1", "b": b"1"})

    second = write(git, {"b": b"2"}, parent=first)

    assert (git.read(second, "a"), git.read(second, "b")) == (b"1", b"2")
    assert bench.git("rev-parse", f"{second}^") == first


def test_write_commit__working_copy_index_and_branch__are_untouched(git, bench):
    bench.write("staged", "s")
    bench.git("add", "staged")
    before = (bench.git("status", "--porcelain"), bench.head())

    write(git, {"staged": b"other"})

    assert (bench.git("status", "--porcelain"), bench.head()) == before


def test_write_commit__settings_that_would_change_content__are_passed_over(git, bench):
    bench.git("config", "core.autocrlf", "true")
    bench.git("config", "commit.gpgSign", "true")
    bench.write(".gitattributes", "* text eol=lf\n")

    assert git.read(write(git, {"a": b"x\r\n"}), "a") == b"x\r\n"


def test_move_branch__expected_place__decides(git, bench):
    one, two = write(git, {"a": b"1"}), write(git, {"a": b"2"})

    assert move_branch(git, "b", to=one, expected=None).done
    assert move_branch(git, "b", to=two, expected=None).rejected
    assert move_branch(git, "b", to=two, expected=two).rejected
    assert move_branch(git, "b", to=two, expected=one).done
    assert bench.head("b") == two


def test_push__somebody_was_first__is_rejected_not_forced(remote_bench):
    remote_bench.commit("first")
    git = Git(remote_bench.root)
    one = write(git, {"a": b"1"})
    two = write(git, {"a": b"2"})

    assert push(git, "origin", [f"{one}:refs/heads/b"]).done
    lost = push(git, "origin", [f"{two}:refs/heads/b"])

    assert (lost.done, lost.rejected) == (False, True)
    assert Git(remote_bench.remote).find("b") == one


def test_push__remote_that_is_not_there__is_no_lost_race(bench, git):
    bench.git("remote", "add", "origin", "/no/such/place")

    answer = push(git, "origin", ["HEAD:refs/heads/b"])

    assert (answer.done, answer.rejected) == (False, False)
    assert "/no/such/place" in answer.reason or "Could not read" in answer.reason


def test_worktree__block_ends_or_fails__nothing_is_left(git, bench):
    with pytest.raises(ZeroDivisionError), worktree(git, bench.head()) as copy:
        assert (copy.root / "kept").read_text() == "k"
        assert copy.root.name == bench.root.name
        raise ZeroDivisionError

    assert not copy.root.exists()
    assert len(bench.git("worktree", "list").splitlines()) == 1


def test_worktree__commit_that_is_not_there__is_said(git):
    with pytest.raises(MachineError) as caught, worktree(git, "0" * 40):
        pass

    assert caught.value.message.startswith("commit 000000000000 cannot be checked out: fatal: ")


@pytest.mark.parametrize("hook", ["post-checkout", "reference-transaction", "post-index-change", "pre-commit"])
def test_worktree__hooks_of_the_user__are_not_run(git, bench, tmp_path, hook):
    place = bench.write(f".git/hooks/{hook}", f"#!/bin/sh\necho {hook} >> {tmp_path}/ran\necho no tool >&2\nexit 1\n")
    place.chmod(0o755)

    with worktree(git, bench.head()) as copy:
        assert (copy.root / "kept").read_text() == "k"

    assert not (tmp_path / "ran").exists()


def test_worktree__hooks_in_a_folder_of_their_own_and_a_file_system_monitor__are_not_run(git, bench, tmp_path):
    for name in ("post-checkout", "monitor"):
        bench.write(f"hooks/{name}", f"#!/bin/sh\necho {name} >> {tmp_path}/ran\nexit 1\n").chmod(0o755)
    bench.git("config", "core.hooksPath", "hooks")
    bench.git("config", "core.fsmonitor", str(bench.root / "hooks/monitor"))

    with worktree(git, bench.head()) as copy:
        assert (copy.root / "kept").read_text() == "k"

    assert not (tmp_path / "ran").exists()


def test_worktree__sparse_checkout__is_whole_all_the_same(git, bench):
    bench.write("deep/er", "d")
    commit = bench.commit()
    bench.git("sparse-checkout", "set", "other")
    assert not (bench.root / "deep").exists()

    with worktree(git, commit) as copy:
        assert (copy.root / "deep/er").read_text() == "d"

    assert not (bench.root / "deep").exists()
