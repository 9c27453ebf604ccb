"""What stands about a model, from its newest events alone? For tables over many models and long histories.

The newest event names the holders; a few before it say since when, and which version is the latest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from ci_ml.registry.events import Event
from ci_ml.registry.payloads import Imported, Promoted, Registered, Restored, RolledBack, Withdrawn

if TYPE_CHECKING:
    from ci_ml.registry.history import History


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


def summarise(newest_first: Iterable[Event]) -> Summary | None:
    """Read no further back than the summary needs; None without events."""
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
                before = _imported([event, *events])
                latest = latest or _highest(before, standing)
                since |= {t.stage: t.began for t in before.tenures if t.ended is None and t.stage not in since}
            case _:
                pass
        if latest is not None and len(since) == len(last.holders):
            break
    if last is None:
        return None
    kept = {stage: began for stage, began in since.items() if stage in last.holders}
    highest, brought = latest if latest else (None, None)
    return Summary(model=last.model, last=last, since=MappingProxyType(kept), latest_version=highest, latest=brought)


def _imported(newest_first: list[Event]) -> "History":
    from ci_ml.registry.fold import Folding
    from ci_ml.registry.history import History

    folding = Folding(History(model=newest_first[0].model))
    events = newest_first[::-1]
    for place, event in enumerate(events, start=1):
        # The chain is checked where a whole history is read.
        folding.add(event, (events[place].previous or "") if place < len(events) else "")
    return folding.history()


def _highest(history: "History", standing: Mapping[str, bool]) -> tuple[str, Event] | None:
    kept = [r for r in history.releases.values() if standing.get(r.version, not r.withdrawn)]
    highest = max(kept, key=lambda release: release.precedence, default=None)
    return (highest.version, highest.registered) if highest else None
