"""Appending: what lands on the branch, and who wins."""

from random import Random

from registry_makers import (
    MODEL,
    append,
    clone,
    decision,
    facts,
    fails,
    fill,
    make_remote,
    make_repository,
    promoting,
    registered,
    registering,
    run_git,
)

from ci_ml.errors import ConfigError, MachineError, RegistryConflict
from ci_ml.git import branch_transaction
from ci_ml.git.writes import Push
from ci_ml.registry.event_builder import Decision
from ci_ml.registry.history import History
from ci_ml.registry.moves import register
from ci_ml.registry.payloads import Promoted
from ci_ml.reports.registry_pages import render_pages
from ci_ml.repository.event_log.log import EventLog


def test_append__first_event__is_on_the_remote_and_nowhere_else(tmp_path):
    bare, git = make_remote(tmp_path)
    log = EventLog(git, "origin")
    commit = git.head()

    done = append(
        log, registering(commit, evidence={"verdict.json": b"{}\n"}), recorded_by="Ann", render_pages=render_pages
    )

    assert done.head == run_git(bare, "rev-parse", "model-registry") == log.head
    assert (done.warnings, done.local_only, done.decision.version) == ((), False, "v1.0.0")
    assert run_git(bare, "ls-tree", "-r", "--name-only", "model-registry").splitlines() == [
        ".gitattributes",
        "README.md",
        "models/late-flight/README.md",
        "models/late-flight/events/0000/00000001.json",
        "models/late-flight/versions/v1.0.0/verdict.json",
    ]
    assert run_git(bare, "show", "model-registry:.gitattributes") == "* -text"
    assert run_git(bare, "log", "-1", "--format=%s", "model-registry") == "late-flight: registered v1.0.0"
    assert run_git(bare, "tag", "--list") == "late-flight@v1.0.0"
    assert run_git(git.root, "branch", "--list") == "* main"
    assert run_git(git.root, "status", "--porcelain") == ""


def test_append__tag_message__carries_the_commit_that_added_the_event(tmp_path):
    bare, git = make_remote(tmp_path)
    done = append(EventLog(git, "origin"), registering(git.head()))
    append(EventLog(git, "origin"), promoting("v1.0.0"))

    added = run_git(
        bare,
        "log",
        "--diff-filter=A",
        "--format=%H",
        "model-registry",
        "--",
        f"models/{MODEL}/events/0000/00000001.json",
    )
    assert added == done.head
    assert f"Registry: {added}" in run_git(bare, "tag", "--list", "--format=%(contents)", "late-flight@v1.0.0")


def test_read__another_clone__folds_the_same_history(tmp_path):
    bare, git = make_remote(tmp_path)
    mine = fill(git)
    append(mine, promoting("v1.0.0"))
    theirs = EventLog(clone(bare, tmp_path / "bea"), "origin")

    assert theirs.refresh() is None
    assert theirs.models() == (MODEL,)
    assert theirs.read(MODEL) == mine.read(MODEL)
    assert theirs.read(MODEL).holders == {"staging": "v1.0.0"}
    assert theirs.read("unheard-of") == History(model="unheard-of")
    assert theirs.snapshot().last(MODEL) == theirs.read(MODEL).events[-1]
    assert theirs.snapshot().last("unheard-of") is None


def test_append__several_models_and_events__are_one_commit(tmp_path):
    bare, git = make_remote(tmp_path)
    log = EventLog(git, "origin")
    commit = git.head()

    def decide(snapshot):
        one = register(snapshot.read("dir/a:x"), facts("a", commit=commit))
        return (
            one
            + register(snapshot.read("b"), facts("b", commit=commit))
            + decision(Promoted(stage="staging", version="v1.0.0", replaces=None, commit=commit), model="b")
        )

    done = append(log, decide, render_pages=render_pages)

    assert [(event.model, event.sequence, event.kind) for event in done.events] == [
        ("dir/a:x", 1, "registered"),
        ("b", 1, "registered"),
        ("b", 2, "promoted"),
    ]
    assert len({event.id for event in done.events}) == 1
    assert run_git(bare, "rev-list", "--count", "model-registry") == "1"
    assert run_git(bare, "log", "-1", "--format=%B", "model-registry") == (
        "2 models\n\ndir/a:x: registered v1.0.0\nb: registered v1.0.0, promoted v1.0.0 to staging"
    )
    assert run_git(bare, "tag", "--list").splitlines() == ["b#staging#1", "b@v1.0.0", "dir/a=x@v1.0.0"]
    assert log.models() == ("b", "dir/a:x")


def test_append__nothing_to_do__writes_nothing(tmp_path):
    bare, git = make_remote(tmp_path)
    log = EventLog(git, "origin")
    append(log, registering(git.head()))
    before = run_git(bare, "rev-parse", "model-registry")

    done = append(log, registering(git.head()))

    assert (done.events, done.head, done.decision.note) == (
        (),
        before,
        "late-flight: this model file is v1.0.0 already.",
    )
    assert run_git(bare, "rev-parse", "model-registry") == before


def test_append__only_adds_files_beside_the_pages(tmp_path):
    bare, git = make_remote(tmp_path)
    log = fill(git, versions=1)
    append(log, promoting("v1.0.0"), render_pages=render_pages)
    append(log, promoting("v1.0.0", "production"), render_pages=render_pages)

    changed = run_git(bare, "diff", "--name-status", "model-registry~1", "model-registry").splitlines()

    assert changed == [
        "M\tREADME.md",
        "M\tmodels/late-flight/README.md",
        "A\tmodels/late-flight/events/0000/00000003.json",
    ]


def test_append__name_that_differs_only_in_case__is_refused(tmp_path):
    _, git = make_remote(tmp_path)
    log = EventLog(git, "origin")
    append(log, registering(git.head()))

    message, _ = fails(ConfigError, lambda: append(log, registering(git.head(), model="Late-Flight")))

    assert message == "'Late-Flight' differs from the registered model 'late-flight' only in case."


def test_evidence__is_read_from_the_branch(tmp_path):
    _, git = make_remote(tmp_path)
    log = EventLog(git, "origin")
    append(log, registering(git.head(), evidence={"verdict.json": b"{}\n"}))

    assert log.evidence("models/late-flight/versions/v1.0.0/verdict.json") == b"{}\n"
    assert log.evidence("models/late-flight/versions/v1.0.0/other.json") is None
    assert EventLog(git, None).evidence("anything") is None


def test_append__no_remote__the_local_branch_is_the_registry(tmp_path):
    git = make_repository(tmp_path / "alone")
    log = EventLog(git, None)

    done = append(log, registering(git.head()))

    assert done.local_only
    assert run_git(git.root, "rev-parse", "model-registry") == done.head
    assert run_git(git.root, "tag", "--list") == "late-flight@v1.0.0"
    assert log.refresh() is None
    assert log.read(MODEL).latest.version == "v1.0.0"


def test_append__local_branch_moved_meanwhile__decides_again(tmp_path):
    git = make_repository(tmp_path / "alone")
    log = EventLog(git, None)
    append(log, registering(git.head()))
    meanwhile = [lambda: append(EventLog(git, None), promoting("v1.0.0", "staging"))]

    def decide(snapshot):
        chosen = promoting("v1.0.0", "production", expected=None)
        found = Decision() if not snapshot.read(MODEL).holders else chosen(snapshot)
        if meanwhile:
            meanwhile.pop()()
            return decision(Promoted(stage="other", version="v1.0.0", replaces=None, commit=git.head()))
        return found

    done = append(log, decide)

    assert [event.sequence for event in done.events] == [3]
    assert log.read(MODEL).holders == {"staging": "v1.0.0", "production": "v1.0.0"}


def test_append__registry_is_checked_out__is_refused(tmp_path):
    git = make_repository(tmp_path / "alone")
    log = EventLog(git, None)
    append(log, registering(git.head()))
    run_git(git.root, "checkout", "--quiet", "model-registry")

    assert fails(MachineError, lambda: append(log, promoting("v1.0.0"))) == (
        "the branch model-registry is checked out here.",
        "git switch main",
    )


def test_append__registry_older_than_the_remote__goes_there_whole(tmp_path):
    bare, git = make_remote(tmp_path)
    append(EventLog(git, None), registering(git.head()))

    append(EventLog(git, "origin"), promoting("v1.0.0"))

    assert run_git(bare, "rev-list", "--count", "model-registry") == "2"
    assert EventLog(git, "origin").read(MODEL).holders == {"staging": "v1.0.0"}


def test_append__stale_lock__is_named_instead_of_waited_for(tmp_path):
    git = make_repository(tmp_path / "alone")
    log = EventLog(git, None)
    append(log, registering(git.head()))
    (git.root / ".git/refs/heads/model-registry.lock").touch()

    assert fails(MachineError, lambda: append(log, promoting("v1.0.0"))) == (
        "git cannot move model-registry in this repository, though nobody else does.",
        "Look for a lock that was left behind: model-registry.lock",
    )


def test_append__two_writers_one_slot__one_wins_and_the_other_learns_who(tmp_path):
    bare, git = make_remote(tmp_path)
    fill(git)
    ann = EventLog(git, "origin")
    bea = EventLog(clone(bare, tmp_path / "bea"), "origin")
    ann.refresh()
    bea.refresh()

    append(ann, promoting("v1.0.0"), recorded_by="Ann")
    message, hint = fails(RegistryConflict, lambda: append(bea, promoting("v1.0.1"), recorded_by="Bea"))

    assert message == (
        "staging of late-flight is held by v1.0.0 now, no longer by nobody: event 3 by Ann, 2013-03-01 12:00 UTC."
    )
    assert hint == "Look at what changed, then, if it is still right: ci-ml promote late-flight v1.0.1 staging"
    assert run_git(bare, "rev-list", "--count", "model-registry") == "3"
    assert run_git(bare, "tag", "--list", "*staging*") == "late-flight#staging#1"
    assert run_git(bea.git.root, "tag", "--list", "*staging*") == ""


def test_append__two_writers_two_models__both_succeed(tmp_path):
    bare, git = make_remote(tmp_path)
    fill(git, model="a", versions=1)
    fill(git, model="b", versions=1)
    ann = EventLog(git, "origin")
    bea = EventLog(clone(bare, tmp_path / "bea"), "origin")
    ann.refresh()
    bea.refresh()
    pauses = []

    append(ann, promoting("v1.0.0", model="a"), render_pages=render_pages)
    append(bea, promoting("v1.0.0", model="b"), render_pages=render_pages, sleep=pauses.append)

    assert len(pauses) == 1
    bea.refresh()
    assert {m: dict(bea.read(m).holders) for m in bea.models()} == {
        "a": {"staging": "v1.0.0"},
        "b": {"staging": "v1.0.0"},
    }
    # The second writer built its pages on what the first one wrote.
    index = run_git(bare, "show", "model-registry:README.md")
    assert index.count("promoted v1.0.0 to staging") == 2


def test_append__two_writers_of_the_very_first_event__both_succeed(tmp_path):
    bare, git = make_remote(tmp_path)
    ann, bea = EventLog(git, "origin"), EventLog(clone(bare, tmp_path / "bea"), "origin")
    ann.refresh()
    bea.refresh()

    append(ann, registering(git.head(), model="a"))
    append(bea, registering(git.head(), model="b"))

    assert bea.models() == ("a", "b")
    assert run_git(bare, "rev-list", "--count", "model-registry") == "2"


def test_append__answer_to_the_push_is_lost__finds_its_own_event(tmp_path, monkeypatch):
    bare, git = make_remote(tmp_path)
    log = fill(git)
    real = branch_transaction.push

    def push_and_lose_the_answer(*arguments):
        real(*arguments)
        return Push(done=False, rejected=False, reason="the remote end hung up unexpectedly")

    monkeypatch.setattr(branch_transaction, "push", push_and_lose_the_answer)

    done = append(log, promoting("v1.0.0"))

    assert [event.kind for event in done.events] == ["promoted"]
    assert len(log.read(MODEL).events) == 3
    assert run_git(bare, "tag", "--list", "*staging*") == "late-flight#staging#1"


def test_append__tries__are_counted(tmp_path):
    bare, git = make_remote(tmp_path)
    log = fill(git, versions=1)
    rivals = [EventLog(clone(bare, tmp_path / name), "origin") for name in ("bea", "cy")]

    def decide(snapshot):
        if rivals:
            append(rivals.pop(), lambda _: decision(registered("x", "v9.0.0"), model=f"m{len(rivals)}"))
        return decision(Promoted(stage="staging", version="v1.0.0", replaces=None, commit=git.head()))

    assert append(log, decide).tries == 3


def test_append__others_are_always_faster__gives_up_in_words(tmp_path, monkeypatch):
    bare, git = make_remote(tmp_path)
    log = fill(git, versions=1)
    rival = EventLog(clone(bare, tmp_path / "rival"), "origin")

    def decide(snapshot):
        append(rival, lambda _: decision(registered(rival.head, "v9.0.0"), model=f"m{rival.head[:8]}"))
        return decision(Promoted(stage="staging", version="v1.0.0", replaces=None, commit=git.head()))

    monkeypatch.setattr(branch_transaction, "TRIES", 3)
    message, hint = fails(RegistryConflict, lambda: append(log, decide, rng=Random(2)))

    assert (message, hint) == ("others wrote to model-registry faster, 3 times in a row.", "Run the command again.")
