"""Somebody approves a model for a stage: what is approved, signed with which key, and appended."""

from dataclasses import dataclass

from ci_ml.delivery.judging_records import record_at
from ci_ml.delivery.messages import Messages
from ci_ml.delivery.project import ModelSource
from ci_ml.delivery.registry_view import newest_view
from ci_ml.delivery.registry_writer import RegistryWriter
from ci_ml.delivery.release_facts import evidence_of, no_artifact
from ci_ml.delivery.signing import may_sign_events, refuse_revoked
from ci_ml.errors import ConfigError, DataError, MachineError, VerificationError
from ci_ml.hashing import sha256_hex
from ci_ml.names import check_model
from ci_ml.registry.event_builder import Decision
from ci_ml.registry.moves import one_event, release_of
from ci_ml.registry.payloads import Approved
from ci_ml.registry.signing.approvals import Subject, Tally, approval_of, subject_of, subject_of_approval
from ci_ml.registry.signing.handover import read_approval
from ci_ml.registry.signing.policy import judge_key
from ci_ml.registry.signing.signed import claim_of
from ci_ml.registry.signing.sshsig import APPROVAL
from ci_ml.registry.verification.findings import Finding
from ci_ml.repository.event_log.append import Appended
from ci_ml.repository.event_log.log import EventLog
from ci_ml.repository.event_log.signatures import count_approvals, hold_to
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.text import shown

_LONGEST_SIGNATURE = 2000


@dataclass(frozen=True)
class HandedApproval:
    """An approval that somebody else signed, and the reason that goes with it."""

    payload: Approved
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class Approval:
    """An approval in the registry, and who has approved the same by now."""

    payload: Approved
    appended: Appended
    tally: Tally

    @property
    def said(self) -> str:
        counted = f": {len(self.tally.approvers)} of {self.tally.needed}" if self.tally.needed else ""
        return f"{self.payload.approver} approved {_what(self.payload)}{counted}"


def subject_of_version(source: ModelSource, log: EventLog, messages: Messages, *, version: str, stage: str) -> Subject:
    """What is approved of a version: its model file, with the evaluation that was filed with it.

    Raises:
        ConfigError: there is no such version or stage.
        DataError: it was registered without an evaluation.
    """
    _check_stage(source, stage)
    history = newest_view(log, messages, model=source.name).history(source.name)
    release = release_of(history, version)
    found = subject_of(history, release.version, stage)
    if found is None:
        raise DataError(f"{source.name} {release.version} was registered without an evaluation to approve.")
    return found


def subject_of_candidate(
    source: ModelSource, log: EventLog, messages: Messages, *, revision: str, stage: str
) -> Subject:
    """What is approved of the model that a commit trains, as ci-ml gate judged it.

    Raises:
        ConfigError: there is no such commit or stage.
        DataError: it was never judged.
    """
    _check_stage(source, stage)
    name, commit = source.name, source.project.git.resolve(revision)
    record = record_at(source.at(commit), commit)
    if record is None:
        raise DataError(f"the inputs of {name} at {commit[:7]} were never judged.", hint=f"ci-ml gate {name}")
    artifact = record.judgement.candidate.artifact
    if artifact is None:
        raise no_artifact(source.project, name)
    history = newest_view(log, messages, model=name).history(name)
    known = history.version_of(artifact.sha256)
    filed = subject_of(history, known.version, stage) if known else None
    if filed is not None:
        return filed  # the evaluation that was filed is the one that counts from then on
    if not record.judgement.verdict.passes:
        messages.warn(f"the gates of {name} at {commit[:7]} do not pass: ci-ml report shows why.")
    evaluation = sha256_hex(evidence_of(record)["evaluation.json"])
    return Subject(model=name, stage=stage, model_digest=artifact.sha256, evaluation=evaluation)


def sign_approval(writer: RegistryWriter, subject: Subject) -> Approved:
    """The approval with the signature of this command's key.

    Raises:
        MachineError: there is no key, or its holder may not approve.
    """
    policy = writer.rules()
    with writer.keys.open(needed=True) as key:
        if key is None:
            raise MachineError("there is no key to sign with.")
        standing = judge_key(
            policy, key.fingerprint, namespace=APPROVAL, at=writer.now, model=subject.model, stage=subject.stage
        )
        why = standing.why or ("" if standing.person else f"{standing.principal}, nobody in particular")
        if why:
            raise MachineError(f"{key.name} would approve as {why}.", hint=_who(writer, subject.model, subject.stage))
        refuse_revoked(key, policy, APPROVAL, at=writer.now)
        signature = key.sign(subject.statement, APPROVAL).decode()
    if len(signature) > _LONGEST_SIGNATURE:
        raise MachineError(f"signatures of {key.name} are too long for an event.", hint="ssh-keygen -t ed25519")
    return approval_of(subject, str(standing.person), signature)


def check_handed(writer: RegistryWriter, content: bytes, *, name: str) -> HandedApproval:
    """The approval in a file, once its signature is found good; its approver is whoever signed it.

    Args:
        name: of the file, for messages.

    Raises:
        DataError: the file is no approval.
        VerificationError: its signature does not hold, or is by nobody who may approve.
    """
    payload, reason = read_approval(content, name=name)
    check_model(payload.model)
    policy = writer.rules()
    (found,) = hold_to([claim_of(payload, name, at=writer.now, policy=policy)], policy)
    if isinstance(found, Finding):
        raise VerificationError(f"{name} {found.what}.", hint=_who(writer, payload.model, payload.stage))
    if found.person is None:
        raise VerificationError(f"{name} carries an approval by {found.principal}, nobody in particular.")
    return HandedApproval(approval_of(subject_of_approval(payload), found.person, payload.signature), reason)


def append_approval(writer: RegistryWriter, payload: Approved, *, reason: str | None) -> Approval:
    """Put a signed approval into the registry; nothing to do where the same person approved the same already."""
    subject = subject_of_approval(payload)

    def decide(snapshot: Snapshot) -> Decision:
        history = snapshot.read(payload.model)
        if payload.approver in count_approvals(history, subject, writer.rules()).approvers:
            return Decision(note=f"{payload.approver} approved {_what(payload)} already.")
        return one_event(history, payload, reason)

    # An approval is signed in itself: a key that is for approvals only may append its own.
    signs = may_sign_events(writer.keys, writer.rules, payload.model, at=writer.now)
    appended = writer.append(decide, signs=signs)
    tally = count_approvals(writer.log.read(payload.model), subject, writer.rules())
    return Approval(payload=payload, appended=appended, tally=tally)


def _check_stage(source: ModelSource, stage: str) -> None:
    stages = source.model.stages
    if stage not in stages:
        raise ConfigError(f"there is no stage '{shown(stage)}'.", hint=f"Stages, in their order: {', '.join(stages)}.")


def _what(payload: Approved) -> str:
    return f"{payload.model} {payload.model_digest[:8]} for {payload.stage}"


def _who(writer: RegistryWriter, model: str, stage: str) -> str:
    able = writer.rules().approvers(model, stage, at=writer.now)
    return f"{stage} of {model} may be approved by: {', '.join(able) or 'nobody'}."
