"""What stands about a model, from its newest events alone? For tables over many models and long histories.

The newest event names the holders; a few before it say since when, and which version is the latest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ci_ml.registry.events import Event
from ci_ml.registry.payloads import Promoted, Registered, Restored, RolledBack, Withdrawn


@dataclass(frozen=True, kw_only=True)
class Summary:
    """One row of the table of models.

    Attributes:
        last: the newest event; its number is how many there are.
        since: stage -> the event that brought its holder there.
        latest: the registration of the newest version that is not withdrawn.
    """

    model: str
    last: Event
    since: Mapping[str, Event]
    latest: Event | None

    @property
    def holders(self) -> Mapping[str, str]:
        return self.last.holders

    @property
    def latest_version(self) -> str | None:
        payload = self.latest.payload if self.latest else None
        return payload.version if isinstance(payload, Registered) else None


def summarise(newest_first: Iterable[Event]) -> Summary | None:
    """Read no further back than the summary needs; None without events."""
    last: Event | None = None
    since: dict[str, Event] = {}
    standing: dict[str, bool] = {}
    latest: Event | None = None
    for event in newest_first:
        last = last or event
        match event.payload:
            case Promoted(stage=stage) | RolledBack(stage=stage) if stage in last.holders:
                since.setdefault(stage, event)
            case Withdrawn(version=version):
                standing.setdefault(version, False)
            case Restored(version=str(version)):
                standing.setdefault(version, True)
            case Registered(version=version) if latest is None and standing.get(version, True):
                latest = event
            case _:
                pass
        if latest is not None and len(since) == len(last.holders):
            break
    if last is None:
        return None
    return Summary(model=last.model, last=last, since=MappingProxyType(since), latest=latest)
