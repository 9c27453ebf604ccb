"""A branch that many write to: where is it, as far as this clone knows, and what stands against going on from there?

Where there is a remote, its branch counts, and the remote-tracking reference is what was last seen of it; without one
the local branch does. Writing is `branch_transaction`.
"""

from dataclasses import dataclass, field

from ci_ml.errors import CiMlError, MachineError, VerificationError
from ci_ml.git.complaints import in_the_way, told_by_hook
from ci_ml.git.fetch import is_locked, run_fetch
from ci_ml.git.partial_clone import promisor
from ci_ml.git.questions import Answer, Git
from ci_ml.git.stale_locks import at_work, clear


@dataclass
class SharedBranch:
    """One branch of one repository.

    Attributes:
        remote: name of the git remote that holds it; None where the local branch does.
        problem: why the last refresh did not work.
        fresh: whether the branch was fetched by this process.
    """

    git: Git
    remote: str | None
    branch: str
    problem: CiMlError | None = field(default=None, repr=False, kw_only=True)
    fresh: bool = field(default=False, repr=False, kw_only=True)
    _pushed: str | None = field(default=None, repr=False, kw_only=True)
    _was_absent: bool = field(default=False, repr=False, kw_only=True)

    @property
    def reference(self) -> str:
        """Where the branch is in this repository."""
        return f"refs/remotes/{self.remote}/{self.branch}" if self.remote else f"refs/heads/{self.branch}"

    @property
    def head(self) -> str | None:
        """The branch's last known commit; None while there is none."""
        seen = self._pushed or self.git.find(self.reference)
        # A branch that began before there was a remote goes to it with the next commit.
        return seen or (self.git.find(f"refs/heads/{self.branch}") if self.remote else None)

    def moved_to(self, commit: str) -> None:
        """Note that the branch is at a commit of ours now; git may be kept from noting it too."""
        self._pushed = commit
        if self.remote:
            self.git.run("update-ref", self.reference, commit)

    def refresh(self) -> str | None:
        """Fetch the branch, into a shallow clone or one of a single branch too.

        Returns:
            A warning if the remote cannot be reached or lacks the branch; then the last fetched state stands.

        Raises:
            VerificationError: the remote's branch does not contain what was seen there before.
        """
        self.problem, self._pushed = None, None
        with at_work(self.git, self.remote, self.branch) as mark:
            if self.remote:
                answer = self._fetch(self.remote)
                if answer.killed:
                    clear(self.git, self.remote, self.branch, mark)
                self.problem = self._problem(self.remote, answer)
        self.fresh = self.problem is None
        return self.problem.message if self.problem else None

    def _fetch(self, remote: str) -> Answer:
        # In a shallow clone the newest commit is enough; once it is there, git fetches what came after it. A branch
        # that began after we first looked is fetched whole: it is short, and a commit of ours may be among its first.
        newest_only = not self._was_absent and self.git.find(self.reference) is None and self.git.is_shallow()
        options = ["--depth=1"] if newest_only else []
        # Left to itself, a partial clone would fetch every file on its own.
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
                self._was_absent = True
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
        obstacle, hook = in_the_way(answer.errors), told_by_hook(answer.errors)
        if obstacle:
            return MachineError(
                f"git cannot note where {self.branch} of {remote} is: {obstacle} is in the way.",
                hint=f"It is what was seen there of a branch that must be gone by now: git update-ref -d {obstacle}",
            )
        if hook:
            return MachineError(
                f"a hook of this repository does not let git note where {self.branch} of {remote} is: {hook}.",
                hint=f"Let its hooks pass {self.reference}: git rev-parse --git-path hooks says where they are.",
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
