"""How is an event said in a few words, for tables, commit messages and pages? Values come out as they are."""

from collections.abc import Sequence

from ci_ml.registry.events import Event
from ci_ml.registry.payloads import EventPayload, Imported


def describe_all(events: Sequence[Event]) -> str:
    """What one command did; an import is said in one breath."""
    tags = sum(isinstance(event.payload, Imported) for event in events)
    imported = [f"imported {tags} {'tag' if tags == 1 else 'tags'}"] if tags else []
    return ", ".join(imported + [describe(event) for event in events if not isinstance(event.payload, Imported)])


def describe(event: Event) -> str:
    """Such as "promoted v1.1.0 to production"; of a kind that this version does not know, its name."""
    return event.payload.said if isinstance(event.payload, EventPayload) else event.kind.replace("_", " ")
