"""How does a decision become events? It gets its place in the history: sequence, chain, time, holders, evidence."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ci_ml.errors import DataError
from ci_ml.hashing import sha256_hex
from ci_ml.names import encode as folder_of
from ci_ml.registry.branch_paths import event_path, evidence_folder, signature_path
from ci_ml.registry.events import LARGEST_EVIDENCE, SCHEMA, Event, EvidenceFile, encode
from ci_ml.registry.fold import CLOCKS_DIFFER_BY, Folding
from ci_ml.registry.history import History
from ci_ml.registry.payloads import KIND_OF, EventPayload, Imported
from ci_ml.text import shown

_PREVIEW = "preview-" + "0" * 8
_LONGEST_NAME = 200


@dataclass(frozen=True, kw_only=True)
class Draft:
    """Something that shall happen to a model. `evidence` is filed with the payload's version: file name -> content."""

    model: str
    payload: EventPayload
    reason: str | None = None
    evidence: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What shall happen, in order; nothing, and then `note` says why.

    Attributes:
        version: the version that it is about, where there is one.
        note: a sentence for the user.
    """

    drafts: tuple[Draft, ...] = ()
    version: str | None = None
    note: str = ""

    def __add__(self, other: "Decision") -> "Decision":
        return Decision(
            drafts=self.drafts + other.drafts,
            version=other.version or self.version,
            note="\n".join(note for note in (self.note, other.note) if note),
        )


@dataclass(frozen=True)
class Signer:
    """A key that signs: `sign` takes an event's bytes and returns an armoured OpenSSH signature of them."""

    fingerprint: str
    sign: Callable[[bytes], bytes]


@dataclass(frozen=True, kw_only=True)
class Sealed:
    """Events with the files that hold them, and the state after them."""

    history: History
    events: tuple[Event, ...]
    files: Mapping[str, bytes]


def seal(
    history: History,
    drafts: tuple[Draft, ...],
    *,
    id: str,
    at: datetime,
    recorded_by: str,
    signer: Signer | None = None,
) -> Sealed:
    """Append drafts of one model to its history.

    Args:
        id: made once per command.
        at: now; a clock a little behind that of the event before does not turn time back.
        recorded_by: who or which run; made one printable line.
        signer: names its key in every event, and signs the bytes of each.

    Raises:
        ConfigError: an event would be too large, or no text.
        DataError: a version's evidence would be too large, or other than what is filed already.
    """
    folding = Folding(history)
    filed = _filed(history.events) if any(draft.evidence for draft in drafts) else {}
    files: dict[str, bytes] = {}
    moment = at.astimezone(UTC).replace(microsecond=0)
    for draft in drafts:
        evidence = _evidence(filed, draft)
        event = Event(
            schema=SCHEMA,
            model=history.model,
            sequence=len(folding.events) + 1,
            previous=folding.last_digest,
            id=id,
            kind=KIND_OF[type(draft.payload)],
            at=_dated(moment, folding.events[-1].at if folding.events else None),
            occurred_at=draft.payload.moment if isinstance(draft.payload, Imported) else None,
            recorded_by=shown(recorded_by, limit=_LONGEST_NAME),
            signer=signer.fingerprint if signer else None,
            reason=draft.reason or None,
            holders=folding.holders_after(draft.payload),
            evidence={
                path: EvidenceFile(sha256=sha256_hex(content), size=len(content))
                for path, content in sorted(evidence.items())  # as they are stored: pages list them in this order
            },
            payload=draft.payload,
        )
        data = encode(event)
        path = event_path(folder_of(history.model), event.sequence)
        files |= {path: data, **evidence}
        if signer:
            files[signature_path(path)] = signer.sign(data)
        folding.add(event, sha256_hex(data))
        for folder, own in _filed([event]).items():
            filed.setdefault(folder, {}).update(own)
    new = tuple(folding.events[len(history.events) :])
    return Sealed(history=folding.history(), events=new, files=files)


def _dated(now: datetime, last: datetime | None) -> datetime:
    """The moment of the next event. An event from a clock that ran ahead does not date those after it."""
    if last is None or last - now > CLOCKS_DIFFER_BY:
        return now
    return max(now, last)


def preview(history: History, decision: Decision) -> History:
    """The history as it would be after a decision, so that the next one can build on it."""
    own = tuple(draft for draft in decision.drafts if draft.model == history.model)
    at = history.events[-1].at if history.events else datetime(1970, 1, 1, tzinfo=UTC)
    return seal(history, own, id=_PREVIEW, at=at, recorded_by="").history


def _filed(events: Iterable[Event]) -> dict[str, dict[str, EvidenceFile]]:
    """A version's folder -> path -> what was filed there."""
    filed: dict[str, dict[str, EvidenceFile]] = {}
    for event in events:
        for path, file in event.evidence.items():
            filed.setdefault("/".join(path.split("/", 4)[:4]), {})[path] = file
    return filed


def _evidence(filed: Mapping[str, Mapping[str, EvidenceFile]], draft: Draft) -> dict[str, bytes]:
    """Path on the branch -> content; `filed` is what `_filed` says of the events so far."""
    if not draft.evidence:
        return {}
    version = getattr(draft.payload, "version", None)
    if version is None:
        raise DataError(f"evidence is filed with a version, and this event of {draft.model} names none.")
    folder = evidence_folder(folder_of(draft.model), version)
    files = {f"{folder}/{name}": content for name, content in draft.evidence.items()}
    there = filed.get(folder, {})
    for path, content in files.items():
        if path in there and there[path].sha256 != sha256_hex(content):
            raise DataError(f"{path} is filed already, with other content.", hint="File it under another name.")
    size = sum(file.size for path, file in there.items() if path not in files) + sum(map(len, files.values()))
    if size > LARGEST_EVIDENCE:
        raise DataError(
            f"the evidence of {draft.model} {version} has {size:,} bytes; {LARGEST_EVIDENCE:,} are allowed.",
            hint="Larger files belong in the artifact store; their digests are evidence enough.",
        )
    return files
