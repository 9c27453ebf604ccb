from registry_makers import NOW, grow, hexes, registered

from ci_ml.registry.event_builder import Draft, Signer, seal
from ci_ml.registry.events import encode
from ci_ml.registry.history import History
from ci_ml.registry.signing.approvals import Subject, approval_of
from ci_ml.registry.signing.policy import Policy
from ci_ml.registry.signing.signed import Stored, claim_of_approval, claim_of_event, stripped
from ci_ml.registry.verification.findings import wrong

POLICY = Policy(source="main (1234567)")
SUBJECT = Subject(model="churn", stage="production", model_digest=hexes("m"), evaluation=hexes("e"))


def stored(signature: bytes | None, *, signer: str | None = None, payload=None) -> Stored:
    key = Signer(signer, lambda _: b"") if signer else None
    draft = Draft(model="churn", payload=payload or registered("a", "v1.0.0"))
    (event,) = seal(History(model="churn"), (draft,), id="command-1", at=NOW, recorded_by="Ann", signer=key).events
    return Stored(event=event, data=encode(event), signature=signature)


def test_stripped__signer_and_signature_go_together__is_none():
    assert stripped(stored(None)) is None
    assert stripped(stored(b"x", signer="SHA256:a")) is None


def test_stripped__signature_is_gone__is_wrong():
    assert stripped(stored(None, signer="SHA256:a")) == wrong(
        "stripped", "event 1 of churn", "names the signer SHA256:a, but has no signature any more"
    )


def test_stripped__no_signer_is_named__is_wrong():
    assert stripped(stored(b"x")) == wrong("unclaimed", "event 1 of churn", "has a signature, but names no signer")


def test_claim_of_event__unsigned__is_wrong_only_where_signatures_are_required():
    assert claim_of_event(stored(None), POLICY, required=False) is None
    assert claim_of_event(stored(None), POLICY, required=True) == wrong("unsigned", "event 1 of churn", "is not signed")


def test_claim_of_event__approval__is_signed_in_itself():
    assert claim_of_event(stored(None, payload=approval_of(SUBJECT, "ann", "x")), POLICY, required=True) is None


def test_claim_of_event__no_openssh_signature__is_bad():
    assert claim_of_event(stored(b"x", signer="SHA256:a"), POLICY, required=False) == wrong(
        "bad_signature", "event 1 of churn", "has a signature that is none of OpenSSH"
    )


def test_claim_of_approval__event_of_another_kind__is_none():
    assert claim_of_approval(stored(None).event, POLICY) is None


def test_claim_of_approval__unsigned__is_wrong():
    assert claim_of_approval(stored(None, payload=approval_of(SUBJECT, "ann", None)).event, POLICY) == wrong(
        "unsigned", "event 1 of churn", "carries an approval by ann, unsigned"
    )


def test_claim_of_approval__of_another_model__is_wrong():
    (event,) = grow(History(model="fraud"), approval_of(SUBJECT, "ann", "x")).events

    assert claim_of_approval(event, POLICY) == wrong(
        "bad_signature", "event 1 of fraud", "carries an approval of churn"
    )
