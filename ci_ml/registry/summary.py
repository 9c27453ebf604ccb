"""What stands about a model, from its newest events alone? For tables over many models and long histories.

The newest event names the holders; a few before it say since when, and which version is the latest. Of imported tags
that takes all: what they came to never changes, and whoever has noted it can hand it in.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ci_ml.registry.events import Event
from ci_ml.registry.payloads import Imported, Promoted, Registered, Restored, RolledBack, Withdrawn


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One row of the table of models.

    Attributes:
        last: the newest event; its number is how many there are.
        since: stage -> the event that brought its holder there.
        latest_version, latest: the highest version that is not withdrawn, and the event that brought it.
    """

    model: str
    last: Event
    since: Mapping[str, Event]
    latest_version: str | None
    latest: Event | None

    @property
    def holders(self) -> Mapping[str, str]:
        return self.last.holders


@dataclass(frozen=True, kw_only=True)
class ImportedVersion:
    """A version as the imported tags left it; `sequence` is the number of the event that brought it."""

    version: str
    withdrawn: bool
    sequence: int


@dataclass(frozen=True, kw_only=True)
class ImportOutcome:
    """What the imported tags with which a history begins came to.

    Attributes:
        versions: the highest first.
        since: stage -> number of the event that brought its holder there.
    """

    versions: tuple[ImportedVersion, ...]
    since: Mapping[str, int]


@dataclass(frozen=True)
class Beginning:
    """The imported part of a history: what it came to, and its events by number."""

    outcome: ImportOutcome
    event: Callable[[int], Event]


def summarise(
    newest_first: Iterable[Event], *, beginning: Callable[[Event, Iterable[Event]], Beginning] | None = None
) -> Summary | None:
    """Read no further back than the summary needs; None without events.

    Args:
        beginning: the newest imported event and those before it, the newest first -> what is known of them. By default
            all are read.
    """
    events = iter(newest_first)
    last: Event | None = None
    since: dict[str, Event] = {}
    standing: dict[str, bool] = {}
    latest: tuple[str, Event] | None = None
    for event in events:
        last = last or event
        match event.payload:
            case Promoted(stage=stage) | RolledBack(stage=stage) if stage in last.holders:
                since.setdefault(stage, event)
            case Withdrawn(version=version):
                standing.setdefault(version, False)
            case Restored(version=str(version)):
                standing.setdefault(version, True)
            case Registered(version=version) if latest is None and standing.get(version, True):
                latest = version, event
            case Imported():  # what such a tag means depends on all those before it, and only such are before it
                before = (beginning or read_beginning)(event, events)
                latest = latest or _highest(before, standing)
                left = {stage: n for stage, n in before.outcome.since.items() if stage in last.holders.keys() - since}
                since |= {stage: before.event(sequence) for stage, sequence in left.items()}
                break
            case _:
                pass
        if latest is not None and len(since) == len(last.holders):
            break
    if last is None:
        return None
    kept = {stage: began for stage, began in since.items() if stage in last.holders}
    highest, brought = latest if latest else (None, None)
    return Summary(model=last.model, last=last, since=MappingProxyType(kept), latest_version=highest, latest=brought)


def read_beginning(newest: Event, older: Iterable[Event]) -> Beginning:
    """What imported events come to, from all of them."""
    from ci_ml.registry.fold import Folding
    from ci_ml.registry.history import History

    folding = Folding(History(model=newest.model))
    events = [newest, *older][::-1]
    for place, event in enumerate(events, start=1):
        # The chain is checked where a whole history is read.
        folding.add(event, (events[place].previous or "") if place < len(events) else "")
    history = folding.history()
    versions = tuple(
        ImportedVersion(version=one.version, withdrawn=one.withdrawn, sequence=one.registered.sequence)
        for one in sorted(history.releases.values(), key=lambda release: release.precedence, reverse=True)
    )
    since = {tenure.stage: tenure.began.sequence for tenure in history.tenures if tenure.ended is None}
    return Beginning(ImportOutcome(versions=versions, since=since), lambda sequence: events[sequence - 1])


def _highest(beginning: Beginning, standing: Mapping[str, bool]) -> tuple[str, Event] | None:
    kept = (one for one in beginning.outcome.versions if standing.get(one.version, not one.withdrawn))
    highest = next(kept, None)
    return (highest.version, beginning.event(highest.sequence)) if highest else None
