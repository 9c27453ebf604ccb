"""ci_ml/git/objects.py: what we say an object is, git says too."""

import subprocess
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ci_ml.git.questions import Git
from ci_ml.git.writes import write_commit

NOW = datetime(2013, 3, 4, 5, 6, 7, tzinfo=UTC)
NAMES = st.sampled_from(["a", "a.b", "a-b", "a0", "ab", "b", "z%2F=é"])
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


@pytest.fixture(params=["sha1", "sha256"])
def empty(tmp_path, request):
    subprocess.run(["git", "init", "--quiet", f"--object-format={request.param}", str(tmp_path)], check=True)
    return Git(tmp_path)


def no_path_is_a_folder_of_another(files):
    return not any(other.startswith(f"{path}/") for path in files for other in files)


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.dictionaries(PATHS, st.binary(max_size=300), min_size=1).filter(no_path_is_a_folder_of_another),
    then=st.dictionaries(PATHS, st.binary(max_size=300), min_size=1),
)
def test_write_commit__any_files__git_reads_the_same_and_finds_no_fault(empty, first, then):
    wanted = {**first, **then}
    if not no_path_is_a_folder_of_another(wanted):
        then, wanted = {}, first
    one = write_commit(empty, parent=None, files=first, message="ü", at=NOW, by=("A <a@b>", "C <c@d>"))

    two = write_commit(empty, parent=one, files=then, message="two", at=NOW, by=("A <a@b>", "C <c@d>"))

    found = empty.files(two)
    assert {path: empty.read(two, path) for path in found} == wanted
    assert empty.run("fsck", "--strict", "--no-dangling", two).errors == ""


def test_write_commit__files_of_every_size__are_packed_whole(empty):
    files = {f"f{size}": bytes(range(256)) * (size // 256) + b"x" * (size % 256) for size in (0, 15, 16, 2047, 2048)}
    files["large"] = b"y" * 300_000

    commit = write_commit(empty, parent=None, files=files, message="m", at=NOW)

    assert {path: empty.read(commit, path) for path in files} == files
