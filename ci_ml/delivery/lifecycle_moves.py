"""What may be said of versions and stages without judging anything: withdrawn, deprecated, restored, vacated."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from ci_ml.delivery.messages import Messages
from ci_ml.delivery.registry_reading import require_model, require_stage
from ci_ml.delivery.registry_writer import RegistryWriter
from ci_ml.registry import lifecycle, moves
from ci_ml.registry.event_builder import Decision
from ci_ml.registry.history import History
from ci_ml.repository.event_log.append import Appended
from ci_ml.repository.event_log.log import EventLog


@dataclass(frozen=True, kw_only=True)
class Move:
    """Something to be said of one model.

    Attributes:
        decide: what becomes of a history, asked on its newest state.
        said: the sentence, once it is done.
        facts: the same for machines.
    """

    decide: Callable[[History], Decision]
    said: str
    facts: Mapping[str, str | None] = field(default_factory=dict)


def newest_history(log: EventLog, model: str, messages: Messages) -> History:
    """What the registry says of a model now; it need not stand in ci-ml.yaml any more.

    Raises:
        ConfigError: the registry has no such model.
    """
    warning = log.refresh()
    if warning:
        messages.warn(warning)
    snapshot = log.snapshot()
    require_model(snapshot, model)
    return snapshot.read(model)


def vacating(seen: History, stage: str, *, stages: Callable[[], Sequence[str]], reason: str | None) -> Move:
    """Take what holds a stage out.

    Args:
        stages: those that ci-ml.yaml names; only asked where nothing ever held the stage.

    Raises:
        ConfigError: there is no such stage.
    """
    holder = seen.holder(stage)
    if holder is None and stage not in seen.stages:
        require_stage(stage, (*stages(), *seen.stages))
    return Move(
        decide=lambda history: moves.vacate(history, stage, reason=reason, expected_holder=holder),
        said=f"{seen.model}: nothing holds {stage} any more (was {holder})",
        facts={"stage": stage, "replaced": holder},
    )


def withdrawing(model: str, version: str, *, reason: str | None) -> Move:
    """Say that a version must not be used any more."""
    return _standing(model, version, "withdrawn", partial(lifecycle.withdraw, version=version, reason=reason))


def deprecating(model: str, version: str | None, *, reason: str | None) -> Move:
    """Advise against a version, or with None against the whole model."""
    return _standing(model, version, "deprecated", partial(lifecycle.deprecate, version=version, reason=reason))


def restoring(model: str, version: str | None, *, reason: str | None) -> Move:
    """Undo either."""
    return _standing(model, version, "restored", partial(lifecycle.restore, version=version, reason=reason))


def write(writer: RegistryWriter, model: str, move: Move) -> Appended:
    """Say it, of the newest state of the registry."""
    return writer.append(lambda snapshot: move.decide(snapshot.read(model)))


def _standing(model: str, version: str | None, word: str, decide: Callable[[History], Decision]) -> Move:
    subject = f"{model} {version}" if version else f"{model} as a whole"
    return Move(decide=decide, said=f"{subject} is {word}", facts={"version": version})
