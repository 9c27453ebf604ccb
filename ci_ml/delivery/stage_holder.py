"""Which version holds a stage? Kept to itself because scripts ask it at every step, and it has to answer at once.

The newest event of a model says who holds its stages, so one event is read and decoded. What folds whole histories,
and the words for the case that nobody holds the stage, are loaded when they are needed: `ci-ml registry which` loads
nothing else.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ci_ml.errors import CiMlError, ConfigError, DataError
from ci_ml.text import shown

if TYPE_CHECKING:
    from ci_ml.repository.event_log.snapshot import Snapshot


def holder_of(
    snapshot: "Snapshot", model: str, stage: str, *, at: datetime | None, configured: Callable[[], Sequence[str]]
) -> str:
    """The version that holds a stage.

    Args:
        at: who held it then; None for now.
        configured: the stages that ci-ml.yaml names for the model; only asked where there is no holder.

    Raises:
        DataError: nobody holds it.
        ConfigError: there is no such model or stage.
    """
    last = None if at else snapshot.last(model)
    version = last.holders.get(stage) if last else _looked_up(snapshot, model, stage, at)
    if version is None:
        raise _nobody(snapshot, model, stage, at, configured())
    return version


def _looked_up(snapshot: "Snapshot", model: str, stage: str, at: datetime | None) -> str | None:
    from ci_ml.delivery.registry_reading import require_model

    require_model(snapshot, model)
    return snapshot.read(model).holder(stage, at=at)


def _nobody(snapshot: "Snapshot", model: str, stage: str, at: datetime | None, configured: Sequence[str]) -> CiMlError:
    """Why there is no answer: no such stage, nothing in it, or nothing yet."""
    history = snapshot.read(model)
    name = shown(stage)
    if configured and stage not in configured and stage not in history.stages:
        named = ", ".join(dict.fromkeys((*configured, *history.stages)))
        return ConfigError(f"{model} has no stage '{name}'.", hint=f"Stages: {named}.")
    first = min((event.moment for event in history.events), default=None)
    if at is not None and first is not None and at < first:
        when = f"{first:%Y-%m-%d %H:%M:%S} UTC"
        return DataError(f"nobody held {name} of {model} then: its history begins {when}.", hint="A later --at.")
    if stage not in history.stages:
        hint = f"Stages of {model} that were ever held: {', '.join(history.stages) or 'none'}."
        return DataError(f"nobody ever held {name} of {model}.", hint=hint)
    holds = f"held {name} of {model} at {at:%Y-%m-%d %H:%M:%S} UTC" if at else f"holds {name} of {model}"
    return DataError(f"nobody {holds}.", hint=f"ci-ml registry history {model} --stage {stage}")
