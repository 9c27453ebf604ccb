"""ci_ml/git/cat_file.py: one git process that is asked one thing after the other."""

import pytest
from registry_makers import make_repository, run_git

from ci_ml.errors import DataError


@pytest.fixture
def git(tmp_path):
    return make_repository(tmp_path / "here")


def test_lookup__tree_then_its_blob__both_come_from_one_process(git, tmp_path, monkeypatch):
    blob = run_git(git.root, "rev-parse", "HEAD:train.py")
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))

    with git.lookup() as look:
        tree = look.tree("HEAD:")
        content = next(look.blobs([blob]))

    assert tree == b"100644 train.py\0" + bytes.fromhex(blob)
    assert content == b"print('train')\n"
    assert (tmp_path / "trace").read_text().count("built-in: git") == 1


def test_lookup__what_is_not_there_or_of_another_kind__is_none(git):
    with git.lookup() as look:
        assert look.tree("HEAD:train.py") is None
        assert look.tree("nonsense") is None
        assert list(look.blobs(["HEAD", "0" * 40, "HEAD:train.py"])) == [None, None, b"print('train')\n"]


def test_lookup__more_than_a_pipe_holds__comes_in_order(git):
    contents = [f"{number}\n".encode() * 800 for number in range(3)]
    ids = [git.ask("hash-object", "-w", "--stdin", stdin=content).strip() for content in contents]

    with git.lookup() as look:
        assert list(look.blobs(ids * 150)) == contents * 150


def test_lookup__file_that_is_too_long__comes_cut_and_spoils_nothing_after_it(git):
    ids = [git.ask("hash-object", "-w", "--stdin", stdin=content).strip() for content in (b"x" * 70_000, b"y")]

    with git.lookup() as look:
        assert list(look.blobs(ids, largest=10)) == [b"x" * 11, b"y"]


def test_lookup__line_break_in_a_name__is_refused(git):
    with git.lookup() as look, pytest.raises(DataError, match="line break"):
        look.tree("HEAD:a\nHEAD:b")


def test_lookup__no_repository__has_nothing(git, tmp_path):
    with type(git)(tmp_path).lookup() as look:
        assert look.tree("HEAD:") is None
        assert list(look.blobs(["HEAD:x"])) == [None]
