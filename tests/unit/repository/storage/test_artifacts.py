"""ci_ml/repository/storage/artifacts.py: files by digest, from the cache, a DVC remote or git, and never another file."""

import subprocess
import sys

import pytest
from msgspec.structs import replace
from web_server import web_server
from workbench import Workbench

from ci_ml.errors import DataError, MachineError, VerificationError
from ci_ml.files import digest_file
from ci_ml.git.questions import Git
from ci_ml.repository.storage.artifacts import ArtifactStore, open_store
from ci_ml.repository.storage.remotes import DvcRemote, FolderRemote

INPUTS = "sha256:" + "ab" * 32


def config(url: str, name: str = "storage") -> str:
    return f"[core]\n    remote = {name}\n['remote \"storage\"']\n    url = {url}\n"


@pytest.fixture
def store(bench, tmp_path) -> ArtifactStore:
    """A store on a DVC remote that is a folder."""
    bench.write(".dvc/config", config(str(tmp_path / "remote")))
    return open_store(Git(bench.root))


def put(bench: Workbench, store: ArtifactStore, content: str = "model"):
    bench.write("m.bin", content)
    file = digest_file(bench.root / "m.bin", name="m.bin")
    store.put(file)
    return file


def test_open_store__no_dvc__has_no_remote(bench):
    assert open_store(Git(bench.root)).remote is None


def test_open_store__dvc_without_a_default_remote__has_no_remote(bench):
    bench.write(".dvc/config", "['remote \"other\"']\n    url = /x\n")

    assert open_store(Git(bench.root)).remote is None


@pytest.mark.parametrize("url", ["../../remote", "{tmp}/remote"])
def test_open_store__folder__is_relative_to_dvc_s_own(bench, tmp_path, url):
    bench.write(".dvc/config", config(url.format(tmp=tmp_path)))

    assert open_store(Git(bench.root)).remote == FolderRemote(tmp_path / "remote")


def test_open_store__local_settings__go_before_shared_ones(bench, tmp_path):
    bench.write(".dvc/config", config("/nowhere"))
    bench.write(".dvc/config.local", f"['remote \"storage\"']\n    url = {tmp_path / 'mine'}\n")

    assert open_store(Git(bench.root)).remote == FolderRemote(tmp_path / "mine")


def test_open_store__home__is_spelled_out(bench, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    bench.write(".dvc/config", config("~/remote"))

    assert open_store(Git(bench.root)).remote == FolderRemote(tmp_path / "remote")


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        (
            config("/x", name="gone"),
            ".dvc/config names the remote 'gone' but no url for it.",
            "dvc remote add gone URL",
        ),
        (
            config("file:///x"),
            "the DVC remote 'storage' is file:///x, which DVC takes for a folder below the current one.",
            "dvc remote modify storage url /x",
        ),
        ("core]\n", ".dvc/config cannot be read: File contains no section headers.", ""),
    ],
)
def test_open_store__settings_that_do_not_hold__are_refused(bench, text, message, hint):
    bench.write(".dvc/config", text)

    with pytest.raises(MachineError) as caught:
        open_store(Git(bench.root))

    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_put__file__lies_where_dvc_itself_would_look(bench, store, tmp_path):
    file = put(bench, store)

    assert (tmp_path / "remote" / "files" / "md5" / file.md5[:2] / file.md5[2:]).read_text() == "model"
    assert store.secure(file, "HEAD")


def test_put__file_that_changed_meanwhile__is_refused(bench, store):
    file = put(bench, store)
    bench.write("m.bin", "other")

    with pytest.raises(DataError) as caught:
        store.put(file)

    assert caught.value.message == "m.bin changed while it was looked at."


def test_fetch__cache_lost__comes_from_the_remote(bench, store):
    file = put(bench, store)
    bench.remove(".ci-ml")
    bench.remove("m.bin")

    assert store.fetch(file, commit=None).read_text() == "model"


def test_fetch__cache_damaged__is_mended_from_the_remote(bench, store):
    file = put(bench, store)
    store.fetch(file, commit=None).write_text("damaged")

    assert store.fetch(file, commit=None).read_text() == "model"


def test_fetch__remote_holds_something_else__is_an_alarm_and_leaves_nothing(bench, store, tmp_path):
    file = put(bench, store)
    bench.remove(".ci-ml")
    next((tmp_path / "remote" / "files" / "md5").rglob("*/*")).write_text("evil")

    with pytest.raises(VerificationError) as caught:
        store.fetch(file, commit=None)

    found = digest_file(next((tmp_path / "remote").rglob("files/md5/*/*")), name="x").sha256
    assert caught.value.message == (
        f"m.bin: {tmp_path / 'remote'} has sha256 {found[:12]}, the record says {file.sha256[:12]}."
    )
    assert not [path for path in store.cache.rglob("*") if path.is_file()]


def test_fetch__no_remote__comes_from_the_commit_that_has_it(bench):
    store = open_store(Git(bench.root))
    file = put(bench, store)
    commit = bench.commit()
    bench.remove(".ci-ml")
    bench.write("m.bin", "newer")
    bench.commit()

    assert store.fetch(file, commit=commit).read_text() == "model"
    assert store.secure(file, commit)
    assert not store.secure(file, bench.head())


def test_fetch__commit_that_a_shallow_clone_lacks__is_asked_of_the_remote(remote_bench, tmp_path):
    file = put(remote_bench, open_store(Git(remote_bench.root)))
    commit = remote_bench.commit()
    remote_bench.remove("m.bin")
    remote_bench.commit()
    remote_bench.push("main")
    clone = Git(remote_bench.clone(tmp_path / "clone", "--depth=1").root)

    assert not open_store(clone).secure(file, commit)
    assert open_store(clone, git_remote="origin").fetch(file, commit=commit).read_text() == "model"


def test_fetch__nowhere__says_where_it_looked(bench, store, tmp_path):
    file = replace(put(bench, store), sha256="0" * 64, md5="0" * 32)
    bench.commit()

    with pytest.raises(DataError) as caught:
        store.fetch(file, commit=bench.head())
    assert caught.value.message == (
        f"m.bin (sha256 000000000000) is neither in the local cache nor in {tmp_path / 'remote'} nor in git."
    )
    with pytest.raises(DataError) as caught:
        store.local.fetch(file, commit=bench.head())
    assert caught.value.message == "m.bin (sha256 000000000000) is neither in the local cache nor in git."
    assert caught.value.hint == "Whoever judged it still has it in .ci-ml/cache; ci-ml gate there stores it again."


def test_secure__judged_before_there_was_a_remote__goes_there_now(bench, store, tmp_path):
    file = put(bench, store.local)
    bench.write("m.bin", "newer")
    bench.commit()

    assert store.secure(file, "HEAD")
    assert (tmp_path / "remote" / "files" / "md5" / file.md5[:2] / file.md5[2:]).read_text() == "model"


def test_put_record__remote__carries_it_to_other_clones_and_the_newest_wins(bench, store):
    store.put_record("models/churn:m", INPUTS, b"one")
    store.put_record("models/churn:m", INPUTS, b"two")
    bench.remove(".ci-ml")

    assert store.get_record("models/churn:m", INPUTS) == b"two"
    assert store.get_record("models/churn:m", INPUTS[:-2] + "cd") is None
    assert store.local.get_record("other", INPUTS) is None


def test_dvc_remote__store_that_dvc_opens__is_shared_with_it(bench, tmp_path):
    """A folder stands for a bucket: to DVC's file systems they are the same."""
    subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet"], cwd=bench.root, check=True)
    bench.write(".dvc/config", config(str(tmp_path / "remote")))
    store = ArtifactStore(Git(bench.root), DvcRemote(bench.root, "storage"))

    file = put(bench, store)
    store.put_record("m", INPUTS, b"one")
    store.put_record("m", INPUTS, b"two")
    bench.remove(".ci-ml")

    assert (tmp_path / "remote" / "files" / "md5" / file.md5[:2] / file.md5[2:]).read_text() == "model"
    assert store.fetch(file, commit=None).read_text() == "model"
    assert store.get_record("m", INPUTS) == b"two"
    assert store.secure(file, "HEAD")
    assert store.remote.where == "DVC remote 'storage'"
    assert not store.remote.get("files/md5/00/none", tmp_path / "x")


def test_store__web_server__is_written_through_dvc_and_read_without_it(bench, tmp_path):
    with web_server(tmp_path / "www") as server:
        subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet"], cwd=bench.root, check=True)
        bench.write(".dvc/config", config(f"{server.url}/store"))
        store = open_store(Git(bench.root))

        file = put(bench, store)
        store.put_record("models/churn:m", INPUTS, b"one")
        bench.remove(".ci-ml")
        asked = len(server.asked)

        assert store.fetch(file, commit=None).read_text() == "model"
        assert store.get_record("models/churn:m", INPUTS) == b"one"
        assert store.get_record("other", INPUTS) is None
        assert store.secure(file, "HEAD")
        assert [method for method, _, _ in server.asked[asked:]] == ["GET", "GET", "GET", "HEAD"]


def test_dvc_remote__unknown_kind_of_url__is_said_in_dvc_s_words(bench):
    subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet"], cwd=bench.root, check=True)
    bench.write(".dvc/config", config("nosuch://bucket/x"))

    with pytest.raises(MachineError) as caught:
        open_store(Git(bench.root))

    assert caught.value.message.startswith("DVC remote 'storage' cannot be used: ")
    assert caught.value.hint == "dvc status --cloud --remote storage"
