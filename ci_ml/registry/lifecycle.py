"""May a version, or a whole model, be used? What may be said of it: withdrawn, deprecated, restored."""

from ci_ml.errors import ConfigError, RegistryConflict
from ci_ml.registry.event_builder import Decision
from ci_ml.registry.history import History
from ci_ml.registry.moves import one_event, release_of
from ci_ml.registry.payloads import Deprecated, Restored, Withdrawn


def withdraw(history: History, version: str, *, reason: str | None) -> Decision:
    """Say that a version must not be used any more; nothing to do where that was said.

    Raises:
        ConfigError: no reason, or no such version.
        RegistryConflict: it holds a stage.
    """
    if not reason:
        raise ConfigError("withdrawing a version needs a reason.", hint='--reason "what is wrong with it"')
    release = release_of(history, version)
    if release.withdrawn:
        return Decision(version=version, note=f"{history.model} {version} is withdrawn already.")
    held = [stage for stage, holder in history.holders.items() if holder == version]
    if held:
        raise RegistryConflict(
            f"{history.model} {version} holds {' and '.join(sorted(held))}; what runs somewhere cannot be withdrawn.",
            hint=f"ci-ml rollback {history.model} {held[0]}   (or ci-ml registry vacate {history.model} {held[0]})",
        )
    return one_event(history, Withdrawn(version=version), reason)


def deprecate(history: History, version: str | None, *, reason: str | None = None) -> Decision:
    """Say that a version, or with None the whole model, should not be used any more; nothing to do where it was said.

    Raises:
        ConfigError: no such version.
    """
    done = history.deprecated if version is None else release_of(history, version).deprecated
    if done:
        return Decision(version=version, note=f"{_subject(history, version)} is deprecated already.")
    return one_event(history, Deprecated(version=version), reason)


def restore(history: History, version: str | None, *, reason: str | None = None) -> Decision:
    """Undo `withdraw` or `deprecate`; nothing to do where there is nothing to undo.

    Raises:
        ConfigError: no such version.
    """
    if version is None:
        stands = not history.deprecated
    else:
        release = release_of(history, version)
        stands = not (release.withdrawn or release.deprecated)
    if stands:
        note = f"{_subject(history, version)} is neither withdrawn nor deprecated."
        return Decision(version=version, note=note)
    return one_event(history, Restored(version=version), reason)


def _subject(history: History, version: str | None) -> str:
    return f"{history.model} {version}" if version else f"{history.model} as a whole"
