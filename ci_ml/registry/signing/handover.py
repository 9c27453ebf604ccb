"""An approval as a file: signed by one person, handed to another who may write to the registry."""

from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from ci_ml.digests import Sha256
from ci_ml.errors import DataError
from ci_ml.registry.facts import Stage, Words
from ci_ml.registry.payloads import Approved
from ci_ml.text import shown

LARGEST_FILE = 16 * 1024
SCHEMA = 1


class Handed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the file says. The signature is over model, stage and digests; `approver` and `reason` are only told."""

    schema: Annotated[int, Meta(ge=SCHEMA, le=SCHEMA)]
    model: Words
    stage: Stage
    model_digest: Sha256
    evaluation: Sha256
    approver: Words
    reason: Words | None = None
    signature: Words


def write_approval(payload: Approved, reason: str | None) -> str:
    """The file for a signed approval."""
    handed = Handed(
        schema=SCHEMA,
        model=payload.model,
        stage=payload.stage,
        model_digest=payload.model_digest,
        evaluation=payload.evaluation,
        approver=payload.approver,
        reason=reason,
        signature=payload.signature or "",
    )
    return msgspec.json.format(msgspec.json.encode(handed), indent=2).decode()


def read_approval(content: bytes, *, name: str) -> tuple[Approved, str | None]:
    """The approval in a file, possibly written by somebody hostile, and its reason. Nothing in it is proven yet.

    Raises:
        DataError: it is no approval.
    """
    if len(content) > LARGEST_FILE:
        raise DataError(f"{name} has {len(content):,} bytes; an approval has at most {LARGEST_FILE:,}.")
    try:
        handed = msgspec.json.decode(content, type=Handed)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(
            f"{name} is no approval: {shown(error, limit=200)}.",
            hint="ci-ml registry approve MODEL --stage STAGE --print > FILE writes one.",
        ) from None
    payload = Approved(
        model=handed.model,
        stage=handed.stage,
        model_digest=handed.model_digest,
        evaluation=handed.evaluation,
        approver=handed.approver,
        signature=handed.signature,
    )
    return payload, handed.reason
