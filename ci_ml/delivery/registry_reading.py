"""What do the registry's events say about one model, or about all? Questions put to one commit of its branch."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from ci_ml.errors import ConfigError
from ci_ml.registry.events import Event
from ci_ml.registry.selection import Selection, newest_first
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.text import shown

_NAMED = 8


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


def require_model(snapshot: Snapshot, model: str) -> None:
    """Refuse a model that the registry does not have.

    Raises:
        ConfigError: names those that it has; of many the nearest.
    """
    if snapshot.has(model):
        return
    names = snapshot.models()
    hint = f"It has: {', '.join(names)}." if names else "It has no model yet: ci-ml register brings one in."
    if len(names) > _NAMED:
        near = get_close_matches(model[:200], names, n=_NAMED)
        hint = f"Near it: {', '.join(near)}." if near else f"ci-ml registry show lists its {len(names):,} models."
    raise ConfigError(f"the registry has no model '{shown(model)}'.", hint=hint)


def require_stage(stage: str, stages: Iterable[str]) -> None:
    """Refuse a stage that is neither configured nor was ever held.

    Raises:
        ConfigError: names those that there are.
    """
    known = dict.fromkeys(stages)
    if stage not in known:
        raise ConfigError(f"there is no stage '{shown(stage)}'.", hint=f"Stages: {', '.join(known) or 'none yet'}.")
