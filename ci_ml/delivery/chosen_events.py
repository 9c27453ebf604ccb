"""Which events did somebody ask for, of one model or of all? The newest first, and how many there are beside them."""

from dataclasses import dataclass

from ci_ml.delivery.registry_reading import require_model
from ci_ml.registry.events import Event
from ci_ml.registry.selection import Selection, newest_first
from ci_ml.repository.event_log.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True)
class ChosenEvents:
    """The events that somebody asked for, the newest first.

    Attributes:
        left_out: how many more were asked for, all of them older.
        of: how many events there are, asked for or not.
        several: whether there is more than one model.
    """

    events: tuple[Event, ...]
    left_out: int
    of: int
    several: bool


def choose_events(snapshot: Snapshot, model: str | None, selection: Selection, *, limit: int) -> ChosenEvents:
    """The newest events of a model (or of all) that a selection keeps.

    Args:
        limit: at most so many; 0 for all.

    Raises:
        ConfigError: the registry has no such model.
    """
    if model is not None:
        require_model(snapshot, model)
    histories = {model: snapshot.read(model)} if model else snapshot.read_all()
    events = [event for one in histories.values() for event in one.events]
    found = newest_first(event for event in events if selection.keeps(event))
    kept = tuple(found[:limit] if limit else found)
    return ChosenEvents(events=kept, left_out=len(found) - len(kept), of=len(events), several=len(histories) > 1)
