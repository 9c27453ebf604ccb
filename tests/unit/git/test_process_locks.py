"""ci_ml/git/process_locks.py: the files of the living are left alone, those of the dead are found."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ci_ml.git.process_locks import abandoned, hold, temporary_folder

DIE = """
import os, signal, sys
from pathlib import Path
from ci_ml.git.process_locks import hold, temporary_folder
with hold(Path(sys.argv[1])), temporary_folder("ci-ml-test-") as folder:
    (folder / "work").write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def die(folder):
    subprocess.run([sys.executable, "-c", DIE, str(folder)], check=False)


def test_hold__while_it_lasts__is_not_abandoned_and_then_gone(tmp_path):
    with hold(tmp_path / "marks") as mark, abandoned(tmp_path / "marks") as found:
        assert mark is not None
        assert (mark.exists(), found) == (True, [])

    assert list((tmp_path / "marks").iterdir()) == []


def test_hold__holder_was_killed__is_abandoned_and_handed_to_one_only(tmp_path):
    die(tmp_path)

    with abandoned(tmp_path) as first, abandoned(tmp_path) as second:
        assert (len(first), second) == (1, [])


def test_hold__folder_that_cannot_be__goes_without(tmp_path):
    (tmp_path / "file").touch()

    with hold(tmp_path / "file" / "marks") as mark:
        assert mark is None


def test_temporary_folder__of_a_killed_process__goes_with_the_next_one_and_living_ones_stay(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    die(tmp_path / "marks")
    (left,) = Path(tmp_path, "tmp").iterdir()

    with temporary_folder("ci-ml-test-") as mine, temporary_folder("ci-ml-test-") as other:
        assert not left.exists()
        assert (mine.is_dir(), other.is_dir()) == (True, True)

    assert list((tmp_path / "tmp").iterdir()) == []


def test_abandoned__folder_that_goes_while_it_is_looked_into__is_passed_over(tmp_path, monkeypatch):
    """As that of another command, which ends in this very moment."""
    for name in ("one", "two"):
        die(tmp_path / f"marks-{name}")
    scan = os.scandir

    def ended(path="."):
        if Path(path).name == "marks-one":
            raise FileNotFoundError(path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", ended)

    with abandoned(tmp_path, "marks-*") as found:
        assert {path.parent.name for path in found} == {"marks-two"}
