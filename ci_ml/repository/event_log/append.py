"""Append to the registry so that nothing is lost, doubled or overwritten: one push of the branch is the transaction."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from random import Random

from ci_ml.errors import ConfigError, ForgeError, MachineError, RegistryConflict
from ci_ml.git.background import meanwhile
from ci_ml.git.stale_locks import at_work, clear
from ci_ml.git.writes import Push, move_branch, people, push, write_commit
from ci_ml.registry.event_builder import Decision, Sealed, Signer, seal
from ci_ml.registry.events import Event
from ci_ml.registry.gto.tags import Tag, implied_tags
from ci_ml.registry.summary import summarise
from ci_ml.registry.wording import describe_all
from ci_ml.repository.event_log.log import Appended, EventLog, RenderPages
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.repository.event_log.tags import write_tags

TRIES = 40
_LONGEST_PAUSE = 30.0  # seconds
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
    if log.remote is None and log.git.branch() == log.branch:
        raise MachineError(f"the branch {log.branch} is checked out here.", hint="git switch main")
    by = people(log.git)
    tried: _Try | None = None
    tries = unmoved = 0
    with at_work(log.git, log.remote, log.branch) as mark:
        while True:
            began = time.monotonic()
            if tries or not log.fresh:
                log.refresh()
            if log.problem:
                raise log.problem
            before = log.snapshot()
            if tried and tried.is_on(before):
                return _finish(log, tried, tries)  # the push arrived, only its answer was lost
            unmoved = unmoved + 1 if tried and tried.parent == before.head else 0
            _refuse_to_go_on(log, tried, tries=tries, unmoved=unmoved)
            decision = decide(before)
            if not decision.drafts:
                return _appended(log, (), decision, tries=tries)
            sealed = _seal(before, decision, id=id, at=at, recorded_by=recorded_by, signer=signer)
            commit = _commit(log, before, sealed, render_pages, by=by)
            tags: list[Tag] = []
            with meanwhile(partial(_add_tags, tags, sealed, commit)):
                outcome = _publish(log, commit, expected=before.head)
            tried = _Try(parent=before.head, decision=decision, sealed=sealed, tags=tags, outcome=outcome)
            tries += 1
            if outcome.done:
                log.moved_to(commit)
                return _finish(log, tried, tries)
            if outcome.broken:
                clear(log.git, log.remote, log.branch, mark)
            if outcome.rejected:
                sleep(pause(tries, took=time.monotonic() - began, rng=rng))


def pause(failures: int, *, took: float, rng: Random) -> float:
    """Seconds to wait after so many lost races in a row, where a try takes `took` seconds.

    Whoever tries again at once mostly meets the others who do: with sixteen rivals, the median command then loses
    fifteen times. What helps is to come back at some time within as many tries' length as there may be rivals, and
    each lost race says that there are more.
    """
    return rng.uniform(0, min(_LONGEST_PAUSE, took * failures * (failures + 1)))


@dataclass(frozen=True, kw_only=True)
class _Try:
    """A commit that was made, what became of its push, and the tags that follow from it."""

    parent: str | None
    decision: Decision
    sealed: Mapping[str, Sealed]
    tags: list[Tag]
    outcome: Push

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(event for one in self.sealed.values() for event in one.events)

    def is_on(self, after: Snapshot) -> bool:
        """Whether its events are on the branch; they came in one commit, so all are or none."""
        first = self.events[0]
        events = after.read(first.model).events
        return len(events) >= first.sequence and events[first.sequence - 1].id == first.id


def _refuse_to_go_on(log: EventLog, tried: _Try | None, *, tries: int, unmoved: int) -> None:
    """Say why another try would be in vain.

    Raises:
        ForgeError: the remote refused, and not because somebody else was first.
        MachineError: the push broke off; or nobody was first, and still the branch does not move.
        RegistryConflict: it is enough.
    """
    if tried and unmoved and tried.outcome.broken:
        raise MachineError(
            f"the push to {log.remote} broke off: {tried.outcome.reason}.",
            hint="Nothing was written: run the command again.",
        )
    if tried and unmoved and not tried.outcome.rejected:
        raise ForgeError(
            f"{log.remote} refuses the branch {log.branch}: {tried.outcome.reason}.",
            hint="The token needs to write contents, and no rule may forbid this branch.",
        )
    if unmoved == _MOST_UNMOVED:
        raise MachineError(
            f"git cannot move {log.branch} in {log.remote or 'this repository'}, though nobody else does.",
            hint=f"Look for a lock that was left behind: {log.branch}.lock",
        )
    if tries == TRIES:
        raise RegistryConflict(
            f"others wrote to {log.branch} faster, {TRIES} times in a row.", hint="Run the command again."
        )


def _commit(
    log: EventLog, before: Snapshot, sealed: Mapping[str, Sealed], render_pages: RenderPages, *, by: tuple[str, str]
) -> str:
    changed = {model: one.history for model, one in sealed.items()}
    files: dict[str, bytes] = {".gitattributes": b"* -text\n"}
    for one in sealed.values():
        files |= one.files
    own = {model: summary for model, one in changed.items() if (summary := summarise(reversed(one.events)))}
    others = before.summaries(but=tuple(changed))
    files |= render_pages({**others, **own}, changed, lambda path: files.get(path) or before.evidence(path))
    at = max(event.at for one in sealed.values() for event in one.events)
    return write_commit(log.git, parent=before.head, files=files, message=_message(sealed), at=at, by=by)


def _publish(log: EventLog, commit: str, *, expected: str | None) -> Push:
    """Make the commit the branch's head."""
    if log.remote is None:
        moved = move_branch(log.git, log.branch, to=commit, expected=expected)
        return Push(done=moved, rejected=not moved)
    return push(log.git, log.remote, [f"{commit}:refs/heads/{log.branch}"])


def _finish(log: EventLog, tried: _Try, tries: int) -> Appended:
    """The events are there; what follows must not fail any more."""
    refused = write_tags(log.git, log.remote, tried.tags)
    warnings = (f"{refused.warning} {refused.remedy}",) if refused else ()
    return _appended(log, tried.events, tried.decision, tries=tries, warnings=warnings)


def _appended(
    log: EventLog, events: tuple[Event, ...], decision: Decision, *, tries: int, warnings: tuple[str, ...] = ()
) -> Appended:
    return Appended(
        events=events,
        head=log.head,
        decision=decision,
        warnings=warnings,
        local_only=log.remote is None,
        tries=tries,
    )


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


def _add_tags(tags: list[Tag], sealed: Mapping[str, Sealed], commit: str) -> None:
    """Add the tags of new events; all are witnessed by the commit that adds them."""
    for one in sealed.values():
        tags += implied_tags(one.history, witness=lambda _: commit, since=one.events[0].sequence)


def _message(sealed: Mapping[str, Sealed]) -> str:
    lines = [f"{model}: {describe_all(one.events)}" for model, one in sealed.items()]
    return lines[0] if len(lines) == 1 else f"{len(lines)} models\n\n" + "\n".join(lines)
