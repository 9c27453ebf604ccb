"""What a server, a disk or a folder refuses: nothing half done, the cause in words, and no promotion fails for a tag."""

import os
import shutil

import pytest
from registry_makers import MODEL, append, fails, fill, install_hook, make_remote, make_repository, promoting, run_git

from ci_ml.errors import ForgeError, MachineError

WORKFLOWS = "refusing to allow a GitHub App to create or update workflow `.github/workflows/x.yml` without `workflows` permission"
RULES = "error: GH013: Repository rule violations found for refs/tags/late-flight#staging#1."
REMEDY = (
    "The registry itself is complete; only tools that read GTO's tags miss this. "
    "To write them later: ci-ml registry tags --repair"
)


@pytest.mark.parametrize(
    ("hook", "script", "why"),
    [
        ("update", 'case "$1" in refs/tags/*) exit 1;; esac', "[remote rejected] (hook declined)"),
        ("pre-receive", "grep -q refs/tags/ && exit 1; exit 0", "[remote rejected] (pre-receive hook declined)"),
        (
            "pre-receive",
            f"grep -q refs/tags/ && echo '{RULES}' >&2 && exit 1; exit 0",
            f"[remote rejected] (pre-receive hook declined), {RULES}",
        ),
        (
            "pre-receive",
            f"grep -q refs/tags/ && echo 'error: {WORKFLOWS}' >&2 && exit 1; exit 0",
            f"[remote rejected] (pre-receive hook declined), error: {WORKFLOWS}",
        ),
        (
            "pre-receive",
            "grep -q refs/tags/ && kill -9 $PPID; exit 0",
            "error: failed to push some refs to 'file://{bare}'",
        ),
    ],
    ids=["update", "pre-receive", "ruleset", "workflows", "hangs-up"],
)
def test_append__remote_takes_no_tags__is_a_success_with_the_remedy(tmp_path, hook, script, why):
    bare, git = make_remote(tmp_path)
    log = fill(git)
    install_hook(bare, hook, script)

    done = append(log, promoting("v1.0.0"))

    assert log.read(MODEL).holders == {"staging": "v1.0.0"}
    assert run_git(bare, "rev-parse", "model-registry") == done.head
    (warning,) = done.warnings
    assert warning.startswith("origin did not take the tag late-flight#staging#1: ")
    assert warning.endswith(REMEDY)
    told = warning.removeprefix("origin did not take the tag late-flight#staging#1: ").removesuffix(f". {REMEDY}")
    # A server that dies says what git makes of it, and that differs between versions.
    assert told == why.rstrip(".") or "kill" in script


def test_append__tag_of_that_name_is_there__says_how_it_may_go(tmp_path):
    bare, git = make_remote(tmp_path)
    log = fill(git)
    run_git(bare, "tag", "-m", "mine", "late-flight#staging#1", "main")

    done = append(log, promoting("v1.0.0"))

    assert done.warnings == (
        "origin did not take the tag late-flight#staging#1: [rejected] (already exists). "
        "The registry itself is complete; only tools that read GTO's tags miss this. "
        "Another tag has that name: ci-ml registry tags says which. If it may go: "
        "git push origin --delete 'refs/tags/late-flight#staging#1', then ci-ml registry tags --repair",
    )


def test_append__local_tag_of_that_name_is_there__says_how_it_may_go(tmp_path):
    git = make_repository(tmp_path / "alone")
    log = fill(git)
    run_git(git.root, "tag", "-m", "mine", "late-flight#staging#1")

    done = append(log, promoting("v1.0.0"))

    assert done.warnings == (
        "this repository did not take the tag late-flight#staging#1: the name is taken. "
        "The registry itself is complete; only tools that read GTO's tags miss this. "
        "Another tag has that name: ci-ml registry tags says which. If it may go: "
        "git tag --delete 'late-flight#staging#1', then ci-ml registry tags --repair",
    )


def test_append__remote_takes_some_tags__names_the_others(tmp_path):
    bare, git = make_remote(tmp_path)
    log = fill(git)
    append(log, promoting("v1.0.0"))
    install_hook(bare, "update", 'case "$1" in refs/tags/*"!"*) exit 1;; esac')

    done = append(log, promoting("v1.0.1", expected="v1.0.0"))

    assert done.warnings == (
        f"origin did not take the tag late-flight#staging!#2: [remote rejected] (hook declined). {REMEDY}",
    )
    assert run_git(bare, "tag", "--list", "*staging*").splitlines() == [
        "late-flight#staging#1",
        "late-flight#staging#3",
    ]


@pytest.mark.parametrize(
    ("moment", "written"),
    [("pre-receive", 0), ("update", 0), ("post-receive", 1), ("reference-transaction", 0)],
)
def test_append__server_dies_in_the_push__says_so_or_finds_its_event(tmp_path, moment, written):
    bare, git = make_remote(tmp_path)
    log = fill(git)
    once = f'[ -e "{tmp_path}/once" ] && exit 0; touch "{tmp_path}/once"; kill -9 $PPID'
    install_hook(bare, moment, f'[ "{moment}" = reference-transaction ] && [ "$1" != prepared ] && exit 0; {once}')

    if written:
        assert len(append(log, promoting("v1.0.0")).events) == 1
    else:
        message, hint = fails(MachineError, lambda: append(log, promoting("v1.0.0")))
        assert message.startswith(("the push to origin broke off: ", "git cannot move model-registry in origin, "))
        assert hint
        assert len(append(log, promoting("v1.0.0")).events) == 1
    log.refresh()
    assert [event.kind for event in log.read(MODEL).events] == ["registered", "registered", "promoted"]
    assert run_git(bare, "fsck", "--strict", "--no-dangling", "--no-progress") == ""


def test_append__rules_forbid_the_branch__are_quoted(tmp_path):
    bare, git = make_remote(tmp_path)
    log = fill(git)
    install_hook(bare, "pre-receive", "echo 'error: GH013: Repository rule violations found.' >&2; exit 1")

    assert fails(ForgeError, lambda: append(log, promoting("v1.0.0"))) == (
        "origin refuses the branch model-registry: [remote rejected] (pre-receive hook declined), "
        "error: GH013: Repository rule violations found.",
        "The token needs to write contents, and no rule may forbid this branch.",
    )


def test_refresh__fetch_ends_half_way__what_was_seen_stands(tmp_path):
    _, git = make_remote(tmp_path)
    log = fill(git)
    run_git(git.root, "config", "remote.origin.uploadpack", "sh -c 'kill -9 $$'; true")

    assert str(log.refresh()).startswith("origin cannot be reached: ")
    assert (type(log.problem), len(log.read(MODEL).events)) == (MachineError, 2)


@pytest.mark.parametrize(
    "script",
    [
        # A file may have no bytes, as on a full disk.
        'trap "" XFSZ && ulimit -f 0',
        # Tests may run as root, who may write everywhere; these are git's words to others.
        "echo 'error: insufficient permission for adding an object to repository database' >&2 && exit 128",
    ],
    ids=["full-disk", "read-only"],
)
def test_append__objects_cannot_be_written__nothing_is_changed_and_the_cause_is_said(tmp_path, monkeypatch, script):
    bare, git = make_remote(tmp_path)
    log = fill(git)
    before = run_git(bare, "rev-parse", "model-registry")
    wrapper = tmp_path / "bin" / "git"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nif [ "$1" = unpack-objects ]; then {script}; fi\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    with monkeypatch.context() as patch:
        patch.setenv("PATH", f"{wrapper.parent}{os.pathsep}{os.environ['PATH']}")
        message, hint = fails(MachineError, lambda: append(log, promoting("v1.0.0")))

    assert message.startswith("git cannot write into this repository: ")
    assert hint == "Nothing was changed. Is the disk full, or may you only read here?"
    assert run_git(bare, "rev-parse", "model-registry") == before
    assert run_git(git.root, "fsck", "--strict", "--no-dangling", "--no-progress") == ""
    assert len(append(log, promoting("v1.0.0")).events) == 1
