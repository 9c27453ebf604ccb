"""Which events of a history does somebody ask for? By stage, by version, by time; all that is asked for must hold."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ci_ml.registry.events import Event
from ci_ml.registry.gto.rules import parse_tag
from ci_ml.registry.payloads import Imported


@dataclass(frozen=True, kw_only=True)
class Selection:
    """What to keep; None keeps everything.

    Attributes:
        stage: events that name this stage.
        version: events that name this version, also as the one that was left. An imported assignment names none.
        since, until: of the time when it happened, both included.
    """

    stage: str | None = None
    version: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def keeps(self, event: Event) -> bool:
        return (
            (self.stage is None or _field(event, "stage") == self.stage)
            and (self.version is None or self.version in (_field(event, "version"), _field(event, "left")))
            and (self.since is None or self.since <= event.moment)
            and (self.until is None or event.moment <= self.until)
        )


def newest_first(events: Iterable[Event]) -> list[Event]:
    """Events of several models in one order; of two in the same second, the one with the higher number first."""
    return sorted(events, key=lambda event: (event.moment, event.sequence), reverse=True)


def _field(event: Event, name: str) -> Any:
    """What a payload says there; None where its kind has no such field. A kind of a newer ci-ml is a plain dict."""
    payload = event.payload
    if isinstance(payload, Imported):
        return getattr(parse_tag(payload.tag), name, None)
    return payload.get(name) if isinstance(payload, dict) else getattr(payload, name, None)
