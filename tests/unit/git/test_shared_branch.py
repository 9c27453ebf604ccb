"""A branch that many write to, over every transport, and with hooks and other branches in the way."""

import shutil
from pathlib import Path
from random import Random

import pytest
from git_server import http_backend, plain_ssh
from registry_makers import NOW, clone, fails, install_hook, make_remote, make_repository, run_git

from ci_ml.errors import ForgeError, MachineError
from ci_ml.git.branch_transaction import Built, commit_to
from ci_ml.git.questions import Git
from ci_ml.git.shared_branch import SharedBranch
from ci_ml.git.writes import write_commit

BRANCH = "model-monitor"
WORDS = "echo 'not on a Friday' >&2; echo 'see the wiki' >&2; exit 1"
HOOKS = "git rev-parse --git-path hooks says where they are."


def add(git: Git, line: str, *, remote: str | None = "origin") -> str:
    """Add a file to the branch, as whoever the clone is called after."""

    def build(parent: str | None) -> Built[None]:
        said = f"{line}, by {git.root.name}"
        return Built(write_commit(git, parent=parent, files={line: b"x\n"}, message=said, at=NOW), None)

    commit = commit_to(SharedBranch(git, remote, BRANCH), build, rng=Random(1), sleep=lambda _: None).built.commit
    assert commit is not None
    return commit


@pytest.fixture(params=["path", "file", "ssh", "ssh-with-protocol", "http"])
def address(request, tmp_path, monkeypatch):
    """Where a bare repository is that will be called `remote.git`."""
    bare = tmp_path / "remote.git"
    if request.param.startswith("ssh"):
        for name, value in plain_ssh(tmp_path, accepts_protocol=request.param != "ssh").items():
            monkeypatch.setenv(name, value)
    if request.param == "http":
        with http_backend(tmp_path) as url:
            yield f"{url}/remote.git"
    else:
        yield {"path": str(bare), "file": f"file://{bare}"}.get(request.param, f"ssh://host{bare}")


@pytest.mark.parametrize("version", ["0", "1", "2"])
@pytest.mark.parametrize("empty", [False, True], ids=["with-main", "empty"])
def test_commit_to__every_transport_and_protocol__begins_the_branch_and_goes_on(tmp_path, address, version, empty):
    bare, _ = make_remote(tmp_path)
    if empty:
        shutil.rmtree(bare)
        run_git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    git = make_repository(tmp_path / "work")
    run_git(git.root, "remote", "add", "origin", address)
    run_git(git.root, "config", "protocol.version", version)

    first, second = add(git, "one"), add(git, "two")

    assert run_git(bare, "rev-list", BRANCH).split() == [second, first]
    other = SharedBranch(git, "origin", BRANCH)
    assert (other.refresh(), other.head) == (None, second)


def test_refresh__repository_that_is_not_there__is_said_over_every_transport(tmp_path, address):
    git = make_repository(tmp_path / "work")
    run_git(git.root, "remote", "add", "origin", address)

    warning = SharedBranch(git, "origin", BRANCH).refresh()

    assert str(warning).startswith("origin cannot be reached: fatal: ")
    assert "remote.git" in str(warning)
    assert "hung up" not in str(warning)


@pytest.mark.parametrize(
    ("hook", "reason"),
    [
        ("update", "[remote rejected] (hook declined)"),
        ("pre-receive", "[remote rejected] (pre-receive hook declined)"),
        ("reference-transaction", "a hook declined"),
    ],
)
def test_commit_to__hook_of_the_remote_refuses__its_words_are_said(tmp_path, hook, reason):
    bare, git = make_remote(tmp_path)
    install_hook(bare, hook, WORDS)

    assert fails(ForgeError, lambda: add(git, "one"))[0] == (
        f"origin refuses the branch {BRANCH}: {reason}, not on a Friday; see the wiki."
    )
    assert run_git(bare, "branch", "--list", BRANCH) == ""


@pytest.mark.parametrize("hook", ["post-update", "post-receive"])
def test_commit_to__hook_that_fails_after_the_fact__changes_nothing(tmp_path, hook):
    bare, git = make_remote(tmp_path)
    install_hook(bare, hook, WORDS)

    assert add(git, "one") == run_git(bare, "rev-parse", BRANCH)


def test_refresh__hook_of_this_repository_refuses__its_words_are_said_and_the_remote_is_not_blamed(tmp_path):
    bare, git = make_remote(tmp_path)
    add(clone(bare, tmp_path / "bea"), "one")
    install_hook(git.root / ".git", "reference-transaction", WORDS)
    branch = SharedBranch(git, "origin", BRANCH)

    assert branch.refresh() == (
        f"a hook of this repository does not let git note where {BRANCH} of origin is: not on a Friday; see the wiki."
    )
    assert branch.problem is not None
    assert branch.problem.hint == f"Let its hooks pass refs/remotes/origin/{BRANCH}: {HOOKS}"


def test_commit_to__hook_of_this_repository_keeps_git_from_noting_the_push__it_counts_all_the_same(tmp_path):
    bare, git = make_remote(tmp_path)
    install_hook(git.root / ".git", "reference-transaction", WORDS)

    assert add(git, "one") == run_git(bare, "rev-parse", BRANCH)


def test_commit_to__no_remote_and_a_hook_refuses__its_words_are_said(tmp_path):
    git = make_repository(tmp_path / "alone")
    install_hook(git.root / ".git", "reference-transaction", WORDS)

    assert fails(MachineError, lambda: add(git, "one", remote=None)) == (
        f"this repository does not move the branch {BRANCH}: a hook declined, not on a Friday; see the wiki.",
        f"Let its hooks pass this branch: {HOOKS}",
    )


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("other", [f"{BRANCH}/x", f"{BRANCH}/x/y"])
def test_commit_to__branch_below_it_on_the_remote__is_named_at_once(tmp_path, other, packed):
    bare, git = make_remote(tmp_path)
    run_git(bare, "branch", other, "main")
    if packed:
        run_git(bare, "pack-refs", "--all")

    message, hint = fails(MachineError, lambda: add(git, "one"))

    assert message == f"origin has a branch {other}, and beside it git can have none called {BRANCH}."
    command = f"git fetch origin {other} && git push origin FETCH_HEAD:refs/heads/NEW-NAME :{other}"
    assert hint == f"Give it another name: {command}"
    # What is advised helps.
    for part in command.split(" && "):
        run_git(git.root, *part.split()[1:])
    assert add(git, "one") == run_git(bare, "rev-parse", BRANCH)


def test_commit_to__server_says_only_that_there_is_a_conflict__the_branch_is_looked_for(tmp_path, monkeypatch):
    bare, git = make_remote(tmp_path)
    run_git(bare, "branch", f"{BRANCH}/x", "main")
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    said = f"printf '!\\tHEAD:refs/heads/{BRANCH}\\t[remote rejected] (directory file conflict)\\nDone\\n'; exit 1"
    wrapper.write_text(f'#!/bin/sh\n[ "$1" = push ] && {{ {said}; }}\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:/usr/bin:/bin")

    message, _ = fails(MachineError, lambda: add(git, "one"))

    assert message == f"origin has a branch {BRANCH}/x, and beside it git can have none called {BRANCH}."


@pytest.mark.parametrize("packed", [False, True])
def test_commit_to__no_remote_and_a_branch_below_it__is_named(tmp_path, packed):
    git = make_repository(tmp_path / "alone")
    run_git(git.root, "branch", f"{BRANCH}/x")
    if packed:
        run_git(git.root, "pack-refs", "--all")

    assert fails(MachineError, lambda: add(git, "one", remote=None)) == (
        f"this repository has a branch {BRANCH}/x, and beside it git can have none called {BRANCH}.",
        f"Give it another name: git branch -m {BRANCH}/x NEW-NAME",
    )


def test_refresh__what_was_seen_of_a_branch_below_it__is_named_and_may_go(tmp_path):
    bare, git = make_remote(tmp_path)
    add(clone(bare, tmp_path / "bea"), "one")
    seen = f"refs/remotes/origin/{BRANCH}/x"
    run_git(git.root, "update-ref", seen, "HEAD")
    branch = SharedBranch(git, "origin", BRANCH)

    assert branch.refresh() == f"git cannot note where {BRANCH} of origin is: {seen} is in the way."
    assert branch.problem is not None
    assert branch.problem.hint == (
        f"It is what was seen there of a branch that must be gone by now: git update-ref -d {seen}"
    )
    run_git(git.root, "update-ref", "-d", seen)
    assert (branch.refresh(), branch.head) == (None, run_git(bare, "rev-parse", BRANCH))


def test_commit_to__what_was_seen_of_a_branch_below_it__does_not_keep_the_first_commit_away(tmp_path):
    bare, git = make_remote(tmp_path)
    run_git(git.root, "update-ref", f"refs/remotes/origin/{BRANCH}/x", "HEAD")

    assert add(git, "one") == run_git(bare, "rev-parse", BRANCH)


def test_refresh__gone_path__keeps_what_was_seen(tmp_path: Path):
    bare, git = make_remote(tmp_path)
    commit = add(git, "one")
    bare.rename(tmp_path / "gone")
    branch = SharedBranch(git, "origin", BRANCH)

    assert str(branch.refresh()).startswith("origin cannot be reached: fatal: ")
    assert branch.head == commit
