from registry_makers import NOW, facts

from ci_ml.hashing import sha256_hex
from ci_ml.registry.event_builder import seal
from ci_ml.registry.events import EvidenceFile
from ci_ml.registry.history import History
from ci_ml.registry.moves import register
from ci_ml.registry.verification.evidence import check_evidence, claims
from ci_ml.registry.verification.findings import unchecked, wrong

CARD = "models/churn/versions/v1.0.0/card.md"
VERDICT = "models/churn/versions/v1.0.0/verdict.json"


def events(*, card=b"all is well\n"):
    decision = register(History(model="churn"), facts("a"), evidence={"verdict.json": b"{}\n", "card.md": card})
    return seal(History(model="churn"), decision.drafts, id="command-1", at=NOW, recorded_by="Ann").events


def check(contents, *, filed=(CARD, VERDICT)):
    return list(check_evidence(claims(events()), contents, filed=filed))


def test_claims__two_events_say_different_things__keeps_both():
    found = claims([*events(), *events(card=b"it is not\n")])

    assert [file.sha256 for file in found[CARD]] == [sha256_hex(b"all is well\n"), sha256_hex(b"it is not\n")]
    assert list(found[VERDICT]) == [EvidenceFile(sha256=sha256_hex(b"{}\n"), size=3)]


def test_check_evidence__files_are_what_events_say__finds_nothing():
    assert check([(CARD, b"all is well\n"), (VERDICT, b"{}\n")]) == []


def test_check_evidence__another_size__says_both():
    assert check([(CARD, b"x" * 1234), (VERDICT, b"{}\n")]) == [
        wrong("evidence", CARD, "has 1,234 bytes; event 1 of churn says 12")
    ]


def test_check_evidence__same_size_and_other_bytes__says_both_digests():
    own, due = sha256_hex(b"All is well\n")[:12], sha256_hex(b"all is well\n")[:12]

    assert check([(CARD, b"All is well\n"), (VERDICT, b"{}\n")]) == [
        wrong("evidence", CARD, f"has the digest {own}…; event 1 of churn says {due}…")
    ]


def test_check_evidence__file_is_gone__names_the_event():
    assert check([(VERDICT, b"{}\n")], filed=[VERDICT]) == [
        wrong("evidence", CARD, "is not there, though event 1 of churn names it")
    ]


def test_check_evidence__file_that_no_event_names__is_wrong():
    extra = "models/churn/versions/v1.0.0/more.json"

    assert check([(CARD, b"all is well\n"), (VERDICT, b"{}\n")], filed=[extra, CARD, VERDICT]) == [
        wrong("evidence", extra, "is named by no event")
    ]


def test_check_evidence__file_that_this_clone_lacks__is_not_checked():
    assert check([(CARD, None), (VERDICT, b"{}\n")]) == [unchecked("evidence", CARD, "is not in this partial clone")]
