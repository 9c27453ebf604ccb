import json
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_makers import fails, grow, hexes, registered

from ci_ml.errors import DataError
from ci_ml.registry.history import History
from ci_ml.registry.signing.approvals import (
    Subject,
    Tally,
    approval_of,
    explain,
    recorded,
    standing,
    subject_of,
    subject_of_approval,
    tally,
)
from ci_ml.registry.signing.handover import LARGEST_FILE, read_approval, write_approval
from ci_ml.registry.signing.sshsig import APPROVAL

THIS = Subject(model="churn", stage="production", model_digest=hexes("m"), evaluation=hexes("e"))


def approved(subject: Subject, by: str):
    return approval_of(subject, by, None)


def history(*payloads) -> History:
    return grow(History(model="churn"), *payloads)


def test_statement__a_subject__is_these_bytes():
    # Signatures that exist are over just these: the form cannot change.
    assert THIS.statement.decode() == (
        "{\n"
        '  "ci-ml": "approval",\n'
        f'  "evaluation": "{hexes("e")}",\n'
        '  "model": "churn",\n'
        f'  "model_digest": "{hexes("m")}",\n'
        '  "stage": "production"\n'
        "}\n"
    )


def test_statement__signed_by_hand__is_what_an_event_carries(keys, tmp_path):
    payload = approval_of(THIS, "ann@example.com", keys["ann"].sign(THIS.statement, APPROVAL).decode())
    (tmp_path / "sig").write_text(payload.signature or "")
    (tmp_path / "allowed").write_text(keys["ann"].line())

    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "ann@example.com", "-n", APPROVAL, "-s", "sig"]
    assert subprocess.run(command, cwd=tmp_path, input=subject_of_approval(payload).statement).returncode == 0


def test_standing__version__has_the_approvals_of_its_digests_and_stage():
    first = registered("a", "v1.0.0")
    this = Subject(
        model="churn", stage="production", model_digest=first.model.sha256, evaluation=first.evaluation or ""
    )
    other = Subject(model="churn", stage="staging", model_digest=first.model.sha256, evaluation=this.evaluation)
    after = history(approved(this, "ann"), first, approved(other, "bob"), approved(THIS, "cat"), approved(this, "dan"))

    assert subject_of(after, "v1.0.0", "production") == this
    assert [event.sequence for event in standing(after, "v1.0.0", "production")] == [1, 5]
    assert [event.sequence for event in recorded(after)] == [1, 3, 4, 5]


def test_subject_of__version_without_evaluation__is_none():
    after = history(registered("a", "v1.0.0", evaluation=None))

    assert subject_of(after, "v1.0.0", "production") is None
    assert standing(after, "v1.0.0", "production") == ()


def test_tally__one_person_twice__counts_once():
    after = history(approved(THIS, "ann"), approved(THIS, "ann"), approved(THIS, "bob"))

    found = tally(after, THIS, needed=2, verdicts=[("ann", ""), ("ann", ""), (None, "event 3 is unsigned")])
    assert found == Tally(subject=THIS, needed=2, approvers=("ann",), refused=("event 3 is unsigned",))
    assert found.missing == 1


@given(st.lists(st.sampled_from(["ann", "bob", "cat", None]), max_size=12), st.integers(0, 5))
def test_tally__whoever_approves__missing_falls_with_each_new_person_only(people, needed):
    after = history(*[approved(THIS, person or "?") for person in people])

    found = tally(after, THIS, needed=needed, verdicts=[(person, "" if person else "no") for person in people])
    assert found.missing == max(0, needed - len({person for person in people if person}))


RETRAINED = Subject(model="churn", stage="production", model_digest=hexes("new"), evaluation=hexes("e"))


def test_tally__approval_of_another_model_file__is_named_and_does_not_count():
    after = history(approved(RETRAINED, "ann"), approved(RETRAINED, "bob"), approved(THIS, "bob"))

    found = tally(after, THIS, needed=2, verdicts=[("bob", "")])
    assert (found.approvers, found.elsewhere) == (("bob",), ("ann",))


def test_explain__some_approved__says_who_is_missing_and_what_to_type():
    found = Tally(
        subject=THIS, needed=2, approvers=("ann",), refused=("event 3 of churn is unsigned",), elsewhere=("eve",)
    )

    assert explain(found, version="v1.1.0", able=["ann", "bob", "cat"]) == (
        "churn v1.1.0 needs 2 approvals to enter production; it has 1 (ann), so 1 more.\n"
        "  event 3 of churn is unsigned.\n"
        "  eve approved another model file, or another evaluation: it counts no more.",
        "ci-ml registry approve churn --version v1.1.0 --stage production   (bob or cat)",
    )


def test_explain__too_few_people__says_so():
    found = Tally(subject=THIS, needed=3, approvers=("ann",))

    assert explain(found, version="v1.1.0", able=["ann", "bob"]) == (
        "churn v1.1.0 needs 3 approvals to enter production; it has 1 (ann), so 2 more.\n"
        "  Only 1 of those who may approve are left: bob.",
        "ci-ml registry approve churn --version v1.1.0 --stage production",
    )


# An approval as a file -------------------------------------------------------------------------------------------

SIGNED = approval_of(THIS, "ann@example.com", "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n")


@pytest.mark.parametrize("reason", [None, "looked at it"])
def test_read_approval__what_was_written__comes_back(reason):
    assert read_approval(write_approval(SIGNED, reason).encode(), name="f") == (SIGNED, reason)


def changed(**fields) -> bytes:
    return json.dumps({**json.loads(write_approval(SIGNED, None)), **fields}).encode()


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "Input data was truncated"),
        (b"[]", "Expected `object`, got `array`"),
        (changed(schema=2), "Expected `int` <= 1 - at `$.schema`"),
        (changed(stage="../x"), None),
        (changed(model_digest="abc"), None),
        (changed(signature=None), "Expected `str`, got `null` - at `$.signature`"),
        (changed(signature="x" * 2001), "Expected `str` of length <= 2000 - at `$.signature`"),
        (changed(version="v1.0.0"), "Object contains unknown field `version`"),
        (b'{"schema": ' + b"[" * 9000, None),
        (b"\xff", None),
    ],
)
def test_read_approval__anything_else__is_refused(content, fault):
    message, hint = fails(DataError, lambda: read_approval(content, name="ann.approval"))

    assert message.startswith("ann.approval is no approval: ")
    assert fault is None or message == f"ann.approval is no approval: {fault}."
    assert hint == "ci-ml registry approve MODEL --stage STAGE --print > FILE writes one."


def test_read_approval__too_long__is_refused():
    message, _ = fails(DataError, lambda: read_approval(b" " * (LARGEST_FILE + 1), name="f"))

    assert message == "f has 16,385 bytes; an approval has at most 16,384."


VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.lists(st.integers(), max_size=2)


@given(st.dictionaries(st.sampled_from([*json.loads(write_approval(SIGNED, None)), "extra"]), VALUES, max_size=3))
def test_read_approval__any_values__are_read_or_refused(fields):
    try:
        payload, _ = read_approval(changed(**fields), name="f")
    except DataError as error:
        assert error.message.startswith("f is no approval: ")
    else:
        assert payload.stage == fields.get("stage", "production")


@given(st.binary(max_size=200))
def test_read_approval__any_bytes__are_refused(content):
    fails(DataError, lambda: read_approval(content, name="f"))
