"""Append to the registry: decide on its newest state, write that as one commit, then the tags that follow from it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from random import Random

from ci_ml.errors import ConfigError
from ci_ml.git.branch_transaction import Built, commit_to
from ci_ml.git.writes import people, write_commit
from ci_ml.registry.event_builder import Decision, Sealed, Signer, seal
from ci_ml.registry.events import Event
from ci_ml.registry.gto.tags import Tag, implied_tags
from ci_ml.registry.history import History
from ci_ml.registry.summary import Summary, summarise
from ci_ml.registry.wording import describe_all
from ci_ml.repository.event_log.log import EventLog
from ci_ml.repository.event_log.lost_branch import refuse_lost_branch
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.repository.event_log.tags import write_tags

# Path on the branch -> content of a file that was filed with a version; None where it cannot be had.
ReadEvidence = Callable[[str], bytes | None]
# A summary of every model, the histories of those that changed, what was filed -> path on the branch -> content.
RenderPages = Callable[[Mapping[str, Summary], Mapping[str, History], ReadEvidence], Mapping[str, bytes]]


@dataclass(frozen=True, kw_only=True)
class Appended:
    """What came of an append.

    Attributes:
        events: as they are on the branch now; none if there was nothing to do.
        head: the branch's commit; None while the registry is empty.
        decision: what was decided in the end, with its note.
        warnings: for the user; nothing that undoes the append.
        local_only: whether the registry is the local branch, for want of a remote.
        tries: how often the branch was pushed; each but the last was a race lost.
    """

    events: tuple[Event, ...]
    head: str | None
    decision: Decision
    warnings: tuple[str, ...] = ()
    local_only: bool = False
    tries: int = 0


@dataclass(frozen=True, kw_only=True)
class _Entry:
    """What one commit adds to the log: a decision and its events, by model; no commit where nothing was decided."""

    decision: Decision
    sealed: Mapping[str, Sealed]
    commit: str | None

    @property
    def events(self) -> tuple[Event, ...]:
        return tuple(event for one in self.sealed.values() for event in one.events)

    @cached_property
    def tags(self) -> tuple[Tag, ...]:
        """The tags that follow; all are witnessed by the commit that adds the events."""
        return tuple(
            tag
            for one in self.sealed.values()
            for tag in implied_tags(one.history, witness=lambda _: self.commit, since=one.events[0].sequence)
        )


def append(
    log: EventLog,
    decide: Callable[[Snapshot], Decision],
    *,
    id: str,
    at: datetime,
    recorded_by: str,
    render_pages: RenderPages,
    rng: Random,
    sleep: Callable[[float], None] = time.sleep,
    signer: Signer | None = None,
) -> Appended:
    """Decide on the newest state, and write what was decided as one commit.

    Args:
        decide: called again whenever somebody else was faster, so it must only look at what it is handed.
        id: made once per command; every event carries it, so that no two writers make the same commit.
        signer: signs every event.

    Raises:
        RegistryConflict: what `decide` raises, or others were faster every time.
        MachineError: the remote cannot be reached.
        ForgeError: the remote refuses the branch.
        VerificationError: the branch is not what it was.
    """
    by = people(log.git)

    def build(parent: str | None) -> Built[_Entry]:
        if parent is None:
            refuse_lost_branch(log.git, log.branch)
        before = log.snapshot_of(parent)
        decision = decide(before)
        if not decision.drafts:
            return Built(None, _Entry(decision=decision, sealed={}, commit=None))
        sealed = _seal(before, decision, id=id, at=at, recorded_by=recorded_by, signer=signer)
        commit = _commit(log, before, sealed, render_pages, by=by)
        return Built(commit, _Entry(decision=decision, sealed=sealed, commit=commit))

    done = commit_to(log, build, rng=rng, sleep=sleep, beside=lambda entry: entry.tags)
    entry = done.built.value
    # The events are there; what follows must not fail any more.
    refused = write_tags(log.git, log.remote, entry.tags)
    return Appended(
        events=entry.events,
        head=log.head,
        decision=entry.decision,
        warnings=(f"{refused.warning} {refused.remedy}",) if refused else (),
        local_only=log.remote is None,
        tries=done.tries,
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


def _message(sealed: Mapping[str, Sealed]) -> str:
    lines = [f"{model}: {describe_all(one.events)}" for model, one in sealed.items()]
    return lines[0] if len(lines) == 1 else f"{len(lines)} models\n\n" + "\n".join(lines)
