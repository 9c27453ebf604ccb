"""Who approved a model for a stage? An approval names digests: another model, or another evaluation, needs others."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ci_ml.registry.events import Event
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Approved, RolledBack


@dataclass(frozen=True, kw_only=True)
class Subject:
    """What is approved: this model file with this evaluation (both SHA-256), for this stage."""

    model: str
    stage: str
    model_digest: str
    evaluation: str

    @property
    def statement(self) -> bytes:
        """The bytes that an approver signs; they say nothing of where in the history the approval will stand."""
        fields = {
            "ci-ml": "approval",
            "evaluation": self.evaluation,
            "model": self.model,
            "model_digest": self.model_digest,
            "stage": self.stage,
        }
        return (json.dumps(fields, indent=2) + "\n").encode()


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How a model stands with the approvals that a stage needs.

    Attributes:
        approvers: who approved just this, each person once.
        refused: why an approval of just this does not count, a sentence each.
        elsewhere: who approved the model's stage, but with another model file or another evaluation.
    """

    subject: Subject
    needed: int
    approvers: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        return max(0, self.needed - len(self.approvers))


def subject_of(history: History, version: str, stage: str) -> Subject | None:
    """What there is to approve about a version; None where it was registered without an evaluation, or imported."""
    facts = history.facts_of(version)
    if facts is None or facts.evaluation is None:
        return None
    return Subject(model=history.model, stage=stage, model_digest=facts.model.sha256, evaluation=facts.evaluation)


def subject_of_approval(payload: Approved) -> Subject:
    """What an approval is about."""
    return Subject(
        model=payload.model, stage=payload.stage, model_digest=payload.model_digest, evaluation=payload.evaluation
    )


def approval_of(subject: Subject, approver: str, signature: str | None) -> Approved:
    """What an event says of an approval."""
    return Approved(
        model=subject.model,
        stage=subject.stage,
        model_digest=subject.model_digest,
        evaluation=subject.evaluation,
        approver=approver,
        signature=signature,
    )


def standing(history: History, version: str, stage: str) -> tuple[Event, ...]:
    """The approvals on record for a version and a stage, oldest first; whether they count, `tally` says."""
    subject = subject_of(history, version, stage)
    return approvals_of(history, subject) if subject else ()


def approvals_of(history: History, subject: Subject) -> tuple[Event, ...]:
    """The approvals of just this that still stand, oldest first.

    What was rolled back was approved before anybody knew why: it is to be approved again.
    """
    since = max((event.sequence for event in history.events if _took_out(history, event, subject)), default=0)
    return tuple(event for event in recorded(history) if _subject(event) == subject and event.sequence > since)


def _took_out(history: History, event: Event, subject: Subject) -> bool:
    """Whether an event is a rollback from just this model in just this stage."""
    moved = event.payload
    if not isinstance(moved, RolledBack) or moved.stage != subject.stage or moved.left not in history.releases:
        return False
    facts = history.facts_of(moved.left)
    return facts is not None and facts.model.sha256 == subject.model_digest


def recorded(history: History) -> tuple[Event, ...]:
    """Every approval of a model, oldest first."""
    return tuple(event for event in history.events if isinstance(event.payload, Approved))


def tally(history: History, subject: Subject, *, needed: int, verdicts: Sequence[tuple[str | None, str]]) -> Tally:
    """Count the distinct people who approved just this.

    Args:
        verdicts: of `approvals_of`, in order: whose good signature it carries, or None and then why it does not count.
    """
    approvers = tuple(dict.fromkeys(person for person, _ in verdicts if person))
    others = [event for event in recorded(history) if _is_elsewhere(event, subject)]
    return Tally(
        subject=subject,
        needed=needed,
        approvers=approvers,
        refused=tuple(dict.fromkeys(why for person, why in verdicts if person is None)),
        elsewhere=tuple(dict.fromkeys(name for name in map(_approver, others) if name not in approvers)),
    )


def explain(tally: Tally, *, version: str, able: Sequence[str]) -> tuple[str, str]:
    """Why a version may not enter a stage yet, and what to type.

    Args:
        able: the people who may approve it.
    """
    model, stage = tally.subject.model, tally.subject.stage
    people = "approval" if tally.needed == 1 else "approvals"
    has = f"it has {len(tally.approvers)} ({', '.join(tally.approvers)})" if tally.approvers else "it has none"
    lines = [f"{model} {version} needs {tally.needed} {people} to enter {stage}; {has}, so {tally.missing} more."]
    lines += [f"  {why}." for why in tally.refused]
    lines += [
        f"  {name} approved another model file, or another evaluation: it counts no more." for name in tally.elsewhere
    ]
    left = [name for name in able if name not in tally.approvers]
    if len(left) < tally.missing:
        lines.append(f"  Only {len(left)} of those who may approve are left: {', '.join(left) or 'nobody'}.")
    who = f"   ({' or '.join(left)})" if left and len(left) >= tally.missing else ""
    return "\n".join(lines), f"ci-ml registry approve {model} --version {version} --stage {stage}{who}"


def _subject(event: Event) -> Subject | None:
    return subject_of_approval(event.payload) if isinstance(event.payload, Approved) else None


def _is_elsewhere(event: Event, subject: Subject) -> bool:
    other = _subject(event)
    return other is not None and other != subject and other.stage == subject.stage


def _approver(event: Event) -> str:
    return event.payload.approver if isinstance(event.payload, Approved) else ""
