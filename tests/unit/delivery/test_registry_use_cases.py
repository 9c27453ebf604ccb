"""What the registry's commands do, called with plain values: no command line, no environment, no terminal."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from registry_makers import MODEL, NOW, append, fails, fill, hexes, make_remote, promoting, run_git

from ci_ml.delivery.approvals import not_counted_yet, refuse_unapproved_return, what_is_missing
from ci_ml.delivery.chosen_events import choose_events
from ci_ml.delivery.importing import import_tags
from ci_ml.delivery.lifecycle_moves import deprecating, newest_history, restoring, vacating, withdrawing, write
from ci_ml.delivery.registry_diff import compare_versions
from ci_ml.delivery.registry_reading import require_model, require_stage
from ci_ml.delivery.registry_source import bring_up_to_date, snapshot_of
from ci_ml.delivery.registry_verification import fetch_for_verifying, require_model_ever, verify_registry
from ci_ml.delivery.registry_writer import RegistryWriter, tell
from ci_ml.delivery.signature_checks import signature_check
from ci_ml.delivery.signing import SigningKeys, may_sign_events
from ci_ml.delivery.stage_holder import holder_of
from ci_ml.delivery.tags import fault_of, look_at_tags, repair_tags
from ci_ml.errors import ConfigError, DataError, MachineError, RegistryConflict, VerificationError
from ci_ml.registry.selection import Selection
from ci_ml.registry.signing.policy import Policy
from ci_ml.registry.signing.signers import parse_signers
from ci_ml.repository.event_log.log import EventLog

BARE = Policy(source="main (1a2b3c4)")


@dataclass
class Heard:
    """What a use case says while it is at work."""

    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def note(self, text):
        self.notes.append(text)

    def warn(self, text):
        self.warnings.append(text)


@pytest.fixture
def log(tmp_path) -> EventLog:
    """Two versions, v1.0.0 in staging."""
    log = fill(make_remote(tmp_path)[1])
    append(log, promoting("v1.0.0"))
    return log


def writer(log: EventLog, *, key: str = "", needed: bool = False, policy: Policy = BARE) -> RegistryWriter:
    keys = SigningKeys(git=log.git, text=key, needed=needed)
    return RegistryWriter(log=log, actor="Ann", now=NOW + timedelta(days=1), keys=keys, rules=lambda: policy)


def kinds(log: EventLog) -> list[str]:
    return [event.kind for event in log.read(MODEL).events]


def test_writer__decision__is_written_in_its_name(log):
    appended = writer(log).append(promoting("v1.0.0", "production"))

    (event,) = appended.events
    assert (event.kind, event.recorded_by, event.signer, event.at) == ("promoted", "Ann", None, NOW + timedelta(days=1))
    assert appended.head == log.head


def test_tell__registry_without_a_remote__is_said_to_be_local(log):
    run_git(log.git.root, "branch", "model-registry", "origin/model-registry")
    run_git(log.git.root, "remote", "remove", "origin")
    heard = Heard()

    appended = writer(EventLog(log.git, None)).append(promoting("v1.0.0", "production"))
    tell(appended, heard)

    assert heard.notes == ["There is no remote: the local branch model-registry is the registry."]


def test_writer__key__signs_and_its_text_is_not_shown(log, keys):
    ann = str(keys["ann"].path)
    signing = writer(log, key=ann)

    (event,) = signing.append(promoting("v1.0.0", "production")).events

    assert event.signer == keys["ann"].fingerprint
    assert ann not in repr(signing)


def test_writer__key_that_the_rules_do_not_know__signs_nothing(log, keys):
    policy = Policy(source="main (1a2b3c4)", signers=parse_signers(keys["bob"].line(), name="main:signers"))
    before = log.head

    message, hint = fails(
        MachineError,
        lambda: writer(log, key=str(keys["ann"].path), policy=policy).append(promoting("v1.0.0", "production")),
    )

    assert message.startswith(
        f"CI_ML_SIGNING_KEY would sign as {keys['ann'].fingerprint}, a key that main:signers does"
    )
    assert hint == "main:signers says who may sign. Nothing was written."
    assert log.head == before
    assert not may_sign_events(SigningKeys(git=log.git, text=str(keys["ann"].path)), lambda: policy, MODEL, at=NOW)


def test_signing_keys__needed_and_not_there__says_how_to_name_one(log):
    message, _ = fails(MachineError, lambda: writer(log, needed=True).append(promoting("v1.0.0", "production")))

    assert message == "there is no key to sign with."


def test_rules__are_not_read_where_nothing_is_signed(log):
    def never():
        raise AssertionError

    writing = RegistryWriter(log=log, actor="Ann", now=NOW, keys=SigningKeys(git=log.git), rules=never)

    assert writing.append(promoting("v1.0.0", "production")).events


def test_approvals__missing_ones__keep_a_version_out_and_a_way_back_open(log):
    policy = Policy(source="main (1a2b3c4)", approvals={"staging": 1, "production": 1})
    history = log.read(MODEL)

    assert isinstance(what_is_missing(policy, history, "v1.0.0", "production", at=NOW), RegistryConflict)
    assert what_is_missing(BARE, history, "v1.0.0", "production", at=NOW) is None
    refuse_unapproved_return(lambda: policy, history, "v1.0.0", "staging", at=NOW)
    fails(RegistryConflict, lambda: refuse_unapproved_return(lambda: policy, history, "v1.0.1", "staging", at=NOW))
    assert not_counted_yet(policy, {"staging": 2}, "staging") == ()
    assert not_counted_yet(BARE, {"staging": 2}, "staging") == (
        "registry.approvals of staging is not on main (1a2b3c4) yet, so it does not count.",
    )


def test_holder_of__held_empty_and_unknown_stage(log):
    snapshot = log.snapshot()

    def ask(stage, at=None):
        return holder_of(snapshot, MODEL, stage, at=at, configured=lambda: ("staging", "production"))

    assert ask("staging") == "v1.0.0"
    assert fails(DataError, lambda: ask("production"))[0] == f"nobody ever held production of {MODEL}."
    assert fails(ConfigError, lambda: ask("qa"))[0] == f"{MODEL} has no stage 'qa'."
    assert fails(DataError, lambda: ask("staging", NOW - timedelta(days=9)))[0].startswith("nobody held staging")


def test_choose_events__limit__says_how_many_are_left_out(log):
    chosen = choose_events(log.snapshot(), MODEL, Selection(), limit=1)

    assert ([event.kind for event in chosen.events], chosen.left_out, chosen.of, chosen.several) == (
        ["promoted"],
        2,
        3,
        False,
    )


def test_require__what_is_not_there__names_what_is(log):
    assert fails(ConfigError, lambda: require_model(log.snapshot(), "x"))[1] == f"It has: {MODEL}."
    assert fails(ConfigError, lambda: require_stage("x", ("a", "b")))[1] == "Stages: a, b."


def test_bring_up_to_date__configured_remote_that_is_not_here__is_refused(log):
    message, _ = fails(
        MachineError,
        lambda: bring_up_to_date(EventLog(log.git, None), configured="upstream", offline=True, messages=Heard()),
    )

    assert message == "this clone has no remote 'upstream', where ci-ml.yaml keeps the registry."


def test_bring_up_to_date__remote_that_is_gone__reads_on_and_says_so(log):
    run_git(log.git.root, "remote", "set-url", "origin", "/gone")
    heard = Heard()

    bring_up_to_date(log, configured="origin", offline=False, messages=heard)

    assert snapshot_of(log, offline=False, messages=heard).models() == (MODEL,)
    assert heard.warnings[0].endswith("This is what was fetched last.")


def test_lifecycle_moves__one_after_the_other__are_events(log):
    heard = Heard()
    seen = newest_history(log, MODEL, heard)
    moves = [
        vacating(seen, "staging", stages=lambda: (), reason="empty"),
        withdrawing(MODEL, "v1.0.0", reason="leaked labels"),
        restoring(MODEL, "v1.0.0", reason=None),
        deprecating(MODEL, None, reason=None),
    ]

    for move in moves:
        assert write(writer(log), MODEL, move).events

    assert kinds(log)[-4:] == ["vacated", "withdrawn", "restored", "deprecated"]
    assert [move.said for move in moves] == [
        f"{MODEL}: nothing holds staging any more (was v1.0.0)",
        f"{MODEL} v1.0.0 is withdrawn",
        f"{MODEL} v1.0.0 is restored",
        f"{MODEL} as a whole is deprecated",
    ]
    fails(ConfigError, lambda: vacating(seen, "qa", stages=lambda: ("staging",), reason=None))


def test_tags__lost_and_foreign__are_written_again_and_named(log):
    git = log.git
    gone = [tag for tag in run_git(git.root, "tag").split() if tag.endswith("v1.0.0")]
    run_git(git.root, "push", "--quiet", "--delete", "origin", *gone)
    run_git(git.root, "tag", "--delete", *gone)

    before, after = look_at_tags(log, MODEL, offline=False), repair_tags(log, MODEL)

    assert (before.missing, after.missing, [state.name for state in after.written]) == (1, 0, gone)
    assert fault_of(after, remote="origin") is None
    run_git(git.root, "tag", "-m", "mine", f"{MODEL}#production#9")
    foreign = fault_of(look_at_tags(log, MODEL, offline=False), remote="origin")
    assert isinstance(foreign, VerificationError)


def test_import_tags__without_a_writer__foretells_and_writes_nothing(tmp_path):
    _, git = make_remote(tmp_path)
    run_git(git.root, "tag", "-m", "first", "churn@v1.0.0")
    run_git(git.root, "push", "--quiet", "origin", "churn@v1.0.0")
    log = EventLog(git, "origin")

    told = import_tags(log, model=None, writer=None)
    done = import_tags(log, model="churn", writer=writer(log))

    assert (told.appended, told.head, [one.name for one in told.models]) == (None, None, ["churn"])
    assert done.models == told.models
    assert [event.kind for event in log.read("churn").events] == ["imported"]


def test_compare_versions__registry_alone__says_what_needs_a_clone(log):
    found = compare_versions(log.snapshot(), MODEL, "staging", "v1.0.1", clone=None)

    assert (found.before.release.version, found.before.stages, found.after.release.version) == (
        "v1.0.0",
        ("staging",),
        "v1.0.1",
    )
    assert (found.files, found.paired, found.unpaired) == (None, None, "--remote reads the registry alone.")


def test_verify_registry__lost_event__is_found_and_a_model_that_never_was_is_refused(log):
    check = signature_check(lambda: BARE, required=False, allowed_signers=None, now=NOW)

    honest = verify_registry(log, check, model=None, witnesses={}, offline=True, already=fetch_for_verifying(log))
    lost = verify_registry(log, check, model=None, witnesses={hexes("gone", 40): "a comment"}, offline=True)

    # The registry was made without pages, and pins trees that never were: both say so.
    assert [finding.where for finding in lost.of("wrong") if finding not in honest.of("wrong")] == ["a comment"]
    fails(ConfigError, lambda: require_model_ever(log, "x"))


def test_signature_check__signatures_are_required_and_nobody_is_known__is_refused(log):
    message, _ = fails(ConfigError, lambda: signature_check(lambda: BARE, required=True, allowed_signers=None, now=NOW))

    assert message == "whose signatures count cannot be told: main (1a2b3c4) names no allowed signers."
