"""ci_ml/git/environment.py: what git sets for a hook is not handed on; what a user set is."""

import os
import subprocess

import pytest

from ci_ml.git.environment import OF_ONE_REPOSITORY, environment, of_no_repository, untied
from ci_ml.git.questions import Git
from ci_ml.git.writes import worktree

# They carry settings, such as a token or safe.directory, and no place.
SETTINGS = {"GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"}


def listed() -> set[str]:
    """What this git calls variables of one repository."""
    return set(subprocess.run(["git", "rev-parse", "--local-env-vars"], capture_output=True, text=True).stdout.split())


@pytest.fixture
def astray(bench, tmp_path, monkeypatch) -> Git:
    """A repository with a commit, and every variable set as a hook of another one would have it."""
    bench.write("a.txt", "one\n")
    bench.commit("first")
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "other")], check=True)
    for name in OF_ONE_REPOSITORY:
        monkeypatch.setenv(name, str(tmp_path / "other" / ".git"))
    return Git(bench.root)


def test_variables__all_that_git_lists__are_known():
    assert listed() - SETTINGS <= OF_ONE_REPOSITORY
    assert not SETTINGS & OF_ONE_REPOSITORY


def test_environment__variables_of_another_repository__are_dropped(astray):
    assert OF_ONE_REPOSITORY & set(environment()) == {"GIT_NO_REPLACE_OBJECTS", "GIT_GRAFT_FILE"}  # our own values
    assert environment()["GIT_NO_REPLACE_OBJECTS"] == "1"
    assert not OF_ONE_REPOSITORY & set(of_no_repository(os.environ))
    assert astray.head() is not None
    assert [*astray.read_blobs(["HEAD:a.txt"])] == [b"one\n"]


@pytest.mark.parametrize("name", sorted(OF_ONE_REPOSITORY))
def test_environment__one_variable_of_another_repository__changes_no_answer(bench, tmp_path, monkeypatch, name):
    bench.write("a.txt", "one\n")
    commit = bench.commit("first")
    monkeypatch.setenv(name, str(tmp_path / "nowhere"))

    git = Git.discover(bench.root)

    assert (git.root, git.head(), git.changed_files()) == (bench.root, commit, ())
    with worktree(git, commit) as copy:
        assert (copy.root / "a.txt").read_text() == "one\n"
        assert copy.changed_files() == ()
    assert git.changed_files() == ()


def test_environment__settings_that_came_with_the_command__are_kept(bench, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "http.extraHeader")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Authorization: x")
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", "'user.name'='Grace'")

    assert Git(bench.root).ask("config", "http.extraHeader") == "Authorization: x\n"
    assert Git(bench.root).ask("config", "user.name") == "Grace\n"


def test_untied__block_ends_or_fails__the_variables_are_back(monkeypatch):
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.delenv("GIT_INDEX_FILE", raising=False)

    with pytest.raises(ZeroDivisionError), untied():
        assert "GIT_DIR" not in os.environ
        raise ZeroDivisionError

    assert os.environ["GIT_DIR"] == "/elsewhere"
    assert "GIT_INDEX_FILE" not in os.environ
