"""The registry's branch: fetch it, and append to it so that nothing is lost, doubled or overwritten.

One push of the branch is the transaction. Where there is a remote, its branch is the registry, and the remote-tracking
reference is what was last seen of it; without one the local branch is.
"""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from ci_ml.errors import CiMlError, ConfigError, ForgeError, MachineError, RegistryConflict, VerificationError
from ci_ml.registry.events import Event
from ci_ml.registry.history import History
from ci_ml.registry.sealing import Decision, Sealed, seal
from ci_ml.registry.tags import Tag, implied_tags
from ci_ml.registry.wording import describe
from ci_ml.repository.git import Git
from ci_ml.repository.git_writes import fetch, move_branch, push, write_commit
from ci_ml.repository.registry_snapshot import Snapshot
from ci_ml.repository.registry_tags import write_tags

BRANCH = "model-registry"
TRIES = 40
_LONGEST_PAUSE = 2.0  # seconds

# All histories, and the names of those that changed -> path on the branch -> content.
RenderPages = Callable[[Mapping[str, History], Collection[str]], Mapping[str, bytes]]


@dataclass(frozen=True, kw_only=True)
class Appended:
    """What came of an append.

    Attributes:
        events: as they are on the branch now; none if there was nothing to do.
        head: the branch's commit; None while the registry is empty.
        decision: what was decided in the end, with its note.
        warnings: for the user; nothing that undoes the append.
        local_only: whether the registry is the local branch, for want of a remote.
    """

    events: tuple[Event, ...]
    head: str | None
    decision: Decision
    warnings: tuple[str, ...] = ()
    local_only: bool = False


@dataclass
class EventLog:
    """The registry of one repository.

    Attributes:
        remote: name of the git remote that holds it; None where the local branch does.
    """

    git: Git
    remote: str | None
    branch: str = BRANCH
    _problem: CiMlError | None = field(default=None, repr=False)
    _fresh: bool = field(default=False, repr=False)

    def refresh(self) -> str | None:
        """Fetch the branch, into a shallow clone or one of a single branch too.

        Returns:
            A warning if the remote cannot be reached or lacks the branch; then the last fetched state stands.

        Raises:
            VerificationError: the remote's branch does not contain what was seen there before.
        """
        self._problem = self._fetch(self.remote) if self.remote else None
        self._fresh = self._problem is None
        return self._problem.message if self._problem else None

    @property
    def head(self) -> str | None:
        """The branch's last known commit; None while there is none."""
        seen = self.git.find(self._reference)
        # A registry that began before there was a remote goes to it with the next append.
        return seen or (self.git.find(f"refs/heads/{self.branch}") if self.remote else None)

    def snapshot(self) -> Snapshot:
        """Everything that the last known commit says."""
        return Snapshot(self.git, self.head)

    def models(self) -> tuple[str, ...]:
        return self.snapshot().models()

    def read(self, model: str) -> History:
        return self.snapshot().read(model)

    def evidence(self, path: str) -> bytes | None:
        return self.snapshot().evidence(path)

    def append(
        self,
        decide: Callable[[Snapshot], Decision],
        *,
        id: str,
        at: datetime,
        recorded_by: str,
        render_pages: RenderPages,
        rng: Random,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Appended:
        """Decide on the newest state, and write what was decided as one commit.

        Args:
            decide: called again whenever somebody else was faster, so it must only look at what it is handed.
            id: made once per command, by which our own events are known again if the answer to the push is lost.

        Raises:
            RegistryConflict: what `decide` raises, or others were faster every time.
            MachineError: the remote cannot be reached.
            ForgeError: the remote refuses the branch.
            VerificationError: the branch is not what it was.
        """
        if not self._fresh:
            self.refresh()
        if self.remote is None and self.git.branch() == self.branch:
            raise MachineError(f"the branch {self.branch} is checked out here.", hint="git switch main")
        for attempt in range(TRIES):
            if self._problem:
                raise self._problem
            before = self.snapshot()
            decision = decide(before)
            if not decision.drafts:
                return self._appended((), decision, ())
            sealed = _seal(before, decision, id=id, at=at, recorded_by=recorded_by)
            commit = self._commit(before, sealed, render_pages)
            if self._publish(commit, expected=before.head, events=sealed):
                tags = _tags(sealed, commit)
                warning = write_tags(self.git, self.remote, tags)
                events = tuple(event for one in sealed.values() for event in one.events)
                return self._appended(events, decision, (warning,) if warning else ())
            sleep(rng.uniform(0, min(_LONGEST_PAUSE, 0.05 * 2**attempt)))
        raise RegistryConflict(
            f"others wrote to {self.branch} faster, {TRIES} times in a row.", hint="Run the command again."
        )

    @property
    def _reference(self) -> str:
        return f"refs/remotes/{self.remote}/{self.branch}" if self.remote else f"refs/heads/{self.branch}"

    def _fetch(self, remote: str) -> CiMlError | None:
        seen = self.git.find(self._reference)
        # In a shallow clone the newest commit is enough; once it is there, git fetches what came after it.
        options = ["--depth=1"] if seen is None and self.git.is_shallow() else []
        # No "+": a rewritten branch must not replace what was seen.
        reason = fetch(self.git, remote, [f"refs/heads/{self.branch}:{self._reference}"], options=options)
        if reason is None:
            return None
        if "find remote ref" in reason:
            if seen is None:
                return None
            return VerificationError(
                f"{remote} has no branch {self.branch} any more; it was at {seen[:12]} when last seen.",
                hint=f"To put it back: git push {remote} {seen}:refs/heads/{self.branch}",
            )
        if "rejected" in reason or "non-fast-forward" in reason:
            raise VerificationError(
                f"{self.branch} on {remote} was rewritten: what was seen there, {seen and seen[:12]}, is gone from it.",
                hint=f"Find out who did it. To accept it all the same: git update-ref -d {self._reference}",
            )
        return MachineError(
            f"{remote} cannot be reached: {reason}.",
            hint=f"git ls-remote {remote} {self.branch} shows what git says.",
        )

    def _commit(self, before: Snapshot, sealed: Mapping[str, Sealed], render_pages: RenderPages) -> str:
        histories = {**before.read_all(), **{model: one.history for model, one in sealed.items()}}
        files: dict[str, bytes] = {".gitattributes": b"* -text\n"}
        for one in sealed.values():
            files |= one.files
        files |= render_pages(histories, tuple(sealed))
        at = max(event.at for one in sealed.values() for event in one.events)
        return write_commit(self.git, parent=before.head, files=files, message=_message(sealed), at=at)

    def _publish(self, commit: str, *, expected: str | None, events: Mapping[str, Sealed]) -> bool:
        """Make the commit the branch's head; False if somebody else was first.

        Raises:
            ForgeError: the remote refuses it for another reason.
        """
        if self.remote is None:
            return move_branch(self.git, self.branch, to=commit, expected=expected)
        outcome = push(self.git, self.remote, [f"{commit}:refs/heads/{self.branch}"])
        if outcome.done:
            self.git.run("update-ref", self._reference, commit)
            return True
        self.refresh()
        if self._problem:
            return False
        after = self.snapshot()
        if any(_is_there(after, one) for one in events.values()):
            return True  # the push arrived, only its answer was lost
        if outcome.rejected or after.head != expected:
            return False
        raise ForgeError(
            f"{self.remote} refuses the branch {self.branch}: {outcome.reason}.",
            hint="The token needs to write contents, and no rule may forbid this branch.",
        )

    def _appended(self, events: tuple[Event, ...], decision: Decision, warnings: tuple[str, ...]) -> Appended:
        return Appended(
            events=events, head=self.head, decision=decision, warnings=warnings, local_only=self.remote is None
        )


def _seal(before: Snapshot, decision: Decision, *, id: str, at: datetime, recorded_by: str) -> dict[str, Sealed]:
    """The decision's events, by model."""
    sealed = {}
    for model in dict.fromkeys(draft.model for draft in decision.drafts):
        twin = next((m for m in before.models() if m.lower() == model.lower() and m != model), None)
        if twin:
            raise ConfigError(f"'{model}' differs from the registered model '{twin}' only in case.", hint="Rename it.")
        drafts = tuple(draft for draft in decision.drafts if draft.model == model)
        sealed[model] = seal(before.read(model), drafts, id=id, at=at, recorded_by=recorded_by)
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
