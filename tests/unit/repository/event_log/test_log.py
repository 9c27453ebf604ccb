"""The log as clones of every kind see it, and remotes that refuse, vanish or lie."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from registry_makers import (
    MODEL,
    NOW,
    append,
    bare_environment,
    clone,
    fails,
    fill,
    install_hook,
    make_remote,
    make_repository,
    plant,
    play_long,
    promoting,
    registering,
    run_git,
)

from ci_ml.errors import DataError, ForgeError, MachineError, VerificationError
from ci_ml.git.questions import Git
from ci_ml.registry.moves import rollback
from ci_ml.reports.registry_pages import render_pages
from ci_ml.repository.event_log.log import EventLog


@pytest.mark.parametrize("options", [["--depth=1"], ["--depth=1", "--no-tags"], ["--filter=blob:none"]])
def test_append__shallow_single_branch_or_blobless_clone__works(tmp_path, options):
    bare, git = make_remote(tmp_path)
    run_git(bare, "config", "uploadpack.allowFilter", "true")
    fill(git)
    runner = clone(bare, tmp_path / "runner", *options)
    log = EventLog(runner, "origin")

    done = append(log, promoting("v1.0.0"), render_pages=render_pages)  # its commit is not in this clone

    assert done.warnings == ()
    assert run_git(bare, "tag", "--list").splitlines() == [
        "late-flight#staging#1",
        "late-flight@v1.0.0",
        "late-flight@v1.0.1",
    ]
    assert run_git(bare, "rev-parse", "late-flight#staging#1^{commit}") == run_git(bare, "rev-parse", "main~1")
    later = EventLog(git, "origin")
    later.refresh()
    assert later.read(MODEL) == log.read(MODEL)


def test_refresh__shallow_clone__fetches_one_commit_and_then_only_what_is_new(tmp_path):
    bare, git = make_remote(tmp_path)
    fill(git, versions=4)
    runner = clone(bare, tmp_path / "runner", "--depth=1")
    log = EventLog(runner, "origin")

    log.refresh()
    assert run_git(runner.root, "rev-list", "--count", log.reference) == "1"
    append(EventLog(git, "origin"), promoting("v1.0.0"))
    log.refresh()

    assert run_git(runner.root, "rev-list", "--count", log.reference) == "2"
    assert log.read(MODEL).holders == {"staging": "v1.0.0"}


def test_refresh__several_at_once_in_one_clone__all_succeed(tmp_path):
    bare, git = make_remote(tmp_path)
    fill(git)
    other = clone(bare, tmp_path / "other", "--depth=1")
    logs = [EventLog(other, "origin") for _ in range(4)]

    with ThreadPoolExecutor() as pool:
        warnings = list(pool.map(EventLog.refresh, logs))

    assert warnings == [None] * 4
    assert all(log.read(MODEL).latest for log in logs)


def test_refresh__full_clone__does_not_become_shallow(tmp_path):
    bare, git = make_remote(tmp_path)
    fill(git)
    other = clone(bare, tmp_path / "other", "--single-branch")

    EventLog(other, "origin").refresh()

    assert not other.is_shallow()
    assert EventLog(other, "origin").read(MODEL).events


def test_append__git_knows_nobody__is_made_as_ci_ml(tmp_path, monkeypatch):
    bare, git = make_remote(tmp_path)
    for name, value in bare_environment(tmp_path / "home").items():
        monkeypatch.setenv(name, value)
    for name in ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"):
        monkeypatch.delenv(name, raising=False)

    append(EventLog(git, "origin"), registering(git.head()), recorded_by="run 17")

    assert run_git(bare, "log", "-1", "--format=%an <%ae>", "model-registry") == "ci-ml <ci-ml@localhost.invalid>"
    assert run_git(bare, "tag", "--list", "--format=%(taggername) %(taggeremail)") == (
        "run 17 <ci-ml@localhost.invalid>"
    )


def test_append__remote_refuses_tags__is_a_success_with_a_warning(tmp_path):
    bare, git = make_remote(tmp_path)
    log = fill(git)
    install_hook(bare, "update", 'case "$1" in refs/tags/*) exit 1;; esac')

    done = append(log, promoting("v1.0.0"))

    assert log.read(MODEL).holders == {"staging": "v1.0.0"}
    assert done.warnings == (
        "origin did not take the tag late-flight#staging#1: [remote rejected] (hook declined). "
        "The registry itself is complete; only tools that read GTO's tags miss this. "
        "To write them later: ci-ml registry tags --repair",
    )
    assert run_git(git.root, "tag", "--list", "*staging*") == ""


def test_append__remote_refuses_the_branch__is_a_forge_error(tmp_path):
    bare, git = make_remote(tmp_path)
    log = fill(git)
    install_hook(bare, "pre-receive", "exit 1")

    message, hint = fails(ForgeError, lambda: append(log, promoting("v1.0.0")))

    assert message.startswith("origin refuses the branch model-registry: ")
    assert "pre-receive hook declined" in message
    assert hint == "The token needs to write contents, and no rule may forbid this branch."
    assert log.read(MODEL).holders == {}


def test_refresh__remote_out_of_reach__reads_go_on_and_writes_do_not(tmp_path):
    bare, git = make_remote(tmp_path)
    fill(git)
    bare.rename(tmp_path / "gone")
    log = EventLog(git, "origin")

    warning = log.refresh()

    assert warning is not None
    assert warning.startswith("origin cannot be reached: fatal: ")
    assert log.read(MODEL).latest.version == "v1.0.1"
    message, hint = fails(MachineError, lambda: append(log, promoting("v1.0.0")))
    assert message == warning
    assert hint == "git ls-remote origin model-registry shows what git says."


def test_refresh__branch_was_rewritten__is_noticed(tmp_path):
    bare, git = make_remote(tmp_path)
    log = fill(git)
    seen = log.head
    run_git(bare, "update-ref", "refs/heads/model-registry", run_git(bare, "rev-parse", "model-registry~1"))

    message, hint = fails(VerificationError, log.refresh)

    assert message == f"model-registry on origin was rewritten: what was seen there, {seen[:12]}, is gone from it."
    assert hint == (
        "Find out who did it. To accept it all the same: git update-ref -d refs/remotes/origin/model-registry"
    )


def test_refresh__branch_was_deleted__reads_go_on_and_writes_say_how_to_put_it_back(tmp_path):
    bare, git = make_remote(tmp_path)
    log = fill(git)
    run_git(bare, "update-ref", "-d", "refs/heads/model-registry")

    warning = log.refresh()

    assert warning == f"origin has no branch model-registry any more; it was at {log.head[:12]} when last seen."
    assert log.read(MODEL).latest
    message, hint = fails(VerificationError, lambda: append(log, promoting("v1.0.0")))
    assert (message, hint) == (warning, f"To put it back: git push origin {log.head}:refs/heads/model-registry")


def rewrite(bare, path, content):
    """Put a file on the registry's branch as somebody without ci-ml would; with None take it away."""
    work = bare.parent / "vandal"
    if not work.exists():
        run_git(bare, "clone", "--quiet", "--branch", "model-registry", str(bare), str(work))
    place = work / path
    if content is None:
        place.unlink()
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    run_git(work, "add", "--all")
    run_git(work, "commit", "--quiet", "-m", "x")
    run_git(work, "push", "--quiet")


EVENT = f"models/{MODEL}/events/0000/00000001.json"


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        (EVENT, None, f"event 1 of {MODEL} is missing."),
        (EVENT, b"{}", f"event 1 of {MODEL} is damaged: Object missing required field `schema`."),
        (f"models/{MODEL}/events/0000/00000004.json", b"{}", f"event 3 of {MODEL} is missing."),
    ],
)
def test_read__vandalised_branch__names_the_event(tmp_path, path, content, message):
    bare, git = make_remote(tmp_path)
    log = fill(git)
    rewrite(bare, path, content)
    log.refresh()

    assert fails(VerificationError, lambda: log.read(MODEL))[0] == message


@pytest.mark.parametrize(
    "path",
    [
        "models/..x/events/0000/00000001.json",
        "models/a%2F..%2Fb/events/0000/00000001.json",
        "models/x y/events/0000/1.json",
        f"models/{MODEL}/events/0001/00000001.json",
        f"models/{MODEL}/events/0000/00000001.json.sig",
        "models/README",
    ],
)
def test_models__files_that_are_no_events__are_passed_over(tmp_path, path):
    bare, git = make_remote(tmp_path)
    log = fill(git)
    rewrite(bare, path, b"{}")
    log.refresh()

    assert log.models() == (MODEL,)
    assert len(log.read(MODEL).events) == 2
    assert log.snapshot().last(MODEL).sequence == 2


def test_read__more_than_a_thousand_events__spans_folders(tmp_path):
    git = make_repository(tmp_path / "alone")
    log = EventLog(git, None)
    plant(git, play_long(1005))

    assert len(log.read(MODEL).events) == 1005
    assert log.snapshot().last(MODEL).sequence == 1005
    assert log.snapshot().summaries()[MODEL].last.sequence == 1005
    assert log.snapshot().summaries()[MODEL].latest_version == "v1.0.0"
    assert run_git(git.root, "ls-tree", "--name-only", "model-registry", f"models/{MODEL}/events/").splitlines() == [
        f"models/{MODEL}/events/0000",
        f"models/{MODEL}/events/0001",
    ]


def test_read_ahead__events_that_come_afterwards__are_all_that_is_left_to_read(tmp_path, monkeypatch):
    bare, git = make_remote(tmp_path)
    fill(git)
    log = EventLog(clone(bare, tmp_path / "other", "--branch=main"), "origin")
    log.refresh()
    append(EventLog(git, "origin"), promoting("v1.0.0"))
    asked = []
    read_blobs = Git.read_blobs

    def read_and_note(own, names, **how):
        asked.extend(names)
        return read_blobs(own, names, **how)

    monkeypatch.setattr(Git, "read_blobs", read_and_note)

    log.read_ahead(MODEL)
    before = len(asked)
    log.refresh()

    assert log.read(MODEL).holders == {"staging": "v1.0.0"}
    assert (before, len(asked)) == (2, 3)


def test_read_ahead__damaged_event__is_left_to_whoever_reads(tmp_path):
    bare, git = make_remote(tmp_path)
    log = fill(git)
    rewrite(bare, EVENT, b"{}")
    log.refresh()

    log.read_ahead(MODEL)

    with pytest.raises(VerificationError):
        log.read(MODEL)


def test_read__blobless_clone_with_the_branch__fetches_its_events_at_once(tmp_path, monkeypatch):
    bare, _ = make_remote(tmp_path)
    plant(Git(bare), play_long(30))
    run_git(bare, "config", "uploadpack.allowFilter", "true")
    other = clone(bare, tmp_path / "other", "--filter=blob:none")
    log = EventLog(other, "origin")
    log.refresh()
    trace = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE", str(trace))

    assert len(log.read(MODEL).events) == 30

    assert trace.read_text().count("built-in: git fetch ") == 1
    assert run_git(other.root, "config", "remote.origin.partialclonefilter") == "blob:none"


def test_append__rollback_from_a_fresh_clone__ends_as_decided(tmp_path):
    bare, git = make_remote(tmp_path)
    log = fill(git)
    append(log, promoting("v1.0.0"))
    append(log, promoting("v1.0.1", expected="v1.0.0"))
    other = EventLog(clone(bare, tmp_path / "other", "--depth=1"), "origin")

    def decide(snapshot):
        return rollback(snapshot.read(MODEL), "staging", reason="worse", expected_holder="v1.0.1")

    done = append(other, decide, at=NOW - timedelta(minutes=3))

    assert done.events[0].at == NOW
    assert other.read(MODEL).holders == {"staging": "v1.0.0"}
    assert other.read(MODEL).barred == {other.read(MODEL).releases["v1.0.1"].facts.model.sha256}


def test_append__evidence_too_large__writes_nothing(tmp_path):
    bare, git = make_remote(tmp_path)

    with pytest.raises(DataError):
        append(EventLog(git, "origin"), registering(git.head(), evidence={"big.json": b"x" * 300_000}))

    assert run_git(bare, "branch", "--list", "model-registry") == ""
