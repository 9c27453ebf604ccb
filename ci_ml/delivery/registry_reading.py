"""Has the registry such a model, or such a stage? Asked of whatever somebody typed."""

from collections.abc import Iterable
from difflib import get_close_matches

from ci_ml.errors import ConfigError
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.text import shown

_NAMED = 8


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
