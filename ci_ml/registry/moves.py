"""What may happen next? Each move looks at a history and answers with drafts, or says why not and what to do."""

from collections.abc import Mapping, Sequence

import msgspec

from ci_ml.errors import ConfigError, RegistryConflict
from ci_ml.names import check_stage
from ci_ml.registry.event_builder import Decision, Draft
from ci_ml.registry.events import Event
from ci_ml.registry.facts import Facts
from ci_ml.registry.gto.imports import imported_version
from ci_ml.registry.history import History, Release
from ci_ml.registry.payloads import Declined, EventPayload, Promoted, Registered, RolledBack, Vacated
from ci_ml.registry.versions import Bump, next_version
from ci_ml.text import shown


def register(
    history: History,
    facts: Facts,
    *,
    evidence: Mapping[str, bytes] | None = None,
    at_least: Bump | None = None,
    forced: bool = False,
    reason: str | None = None,
) -> Decision:
    """Give a model a version; nothing to do where these very bytes have one.

    Args:
        at_least: raises the step to the next version; see `versions`.
        forced: its gates do not pass, and somebody insists.

    Raises:
        RegistryConflict: another model file is registered on the same commit, which GTO cannot read.
    """
    known = history.version_of(facts.model.sha256)
    if known:
        standing = ", which was withdrawn" if known.withdrawn else ""
        note = f"{history.model}: this model file is {known.version} already{standing}."
        return Decision(version=known.version, note=note)
    neighbour = next((r.version for r in history.releases.values() if r.commit == facts.commit), None)
    neighbour = neighbour or imported_version(history, facts.commit)
    if neighbour:
        raise RegistryConflict(
            f"commit {facts.commit[:7]} is {neighbour} of {history.model} already, with another model file.",
            hint="Commit what changed, and register that. A model that differs from run to run needs a seed.",
        )
    version, bump, why = next_version(history, facts, at_least=at_least)
    fields = msgspec.structs.asdict(facts)
    payload = Registered(**fields, version=version, bump=bump, bump_reason=why, forced=forced)
    return one_event(history, payload, reason, evidence)


def promote(
    history: History,
    version: str,
    stage: str,
    *,
    stages: Sequence[str],
    expected_holder: str | None,
    force: bool = False,
    reason: str | None = None,
    main_commit: str | None = None,
    evidence: Mapping[str, bytes] | None = None,
) -> Decision:
    """Bring a version into a stage; nothing to do where it is there.

    Args:
        stages: in their order.
        expected_holder: whom it was judged against, or who was seen there; None: nobody.
        force: pass over the order of stages, or over that the version was forced in; needs a reason.
        main_commit: the merge that asks for it. A merge keeps no order of stages, and brings back nothing that was
            rolled back.

    Raises:
        ConfigError: no such version or stage, or force without a reason.
        RegistryConflict: the holder changed, the order of stages is not kept, or the version may not come (back).
    """
    release = release_of(history, version)
    _known_stage(stage, stages)
    if history.holder(stage) == version:
        began = history.tenure(stage)
        since = f" since {_moment(began.began)}" if began else ""
        return Decision(version=version, note=f"{history.model} {version} holds {stage} already{since}.")
    _not_withdrawn(history, release)
    _not_moved(history, stage, expected_holder, then=f"ci-ml promote {history.model} {version} {stage}")
    if force and not reason:
        raise ConfigError("--force needs a reason.", hint='--reason "why the order of stages is passed over"')
    if main_commit is not None and release.digest in history.barred:
        raise RegistryConflict(
            f"{history.model} {version} was rolled back and does not return by a merge.",
            hint=f"To bring it back: ci-ml promote {history.model} {version} {stage}",
        )
    place = list(stages).index(stage)
    before = stages[place - 1] if place else None
    # What has held a stage may come back to it.
    skips = before is not None and not history.has_held(before, version) and not history.has_held(stage, version)
    if skips and not force and main_commit is None:
        raise RegistryConflict(
            f"{history.model} {version} never held {before}, the stage before {stage}.",
            hint=f"ci-ml promote {history.model} {version} {before}   (or --force with --reason)",
        )
    stays_forced = main_commit is None and _was_forced(history, version) and not history.has_held(stage, version)
    if stays_forced and not force:
        raise RegistryConflict(
            f"{history.model} {version} was let in by force: a further stage asks for it again.",
            hint=f"ci-ml promote {history.model} {version} {stage} --force --reason WORDS",
        )
    payload = Promoted(
        stage=stage,
        version=version,
        replaces=history.holder(stage),
        commit=release.commit,
        main_commit=main_commit,
        forced=force and (skips or stays_forced),
    )
    return one_event(history, payload, reason, evidence)


def _was_forced(history: History, version: str) -> bool:
    """Whether a version has a place that its gates, or the order of stages, would not have given it."""
    return any(
        isinstance(event.payload, Registered | Promoted) and event.payload.version == version and event.payload.forced
        for event in history.events
    )


def rollback(
    history: History, stage: str, *, to: str | None = None, reason: str | None, expected_holder: str | None
) -> Decision:
    """Bring an earlier version back into a stage.

    Args:
        to: any version that held the stage, or was registered before its holder; by default the newest earlier holder
            that was never rolled back from and is not withdrawn.
        reason: in words. The same again right after is the same rollback: its writer was killed, or lost the answer.
        expected_holder: who was seen there, so that two people who roll back at once go back once.

    Raises:
        ConfigError: no reason, or no such version.
        RegistryConflict: nobody is there, the holder changed, or there is nothing to go back to.
    """
    if not reason:
        raise ConfigError("a rollback needs a reason.", hint='--reason "what went wrong"')
    check_stage(stage)
    holder = history.holder(stage)
    if to is not None:
        release_of(history, to)
        if to == holder:
            return Decision(version=to, note=f"{history.model} {to} holds {stage} already.")
    elif (last := _same_rollback(history, stage, reason)) is not None:
        note = (
            f"{history.model}: {stage} went back to {holder} for this reason already: event {last.sequence} by "
            f"{shown(last.recorded_by)}, {_moment(last)}. To go back further, name the version: --to"
        )
        return Decision(version=holder, note=note)
    again = f"ci-ml rollback {history.model} {stage}"
    _not_moved(history, stage, expected_holder, then=again)
    if holder is None:
        raise RegistryConflict(
            f"nothing holds {stage} of {history.model}, so there is nothing to roll back.",
            hint=f"ci-ml registry show {history.model}",
        )
    target = to if to is not None else _default_target(history, stage, holder)
    release = release_of(history, target)
    newer = release.registered.sequence > release_of(history, holder).registered.sequence
    if newer and not history.has_held(stage, target):
        raise RegistryConflict(
            f"{history.model} {target} is newer than {holder} and never held {stage}: that is no way back.",
            hint=f"ci-ml promote {history.model} {target} {stage}",
        )
    _not_withdrawn(history, release)
    if release.digest in history.barred:
        raise RegistryConflict(
            f"{history.model} {target} was itself rolled back, and only an explicit promotion brings it back.",
            hint=f"ci-ml promote {history.model} {target} {stage}",
        )
    return one_event(history, RolledBack(stage=stage, version=target, left=holder), reason)


def _same_rollback(history: History, stage: str, reason: str) -> Event | None:
    """The move that brought the stage where it is, if that was a rollback for this very reason."""
    last = history.last_move(stage)
    return last if last and isinstance(last.payload, RolledBack) and last.reason == reason else None


def vacate(history: History, stage: str, *, reason: str | None = None, expected_holder: str | None) -> Decision:
    """Take the holder out of a stage and put nobody there; nothing to do where nobody is.

    Raises:
        RegistryConflict: the holder changed.
    """
    check_stage(stage)
    holder = history.holder(stage)
    if holder is None:
        return Decision(note=f"nothing holds {stage} of {history.model}.")
    _not_moved(history, stage, expected_holder, then=f"ci-ml registry vacate {history.model} {stage}")
    return one_event(history, Vacated(stage=stage, version=holder), reason)


def decline(
    history: History,
    *,
    main_commit: str,
    cause: str,
    inputs: str | None = None,
    model_digest: str | None = None,
    verdict: str | None = None,
    reason: str | None = None,
) -> Decision:
    """Record that a merged commit gets no version; nothing to do where it was answered before."""
    answered = next((e for e in history.events if _answers(e, main_commit)), None)
    if answered:
        note = f"{history.model}: commit {main_commit[:7]} was {answered.kind} in event {answered.sequence} already."
        return Decision(note=note)
    payload = Declined(main_commit=main_commit, inputs=inputs, model_digest=model_digest, cause=cause, verdict=verdict)
    return one_event(history, payload, reason)


def one_event(
    history: History, payload: EventPayload, reason: str | None, evidence: Mapping[str, bytes] | None = None
) -> Decision:
    """The decision that just this happens."""
    draft = Draft(model=history.model, payload=payload, reason=reason, evidence=evidence or {})
    return Decision(drafts=(draft,), version=getattr(payload, "version", None))


def release_of(history: History, version: str) -> Release:
    """A version of the model.

    Raises:
        ConfigError: there is no such version.
    """
    if version not in history.releases:
        newest = ", ".join(list(history.releases)[:-6:-1]) or "none yet"
        raise ConfigError(f"{history.model} has no version '{shown(version)}'.", hint=f"Its newest: {newest}.")
    return history.releases[version]


def _known_stage(stage: str, stages: Sequence[str]) -> None:
    if stage not in stages:
        raise ConfigError(f"there is no stage '{shown(stage)}'.", hint=f"Stages, in their order: {', '.join(stages)}.")


def _not_withdrawn(history: History, release: Release) -> None:
    if release.withdrawn:
        raise RegistryConflict(
            f"{history.model} {release.version} was withdrawn.",
            hint=f"ci-ml registry history {history.model} says why.",
        )


def _not_moved(history: History, stage: str, expected: str | None, *, then: str) -> None:
    holder = history.holder(stage)
    if holder == expected:
        return
    move = history.last_move(stage)
    by = f": event {move.sequence} by {shown(move.recorded_by)}, {_moment(move)}" if move else ""
    raise RegistryConflict(
        f"{stage} of {history.model} is held by {holder or 'nobody'} now, no longer by {expected or 'nobody'}{by}.",
        hint=f"Look at what changed, then, if it is still right: {then}",
    )


def _default_target(history: History, stage: str, holder: str) -> str:
    for version in history.earlier_holders(stage):
        if version not in history.rolled_back and not history.releases[version].withdrawn:
            return version
    raise RegistryConflict(
        f"no earlier version of {history.model} can go back to {stage}: {holder} has no predecessor there that was "
        "neither rolled back nor withdrawn.",
        hint=f"ci-ml promote {history.model} VERSION {stage}",
    )


def _answers(event: Event, main_commit: str) -> bool:
    return isinstance(event.payload, Promoted | Declined) and event.payload.main_commit == main_commit


def _moment(event: Event) -> str:
    return f"{event.moment:%Y-%m-%d %H:%M} UTC"
