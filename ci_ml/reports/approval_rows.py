"""Who approved what, for the model's page? As the events say; whether a signature is good, `verify` answers."""

from dataclasses import dataclass

from ci_ml.registry.events import Event
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Approved
from ci_ml.registry.signing.approvals import recorded


@dataclass(frozen=True, kw_only=True)
class ApprovalRow:
    """One approval.

    Attributes:
        version: the version of that model file and evaluation; None where there is none (yet).
        digest: of the model file.
    """

    event: Event
    approver: str
    stage: str
    version: str | None
    digest: str
    signed: bool


def approval_rows(history: History) -> list[ApprovalRow]:
    """Every approval, the newest first."""
    versions = {
        (r.facts.model.sha256, r.facts.evaluation): r.version for r in history.releases.values() if r.facts is not None
    }
    return [
        ApprovalRow(
            event=event,
            approver=event.payload.approver,
            stage=event.payload.stage,
            version=versions.get((event.payload.model_digest, event.payload.evaluation)),
            digest=event.payload.model_digest,
            signed=event.payload.signature is not None,
        )
        for event in reversed(recorded(history))
        if isinstance(event.payload, Approved)
    ]
