"""The registry's branch: fetch it, and answer what it says.

Where there is a remote, its branch is the registry, and the remote-tracking reference is what was last seen of it;
without one the local branch is. Writing is `append`.
"""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ci_ml.errors import CiMlError, MachineError, VerificationError
from ci_ml.git.fetch import is_locked, run_fetch
from ci_ml.git.partial_clone import promisor
from ci_ml.git.questions import Answer, Git
from ci_ml.repository.event_log.snapshot import Memory, Snapshot

if TYPE_CHECKING:
    from random import Random

    from ci_ml.registry.event_builder import Decision, Signer
    from ci_ml.registry.events import Event
    from ci_ml.registry.history import History
    from ci_ml.registry.summary import Summary

BRANCH = "model-registry"

# Path on the branch -> content of a file that was filed with a version; None where it cannot be had.
ReadEvidence = Callable[[str], bytes | None]
# A summary of every model, the histories of those that changed, what was filed -> path on the branch -> content.
RenderPages = Callable[[Mapping[str, "Summary"], Mapping[str, "History"], ReadEvidence], Mapping[str, bytes]]


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

    events: "tuple[Event, ...]"
    head: str | None
    decision: "Decision"
    warnings: tuple[str, ...] = ()
    local_only: bool = False
    tries: int = 0


@dataclass
class EventLog:
    """The registry of one repository.

    Attributes:
        remote: name of the git remote that holds it; None where the local branch does.
        problem: why the last refresh did not work.
        fresh: whether the branch was fetched by this process.
    """

    git: Git
    remote: str | None
    branch: str = BRANCH
    problem: CiMlError | None = field(default=None, repr=False)
    fresh: bool = field(default=False, repr=False)
    _pushed: str | None = field(default=None, repr=False)
    _memory: Memory = field(default_factory=Memory, repr=False)

    def refresh(self) -> str | None:
        """Fetch the branch, into a shallow clone or one of a single branch too.

        Returns:
            A warning if the remote cannot be reached or lacks the branch; then the last fetched state stands.

        Raises:
            VerificationError: the remote's branch does not contain what was seen there before.
        """
        from ci_ml.git.stale_locks import at_work, clear

        self.problem, self._pushed = None, None
        with at_work(self.git, self.remote, self.branch) as mark:
            if self.remote:
                answer = self._fetch(self.remote)
                if answer.killed:
                    clear(self.git, self.remote, self.branch, mark)
                self.problem = self._problem(self.remote, answer)
        self.fresh = self.problem is None
        return self.problem.message if self.problem else None

    @property
    def head(self) -> str | None:
        """The branch's last known commit; None while there is none."""
        seen = self._pushed or self.git.find(self.reference)
        # A registry that began before there was a remote goes to it with the next append.
        return seen or (self.git.find(f"refs/heads/{self.branch}") if self.remote else None)

    def moved_to(self, commit: str) -> None:
        """Note that the branch is at a commit of ours now; git may be kept from noting it too."""
        self._pushed = commit
        if self.remote:
            self.git.run("update-ref", self.reference, commit)

    def snapshot(self) -> Snapshot:
        """Everything that the last known commit says."""
        return Snapshot(self.git, self.head, self._memory)

    def models(self) -> tuple[str, ...]:
        return self.snapshot().models()

    def read(self, model: str) -> "History":
        return self.snapshot().read(model)

    def read_ahead(self, model: str) -> None:
        """Read what was seen of a model before, so that after a refresh only what is new is left to read.

        It only reads: what is wrong with the events is said by whoever needs them.
        """
        if promisor(self.git) is None:  # a partial clone would fetch, and so does whoever calls this
            with suppress(CiMlError):
                self.read(model)
                self.snapshot().summaries(but=[model])

    def evidence(self, path: str) -> bytes | None:
        return self.snapshot().evidence(path)

    def append(
        self,
        decide: "Callable[[Snapshot], Decision]",
        *,
        id: str,
        at: datetime,
        recorded_by: str,
        render_pages: RenderPages,
        rng: "Random",
        sleep: Callable[[float], None] = time.sleep,
        signer: "Signer | None" = None,
    ) -> Appended:
        """Decide on the newest state, and write what was decided as one commit.

        Args:
            decide: called again whenever somebody else was faster, so it must only look at what it is handed.
            id: made once per command, by which our own events are known again if the answer to the push is lost.
            signer: signs every event.

        Raises:
            RegistryConflict: what `decide` raises, or others were faster every time.
            MachineError: the remote cannot be reached.
            ForgeError: the remote refuses the branch.
            VerificationError: the branch is not what it was.
        """
        from ci_ml.repository.event_log.append import append

        return append(
            self,
            decide,
            id=id,
            at=at,
            recorded_by=recorded_by,
            render_pages=render_pages,
            rng=rng,
            sleep=sleep,
            signer=signer,
        )

    @property
    def reference(self) -> str:
        """Where the registry is in this repository."""
        return f"refs/remotes/{self.remote}/{self.branch}" if self.remote else f"refs/heads/{self.branch}"

    def _fetch(self, remote: str) -> Answer:
        # In a shallow clone the newest commit is enough; once it is there, git fetches what came after it.
        options = ["--depth=1"] if self.git.find(self.reference) is None and self.git.is_shallow() else []
        # Left to itself, a partial clone would fetch every event on its own.
        options += ["--filter=blob:limit=16k"] if promisor(self.git) == remote else []
        # No "+", and none from the clone's own settings: a rewritten branch must not replace what was seen.
        refspec = f"refs/heads/{self.branch}:{self.reference}"
        fixed = ("--no-tags", "--no-write-fetch-head", "--no-recurse-submodules", "--no-auto-gc", "--refmap=")
        return run_fetch(self.git, remote, [refspec], options=[*fixed, *options])

    def _problem(self, remote: str, answer: Answer) -> CiMlError | None:
        """What a fetch's answer says against going on."""
        if answer.code == 0:
            return None
        seen, reason = self.git.find(self.reference), answer.reason
        if "find remote ref" in reason:
            if seen is None:
                return None
            return VerificationError(
                f"{remote} has no branch {self.branch} any more; it was at {seen[:12]} when last seen.",
                hint=f"To put it back: git push {remote} {seen}:refs/heads/{self.branch}",
            )
        if "[rejected]" in answer.errors:
            raise VerificationError(
                f"{self.branch} on {remote} was rewritten: what was seen there, {seen and seen[:12]}, is gone from it.",
                hint=f"Find out who did it. To accept it all the same: git update-ref -d {self.reference}",
            )
        if is_locked(answer):
            return MachineError(
                f"git cannot note where {self.branch} is: {reason}.",
                hint="If no other git command runs in this repository, delete the lock that git names.",
            )
        return MachineError(
            f"{remote} cannot be reached: {reason}.",
            hint=f"git ls-remote {remote} {self.branch} shows what git says.",
        )
