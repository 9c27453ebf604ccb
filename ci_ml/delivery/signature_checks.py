"""Do the signatures of a registry hold, by the rules of the main branch? What `registry verify` asks of each model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from ci_ml.delivery.signing import Rules
from ci_ml.errors import CiMlError, ConfigError, MachineError
from ci_ml.registry.events import Event
from ci_ml.registry.history import History, Tenure
from ci_ml.registry.payloads import Promoted
from ci_ml.registry.signing.approvals import explain, subject_of
from ci_ml.registry.signing.policy import Policy
from ci_ml.registry.signing.signed import Stored, claim_of_approval, claim_of_event, stripped
from ci_ml.registry.signing.signers import parse_signers
from ci_ml.registry.verification.continuity import Continuity
from ci_ml.registry.verification.findings import Finding, unchecked, wrong
from ci_ml.registry.verification.layout import event_of
from ci_ml.repository.event_log.audit import StoredModel
from ci_ml.repository.event_log.signatures import count_approvals, hold_to

# A rollback needs no approvals, or it would come too late.
_BEFORE = "which lacks approvals by today's rules; what they were when it was first promoted there is not told"


@dataclass(frozen=True, kw_only=True)
class SignatureCheck:
    """What the signatures of each model are held to.

    Attributes:
        policy: who may sign what.
        required: whether an unsigned event is wrong, and so is a holder without the approvals of its stage; and what
            cannot be checked is an error.
        now: to name who could approve.
    """

    policy: Policy
    required: bool
    now: datetime

    @property
    def doubts(self) -> tuple[Finding, ...]:
        """What cannot be told of the rules themselves."""
        if not self.policy.stale or self.policy.signers is None:
            return ()
        what = f"may have other rules by now, and signatures were held to those fetched last: {self.policy.stale}"
        return (unchecked("rules", f"branch {self.policy.source}", what),)

    def __call__(self, stored: StoredModel, continuity: Continuity) -> Iterator[Finding]:
        """What is wrong with the signatures of one model.

        Raises:
            MachineError: it is required, and signatures cannot be checked here.
        """
        policy, required = self.policy, self.required
        events = list(_of_interest(stored, continuity.events, required=required))
        if policy.signers is None:
            yield from _unlooked_into(events, stored.model, f"{policy.source} names no allowed signers")
            return
        if required:
            yield from _unreadable(stored, continuity.events)
        try:
            yield from _faults(events, policy, required=required)
            if required and continuity.history:
                yield from _unapproved(continuity.history, policy, self.now)
        except MachineError as error:
            if required:
                raise
            yield from _unlooked_into(events, stored.model, error.message.rstrip("."))


def signature_check(rules: Rules, *, required: bool, allowed_signers: Path | None, now: datetime) -> SignatureCheck:
    """The check by the rules of the main branch.

    Args:
        allowed_signers: takes the place of the file that the main branch names.

    Raises:
        ConfigError, MachineError: it is required, and cannot be told who may sign.
    """
    try:
        policy = rules()
    except CiMlError as error:
        if required and allowed_signers is None:
            raise
        policy = Policy(source=error.message.rstrip("."))
    if allowed_signers is not None:
        try:
            text = allowed_signers.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError):
            raise ConfigError(f"{allowed_signers} cannot be read as text in UTF-8.") from None
        policy = replace(policy, signers=parse_signers(text, name=str(allowed_signers)))
    if required and policy.signers is None:
        raise ConfigError(
            f"whose signatures count cannot be told: {policy.source} names no allowed signers.",
            hint="--allowed-signers FILE, or registry.allowed_signers in ci-ml.yaml there: docs/signatures.md",
        )
    return SignatureCheck(policy=policy, required=required, now=now)


def _of_interest(stored: StoredModel, events: Sequence[Event], *, required: bool) -> Iterator[Stored]:
    """Events that are signed, seem to be, or should be; most registries have many others."""
    for event in events:
        number, signature = event.sequence, stored.signatures.get(event.sequence)
        if number in stored.unread_signatures or number not in stored.events:
            continue
        if required or signature is not None or event.signer is not None or event.kind == "approved":
            yield Stored(event=event, data=stored.events[number], signature=signature)


def _unreadable(stored: StoredModel, read: Sequence[Event]) -> Iterator[Finding]:
    """What cannot be read, as an event of a newer ci-ml, can lack a signature all the same."""
    signed = {*stored.signatures, *stored.unread_signatures, *(event.sequence for event in read)}
    for number in sorted(set(stored.events) - signed):
        yield wrong("unsigned", event_of(stored.model, number), "is not signed")


def _faults(events: list[Stored], policy: Policy, *, required: bool) -> Iterator[Finding]:
    claims = [claim_of_approval(one.event, policy) for one in events]
    began = False
    for one in events:
        # Nobody signed before there were signatures; afterwards an early date is no excuse, for it is self-reported.
        began = began or one.event.signer is not None
        excused = not began and policy.signed_since is not None and one.event.at < policy.signed_since
        claims.append(claim_of_event(one, policy, required=required and not excused))
    found = hold_to([claim for claim in claims if claim is not None], policy)
    yield from (one for one in found if isinstance(one, Finding))


def _unlooked_into(events: list[Stored], model: str, why: str) -> Iterator[Finding]:
    """What shows without knowing any signer; the rest is named as not checked."""
    count = 0
    for one in events:
        found = stripped(one)
        if found:
            yield found
        count += one.signature is not None or one.event.kind == "approved"
    if count:
        yield unchecked("signature", model, f"has {count:,} signatures that were not looked into: {why}")


def _unapproved(history: History, policy: Policy, now: datetime) -> Iterator[Finding]:
    """Whoever holds a stage now must have the approvals that today's rules ask for, whenever they were given.

    Rules change, and what they were when an older holder came is not told by the registry.
    """
    for stage, version in history.holders.items():
        tenure = history.tenure(stage)
        if not policy.approvals.get(stage) or tenure is None:
            continue
        subject = subject_of(history, version, stage)
        where = f"event {tenure.began.sequence} of {history.model}"
        if _came_back(history, tenure):
            if subject is None or count_approvals(history, subject, policy).missing:
                yield unchecked("unapproved", where, f"brought {version} back to {stage}, {_BEFORE}")
            continue
        if subject is None:
            yield wrong("unapproved", where, f"brought {version} to {stage}, and what to approve about it is not known")
            continue
        found = count_approvals(history, subject, policy)
        if found.missing:
            able = policy.approvers(history.model, stage, at=now)
            message = explain(found, version=version, able=able)[0].partition("\n")[0].rstrip(".")
            yield wrong("unapproved", where, f"brought it to {stage}, but {message}")


def _came_back(history: History, tenure: Tenure) -> bool:
    """Whether a rollback brought a version to where it had been: that needs no approvals."""
    earlier = (t for t in history.tenures if t.began.sequence < tenure.began.sequence)
    held = any((t.stage, t.version) == (tenure.stage, tenure.version) for t in earlier)
    return held and not isinstance(tenure.began.payload, Promoted)
