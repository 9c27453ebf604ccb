"""`ci-ml checkout`, `pull` and `rollback` on real git and real DVC: whole and right, or not at all."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from web_server import web_server
from workbench import BETTER, CONFIG, Workbench, add_model, ci_ml, merge, propose, start_registry, train_and_gate

from ci_ml.files import digest_file

TRACKED = CONFIG.replace("inputs: [train.py]", "inputs: [train.py, data/train/*]")
PLACES = ("work", "origin.git", "dvc")


def dvc(bench: Workbench, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *arguments, "--quiet"], cwd=bench.root, check=True)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """v1.0.0 and v1.1.0, the second from a squashed and deleted branch; a folder and a file of data in DVC."""
    folder = tmp_path_factory.mktemp("original")
    bench = Workbench.make(folder / "work", remote=folder / "origin.git")
    dvc(bench, "init")
    bench.write("data/train/a.csv", "1,2\n")
    bench.write("data/train/deep/b.csv", "3,4\n")
    bench.write("data/train/deep/again.csv", "1,2\n")
    bench.write("data/.gitignore", "/train\n")
    start_registry_of(bench)
    propose(bench, "better", BETTER)
    merge(bench, "better", "squash")
    bench.git("push", "--quiet", "origin", ":better")
    bench.git("branch", "--quiet", "-D", "better")
    assert bench.ci_ml("promote", "--merged").code == 0
    return bench


def start_registry_of(bench: Workbench) -> None:
    add_model(bench, config=TRACKED)
    bench.write(".dvc/config", "[core]\n    remote = storage\n['remote \"storage\"']\n    url = ../../dvc\n")
    bench.write(".gitignore", "/model.json\n/predictions.csv\n")
    dvc(bench, "add", "data/train", "rows.csv")
    dvc(bench, "push")
    assert train_and_gate(bench).code == 0
    bench.commit("first model")
    bench.push("main")
    assert bench.ci_ml("promote", "--merged").code == 0


@pytest.fixture
def bench(original, tmp_path):
    """A copy of it that a test may break."""
    for place in PLACES:
        shutil.copytree(original.root.parent / place, tmp_path / place, symlinks=True)
    twin = Workbench(tmp_path / "work", tmp_path / "origin.git")
    twin.git("remote", "set-url", "origin", str(twin.remote))
    return twin


@pytest.fixture
def fresh(bench):
    """A shallow clone without tags, cache or anything else that a working copy gathers."""
    return bench.clone(bench.root.parent / "fresh" / "work", "--depth=1", "--no-tags")


def lend_store(bench: Workbench, fresh: Workbench) -> None:
    """The clone's own DVC remote, beside it as ../../dvc says."""
    (fresh.root.parent / "dvc").symlink_to(bench.root.parent / "dvc")


def store_file(bench: Workbench, md5: str) -> Path:
    return bench.root.parent / "dvc" / "files" / "md5" / md5[:2] / md5[2:]


def md5_of(path: Path) -> str:
    return digest_file(path, name="x").md5


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def facts(bench: Workbench, version: str) -> dict:
    events = json.loads(bench.ci_ml("registry", "history", "churn", "--format", "json").out)["events"]
    return next(e["payload"] for e in events if e["kind"] == "registered" and e["payload"]["version"] == version)


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.glob(".ci-ml-*")]


def state(bench: Workbench) -> tuple[str, str, list[str]]:
    """What a command that writes nothing leaves as it is."""
    refs = bench.git("ls-remote", "origin")
    return refs, bench.git("status", "--porcelain"), sorted(map(str, (bench.root / ".ci-ml" / "forge").rglob("*")))


# Checkout ---------------------------------------------------------------------------------------------------------


def test_checkout__release__has_code_data_and_model_as_they_were(bench, fresh):
    lend_store(bench, fresh)

    done = fresh.ci_ml("checkout", "churn@production")

    folder = fresh.root / ".ci-ml" / "checkouts" / "churn-v1.1.0"
    pins = facts(bench, "v1.1.0")
    found = files_below(folder)
    note = json.loads(found.pop(".ci-ml/release.json"))
    expected = {path: (bench.root / path).read_bytes() for path in bench.git("ls-files").splitlines()}
    data = {f"data/train/{name}": content for name, content in files_below(bench.root / "data" / "train").items()}
    outs = {name: (bench.root / name).read_bytes() for name in ("rows.csv", "model.json", "predictions.csv")}
    assert found == {**expected, **data, **outs}
    assert done.said == (0, "")
    assert fresh.git("status", "--porcelain") == ""
    assert done.out == (
        f"churn v1.1.0 is in {folder}\n"
        f"  code   git tree {pins['tree'][:12]} of commit {pins['commit'][:12]}, {len(expected)} files\n"
        f"  data   data/train  md5:{pins['data']['data/train']['md5']}\n"
        f"  data   rows.csv  md5:{pins['data']['rows.csv']['md5']}\n"
        f"  model  model.json  sha256:{pins['model']['sha256'][:12]}\n"
        f"  scores predictions.csv  sha256:{pins['predictions']['sha256'][:12]}\n"
    )
    assert (note["version"], note["stage"], note["complete"]) == ("v1.1.0", "production", True)
    assert note["pins"]["model"]["sha256"] == pins["model"]["sha256"]
    assert left_over(folder.parent) == []


def test_checkout__into_the_working_copy__says_that_it_is_no_longer_clean(bench, fresh):
    lend_store(bench, fresh)

    done = fresh.ci_ml("checkout", "churn@production", "--into", "here")

    assert done.said == (
        0,
        "It lies in this working copy, which is no longer clean with it; --into DIR puts it elsewhere.\n",
    )
    assert (fresh.root / "here" / "model.json").is_file()


def test_checkout_and_pull__typed_in_a_subfolder__go_to_the_same_place(bench, fresh):
    lend_store(bench, fresh)
    (fresh.root / "deep").mkdir()

    made, pulled = (
        fresh.ci_ml(command, "churn@v1.1.0", folder=fresh.root / "deep") for command in ("checkout", "pull")
    )

    assert made.out.startswith(f"churn v1.1.0 is in {fresh.root}/.ci-ml/checkouts/churn-v1.1.0\n")
    assert pulled.out == f"{fresh.root}/.ci-ml/pulled/churn-v1.1.0/model.json\n"
    fresh.git("add", "--all")
    assert fresh.git("status", "--porcelain") == ""


def test_checkout__by_version_without_data__says_so(bench, tmp_path):
    done = bench.ci_ml(
        "checkout", "churn@1.0.0", "--into", str(tmp_path / "new" / "out"), "--no-data", "--format", "json"
    )

    answer = json.loads(done.out)
    assert (answer["complete"], answer["restored"]["data"], answer["stage"]) == (False, {}, None)
    assert not (tmp_path / "new" / "out" / "rows.csv").exists()
    assert md5_of(tmp_path / "new" / "out" / "model.json") == facts(bench, "v1.0.0")["model"]["md5"]


def test_checkout__dvc_cache_in_part_and_damaged__takes_the_rest_from_the_remote(bench, tmp_path):
    cache = bench.root / ".dvc" / "cache" / "files" / "md5"
    rows, a, b = (md5_of(bench.root / path) for path in ("rows.csv", "data/train/a.csv", "data/train/deep/b.csv"))
    (cache / a[:2] / a[2:]).unlink()
    for md5 in (rows, b):
        (cache / md5[:2] / md5[2:]).chmod(0o644)
        (cache / md5[:2] / md5[2:]).write_text("half")

    assert bench.ci_ml("checkout", "churn@v1.1.0", "--into", str(tmp_path / "out")).code == 0
    assert files_below(tmp_path / "out" / "data" / "train") == files_below(bench.root / "data" / "train")


def test_checkout__files_that_are_gone__are_all_named_and_nothing_is_left(bench, fresh):
    lend_store(bench, fresh)
    pins = facts(bench, "v1.1.0")
    rows, a, b = (md5_of(bench.root / path) for path in ("rows.csv", "data/train/a.csv", "data/train/deep/b.csv"))
    for md5 in (rows, a, b, pins["model"]["md5"]):
        store_file(bench, md5).unlink()

    done = fresh.ci_ml("checkout", "churn@v1.1.0")

    store = (bench.root.parent / "fresh" / "dvc").resolve()
    assert done.said == (
        4,
        "error: churn v1.1.0 cannot be had as a whole:\n"
        f"  data/train/a.csv (md5 {a}), data/train/deep/again.csv (md5 {a}), data/train/deep/b.csv (md5 {b}) are "
        f"neither on {store} nor in DVC's cache.\n"
        f"  rows.csv (md5 {rows}) is neither on {store} nor in DVC's cache.\n"
        f"  model.json (sha256 {pins['model']['sha256'][:12]}) is neither in the local cache nor in {store} nor in git.\n"
        "  try: Whoever has it: dvc push\n"
        "       Whoever judged it still has it in .ci-ml/cache; ci-ml gate there stores it again.\n",
    )
    assert a != b
    assert not (fresh.root / "churn-v1.1.0").exists()
    assert left_over(fresh.root) == []


@pytest.mark.parametrize("what", ["data file", "list of a folder", "model"])
def test_checkout__store_that_was_changed__is_an_alarm_and_nothing_is_left(bench, fresh, what):
    lend_store(bench, fresh)
    pins = facts(bench, "v1.1.0")
    md5 = {"data file": md5_of(bench.root / "rows.csv"), "list of a folder": pins["data"]["data/train"]["md5"], "model": pins["model"]["md5"]}[what]  # fmt: skip
    store_file(bench, md5).chmod(0o644)
    store_file(bench, md5).write_text("evil")

    done = fresh.ci_ml("checkout", "churn@v1.1.0")

    assert (done.code, done.out) == (13, "")
    assert {"data file": "error: rows.csv: ", "list of a folder": "error: data/train: ", "model": "error: model.json: "}[what] in done.err  # fmt: skip
    assert not (fresh.root / "churn-v1.1.0").exists()


def test_checkout__folder_that_is_taken__is_refused(bench, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "out" / "mine").write_text("")

    assert bench.ci_ml("checkout", "churn@v1.1.0", "--into", str(tmp_path / "out")).said == (
        2,
        f"error: {tmp_path / 'out'} exists and is not empty.\n  try: --into DIR, a folder that is not there yet\n",
    )
    assert bench.ci_ml("checkout", "churn@v1.1.0", "--into", str(tmp_path / "out" / "mine")).code == 2
    assert bench.ci_ml("checkout", "churn@v1.1.0", "--into", str(tmp_path / "empty")).code == 0


@pytest.mark.parametrize(
    ("name", "code", "message"),
    [
        ("churn", 2, "'churn' is neither MODEL@STAGE nor MODEL@VERSION."),
        ("other@production", 2, "the registry has no model 'other'."),
        ("churn@v9.0.0", 2, "churn has no version 'v9.0.0'."),
        ("churn@staging", 4, "nobody holds staging of churn."),
    ],
)
def test_checkout__release_that_is_not_there__is_refused(bench, name, code, message):
    for command in ("checkout", "pull"):
        done = bench.ci_ml(command, name)
        assert (done.code, done.err.splitlines()[0]) == (code, f"error: {message}")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["ended", "killed"])
def test_checkout__stopped_half_way__leaves_no_folder_and_the_next_one_clears_up(bench, fresh, how):
    with web_server(bench.root.parent / "dvc") as server:
        fresh.write(".dvc/config.local", f"['remote \"storage\"']\n    url = {server.url}\n")
        server.faults = ["slow"] * 9
        into = fresh.root / ".ci-ml" / "checkouts" / "churn-v1.1.0"
        process = subprocess.Popen([sys.executable, "-m", "ci_ml", "-C", str(fresh.root), "checkout", "churn@v1.1.0"])
        while not server.asked:
            assert process.poll() is None
            time.sleep(0.01)
        os.kill(process.pid, how)
        assert process.wait() == (130 if how is signal.SIGTERM else -9)

        assert not into.exists()
        assert len(left_over(into.parent)) == (0 if how is signal.SIGTERM else 1)
        server.faults = []
        assert fresh.ci_ml("checkout", "churn@v1.1.0").code == 0
    assert left_over(into.parent) == []
    assert (into / "rows.csv").is_file()


# Pull -------------------------------------------------------------------------------------------------------------


def test_pull__folder_remote__prints_the_path_and_replaces_what_is_there(bench, fresh):
    lend_store(bench, fresh)
    pins = facts(bench, "v1.1.0")["model"]
    fresh.write("model.json", "an older one")

    done = fresh.ci_ml("pull", "churn@production", "--output", ".")

    assert (done.code, done.out) == (0, f"{fresh.root / 'model.json'}\n")
    assert done.err == f"churn v1.1.0, {pins['size']:,} bytes, sha256 {pins['sha256']}\n"
    assert digest_file(fresh.root / "model.json", name="x").sha256 == pins["sha256"]
    assert fresh.git("status", "--porcelain") == ""


def test_pull__json__has_the_facts(bench, tmp_path):
    pins = facts(bench, "v1.0.0")
    answer = json.loads(bench.ci_ml("pull", "churn@v1.0.0", "-o", str(tmp_path / "m.json"), "--format", "json").out)

    assert answer.pop("registry") == bench.git("rev-parse", "origin/model-registry")
    assert answer == {
        "schema": 1, "model": "churn", "version": "v1.0.0", "stage": None, "commit": pins["commit"],
        "sha256": pins["model"]["sha256"], "size": pins["model"]["size"], "path": str(tmp_path / "m.json"),
    }  # fmt: skip


BASE_ONLY = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("numpy", "scipy", "pyarrow", "dvc", "lightgbm", "sklearn", "pandas", "aiohttp", "requests"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from ci_ml.cli.main import main
main()
"""


def base_install(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """A command in a fresh process that has only what the base install has."""
    done = subprocess.run([sys.executable, "-c", BASE_ONLY, *arguments], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def test_pull__base_install__reads_a_web_server_by_the_working_copy_s_own_settings(bench, fresh):
    with web_server(bench.root.parent / "dvc") as server:
        fresh.write(".dvc/config.local", f"['remote \"storage\"']\n    url = {server.url}\n")
        server.faults = [500]

        code, out, err = base_install(fresh.root, "pull", "churn@v1.1.0")

    assert (code, out, err.count("\n")) == (0, f"{fresh.root / '.ci-ml/pulled/churn-v1.1.0/model.json'}\n", 1)
    assert digest_file(Path(out.strip()), name="x").sha256 == facts(bench, "v1.1.0")["model"]["sha256"]


def test_pull__no_clone_and_a_folder_beside_one__is_refused(bench, tmp_path):
    assert base_install(tmp_path, "pull", "churn@v1.1.0", "--remote", str(bench.remote)) == (
        3,
        "",
        "error: the DVC remote 'storage' is ../../dvc, a folder beside a working copy, and there is none here.\n"
        "  try: Clone the repository, and run this there.\n",
    )


@pytest.fixture(scope="module")
def web_original(tmp_path_factory):
    """A registry whose DVC remote is a web server from the start, as the released code says."""
    tmp_path = tmp_path_factory.mktemp("web")
    with web_server(tmp_path / "dvc") as server:
        bench = Workbench.make(tmp_path / "work", remote=tmp_path / "origin.git")
        start_registry(bench, dvc_remote=tmp_path / "dvc")
        bench.write(".dvc/config", f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {server.url}\n")
        bench.write(".dvc/config.local", f"['remote \"storage\"']\n    url = {tmp_path / 'dvc'}\n")
        bench.write(".dvc/.gitignore", "/config.local\n")
        propose(bench, "better", BETTER)
        merge(bench, "better")
        assert bench.ci_ml("promote", "--merged").code == 0
        bench.remove(".dvc/config.local")
        yield bench, server


@pytest.fixture
def on_the_web(web_original):
    """The same for one test, which may let the server fail but changes no file of it."""
    bench, server = web_original
    server.faults, server.asked = [], []
    shutil.rmtree(bench.root / ".ci-ml" / "cache", ignore_errors=True)
    return bench, server


def test_pull__no_clone__fetches_the_registry_the_settings_and_the_model(on_the_web, tmp_path):
    bench, server = on_the_web
    (tmp_path / "empty").mkdir()

    said = base_install(tmp_path / "empty", "pull", "churn@production", "--remote", f"file://{bench.remote}")

    assert said[:2] == (0, f"{tmp_path / 'empty' / 'model.json'}\n")
    assert files_below(tmp_path / "empty") == {"model.json": (bench.root / "model.json").read_bytes()}
    assert [method for method, _, _ in server.asked] == ["GET"]


@pytest.mark.parametrize(
    ("faults", "code", "words"),
    [
        ([b"evil"], 13, "has sha256 b5c1fb2efc6d"),
        (["endless"], 13, "has more than the 23 bytes"),
        ([404], 4, "is neither in the local cache nor in DVC remote 'storage'"),
        ([("to", "file:///etc/passwd")], 3, "sends us to a place that is not followed"),
        ([403], 3, "answers 403"),
    ],
    ids=str,
)
def test_pull__web_server_that_misbehaves__leaves_nothing(on_the_web, tmp_path, faults, code, words):
    bench, server = on_the_web
    server.faults = list(faults)

    done = bench.ci_ml("pull", "churn@production", "--output", str(tmp_path / "out" / "m.json"))

    assert (done.code, done.out, words in done.err) == (code, "", True), done
    assert not (tmp_path / "out").exists()


def test_pull__store_that_only_dvc_reaches__names_the_line_to_type(bench, tmp_path):
    bench.write(".dvc/config.local", "['remote \"storage\"']\n    url = s3://bucket/models\n")

    assert base_install(bench.root, "pull", "churn@v1.0.0", "-o", str(tmp_path / "m")) == (
        3,
        "",
        "error: the DVC remote 'storage' (s3) needs 'dvc', which is not installed.\n"
        "  try: pip install 'ci-ml[train]' dvc-s3  (ci-ml from a path or a git URL: see README)\n",
    )


def test_pull__model_in_git__needs_no_dvc(remote_bench, tmp_path):
    start_registry(remote_bench)
    clone = remote_bench.clone(tmp_path / "clone", "--depth=1", "--no-tags")
    clone.remove("model.json")

    path = clone.root / ".ci-ml/pulled/churn-v1.0.0/model.json"
    assert base_install(clone.root, "pull", "churn@production")[:2] == (0, f"{path}\n")
    assert path.read_bytes() == (remote_bench.root / "model.json").read_bytes()
    said = base_install(tmp_path, "pull", "churn@production", "--remote", str(remote_bench.remote), "-o", "out.json")
    assert said[:2] == (0, f"{tmp_path / 'out.json'}\n")


def test_pull__file_that_git_tracks__is_left_alone_where_right_and_else_overwritten_only_by_name(remote_bench):
    start_registry(remote_bench)
    right = (remote_bench.root / "model.json").read_bytes()
    assert remote_bench.ci_ml("pull", "churn@production", "--output", ".").code == 0
    assert remote_bench.git("status", "--porcelain") == ""
    target = remote_bench.write("model.json", "trained since, and committed nowhere")

    refused = remote_bench.ci_ml("pull", "churn@production", "--output", ".").said
    own = remote_bench.ci_ml("pull", "churn@production")

    message = (
        f"error: {target} is tracked by git, and is not the model of churn v1.0.0.\n"
        "  try: --output FILE puts it elsewhere; --output model.json overwrites this one.\n"
    )
    assert refused == (2, message)
    assert own.out == f"{remote_bench.root}/.ci-ml/pulled/churn-v1.0.0/model.json\n"
    assert target.read_text() == "trained since, and committed nowhere"
    assert remote_bench.ci_ml("pull", "churn@production", "--output", "model.json").code == 0
    assert target.read_bytes() == right


def test_pull__withdrawn_version__needs_force(bench, tmp_path):
    assert bench.ci_ml("registry", "withdraw", "churn", "v1.0.0", "--reason", "leaked labels").code == 0

    assert bench.ci_ml("pull", "churn@v1.0.0", "-o", str(tmp_path / "m")).said == (
        5,
        "error: churn v1.0.0 was withdrawn: it must not be used any more.\n"
        "  try: ci-ml registry history churn says why; --force fetches it all the same.\n",
    )
    assert not (tmp_path / "m").exists()
    assert bench.ci_ml("pull", "churn@v1.0.0", "-o", str(tmp_path / "m"), "--force").code == 0
    done = bench.ci_ml("checkout", "churn@v1.0.0", "--into", str(tmp_path / "out"))
    assert done.said == (0, "warning: churn v1.0.0 was withdrawn: it must not be used any more.\n")


def test_pull__registry_that_cannot_be_asked__refuses_a_stage_and_takes_a_version(bench, tmp_path):
    bench.remote.rename(tmp_path / "elsewhere")

    assert bench.ci_ml("pull", "churn@production", "-o", str(tmp_path / "m")).code == 3
    done = bench.ci_ml("pull", "churn@v1.1.0", "-o", str(tmp_path / "m"))
    assert (done.code, "This is what was fetched last." in done.err) == (0, True)


# Rollback ---------------------------------------------------------------------------------------------------------


def test_rollback__dry_run__checks_everything_and_writes_nothing(bench):
    before = state(bench)
    old, new = facts(bench, "v1.0.0"), facts(bench, "v1.1.0")

    done = bench.ci_ml("rollback", "churn", "production", "--reason", "worse at night", "--dry-run")

    assert done.said == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "churn: production would go back to v1.0.0 (was v1.1.0)"
    assert lines[1] == f"  model      sha256:{old['model']['sha256'][:12]}  was sha256:{new['model']['sha256'][:12]}"
    assert lines[2].startswith("  data       sha256:") and lines[2].endswith("  as before")
    assert lines[-1] == "Everything was fetched and has the right digest. Nothing was written."
    assert state(bench) == before
    assert left_over(bench.root / ".ci-ml") == []


def test_rollback__files_are_there__brings_back_all_digests_together(bench):
    old = facts(bench, "v1.0.0")

    done = bench.ci_ml("rollback", "churn", "production", "--reason", "worse at night", "--format", "json")

    answer = json.loads(done.out)
    deployment = json.loads(max((bench.root / ".ci-ml" / "forge" / "deployments").glob("*.json")).read_text())
    assert (answer["version"], answer["replaced"], answer["changed"], answer["held_before"]) == ("v1.0.0", "v1.1.0", True, True)  # fmt: skip
    assert answer["pins"]["model"]["sha256"] == old["model"]["sha256"]
    assert answer["pins"]["data"] == {path: f"md5:{pin['md5']}" for path, pin in old["data"].items()}
    assert (deployment["task"], deployment["payload"]["pins"]) == ("rollback", answer["pins"])
    assert bench.ci_ml("pull", "churn@production", "--format", "json").out.count(old["model"]["sha256"]) == 1


@pytest.mark.parametrize("gone", ["model", "predictions", "data"])
def test_rollback__file_that_is_gone__is_refused_and_nothing_is_written(bench, gone):
    old = facts(bench, "v1.0.0")
    shutil.rmtree(bench.root / ".ci-ml" / "cache")
    shutil.rmtree(bench.root / ".dvc" / "cache")
    md5 = old["data"]["rows.csv"]["md5"] if gone == "data" else old[gone]["md5"]
    store_file(bench, md5).unlink()
    before = state(bench)
    names = {"model": f"model.json (sha256 {old['model']['sha256'][:12]})", "predictions": f"predictions.csv (sha256 {old['predictions']['sha256'][:12]})", "data": f"rows.csv (md5 {md5})"}  # fmt: skip

    for more in ([], ["--dry-run"]):
        done = bench.ci_ml("rollback", "churn", "production", "--reason", "x", *more)
        assert (done.code, done.out) == (4, "")
        assert done.err.startswith(f"error: {names[gone]} is neither ")
        assert done.err.endswith("--force goes back all the same, should it be there in time.\n")
        assert state(bench) == before

    forced = bench.ci_ml("rollback", "churn", "production", "--reason", "x", "--force")
    assert forced.code == 0
    assert forced.err.startswith(f"warning: {names[gone]}")
    assert bench.ci_ml("registry", "which", "churn@production").out == "v1.0.0\n"


def test_rollback__model_that_was_changed__is_an_alarm_that_force_does_not_pass_over(bench):
    old = facts(bench, "v1.0.0")
    shutil.rmtree(bench.root / ".ci-ml" / "cache")
    store_file(bench, old["model"]["md5"]).write_text("evil")
    before = state(bench)

    for more in ([], ["--dry-run"], ["--force"]):
        assert bench.ci_ml("rollback", "churn", "production", "--reason", "x", *more).code == 13
        assert state(bench) == before


def test_rollback__store_out_of_reach__is_refused_unless_forced(bench):
    shutil.rmtree(bench.root / ".ci-ml" / "cache")
    bench.write(".dvc/config.local", "['remote \"storage\"']\n    url = http://127.0.0.1:1/x\n")

    refused = base_install(bench.root, "rollback", "churn", "production", "--reason", "x")
    assert (refused[0], "Connection refused" in refused[2]) == (3, True)
    assert base_install(bench.root, "rollback", "churn", "production", "--reason", "x", "--force")[0] == 0


def test_rollback__version_that_never_held_the_stage__is_possible_and_said(bench):
    assert bench.ci_ml("promote", "churn", "v1.1.0", "staging").code == 0

    done = bench.ci_ml("rollback", "churn", "staging", "--to", "v1.0.0", "--reason", "x")

    assert done.out.splitlines()[0] == "churn: staging is back at v1.0.0 (was v1.1.0), which never held staging"


def test_rollback__model_that_left_the_configuration__is_still_possible(bench):
    bench.write("ci-ml.yaml", CONFIG.replace("churn:", "other:"))
    bench.commit("another model")

    assert bench.ci_ml("rollback", "churn", "production", "--reason", "x").said == (0, "")
    assert bench.ci_ml("rollback", "churn", "prod", "--reason", "x").said == (
        2,
        "error: there is no stage 'prod'.\n  try: Stages: production.\n",
    )
    assert ci_ml("rollback", "nobody", "production", "--reason", "x", folder=bench.root).said == (
        2,
        "error: the registry has no model 'nobody'.\n  try: It has: churn.\n",
    )


def test_rollback__withdrawn_version__is_refused(bench):
    assert bench.ci_ml("registry", "withdraw", "churn", "v1.0.0", "--reason", "leaked").code == 0
    before = state(bench)

    for more in ([], ["--dry-run"], ["--force"]):
        assert bench.ci_ml("rollback", "churn", "production", "--to", "v1.0.0", "--reason", "x", *more).said == (
            5,
            "error: churn v1.0.0 was withdrawn.\n  try: ci-ml registry history churn says why.\n",
        )
        assert state(bench) == before


# What was imported from GTO ---------------------------------------------------------------------------------------


def test_imported_version__has_no_digests__is_not_fetched_but_can_come_back(remote_bench, monkeypatch):
    for number in range(2):
        monkeypatch.setenv("GIT_COMMITTER_DATE", f"2013-03-0{number + 1}T12:00:00+00:00")
        remote_bench.write("a", str(number))
        remote_bench.commit()
        remote_bench.git("tag", "--annotate", "--message", "x", f"m@v1.{number}.0")
        remote_bench.git("tag", "--annotate", "--message", "x", f"m#production#{number + 1}")
    remote_bench.push("main", "--tags")
    assert remote_bench.ci_ml("registry", "import", "m").code == 0
    commit = remote_bench.head("HEAD~1")

    for command in ("pull", "checkout"):
        assert remote_bench.ci_ml(command, "m@v1.0.0").said == (
            4,
            f"error: m v1.0.0 was imported: the registry knows its commit ({commit[:12]}) and no digest of its files.\n"
            f"  try: git switch --detach {commit[:12]} has its code.\n",
        )
    for more in (["--dry-run"], []):
        done = remote_bench.ci_ml("rollback", "m", "production", "--reason", "x", *more)
        assert (done.code, done.err) == (
            0,
            "warning: v1.0.0 was imported, and no digest of its files is known: nothing of them was checked.\n",
        )
    assert remote_bench.ci_ml("registry", "which", "m@production").out == "v1.0.0\n"
