"""What do events claim about who signed them, and what is wrong with that before any signature is looked into?"""

from dataclasses import dataclass
from datetime import datetime

from ci_ml.registry.events import Event
from ci_ml.registry.payloads import Approved, EventPayload
from ci_ml.registry.signing.approvals import subject_of_approval
from ci_ml.registry.signing.policy import Policy, judge_key
from ci_ml.registry.signing.sshsig import APPROVAL, EVENT, read_signature
from ci_ml.registry.verification.findings import Finding, wrong
from ci_ml.text import shown


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An event as it lies on the branch: what it says, its bytes, and the bytes of its .sig file, if there is one."""

    event: Event
    data: bytes
    signature: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A signature that is as it should be, if it is good: a question for ssh-keygen.

    Attributes:
        where, whose: the beginning of the sentence, should it not be good.
        data: the bytes that were signed.
        principal: whose signature it has to be.
        person: one name for whoever that is; None for a key of nobody in particular.
        at: when it was made, as the event says.
    """

    where: str
    whose: str
    data: bytes
    signature: bytes
    namespace: str
    principal: str
    person: str | None
    at: datetime


def claim_of_event(stored: Stored, policy: Policy, *, required: bool) -> Claim | Finding | None:
    """What has to be asked about an event's own signature, or what is wrong already; None for an unsigned event.

    Args:
        required: whether an unsigned event is wrong. An approval is signed in itself: see `claim_of_approval`.
    """
    event, where = stored.event, place_of(stored.event)
    lost = stripped(stored)
    if lost:
        return lost
    if stored.signature is None:
        bare = required and not isinstance(event.payload, Approved)
        return wrong("unsigned", where, "is not signed") if bare else None
    stage = stage_of(event.payload)
    found = _claim(
        stored.signature, stored.data, EVENT, where, at=event.at, model=event.model, stage=stage, policy=policy
    )
    signature = read_signature(stored.signature)
    if signature and signature.namespace == EVENT and signature.fingerprint != event.signer:
        return wrong(
            "bad_signature", where, f"names the signer {shown(event.signer)}, but {signature.fingerprint} signed"
        )
    return found


def stripped(stored: Stored) -> Finding | None:
    """What is wrong where an event and its .sig file do not go together; that shows without knowing any signer."""
    event, where = stored.event, place_of(stored.event)
    if event.signer is None and stored.signature is not None:
        return wrong("unclaimed", where, "has a signature, but names no signer")
    if event.signer is not None and stored.signature is None:
        return wrong("stripped", where, f"names the signer {shown(event.signer)}, but has no signature any more")
    return None


def claim_of_approval(event: Event, policy: Policy) -> Claim | Finding | None:
    """The same about the approver's signature in an approval; None for an event of another kind."""
    if not isinstance(event.payload, Approved):
        return None
    if event.payload.model != event.model:
        return wrong("bad_signature", place_of(event), f"carries an approval of {shown(event.payload.model)}")
    claim, approver = claim_of(event.payload, place_of(event), at=event.at, policy=policy), event.payload.approver
    if (
        isinstance(claim, Claim)
        and claim.person
        and not (policy.signers and policy.signers.calls(claim.person, approver))
    ):
        return wrong(
            "bad_signature", place_of(event), f"names the approver {shown(approver)}, but {claim.person} signed"
        )
    return claim


def claim_of(payload: Approved, where: str, *, at: datetime, policy: Policy) -> Claim | Finding:
    """The same about an approval that may be in no event yet."""
    if payload.signature is None:
        return wrong("unsigned", where, f"carries an approval by {shown(payload.approver)}, unsigned")
    signature, data = payload.signature.encode(), subject_of_approval(payload).statement
    return _claim(signature, data, APPROVAL, where, at=at, model=payload.model, stage=payload.stage, policy=policy)


def place_of(event: Event) -> str:
    """An event as findings name it."""
    return f"event {event.sequence} of {event.model}"


def stage_of(payload: object) -> str | None:
    """The stage whose holder this changes; None for what concerns the model as a whole."""
    placement = payload.placement if isinstance(payload, EventPayload) else None
    return placement.stage if placement else None


def not_good(claim: Claim, fault: str) -> Finding:
    """What is said of a signature that ssh-keygen refuses: as `revoked`, or as `bad_signature`."""
    reason = "is not over these bytes" if fault == "bad_signature" else f"is by a revoked key of {claim.principal}"
    return wrong(fault, claim.where, f"{claim.whose} {reason}")


def _claim(
    armoured: bytes,
    data: bytes,
    namespace: str,
    where: str,
    *,
    at: datetime,
    model: str,
    stage: str | None,
    policy: Policy,
) -> Claim | Finding:
    whose, by = ("has a signature that", "is signed by")
    if namespace == APPROVAL:
        whose, by = ("carries an approval whose signature", "carries an approval by")
    signature = read_signature(armoured)
    if signature is None:
        return wrong("bad_signature", where, f"{whose} is none of OpenSSH")
    if signature.namespace != namespace:
        return wrong("wrong_namespace", where, f"{whose} was made for '{shown(signature.namespace)}', not {namespace}")
    standing = judge_key(policy, signature.fingerprint, namespace=namespace, at=at, model=model, stage=stage)
    if standing.kind != "allowed":
        return wrong(standing.kind, where, f"{by} {standing.why}")
    return Claim(
        where=where,
        whose=whose,
        data=data,
        signature=armoured,
        namespace=namespace,
        principal=standing.principal,
        person=standing.person,
        at=at,
    )
