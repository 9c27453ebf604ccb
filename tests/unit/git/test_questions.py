"""ci_ml/git/questions.py: questions to real repositories, also awkward ones."""

import subprocess

import pytest
from workbench import Workbench

from ci_ml.errors import ConfigError, DataError, MachineError
from ci_ml.git.environment import environment
from ci_ml.git.questions import Git


@pytest.fixture
def git(bench) -> Git:
    bench.write("a.txt", "one\n")
    bench.commit("first")
    return Git(bench.root)


def test_discover__subfolder__finds_the_root(bench):
    bench.write("deep/er/f", "")

    assert Git.discover(bench.root / "deep" / "er").root == bench.root


def test_discover__spaces_and_accents_in_the_path__are_kept(tmp_path):
    bench = Workbench.make(tmp_path / "ma chine né\tà")

    assert Git.discover(bench.root).root == bench.root


def test_discover__no_repository__says_so(tmp_path):
    with pytest.raises(MachineError) as caught:
        Git.discover(tmp_path)

    assert (caught.value.message, caught.value.hint) == (
        f"{tmp_path} is not inside a git repository.",
        "git init, or change folder.",
    )


def test_discover__no_git_on_the_path__says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MachineError) as caught:
        Git.discover(tmp_path)

    assert (caught.value.message, caught.value.hint) == ("git is not installed.", "Install git 2.30 or later.")


def test_head__before_the_first_commit__is_none(bench):
    assert Git(bench.root).head() is None
    assert Git(bench.root).branch() == "main"


def test_head__commit__is_its_full_id(bench, git):
    assert git.head() == bench.head()
    assert git.tree(bench.head()) == bench.git("rev-parse", "HEAD^{tree}")


def test_branch__detached_head__is_none(bench, git):
    bench.git("switch", "--quiet", "--detach")

    assert git.branch() is None


@pytest.mark.parametrize("revision", ["nope", "--help", "-x", "HEAD~5", ""])
def test_resolve__unknown_revision__is_refused(git, revision):
    assert git.find(revision) is None
    with pytest.raises(ConfigError) as caught:
        git.resolve(revision)

    assert (caught.value.message, caught.value.hint) == (
        f"git knows no commit '{revision}'.",
        "git log --oneline lists them.",
    )


def test_resolve__shallow_clone__says_how_to_get_the_rest(bench, git, tmp_path):
    bench.commit("second")
    clone = Git(bench.clone(tmp_path / "clone", "--depth=1").root)

    assert clone.is_shallow()
    with pytest.raises(ConfigError) as caught:
        clone.resolve("HEAD~1")

    assert (
        caught.value.hint
        == "git log --oneline lists them. This clone is shallow: git fetch --unshallow brings the rest."
    )


def test_resolve__tag_of_a_commit__is_the_commit(bench, git):
    bench.git("tag", "--annotate", "v1", "--message", "one")

    assert git.resolve("v1") == bench.head()


def test_changed_files__new_changed_removed__are_listed_and_ignored_ones_not(bench, git):
    bench.write(".gitignore", "*.log\n")
    bench.write("b", "x")
    bench.commit()
    bench.write("a.txt", "two\n")
    bench.remove("b")
    bench.write("naïve name.txt", "")
    bench.write("x.log", "")

    assert sorted(git.changed_files()) == ["a.txt", "b", "naïve name.txt"]


def test_first_parents__merge__is_one_step(bench, git):
    start = bench.head()
    bench.git("switch", "--quiet", "--create", "side")
    bench.commit("on the side")
    bench.git("switch", "--quiet", "main")
    bench.git("merge", "--quiet", "--no-ff", "--message", "merge", "side")
    merged = bench.head()

    assert git.first_parents(since=start, until=merged) == (merged,)
    assert git.first_parents(since=None, until=merged) == (merged,)
    assert git.first_parents(since=merged, until=merged) == ()


def test_first_parents__start_that_is_no_ancestor__asks_whether_the_branch_was_rewritten(bench, git):
    first = bench.head()
    bench.git("commit", "--quiet", "--amend", "--message", "other")

    with pytest.raises(DataError) as caught:
        git.first_parents(since=first, until=bench.head())

    assert (caught.value.message, caught.value.hint) == (
        f"commit {first[:12]} is not in the history of {bench.head()[:12]}.",
        "was the branch rewritten? ci-ml promote --merged --since REV begins again after REV",
    )


def test_files__tree__is_read_with_its_odd_names(bench, git):
    bench.write('qu"o\tte', "x")
    bench.write("é/f", "y")
    commit = bench.commit()

    assert set(git.files(commit)) == {"a.txt", 'qu"o\tte', "é/f"}
    assert git.files(commit)["é/f"].mode == "100644"


def test_files__commit_that_is_not_there__is_said(git):
    with pytest.raises(MachineError) as caught:
        git.files("0" * 40)

    assert caught.value.message == "git cannot read commit 000000000000: fatal: not a tree object"


def test_read_blobs__present_missing_and_folders__are_answered_in_order(bench, git):
    bench.write("dir/b", b"\x00\n\xff")
    commit = bench.commit()

    names = [f"{commit}:a.txt", f"{commit}:none", f"{commit}:dir", f"{commit}:dir/b", "no such object"]

    assert list(git.read_blobs(names)) == [b"one\n", None, None, b"\x00\n\xff", None]
    assert list(git.read_blobs([])) == []


def test_read_blobs__line_break_in_a_name__is_refused(git):
    with pytest.raises(DataError) as caught:
        list(git.read_blobs(["HEAD:a\nb"]))

    assert caught.value.message == "a path in git contains a line break."


def test_ask__git_fails__its_own_words_are_carried(git):
    with pytest.raises(MachineError) as caught:
        git.ask("rev-parse", "--verify", "nope")

    assert caught.value.message == "git rev-parse failed: fatal: Needed a single revision"


def test_read__replaced_object__is_what_its_id_says(bench, git):
    head, was = bench.head(), bench.head("HEAD:a.txt")
    bench.write("a.txt", "two\n")
    bench.commit("second")
    bench.git("replace", was, bench.head("HEAD:a.txt"))

    assert git.read(head, "a.txt") == b"one\n"


def test_is_ancestor__grafted_history__is_what_the_commit_says(bench, git):
    first = bench.head()
    second = bench.commit("second")
    bench.write(".git/info/grafts", f"{second}\n")

    assert git.is_ancestor(first, second)


def test_environment__variables_that_point_elsewhere__are_dropped(bench, git, monkeypatch):
    monkeypatch.setenv("GIT_DIR", "/elsewhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/elsewhere/index")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")

    assert git.head() == subprocess.run(
        ["git", "rev-parse", "HEAD"], cwd=bench.root, env=environment(), capture_output=True, text=True, check=True
    ).stdout.strip()  # fmt: skip
    assert environment()["LC_ALL"] == "C"


def test_discover__bare_repository__is_its_own_folder(tmp_path):
    subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "bare.git")], check=True)

    assert Git.discover(tmp_path / "bare.git" / "refs").root == tmp_path / "bare.git"


@pytest.mark.parametrize("size", [0, 9, 10, 11, 5_000_000])
def test_read_blobs__largest__cuts_what_is_longer_and_reads_on(git, bench, size):
    bench.write("big", b"x" * size)
    bench.write("next", "after it")
    bench.commit()

    found = list(git.read_blobs(["HEAD:big", "HEAD:none", "HEAD:next"], largest=10))
    assert found == [b"x" * min(size, 11), None, b"after it"]
