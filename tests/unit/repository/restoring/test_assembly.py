"""ci_ml/repository/restoring/assembly.py: a folder appears as a whole or not at all."""

import pytest

from ci_ml.errors import ConfigError
from ci_ml.repository.restoring.assembly import assembled


def test_assembled__block_ends__folder_is_there_and_nothing_beside_it(tmp_path):
    with assembled(tmp_path / "a" / "b") as folder:
        (folder / "x").write_text("1")
        assert not (tmp_path / "a").exists()

    assert (tmp_path / "a" / "b" / "x").read_text() == "1"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a"]


def test_assembled__block_fails__nothing_is_there(tmp_path):
    with pytest.raises(ZeroDivisionError), assembled(tmp_path / "a") as folder:
        (folder / "x").write_text("1")
        _ = 1 / 0

    assert list(tmp_path.iterdir()) == []


def test_assembled__somebody_else_was_there_first__theirs_stays(tmp_path):
    with pytest.raises(ConfigError), assembled(tmp_path / "a") as folder:
        (folder / "x").write_text("mine")
        (tmp_path / "a").mkdir()
        (tmp_path / "a" / "x").write_text("theirs")

    assert (tmp_path / "a" / "x").read_text() == "theirs"
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_assembled__two_at_once__do_not_sweep_each_other_away(tmp_path):
    with assembled(tmp_path / "a") as one, assembled(tmp_path / "b") as other:
        (one / "x").write_text("a")
        (other / "x").write_text("b")

    assert [(p.name, (p / "x").read_text()) for p in sorted(tmp_path.iterdir())] == [("a", "a"), ("b", "b")]


@pytest.mark.parametrize("kind", ["file", "link", "full"])
def test_assembled__place_that_is_taken__is_refused(tmp_path, kind):
    target = tmp_path / "a"
    if kind == "file":
        target.write_text("")
    elif kind == "link":
        target.symlink_to(tmp_path / "nowhere")
    else:
        (target / "x").mkdir(parents=True)

    with pytest.raises(ConfigError) as caught, assembled(target):
        pass

    assert caught.value.message == f"{target} exists {'and is not empty' if kind == 'full' else 'already'}."


def test_assembled__below_a_file__is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError) as caught, assembled(tmp_path / "file" / "deep" / "a"):
        pass

    assert caught.value.message == f"{tmp_path / 'file'} is a file, so nothing can be put into it."
