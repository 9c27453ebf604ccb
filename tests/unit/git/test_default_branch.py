"""ci_ml/git/default_branch.py: which branch is the main one, as different clones and remotes tell it."""

import pytest
from registry_makers import clone, make_remote, make_repository, run_git

from ci_ml.git.default_branch import DefaultBranch, default_as_fetched, default_branch, remote_branches
from ci_ml.git.questions import Git

HEAD = "HEAD of origin names it"


def forget(git: Git) -> Git:
    """As `git remote add` and CI leave a clone: nothing is noted of the remote's HEAD."""
    run_git(git.root, "remote", "set-head", "origin", "--delete")
    return git


def move_head(bare, name: str) -> None:
    run_git(bare, "branch", "--move", "main", name)


def test_default_branch__configured__decides_whatever_there_is(tmp_path):
    _, git = make_remote(tmp_path)

    assert default_branch(git, "origin", "trunk") == DefaultBranch("trunk", "ci-ml.yaml names it")
    assert default_branch(git, None, "trunk") == DefaultBranch("trunk", "ci-ml.yaml names it")


def test_default_branch__clone_noted_the_remote_s_head__is_that_and_nobody_is_asked(tmp_path):
    bare, _ = make_remote(tmp_path)
    move_head(bare, "trunk")
    git = clone(bare, tmp_path / "bea")
    bare.rename(tmp_path / "gone")

    assert default_branch(git, "origin", None) == DefaultBranch("trunk", "origin/HEAD names it")


@pytest.mark.parametrize("name", ["main", "master", "trunk", "release/next"])
@pytest.mark.parametrize("options", [(), ("--depth=1",), ("--single-branch",)])
def test_default_branch__nothing_is_noted__the_remote_is_asked(tmp_path, name, options):
    bare, _ = make_remote(tmp_path)
    if name != "main":
        move_head(bare, name)
    run_git(bare, "branch", "zz", name)
    git = forget(clone(bare, tmp_path / "bea", *options))

    assert default_branch(git, "origin", None) == DefaultBranch(name, HEAD)


@pytest.mark.parametrize("options", [(), ("--depth=1",)])
def test_default_branch__checkout_of_one_proposal__does_not_take_it_for_the_main_one(tmp_path, options):
    bare, _ = make_remote(tmp_path)
    run_git(bare, "branch", "evil", "main")
    proposal = clone(bare, tmp_path / "ci", "--single-branch", "--branch=evil", *options)

    assert default_branch(proposal, "origin", None) == DefaultBranch("main", HEAD)
    assert default_as_fetched(proposal, "origin") == DefaultBranch("main", "it is the usual name")
    bare.rename(tmp_path / "gone")
    assert default_branch(proposal, "origin", None) == DefaultBranch("main", "it is the usual name")


@pytest.mark.parametrize(
    ("branches", "setting", "found"),
    [
        (["trunk"], "", DefaultBranch("trunk", "it is the only branch of origin")),
        (["trunk", "model-registry"], "", DefaultBranch("trunk", "it is the only branch of origin")),
        (["trunk", "main"], "", DefaultBranch("main", "origin has a branch of that name")),
        (["trunk", "main"], "trunk", DefaultBranch("main", "origin has a branch of that name")),
        (["trunk", "x"], "trunk", DefaultBranch("trunk", "origin has a branch of that name")),
        (["master", "x"], "trunk", DefaultBranch("master", "origin has a branch of that name")),
        (["x", "y"], "trunk", DefaultBranch("main", "it is the usual name")),
    ],
)
def test_default_branch__head_of_the_remote_names_a_branch_that_is_not_there__is_found_among_the_others(
    tmp_path, branches, setting, found
):
    # `git init --bare` points HEAD at a name of its own, whatever is pushed later.
    git = make_repository(tmp_path / "work")
    run_git(tmp_path, "init", "--quiet", "--bare", "--initial-branch=nowhere", "remote.git")
    run_git(git.root, "remote", "add", "origin", str(tmp_path / "remote.git"))
    for name in branches:
        run_git(git.root, "push", "--quiet", "origin", f"HEAD:refs/heads/{name}")
    if setting:
        run_git(git.root, "config", "init.defaultBranch", setting)

    assert default_branch(git, "origin", None) == found


def test_default_branch__noted_head_is_gone__the_remote_is_asked(tmp_path):
    bare, git = make_remote(tmp_path)
    move_head(bare, "trunk")
    run_git(git.root, "fetch", "--quiet", "--prune", "origin")

    assert default_branch(git, "origin", None) == DefaultBranch("trunk", HEAD)


def test_default_branch__remote_without_branches__is_the_one_here(tmp_path):
    git = make_repository(tmp_path / "work")
    run_git(git.root, "branch", "--move", "main", "trunk")
    run_git(tmp_path, "init", "--quiet", "--bare", "remote.git")
    run_git(git.root, "remote", "add", "origin", str(tmp_path / "remote.git"))

    assert default_branch(git, "origin", None) == DefaultBranch("trunk", "it is the only branch of this repository")


@pytest.mark.parametrize(
    ("branches", "found"),
    [
        (["trunk"], DefaultBranch("trunk", "it is the only branch of this repository")),
        (["trunk", "model-registry"], DefaultBranch("trunk", "it is the only branch of this repository")),
        (["a", "main"], DefaultBranch("main", "this repository has a branch of that name")),
        (["a", "b"], DefaultBranch("main", "it is the usual name")),
    ],
)
def test_default_branch__no_remote__is_found_among_those_here(tmp_path, branches, found):
    git = make_repository(tmp_path / "work")
    run_git(git.root, "branch", "--move", "main", branches[0])
    for name in branches[1:]:
        run_git(git.root, "branch", name)

    assert default_branch(git, None, None) == found


def test_remote_branches__of_a_remote__are_those_it_has_now_and_no_tag_or_other_head(tmp_path):
    bare, git = make_remote(tmp_path)
    commit = run_git(git.root, "rev-parse", "HEAD")
    for name in ("refs/remotes/other/HEAD", "refs/tags/HEAD", "refs/heads/a/HEAD"):
        run_git(bare, "update-ref", name, commit)

    found = remote_branches(git, "origin")

    assert (dict(found.heads), found.head, found.failed) == ({"main": commit, "a/HEAD": commit}, "main", "")
    bare.rename(tmp_path / "gone")
    assert "does not appear to be a git repository" in remote_branches(git, "origin").failed
