"""What do events claim about who signed them, and what is wrong with that before any signature is looked into?"""

from dataclasses import dataclass
from datetime import datetime

from ci_ml.registry.approvals import subject_of_approval
from ci_ml.registry.events import Event
from ci_ml.registry.findings import Finding
from ci_ml.registry.payloads import Approved, Promoted, RolledBack, Vacated
from ci_ml.registry.policy import Policy, judge_key
from ci_ml.registry.sshsig import APPROVAL, EVENT, read_signature


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
        where: as in `Finding`.
        data: the bytes that were signed.
        principal: whose signature it has to be.
        person: one name for whoever that is; None for a key of nobody in particular.
        at: when it was made, as the event says.
    """

    where: str
    what: str
    data: bytes
    signature: bytes
    namespace: str
    principal: str
    person: str | None
    at: datetime


def claim_of_event(stored: Stored, policy: Policy, *, required: bool) -> Claim | Finding | None:
    """What has to be asked about an event's own signature, or what is wrong already; None for an unsigned event.

    Args:
        required: whether an unsigned event is wrong.
    """
    event, where = stored.event, f"event {stored.event.sequence} of {stored.event.model}"
    if event.signer is None:
        if stored.signature is not None:
            return _wrong("unclaimed_signature", where, "has a signature, but names no signer")
        return _wrong("unsigned", where, "is not signed") if required else None
    if stored.signature is None:
        return _wrong("stripped", where, f"names the signer {event.signer}, but its signature is gone")
    return _claim(
        where,
        "the signature",
        stored.data,
        stored.signature,
        EVENT,
        event,
        stage_of(event),
        policy,
        signer=event.signer,
    )


def claim_of_approval(event: Event, policy: Policy) -> Claim | Finding | None:
    """The same about the approver's signature in an approval; None for an event of another kind."""
    if not isinstance(event.payload, Approved):
        return None
    where, payload = f"event {event.sequence} of {event.model}", event.payload
    if payload.model != event.model:
        return _wrong("bad_signature", where, "approves another model than the one it is filed with")
    if payload.signature is None:
        return _wrong("unsigned", where, f"is an approval by {payload.approver} that nobody signed")
    subject = subject_of_approval(payload)
    signature = payload.signature.encode()
    return _claim(where, "the approval", subject.statement, signature, APPROVAL, event, payload.stage, policy)


def stage_of(event: Event) -> str | None:
    """The stage whose holder an event changes; None for what concerns the model as a whole."""
    return event.payload.stage if isinstance(event.payload, Promoted | RolledBack | Vacated) else None


def _claim(
    where: str,
    what: str,
    data: bytes,
    armoured: bytes,
    namespace: str,
    event: Event,
    stage: str | None,
    policy: Policy,
    *,
    signer: str | None = None,
) -> Claim | Finding:
    signature = read_signature(armoured)
    if signature is None:
        return _wrong("bad_signature", where, f"{what} is no OpenSSH signature")
    if signature.namespace != namespace:
        found = f"{what} was made for '{signature.namespace}', not for '{namespace}'"
        return _wrong("wrong_namespace", where, found)
    if signer is not None and signature.fingerprint != signer:
        return _wrong("bad_signature", where, f"names the signer {signer}, but {what} is by {signature.fingerprint}")
    standing = judge_key(
        policy, signature.fingerprint, namespace=namespace, at=event.at, model=event.model, stage=stage
    )
    if standing.kind != "allowed":
        return _wrong(standing.kind, where, f"{what} {standing.why}")
    return Claim(
        where=where,
        what=what,
        data=data,
        signature=armoured,
        namespace=namespace,
        principal=standing.principal,
        person=standing.person,
        at=event.at,
    )


def _wrong(kind: str, where: str, what: str) -> Finding:
    return Finding(weight="wrong", kind=kind, where=where, what=what)
