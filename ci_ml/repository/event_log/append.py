"""Append to the registry so that nothing is lost, doubled or overwritten: one push of the branch is the transaction."""

from collections.abc import Callable, Mapping
from datetime import datetime
from random import Random

from ci_ml.errors import ConfigError, ForgeError, MachineError, RegistryConflict
from ci_ml.registry.events import Event
from ci_ml.registry.sealing import Decision, Sealed, Signer, seal
from ci_ml.registry.summary import summarise
from ci_ml.registry.tags import Tag, implied_tags
from ci_ml.registry.wording import describe
from ci_ml.repository.event_log.log import Appended, EventLog, RenderPages
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.repository.event_log.tags import write_tags
from ci_ml.repository.git_writes import move_branch, push, write_commit

TRIES = 40
_LONGEST_PAUSE = 2.0  # seconds
# A lock that is left behind looks like a lost race, but then nobody moves the branch.
_MOST_UNMOVED = 6


def append(
    log: EventLog,
    decide: Callable[[Snapshot], Decision],
    *,
    id: str,
    at: datetime,
    recorded_by: str,
    render_pages: RenderPages,
    rng: Random,
    sleep: Callable[[float], None],
    signer: Signer | None = None,
) -> Appended:
    """See `EventLog.append`."""
    if not log.fresh:
        log.refresh()
    if log.remote is None and log.git.branch() == log.branch:
        raise MachineError(f"the branch {log.branch} is checked out here.", hint="git switch main")
    unmoved = 0
    last_seen: str | None = "nothing yet"
    for attempt in range(TRIES):
        if log.problem:
            raise log.problem
        before = log.snapshot()
        unmoved = unmoved + 1 if before.head == last_seen else 0
        if unmoved == _MOST_UNMOVED:
            raise MachineError(
                f"git cannot move {log.branch} in {log.remote or 'this repository'}, though nobody else does.",
                hint=f"Look for a lock that was left behind: {log.branch}.lock",
            )
        last_seen = before.head
        decision = decide(before)
        if not decision.drafts:
            return _appended(log, (), decision, ())
        sealed = _seal(before, decision, id=id, at=at, recorded_by=recorded_by, signer=signer)
        commit = _commit(log, before, sealed, render_pages)
        if _publish(log, commit, expected=before.head, events=sealed):
            tags = _tags(sealed, commit)
            warning = write_tags(log.git, log.remote, tags)
            events = tuple(event for one in sealed.values() for event in one.events)
            return _appended(log, events, decision, (warning,) if warning else ())
        sleep(rng.uniform(0, min(_LONGEST_PAUSE, 0.05 * 2**attempt)))
    raise RegistryConflict(
        f"others wrote to {log.branch} faster, {TRIES} times in a row.", hint="Run the command again."
    )


def _commit(log: EventLog, before: Snapshot, sealed: Mapping[str, Sealed], render_pages: RenderPages) -> str:
    changed = {model: one.history for model, one in sealed.items()}
    files: dict[str, bytes] = {".gitattributes": b"* -text\n"}
    for one in sealed.values():
        files |= one.files
    own = {model: summary for model, one in changed.items() if (summary := summarise(reversed(one.events)))}
    others = before.summaries(but=tuple(changed))
    files |= render_pages({**others, **own}, changed, lambda path: files.get(path) or before.evidence(path))
    at = max(event.at for one in sealed.values() for event in one.events)
    return write_commit(log.git, parent=before.head, files=files, message=_message(sealed), at=at)


def _publish(log: EventLog, commit: str, *, expected: str | None, events: Mapping[str, Sealed]) -> bool:
    """Make the commit the branch's head; False if somebody else was first.

    Raises:
        ForgeError: the remote refuses it for another reason.
    """
    if log.remote is None:
        return move_branch(log.git, log.branch, to=commit, expected=expected)
    outcome = push(log.git, log.remote, [f"{commit}:refs/heads/{log.branch}"])
    if outcome.done:
        log.git.run("update-ref", log.reference, commit)
        return True
    log.refresh()
    if log.problem:
        return False
    after = log.snapshot()
    if any(_is_there(after, one) for one in events.values()):
        return True  # the push arrived, only its answer was lost
    if outcome.rejected or after.head != expected:
        return False
    raise ForgeError(
        f"{log.remote} refuses the branch {log.branch}: {outcome.reason}.",
        hint="The token needs to write contents, and no rule may forbid this branch.",
    )


def _appended(log: EventLog, events: tuple[Event, ...], decision: Decision, warnings: tuple[str, ...]) -> Appended:
    return Appended(events=events, head=log.head, decision=decision, warnings=warnings, local_only=log.remote is None)


def _seal(
    before: Snapshot, decision: Decision, *, id: str, at: datetime, recorded_by: str, signer: Signer | None
) -> dict[str, Sealed]:
    """The decision's events, by model."""
    sealed = {}
    for model in dict.fromkeys(draft.model for draft in decision.drafts):
        twin = next((m for m in before.models() if m.lower() == model.lower() and m != model), None)
        if twin:
            raise ConfigError(f"'{model}' differs from the registered model '{twin}' only in case.", hint="Rename it.")
        drafts = tuple(draft for draft in decision.drafts if draft.model == model)
        sealed[model] = seal(before.read(model), drafts, id=id, at=at, recorded_by=recorded_by, signer=signer)
    return sealed


def _is_there(after: Snapshot, own: Sealed) -> bool:
    """Whether our own events are on the branch."""
    first = own.events[0]
    events = after.read(first.model).events
    return len(events) >= first.sequence and events[first.sequence - 1].id == first.id


def _tags(sealed: Mapping[str, Sealed], commit: str) -> list[Tag]:
    """The tags of new events; all are witnessed by the commit that adds them."""
    return [
        tag
        for one in sealed.values()
        for tag in implied_tags(one.history, witness=lambda _: commit, since=one.events[0].sequence)
    ]


def _message(sealed: Mapping[str, Sealed]) -> str:
    lines = [f"{model}: {', '.join(describe(event) for event in one.events)}" for model, one in sealed.items()]
    return lines[0] if len(lines) == 1 else f"{len(lines)} models\n\n" + "\n".join(lines)
