"""Which GTO tags does a history imply? Everything in them follows from the log, so a repair writes the same tags.

A tag's message names, as a witness, the commit of the registry's branch that added its event: whoever has the branch
can find it again. GTO orders by clock, to the second, and falls back to an earlier version when one leaves a stage;
hence the strictly increasing times, and the unassignments before every move.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache

from ci_ml.hashing import object_id
from ci_ml.names import in_tag
from ci_ml.registry.events import Event
from ci_ml.registry.gto.rules import parse_tag
from ci_ml.registry.gto.tag_plan import PlannedTag, TagPlanner
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Imported

Witness = Callable[[int], str | None]


@dataclass(frozen=True, kw_only=True)
class Tag:
    """An annotated tag.

    Attributes:
        target: a commit.
        tagger: "Name <e-mail>".
        at, zone: UTC in whole seconds, and the zone that is written beside it.
        sequence: the number of the event that it follows from.
    """

    name: str
    target: str
    message: str
    tagger: str
    at: datetime
    sequence: int
    zone: str = "+0000"

    @property
    def content(self) -> bytes:
        """The tag's object, as git stores it."""
        seconds = int(self.at.timestamp())
        head = f"object {self.target}\ntype commit\ntag {self.name}\ntagger {self.tagger} {seconds} {self.zone}\n"
        return f"{head}\n{self.message}".encode()


@dataclass(frozen=True, kw_only=True)
class DueTag:
    """A tag that a history says should be there.

    Attributes:
        sequence: the number of the event that says so.
        tag: how to write it, without the witness; None for an imported one that its event has no room for.
        object: the id that an imported one had; None for one that follows from its event.
    """

    name: str
    sequence: int
    tag: Tag | None
    object: str | None = None

    def written(self, witness: str | None) -> Tag | None:
        """The tag with its witness, the registry's commit that added its event; an imported one stays as it was."""
        if self.tag is None or self.object is not None:
            return self.tag
        return replace(self.tag, message=self.tag.message + trail(witness))

    def object_id(self, witness: str | None) -> str:
        """The id of the object that the name must stand for."""
        tag = self.written(witness)
        return self.object or (object_id("tag", tag.content, like=tag.target) if tag else "")


def due_tags(history: History) -> tuple[DueTag, ...]:
    """The tags that began a history, then those that follow from it, in order."""
    imported = [_imported(event, event.payload) for event in history.events if isinstance(event.payload, Imported)]
    implied = implied_tags(history, witness=lambda _: None)
    return (*imported, *(DueTag(name=tag.name, sequence=tag.sequence, tag=tag) for tag in implied))


def _imported(event: Event, payload: Imported) -> DueTag:
    tag = None
    if payload.annotated and payload.time is not None and payload.moment is not None:
        tag = Tag(
            name=payload.tag,
            target=payload.target,
            message=payload.message or "",
            tagger=payload.tagger or "",
            at=payload.moment,
            sequence=event.sequence,
            zone=payload.time.split()[1],
        )
        # A signature or an odd encoding may lie outside of what the event has room for.
        tag = tag if object_id("tag", tag.content, like=tag.target) == payload.object else None
    return DueTag(name=payload.tag, sequence=event.sequence, tag=tag, object=payload.object)


def implied_tags(history: History, *, witness: Witness, since: int = 1) -> tuple[Tag, ...]:
    """The tags of the events from number `since` on, in order; imported events imply none, for theirs are there.

    Args:
        witness: number of an event -> the registry commit that added it, None where it cannot be told.
    """
    state = _Writer(TagPlanner(history.model))
    return tuple(tag for event in history.events for tag in state.tags(event, witness, since))


def trail(witness: str | None) -> str:
    """The last line of a tag's message: which commit of the registry added its event."""
    return f"Registry: {witness}\n" if witness else ""


@dataclass
class _Writer:
    """Gives tags their names, numbers and times."""

    planner: TagPlanner
    counter: int = 0
    clock: int = 0  # seconds
    used: set[str] = field(default_factory=set)  # endings of tags without a counter

    def tags(self, event: Event, witness: Witness, since: int) -> Iterator[Tag]:
        if isinstance(event.payload, Imported):
            self.remember(event.payload)
            return
        for what in self.planner.plan(event):
            self.clock = max(int(event.at.timestamp()), self.clock + 1)
            self.planner.gto.take(what, commit=what.commit, at=self.clock)
            name = self.name(what)
            if event.sequence < since:  # counted, but nobody asked for it
                continue
            yield Tag(
                name=name,
                target=what.commit,
                message=_message(what.said, event, witness(event.sequence)),
                tagger=_tagger(event.recorded_by),
                at=datetime.fromtimestamp(self.clock, tz=UTC),
                sequence=event.sequence,
            )

    def remember(self, payload: Imported) -> None:
        """A tag that was there before: its name, number and time are taken."""
        self.planner.remember(payload)
        tag = parse_tag(payload.tag)
        if tag is None:
            return
        self.counter = max(self.counter, tag.counter or 0)
        self.clock = max(self.clock, int(payload.moment.timestamp()) if payload.moment else 0)
        if tag.counter is None:
            self.used.add(tag.ending)

    def name(self, what: PlannedTag) -> str:
        """Without a counter where that is custom and the name is free; GTO reads both."""
        ending = (
            "@deprecated" if what.action == "deprecate" else f"@{what.version}" if what.version else f"#{what.stage}"
        )
        ending += "!" if what.action in ("deregister", "unassign") else ""
        model = in_tag(self.planner.model)
        # Git allows no name that ends like the files it locks with.
        if what.stage is not None or ending in self.used or ending.endswith(".lock"):
            self.counter += 1
            return f"{model}{ending}#{self.counter}"
        self.used.add(ending)
        return f"{model}{ending}"


def _message(headline: str, event: Event, witness: str | None) -> str:
    reason = f"{' '.join(event.reason.split())}\n\n" if event.reason else ""
    return f"{headline}\n\n{reason}Event: {event.sequence} of {event.model}\n{trail(witness)}"


@lru_cache(maxsize=1024)
def _tagger(recorded_by: str) -> str:
    """Who recorded it, in the form that git wants; nobody's address is invented."""
    name, _, address = recorded_by.partition("<")
    clean = "".join(c for c in " ".join(name.split()) if c.isprintable() and c not in "<>").strip(" .,:;\"'\\")
    mail = address.partition(">")[0].strip()
    valid = mail.isascii() and mail.isprintable() and "@" in mail and not set(mail) & set(" <>")
    return f"{clean or 'ci-ml'} <{mail if valid else 'ci-ml@localhost.invalid'}>"
