"""Do a model's stored events follow from each other? Names every fault, where `fold` stops at the first."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

import msgspec

from ci_ml.errors import CiMlError, MachineError, VerificationError
from ci_ml.hashing import sha256_hex
from ci_ml.registry.events import Event, decode
from ci_ml.registry.fold import CLOCKS_DIFFER_BY, Folding, fold
from ci_ml.registry.history import History
from ci_ml.registry.verification.duplicate_keys import ambiguity
from ci_ml.registry.verification.findings import Finding, unchecked, wrong
from ci_ml.registry.verification.layout import event_of
from ci_ml.text import shown

_UPGRADE = "was written by a newer ci-ml: pip install --upgrade ci-ml"


@dataclass(frozen=True, kw_only=True)
class Continuity:
    """What a model's events say together.

    Attributes:
        history: None where they contradict each other, or this version cannot read them all.
        events: those that can be read, whatever is wrong with the others.
    """

    history: History | None
    events: tuple[Event, ...]
    findings: tuple[Finding, ...] = ()


def follow(
    model: str, stored: Mapping[int, bytes], *, unread: Collection[int] = (), now: datetime | None = None
) -> Continuity:
    """Follow a model's events from the first to the last.

    Args:
        stored: number of an event -> its bytes.
        unread: numbers of events that are on the branch, and that this clone does not have.
        now: no event can be later; None: nobody knows what time it is.
    """
    unclear = tuple(_ambiguous(model, stored))
    first = ""
    if not unread and len(stored) == max(stored, default=0):
        try:
            history = fold(model, (stored[number] for number in range(1, len(stored) + 1)))
            clocks = (*_turned_back(model, history.events), *_ahead(model, history.events, now))
            return Continuity(history=history, events=history.events, findings=(*unclear, *clocks))
        except MachineError:
            pass
        except CiMlError as error:
            first = error.message
    found = _Slow(model, dict(sorted(stored.items())), frozenset(unread)).follow()
    if first and not found.findings:  # whatever stops a reader is wrong, though this module may not know its name
        found = replace(found, findings=(wrong("meaning", model, first.rstrip(".")),))
    found = replace(found, findings=(*found.findings, *_ahead(model, found.events, now)))
    told = {(finding.kind, finding.where) for finding in found.findings}
    return replace(found, findings=(*found.findings, *(one for one in unclear if (one.kind, one.where) not in told)))


def _ambiguous(model: str, stored: Mapping[int, bytes]) -> Iterator[Finding]:
    """Told here and not by `fold`, which commands that read wait for: it would take a fifth longer."""
    for sequence, data in stored.items():
        what = ambiguity(data)
        if what is not None:
            yield wrong("altered", event_of(model, sequence), what)


def _ahead(model: str, events: Iterable[Event], now: datetime | None) -> Iterator[Finding]:
    for event in events:
        if now is not None and event.at - now > CLOCKS_DIFFER_BY:
            when = f"is dated {event.at:%Y-%m-%d %H:%M} UTC, which is still to come"
            yield wrong("ahead", event_of(model, event.sequence), when)


def _turned_back(model: str, events: Iterable[Event]) -> Iterator[Finding]:
    """What follows an event from a clock that ran ahead: commands that read go on, and it is told here."""
    for before, event in pairwise(events):
        if event.at < before.at:
            yield wrong("time", event_of(model, event.sequence), f"is earlier than event {before.sequence}")


class _Link(msgspec.Struct):
    """What ties an event to its place, read from events that are otherwise damaged or newer too."""

    model: str = ""
    sequence: int = 0
    previous: str | None = None


@dataclass
class _Slow:
    """The walk through a history that is broken somewhere."""

    model: str
    stored: Mapping[int, bytes]
    unread: frozenset[int]
    findings: list[Finding] = field(default_factory=list)
    events: dict[int, Event] = field(default_factory=dict)

    def follow(self) -> Continuity:
        self.gaps()
        for sequence, data in self.stored.items():
            self.read(sequence, data)
        self.chain()
        self.meaning()
        return Continuity(history=None, events=tuple(self.events.values()), findings=tuple(self.findings))

    def gaps(self) -> None:
        last = 0
        for sequence in sorted({*self.stored, *self.unread}):
            if sequence > last + 1:
                others = sequence - last - 2
                are = f"and {others:,} after it are" if others else "is"
                self.wrong("dropped", last + 1, f"{are} not there, though event {sequence} is")
            last = sequence
        for sequence in sorted(self.unread):
            what = "is not in this partial clone"
            self.findings.append(unchecked("unread", event_of(self.model, sequence), what))

    def read(self, sequence: int, data: bytes) -> None:
        try:
            self.events[sequence] = decode(data, model=self.model, sequence=sequence)
        except MachineError:
            self.findings.append(unchecked("newer", event_of(self.model, sequence), _UPGRADE))
        except VerificationError as error:
            link = _link(data)
            prefix = f"{event_of(self.model, sequence)} "
            if link and link.model == self.model and link.sequence not in (0, sequence):
                self.wrong("reordered", sequence, f"holds event {link.sequence}")
            elif link and link.model not in ("", self.model):
                self.wrong("inserted", sequence, f"holds an event of '{shown(link.model)}'")
            else:
                self.wrong("altered", sequence, error.message.removeprefix(prefix).rstrip("."))

    def chain(self) -> None:
        digests = {number: sha256_hex(data) for number, data in self.stored.items()}
        places = {own: number for number, own in digests.items()}
        for sequence, data in self.stored.items():
            link, before = _link(data), digests.get(sequence - 1)
            if link is None or link.previous == before or (sequence > 1 and before is None):
                continue
            if sequence == 1:
                self.wrong("dropped", sequence, "follows an event that is not here")
            elif link.previous is None:
                self.wrong("forked", sequence, "claims to be the first")
            elif (followed := places.get(link.previous)) is None:
                what = f"is not what event {sequence} was written after: one of the two was altered or replaced"
                self.wrong("altered", sequence - 1, what)
            elif followed < sequence:
                self.wrong("forked", sequence, f"follows event {followed}, and so does event {followed + 1}")
            else:
                self.wrong("reordered", sequence, f"follows event {followed}, which comes after it")

    def meaning(self) -> None:
        """Times, versions and holders; what is only the consequence of an unreadable event is not said again."""
        folding = Folding(History(model=self.model))
        believed: dict[str, str | None] = {}  # where the events' own word differs from what follows from them
        trusting = False
        before = 0
        for sequence, event in sorted(self.events.items()):
            trusting = trusting or sequence != before + 1
            before = sequence
            last = folding.events[-1] if folding.events else None
            if last and event.at < last.at:
                self.wrong("time", sequence, f"is earlier than event {last.sequence}")
            expected = folding.holders_after(event.payload)
            own = {
                s: event.holders.get(s) for s in {*expected, *event.holders} if expected.get(s) != event.holders.get(s)
            }
            if own != believed and not trusting:
                self.wrong("holders", sequence, "names other holders of stages than follow from the events")
            believed = own
            at = max(event.at, last.at) if last else event.at
            fitting = msgspec.structs.replace(event, previous=folding.last_digest, at=at, holders=expected)
            try:
                folding.add(fitting, str(sequence))
            except VerificationError as error:
                if not trusting:
                    self.wrong("meaning", sequence, error.message.partition(f" of {self.model} ")[2].rstrip("."))

    def wrong(self, kind: str, sequence: int, what: str) -> None:
        self.findings.append(wrong(kind, event_of(self.model, sequence), what))


def _link(data: bytes) -> _Link | None:
    try:
        return msgspec.json.decode(data, type=_Link)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
