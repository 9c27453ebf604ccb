"""The same answers from every kind of clone, and from no clone at all; nothing of the user's is changed by asking."""

import json
import subprocess
from pathlib import Path

import pytest
from registry_makers import make_repository, run_git
from workbench import BETTER, Workbench, ci_ml, merge, propose, start_registry

COMMANDS = [
    ["which", "churn@production"],
    ["which", "churn@production", "--at", "2099-01-01"],
    ["show", "--format", "json"],
    ["show", "churn"],
    ["history", "churn", "--stage", "production"],
]


@pytest.fixture(scope="module")
def origin(tmp_path_factory):
    """v1.0.0, then v1.1.0 in production; and what the registry's own clone answers."""
    folder = tmp_path_factory.mktemp("origin")
    bench = Workbench.make(folder / "work", remote=folder / "origin.git")
    start_registry(bench)
    propose(bench, "better", BETTER)
    merge(bench, "better")
    assert bench.ci_ml("promote", "--merged").code == 0
    for setting in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        run_git(bench.remote, "config", setting, "true")
    return bench


@pytest.fixture(scope="module")
def answers(origin):
    found = [ci_ml("registry", *command, folder=origin.root) for command in COMMANDS]
    assert [(done.code, done.err) for done in found] == [(0, "")] * len(COMMANDS)
    assert found[0].out == found[1].out == "v1.1.0\n"
    return [done.out for done in found]


def clone_of(origin: Workbench, folder: Path, *options: str) -> Path:
    return origin.clone(folder / "clone", *options).root


def detached(origin: Workbench, folder: Path) -> Path:
    root = clone_of(origin, folder)
    run_git(root, "switch", "--quiet", "--detach", "HEAD^")
    return root


def worktree(origin: Workbench, folder: Path) -> Path:
    root = clone_of(origin, folder)
    run_git(root, "worktree", "add", "--quiet", "--detach", str(folder / "tree"))
    return folder / "tree"


def subfolder(origin: Workbench, folder: Path) -> Path:
    root = clone_of(origin, folder) / "deep" / "er"
    root.mkdir(parents=True)
    return root


def other_name(origin: Workbench, folder: Path) -> Path:
    """The remote has another name, as ci-ml.yaml says, and `origin` is somebody's fork."""
    root = clone_of(origin, folder)
    run_git(root, "remote", "rename", "origin", "upstream")
    run_git(root, "remote", "add", "origin", str(make_repository(folder / "fork").root))
    with (root / "ci-ml.yaml").open("a") as file:
        file.write("registry: {remote: upstream}\n")
    return root


WAYS = {
    "full clone": clone_of,
    "CI checkout": lambda o, f: clone_of(o, f, "--depth=1", "--single-branch", "--no-tags"),
    "clone without blobs": lambda o, f: clone_of(o, f, "--filter=blob:none", "--single-branch"),
    "clone without trees": lambda o, f: clone_of(o, f, "--filter=tree:0", "--depth=1"),
    "bare clone": lambda o, f: clone_of(o, f, "--bare"),
    "mirror": lambda o, f: clone_of(o, f, "--mirror"),
    "detached head": detached,
    "worktree": worktree,
    "subfolder": subfolder,
    "another name for the remote": other_name,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_reading__every_kind_of_clone__answers_the_same(origin, answers, tmp_path, way):
    folder = way(origin, tmp_path)

    found = [ci_ml("registry", *command, folder=folder) for command in COMMANDS]

    assert [(done.code, done.err) for done in found] == [(0, "")] * len(COMMANDS)
    assert [done.out for done in found] == answers
    told = ci_ml("registry", "log", "--format", "json", folder=folder)
    assert [event["sequence"] for event in json.loads(told.out)["events"]] == [1, 2, 3, 4]
    assert ci_ml("registry", "diff", "churn", "v1.0.0", "production", folder=folder).code == 0


@pytest.mark.parametrize("address", ["{}", "file://{}", "origin.git"])
def test_reading__remote_without_a_clone__answers_the_same(origin, answers, tmp_path, monkeypatch, address):
    # Outside every repository: git must not even look for one.
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(origin.remote.parent.parent))
    place = address.format(origin.remote)

    found = [ci_ml("registry", *command, "--remote", place, folder=origin.remote.parent) for command in COMMANDS]

    assert [(done.code, done.err) for done in found] == [(0, "")] * len(COMMANDS)
    assert [done.out for done in found] == answers


def test_reading__remote__leaves_a_repository_around_it_as_it_was(origin, tmp_path):
    bystander = make_repository(tmp_path / "bystander").root
    before = {path: path.stat().st_mtime_ns for path in bystander.rglob("*")}

    assert ci_ml("registry", "show", "--remote", str(origin.remote), folder=bystander).code == 0
    assert {path: path.stat().st_mtime_ns for path in bystander.rglob("*")} == before


def test_reading__remote_and_offline__contradict_each_other(origin, tmp_path):
    assert ci_ml("registry", "which", "churn@production", "--offline", "--remote", "x", folder=tmp_path).said == (
        2,
        "error: --remote fetches, and --offline forbids it.\n  try: Leave one of them out.\n",
    )


def test_reading__configured_remote_that_this_clone_lacks__is_not_replaced_by_another(origin, tmp_path):
    root = clone_of(origin, tmp_path)
    with (root / "ci-ml.yaml").open("a") as file:
        file.write("registry: {remote: upstream}\n")

    assert ci_ml("registry", "which", "churn@production", folder=root).said == (
        3,
        "error: this clone has no remote 'upstream', where ci-ml.yaml keeps the registry.\n"
        "  try: git remote add it, or ask with --remote URL.\n",
    )


@pytest.mark.parametrize(
    "address", ["ssh://-oProxyCommand=touch%20ran/x", "-oProxyCommand=touch ran:x", "a@-oProxyCommand=touch ran:x"]
)
def test_reading__option_for_ssh_in_an_address__is_refused(tmp_path, address):
    done = ci_ml("registry", "show", f"--remote={address}", folder=tmp_path)

    assert done.code in (2, 3)
    assert done.err.startswith("error: ")
    assert list(tmp_path.iterdir()) == []


def test_reading__address_with_a_password__is_never_printed_by_any_command(tmp_path):
    address = "http://zoe:s3cret@127.0.0.1:9/flights.git?token=t0ken"
    for command in [*COMMANDS, ["log"], ["diff", "churn", "v1.0.0", "v1.1.0"]]:
        done = ci_ml("registry", *command, "--remote", address, folder=tmp_path)
        assert done.code == 3
        assert not any(word in done.out + done.err for word in ("zoe", "s3cret", "t0ken"))


def test_reading__configured_url_with_a_password__is_not_printed_either(origin, tmp_path):
    root = clone_of(origin, tmp_path)
    run_git(root, "remote", "set-url", "origin", "http://zoe:s3cret@127.0.0.1:9/flights.git")

    done = ci_ml("registry", "which", "churn@production", folder=root)
    assert (done.code, done.out) == (0, "v1.1.0\n")
    assert "warning: origin cannot be reached" in done.err
    assert not any(word in done.err for word in ("zoe", "s3cret"))


def test_reading__interrupted_fetch__leaves_nothing_behind(origin, tmp_path):
    """A command that is told to stop while git waits for its remote ends, and so does what it started."""
    spool = tmp_path / "spool"
    spool.mkdir()
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nsleep 30\n")
    silent.chmod(0o755)
    script = (
        f"TMPDIR={spool} GIT_SSH_COMMAND={silent} timeout --signal=TERM 3 "
        "python -m ci_ml registry show --remote ssh://host.example/x; echo $?"
    )
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, cwd=tmp_path, timeout=60)

    assert done.stdout.strip() == "124"
    assert done.stderr.strip() == "interrupted"
    assert list(spool.iterdir()) == []
