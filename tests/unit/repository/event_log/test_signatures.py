import stat
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from keys import make_key
from registry_makers import NOW, fails, hexes, registered

from ci_ml.errors import MachineError
from ci_ml.registry.branch_paths import event_path, signature_path
from ci_ml.registry.event_builder import Draft, Signer, seal
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Promoted, Vacated
from ci_ml.registry.signing.approvals import Subject, approval_of
from ci_ml.registry.signing.policy import Policy
from ci_ml.registry.signing.signed import Claim, Stored, claim_of_approval, claim_of_event
from ci_ml.registry.signing.signers import parse_signers
from ci_ml.registry.signing.sshsig import APPROVAL, EVENT
from ci_ml.repository.event_log import signatures
from ci_ml.repository.event_log.signatures import count_approvals, faults_of, hold_to, open_key

MOVE = Promoted(stage="production", version="v1.0.0", replaces=None, commit=hexes("c", 40))


def policy(*lines: str, **rules) -> Policy:
    return Policy(source="main (1234567)", signers=parse_signers("".join(lines), name="main:allowed"), **rules)


def signed(key, *payloads, model: str = "churn", namespace: str = EVENT, signer: str = "") -> list[Stored]:
    """A model's events, each signed by that key, as they lie on the branch."""
    drafts = tuple(Draft(model=model, payload=payload) for payload in payloads or (registered("a", "v1.0.0"), MOVE))
    own = Signer(signer or key.fingerprint, lambda data: key.sign(data, namespace))
    sealed = seal(History(model=model), drafts, id="command-1", at=NOW, recorded_by="Ann", signer=own)
    paths = [event_path(model, event.sequence) for event in sealed.events]
    return [
        Stored(event=event, data=sealed.files[path], signature=sealed.files[signature_path(path)])
        for event, path in zip(sealed.events, paths, strict=True)
    ]


def faults(events: list[Stored], rules: Policy) -> list[tuple[str, str, str]]:
    found = hold_to([one for event in events if (one := claim_of_event(event, rules, required=True))], rules)
    return [(one.kind, one.where, one.what) for one in found if not isinstance(one, Claim)]


def test_hold_to__signed_events__are_good(keys):
    assert faults(signed(keys["ann"]), policy(keys["ann"].line(f'namespaces="{EVENT}"'))) == []


def test_hold_to__altered_event__is_bad(keys):
    first, second = signed(keys["ann"])

    assert faults(
        [first, replace(second, data=second.data.replace(b"v1.0.0", b"v1.0.1"))], policy(keys["ann"].line())
    ) == [("bad_signature", "event 2 of churn", "has a signature that is not over these bytes")]


def test_hold_to__signature_of_another_event__is_bad(keys):
    first, second = signed(keys["ann"])

    assert faults([replace(first, signature=second.signature), second], policy(keys["ann"].line())) == [
        ("bad_signature", "event 1 of churn", "has a signature that is not over these bytes")
    ]


def test_hold_to__signed_by_another_key_than_the_event_names__is_bad(keys):
    events = signed(keys["mallory"], signer=keys["ann"].fingerprint)[:1]

    assert faults(events, policy(keys["ann"].line(), keys["mallory"].line())) == [
        (
            "bad_signature",
            "event 1 of churn",
            f"names the signer {keys['ann'].fingerprint}, but {keys['mallory'].fingerprint} signed",
        )
    ]


def test_hold_to__unknown_key__is_named(keys):
    assert faults(signed(keys["mallory"])[:1], policy(keys["ann"].line())) == [
        (
            "unknown_key",
            "event 1 of churn",
            f"is signed by {keys['mallory'].fingerprint}, a key that main:allowed does not know",
        )
    ]


def test_hold_to__signature_made_for_something_else__is_refused(keys):
    assert faults(signed(keys["ann"], namespace="git")[:1], policy(keys["ann"].line())) == [
        ("wrong_namespace", "event 1 of churn", "has a signature that was made for 'git', not ci-ml-event")
    ]


def test_hold_to__model_and_stage_of_others__are_refused(keys):
    rules = policy(
        keys["ann"].line(),
        keys["bob"].line(),
        limits={"churn": {"staging": ("bob@example.com",), "production": ("bob@example.com",)}},
        stages={"churn": ("staging", "production")},
    )
    by = f"is signed by ann@example.com ({keys['ann'].fingerprint}), who may not act on"

    assert faults(signed(keys["ann"]), rules) == [
        ("not_allowed", "event 1 of churn", f"{by} churn"),
        ("not_allowed", "event 2 of churn", f"{by} production of churn"),
    ]
    assert faults(signed(keys["bob"]), rules) == []
    assert faults(signed(keys["ann"], model="fraud"), rules) == []


def test_hold_to__leaving_a_stage__is_for_those_who_may_act_on_it(keys):
    rules = policy(keys["ann"].line(), limits={"churn": {"production": ("bob@example.com",)}})
    events = signed(keys["ann"], registered("a", "v1.0.0"), MOVE, Vacated(stage="production", version="v1.0.0"))

    assert [fault[:2] for fault in faults(events, rules)] == [
        ("not_allowed", "event 1 of churn"),  # staging is not in `stages` here: production is all there is
        ("not_allowed", "event 2 of churn"),
        ("not_allowed", "event 3 of churn"),
    ]


def test_hold_to__key_rotated__both_are_good_in_their_time(keys):
    day = f"{NOW:%Y%m%d}"
    before = keys["ann"].line(f'valid-before="{day}"')
    after = keys["ann2"].line(f'valid-after="{day}"', principal="ann@example.com")

    assert faults(signed(keys["ann2"]), policy(before, after)) == []
    assert [fault[0] for fault in faults(signed(keys["ann"]), policy(before, after))] == ["expired", "expired"]
    later = keys["ann"].line(f'valid-before="{NOW + timedelta(days=1):%Y%m%d}"')
    assert faults(signed(keys["ann"]), policy(later, after)) == []


def test_hold_to__times__are_utc_whatever_the_machine_says(keys, monkeypatch):
    monkeypatch.setenv("TZ", "America/New_York")

    for end in (f"{NOW:%Y%m%d%H%M}", f"{NOW:%Y%m%d%H%M}Z"):
        assert faults(signed(keys["ann"]), policy(keys["ann"].line(f'valid-before="{end}"'))) == []


@pytest.mark.parametrize("form", ["list", "krl"])
def test_hold_to__revoked_key__is_refused_whenever_it_signed(keys, tmp_path, form):
    revoked = keys["ann"].public.encode() + b"\n"
    if form == "krl":
        subprocess.run(["ssh-keygen", "-q", "-k", "-f", "krl", f"{keys['ann'].path}.pub"], cwd=tmp_path, check=True)
        revoked = (tmp_path / "krl").read_bytes()
    rules = policy(keys["ann"].line(), keys["bob"].line(), revoked=revoked)

    assert faults(signed(keys["ann"])[:1], rules) == [
        ("revoked", "event 1 of churn", "has a signature that is by a revoked key of ann@example.com")
    ]
    assert faults(signed(keys["bob"])[:1], rules) == []


def test_hold_to__principal_in_quotes_or_with_aliases__finds_its_key(keys):
    for principal in ('"Ann Lee,ann@example.com"', "*@example.com,ann", "ann@home,ann@work"):
        assert faults(signed(keys["ann"]), policy(keys["ann"].line(principal=principal))) == []


def test_faults_of__no_ssh_keygen__says_what_to_install(keys, monkeypatch):
    rules = policy(keys["ann"].line())
    claims = [claim_of_event(event, rules, required=True) for event in signed(keys["ann"])]
    monkeypatch.setenv("PATH", "/nonexistent")

    assert fails(MachineError, lambda: faults_of(claims, rules)) == (
        "ssh-keygen is not installed, so nothing can be signed or checked.",
        "Install OpenSSH 8.8 or later: apt-get install openssh-client, or dnf install openssh",
    )
    assert faults_of([], rules) == []


# Counting approvals ----------------------------------------------------------------------------------------------

SUBJECT = Subject(model="churn", stage="production", model_digest=hexes("m"), evaluation=hexes("e"))


def approval(key, subject: Subject = SUBJECT, *, name: str = "", of: Subject | None = None):
    signature = key.sign((of or subject).statement, APPROVAL).decode()
    return approval_of(subject, name or f"{key.name}@example.com", signature)


def counted(rules: Policy, *payloads):
    history = History(model="churn")
    drafts = tuple(Draft(model="churn", payload=payload) for payload in payloads)
    history = seal(history, drafts, id="command-1", at=NOW, recorded_by="Ann").history
    found = count_approvals(history, SUBJECT, rules)
    return found.approvers, found.refused


def rules_of(keys, **rules) -> Policy:
    return policy(*(keys[name].line() for name in ("ann", "bob", "cat")), approvals={"production": 2}, **rules)


def test_count_approvals__two_people__are_two(keys):
    found = counted(rules_of(keys), approval(keys["ann"]), approval(keys["bob"]))

    assert found == (("ann@example.com", "bob@example.com"), ())


def test_count_approvals__one_person_with_two_keys__is_one(keys):
    rules = policy(keys["ann"].line(), keys["ann2"].line(principal="ann@home,ann@example.com"))

    assert counted(rules, approval(keys["ann"]), approval(keys["ann2"], name="ann@home")) == (
        ("ann@example.com",),
        (),
    )


def test_count_approvals__another_name_than_the_signer_has__does_not_count(keys):
    found = counted(
        rules_of(keys), approval(keys["ann"], name="bob@example.com"), approval(keys["ann"], name="the board")
    )

    assert found == (
        (),
        (
            "event 1 of churn names the approver bob@example.com, but ann@example.com signed",
            "event 2 of churn names the approver the board, but ann@example.com signed",
        ),
    )


def test_count_approvals__signature_over_other_digests__is_bad(keys):
    other = replace(SUBJECT, model_digest=hexes("other"))

    assert counted(rules_of(keys), approval(keys["ann"], of=other)) == (
        (),
        ("event 1 of churn carries an approval whose signature is not over these bytes",),
    )


def test_count_approvals__signature_for_events__is_no_approval(keys):
    forged = approval_of(SUBJECT, "ann@example.com", keys["ann"].sign(SUBJECT.statement, EVENT).decode())

    assert counted(rules_of(keys), forged)[1] == (
        "event 1 of churn carries an approval whose signature was made for 'ci-ml-event', not ci-ml-approval",
    )


def test_count_approvals__by_somebody_who_may_not__does_not_count(keys):
    rules = rules_of(keys, limits={"churn": {"production": ("bob@example.com",)}})

    assert counted(rules, approval(keys["ann"]), approval(keys["bob"])) == (
        ("bob@example.com",),
        (
            f"event 1 of churn carries an approval by ann@example.com ({keys['ann'].fingerprint}), "
            "who may not act on production of churn",
        ),
    )


def test_count_approvals__unsigned_or_by_a_pattern__does_not_count(keys):
    rules = policy(keys["ann"].line(principal="*@example.com"))

    assert counted(rules, approval_of(SUBJECT, "ann", None), approval(keys["ann"])) == (
        (),
        (
            "event 1 of churn carries an approval by ann, unsigned",
            "event 2 of churn carries an approval by x@example.com, which is nobody in particular",
        ),
    )


def test_claim_of_approval__good_one__names_the_person(keys):
    rules = rules_of(keys)
    history = seal(
        History(model="churn"),
        (Draft(model="churn", payload=approval(keys["ann"])),),
        id="command-1", at=NOW, recorded_by="Ann",
    ).history  # fmt: skip

    (found,) = hold_to([claim_of_approval(history.events[0], rules)], rules)
    assert isinstance(found, Claim)
    assert found.person == "ann@example.com"


# Keys ------------------------------------------------------------------------------------------------------------


def test_open_key__private_key__signs(keys):
    with open_key(str(keys["ann"].path), root=Path("/"), name="KEY") as key:
        assert key.fingerprint == keys["ann"].fingerprint
        assert key.sign(b"x", EVENT) == keys["ann"].sign(b"x", EVENT)  # ed25519 has no chance in it


def test_open_key__path_from_the_root_or_home__is_found(keys, monkeypatch):
    monkeypatch.setenv("HOME", str(keys["ann"].path.parent))

    for value in ("ann", "~/ann"):
        with open_key(value, root=keys["ann"].path.parent, name="KEY") as key:
            assert key.fingerprint == keys["ann"].fingerprint


@pytest.mark.parametrize("form", ["as it is", "windows", "without its last line break"])
def test_open_key__the_private_key_itself__lies_in_a_file_of_our_own_until_we_are_done(keys, form):
    text = keys["ann"].path.read_text()
    value = {"as it is": text, "windows": text.replace("\n", "\r\n"), "without its last line break": text.strip()}[form]

    with open_key(value, root=Path("/"), name="KEY") as key:
        assert key.sign(b"x", EVENT)
        assert stat.S_IMODE(key.path.stat().st_mode) == 0o600
    assert not key.path.parent.exists()


def test_open_key__public_key_with_an_agent__signs(keys, tmp_path, monkeypatch):
    socket = tmp_path / "agent"
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL)
    try:
        while not socket.exists():
            assert agent.poll() is None
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        subprocess.run(["ssh-add", "-q", str(keys["ann"].path)], check=True)
        (tmp_path / "ann.pub").write_text(keys["ann"].public)
        for value in (str(tmp_path / "ann.pub"), keys["ann"].public, f"key::{keys['ann'].public}"):
            with open_key(value, root=Path("/"), name="KEY") as key:
                assert key.fingerprint == keys["ann"].fingerprint
                assert key.sign(b"x", EVENT)
    finally:
        agent.terminate()
        agent.wait()


def opened(value: str, name: str = "KEY"):
    with open_key(value, root=Path("/"), name=name) as key:
        return key.sign(b"x", EVENT)


def test_open_key__no_such_file__is_refused_in_words(tmp_path):
    message, hint = fails(MachineError, lambda: opened(str(tmp_path / "none")))

    assert message == f"KEY cannot sign: ssh-keygen: {tmp_path / 'none'}: No such file or directory."
    assert hint == "ssh-keygen -Y sign -n ci-ml-event -f KEY shows what it wants; nothing was written."


def test_open_key__no_key__is_refused(tmp_path):
    (tmp_path / "key").write_text("nothing")

    assert fails(MachineError, lambda: opened(str(tmp_path / "key")))[0] == (
        f"KEY cannot sign: {tmp_path / 'key'} is not a public key file."
    )


def test_open_key__damaged_private_key__does_not_show_it(keys):
    text = keys["ann"].path.read_text().replace("A", "B")

    message, _ = fails(MachineError, lambda: opened(text))
    assert not any(line in message for line in text.splitlines())


def test_sign__public_key_without_its_other_half__is_refused(keys, tmp_path, monkeypatch):
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    (tmp_path / "ann.pub").write_text(keys["ann"].public)

    message, _ = fails(MachineError, lambda: opened(str(tmp_path / "ann.pub")))
    assert message.startswith("KEY cannot sign: ")


def test_sign__passphrase_that_nobody_types__is_refused(tmp_path, monkeypatch):
    for name in ("DISPLAY", "SSH_ASKPASS", "SSH_AUTH_SOCK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSH_ASKPASS_REQUIRE", "never")
    key = make_key(tmp_path, "locked", "-t", "ed25519", "-N", "secret", "-a", "1")
    # Away from the terminal that the suite may run in: there it would ask.
    run = subprocess.run
    monkeypatch.setattr(signatures.subprocess, "run", lambda *a, **more: run(*a, **more, start_new_session=True))

    message, _ = fails(MachineError, lambda: opened(str(key.path)))
    assert message.startswith("KEY cannot sign: ")
