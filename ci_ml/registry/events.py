"""What is one event of a model's history, and what do its stored bytes look like?

The stored form cannot change: the next event holds the digest of these very bytes.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import Meta, Struct

from ci_ml import names
from ci_ml.digests import Sha256, Size
from ci_ml.errors import ConfigError, MachineError, VerificationError
from ci_ml.registry.branch_paths import model_folder
from ci_ml.registry.facts import Stage, VersionName, Words
from ci_ml.registry.payloads import KINDS, NOT_YET, EventPayload
from ci_ml.text import shown

SCHEMA = 1
LARGEST_EVENT = 16 * 1024
LARGEST_EVIDENCE = 256 * 1024

_LAST_YEAR = 9000  # some room for arithmetic with times before Python's calendar ends
_UPGRADE = "pip install --upgrade ci-ml  (from a path or a git URL: see README)"
_Moment = Annotated[datetime, Meta(tz=True)]
_Identifier = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9_-]{8,64}\Z")]
_Kind = Annotated[str, Meta(pattern=r"\A[a-z][a-z_]{1,31}\Z")]
_Sequence = Annotated[int, Meta(ge=1, le=9_999_999)]
# A file of a version's folder: no part may start with a dot, so neither "..", nor ".git".
_FILE = r"[A-Za-z0-9_][A-Za-z0-9._-]*"
_EvidencePath = Annotated[str, Meta(pattern=rf"\Amodels/[^/\s]+/versions/v[^/\s]+(/{_FILE})+\Z", max_length=500)]


class EvidenceFile(Struct, frozen=True, kw_only=True):
    """A small file that was filed with an event: SHA-256 and size in bytes."""

    sha256: Sha256
    size: Size


P = TypeVar("P")


class EventOf(Struct, Generic[P], frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that happened to a model.

    Attributes:
        sequence: 1, 2, 3, ... within the model, without a gap.
        previous: SHA-256 of the previous event's stored bytes; None for the first.
        id: made once per command; the events of one command share it.
        at: UTC, whole seconds, never before the previous event's.
        occurred_at: when it really happened, on imports.
        signer: fingerprint of the key that signed it, or None.
        holders: stage -> version after this event.
        evidence: path on the branch -> digest and size.
        payload: by kind; a plain dict where this version does not know the kind.
    """

    schema: int
    model: Words
    sequence: _Sequence
    previous: Sha256 | None
    id: _Identifier
    kind: _Kind
    at: _Moment
    occurred_at: _Moment | None
    recorded_by: Words
    signer: Words | None
    reason: Words | None
    holders: dict[Stage, VersionName]
    evidence: dict[_EvidencePath, EvidenceFile]
    payload: P

    @property
    def moment(self) -> datetime:
        """When it happened."""
        return self.occurred_at or self.at


Event = EventOf[EventPayload | dict[str, Any]]


_LATER = frozenset({"undecided", "made_elsewhere", "forced"})


def encode(event: Event) -> bytes:
    """The bytes that are stored: JSON for people, fields in a fixed order.

    Raises:
        ConfigError: they would be more than 16 KiB, or are no text.
    """
    import json

    fields = msgspec.to_builtins(event)
    fields["at"] = _written(event.at)
    fields["occurred_at"] = _written(event.occurred_at) if event.occurred_at else None
    fields["holders"] = dict(sorted(fields["holders"].items()))
    fields["evidence"] = dict(sorted(fields["evidence"].items()))
    payload = fields["payload"]
    # What a reader looks for first comes first; the rest in the order of the definition.
    first = ("version", "bump", "bump_reason") if event.kind == "registered" else ()
    # Later keys are stored only where they say something: an event from before them is what it was.
    said = [key for key in payload if payload[key] or event.kind != "registered" or key not in _LATER]
    fields["payload"] = {key: payload[key] for key in dict.fromkeys((*first, *said))}
    try:
        data = (json.dumps(fields, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
    except (ValueError, UnicodeEncodeError) as error:
        raise ConfigError(f"the '{event.kind}' event of {event.model} cannot be stored: {error}.") from None
    if len(data) > LARGEST_EVENT:
        raise ConfigError(
            f"the '{event.kind}' event of {event.model} has {len(data):,} bytes; {LARGEST_EVENT:,} are allowed.",
            hint="Shorten the reason, or name a folder of data instead of its files.",
        )
    decode(data, model=event.model, sequence=event.sequence)  # what we could not read back must not be written
    return data


def decode(data: bytes, *, model: str, sequence: int) -> Event:
    """An event from its stored bytes, every field checked.

    Args:
        data: what lies on the branch, possibly put there by somebody hostile.
        model, sequence: where it was found, and so what it must say.

    Raises:
        VerificationError: it is no event, or not this one.
        MachineError: a newer ci-ml wrote it.
    """
    where = f"event {sequence} of {model}"
    if len(data) > LARGEST_EVENT:
        raise VerificationError(f"{where} has more than the {LARGEST_EVENT:,} bytes that are allowed.")
    try:
        peek = _peek().decode(data)
        if peek.schema > SCHEMA or peek.kind in NOT_YET:
            raise MachineError(f"{where} was written by a newer ci-ml.", hint=_UPGRADE)
        event: Event = _decoder_of(peek.kind if peek.kind in KINDS else None).decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise VerificationError(f"{where} is damaged: {shown(error, 200)}.") from None
    if event.schema < 1 or event.model != model or event.sequence != sequence:
        raise VerificationError(
            f"{where} says it is event {event.sequence} of '{shown(event.model)}', schema {event.schema}."
        )
    if event.at.utcoffset() or (event.occurred_at and event.occurred_at.utcoffset()) or event.at.year > _LAST_YEAR:
        raise VerificationError(f"{where} says a time that is not UTC, or after the year {_LAST_YEAR}.")
    if event.evidence and not _lies_in(f"{model_folder(names.encode(model))}/", event.evidence):
        raise VerificationError(f"{where} claims evidence outside its model's folder.")
    return event


def _lies_in(folder: str, paths: Iterable[str]) -> bool:
    return all(path.startswith(folder) for path in paths)


class _Peek(Struct):
    """What decides how the rest is read: a newer schema may have other fields, and that is not damage."""

    schema: int
    kind: str


@cache
def _peek() -> "msgspec.json.Decoder[_Peek]":
    return msgspec.json.Decoder(_Peek)


@cache
def _decoder_of(kind: str | None) -> "msgspec.json.Decoder[Any]":
    return msgspec.json.Decoder(EventOf[KINDS[kind] if kind else dict])  # type: ignore[misc]


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
