"""Commit to a branch that others commit to as well, so that nothing is lost, doubled or overwritten.

Fetch, build a commit on the head, push: one push of the branch is the transaction. Whoever loses the race pauses and
builds anew on what the winner left; whoever loses only the answer finds the commit on the branch. What the commits
hold is the caller's business.
"""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Generic, TypeVar

from ci_ml.errors import ForgeError, MachineError, RegistryConflict
from ci_ml.git.background import meanwhile
from ci_ml.git.shared_branch import SharedBranch
from ci_ml.git.stale_locks import at_work, clear
from ci_ml.git.writes import Push, move_branch, push

TRIES = 40
_LONGEST_PAUSE = 30.0  # seconds
# A lock that is left behind looks like a lost race, but then nobody moves the branch.
_MOST_UNMOVED = 6

T = TypeVar("T")


@dataclass(frozen=True)
class Built(Generic[T]):
    """What was made for one try.

    Attributes:
        commit: its parent is the one that was asked for; None where there is nothing to do. No other writer may make
            the very same commit (an id in it will do), or both would take it for their own.
        value: what the caller wants back with it.
    """

    commit: str | None
    value: T


@dataclass(frozen=True, kw_only=True)
class Committed(Generic[T]):
    """What was built in the end, and is on the branch now.

    Attributes:
        tries: how often the branch was pushed; each but the last was a race lost.
    """

    built: Built[T]
    tries: int


@dataclass(frozen=True, kw_only=True)
class _Try:
    """A commit that was made, and what became of its push."""

    parent: str | None
    commit: str
    outcome: Push


def commit_to(
    branch: SharedBranch,
    build: Callable[[str | None], Built[T]],
    *,
    rng: Random,
    sleep: Callable[[float], None] = time.sleep,
    beside: Callable[[T], object] | None = None,
) -> Committed[T]:
    """Build on the newest commit, and make what was built the newest.

    Args:
        build: parent (None: the branch is empty) -> a commit on it. Called again whenever somebody else was faster, so
            it must only look at what that parent has.
        beside: what to do with the value while git pushes, such as working out what is needed afterwards.

    Raises:
        RegistryConflict: others were faster every time.
        MachineError: the remote cannot be reached, or the branch does not move though nobody else moves it.
        ForgeError: the remote refuses the branch.
        VerificationError: the branch is not what it was.
    """
    if branch.remote is None and branch.git.branch() == branch.branch:
        raise MachineError(f"the branch {branch.branch} is checked out here.", hint="git switch main")
    tried: _Try | None = None
    built: Built[T] | None = None
    tries = unmoved = 0
    with at_work(branch.git, branch.remote, branch.branch) as mark:
        while True:
            began = time.monotonic()
            if tries or not branch.fresh:
                branch.refresh()
            if branch.problem:
                raise branch.problem
            parent = branch.head
            if tried and built and _is_on(branch, tried, parent):
                return Committed(built=built, tries=tries)  # the push arrived, only its answer was lost
            unmoved = unmoved + 1 if tried and tried.parent == parent else 0
            _refuse_to_go_on(branch, tried, tries=tries, unmoved=unmoved)
            built = build(parent)
            if built.commit is None:
                return Committed(built=built, tries=tries)
            with meanwhile(partial(beside, built.value)) if beside else nullcontext():
                outcome = _publish(branch, built.commit, expected=parent)
            tried = _Try(parent=parent, commit=built.commit, outcome=outcome)
            tries += 1
            if outcome.done:
                branch.moved_to(built.commit)
                return Committed(built=built, tries=tries)
            if outcome.broken:
                clear(branch.git, branch.remote, branch.branch, mark)
            if outcome.rejected:
                sleep(pause(tries, took=time.monotonic() - began, rng=rng))


def pause(failures: int, *, took: float, rng: Random) -> float:
    """Seconds to wait after so many lost races in a row, where a try takes `took` seconds.

    Whoever tries again at once mostly meets the others who do: with sixteen rivals, the median command then loses
    fifteen times. What helps is to come back at some time within as many tries' length as there may be rivals, and
    each lost race says that there are more.
    """
    return rng.uniform(0, min(_LONGEST_PAUSE, took * failures * (failures + 1)))


def _is_on(branch: SharedBranch, tried: _Try, head: str | None) -> bool:
    """Whether a commit of ours is on the branch."""
    return head not in (None, tried.parent) and branch.git.is_ancestor(tried.commit, str(head))


def _publish(branch: SharedBranch, commit: str, *, expected: str | None) -> Push:
    """Make the commit the branch's head."""
    if branch.remote is None:
        return move_branch(branch.git, branch.branch, to=commit, expected=expected)
    return push(branch.git, branch.remote, [f"{commit}:refs/heads/{branch.branch}"])


def _refuse_to_go_on(branch: SharedBranch, tried: _Try | None, *, tries: int, unmoved: int) -> None:
    """Say why another try would be in vain.

    Raises:
        ForgeError: the remote refused, and not because somebody else was first.
        MachineError: the push broke off; another branch is in the way; a hook here refused; or nobody was first, and
            still the branch does not move.
        RegistryConflict: it is enough.
    """
    if tried and unmoved and tried.outcome.broken:
        raise MachineError(
            f"the push to {branch.remote} broke off: {tried.outcome.reason}.",
            hint="Nothing was written: run the command again.",
        )
    if tried and unmoved and tried.outcome.obstacle:
        raise _in_the_way(branch, tried.outcome.obstacle)
    if tried and unmoved and not tried.outcome.rejected and not branch.remote:
        raise MachineError(
            f"this repository does not move the branch {branch.branch}: {tried.outcome.reason}.",
            hint="Let its hooks pass this branch: git rev-parse --git-path hooks says where they are.",
        )
    if tried and unmoved and not tried.outcome.rejected:
        raise ForgeError(
            f"{branch.remote} refuses the branch {branch.branch}: {tried.outcome.reason}.",
            hint="The token needs to write contents, and no rule may forbid this branch.",
        )
    if unmoved == _MOST_UNMOVED:
        raise MachineError(
            f"git cannot move {branch.branch} in {branch.remote or 'this repository'}, though nobody else does.",
            hint=f"Look for a lock that was left behind: {branch.branch}.lock",
        )
    if tries == TRIES:
        raise RegistryConflict(
            f"others wrote to {branch.branch} faster, {TRIES} times in a row.", hint="Run the command again."
        )


def _in_the_way(branch: SharedBranch, obstacle: str) -> MachineError:
    other = obstacle.removeprefix("refs/heads/")
    rename = f"git branch -m {other} NEW-NAME"
    if branch.remote:
        rename = (
            f"git fetch {branch.remote} {other} && git push {branch.remote} FETCH_HEAD:refs/heads/NEW-NAME :{other}"
        )
    return MachineError(
        f"{branch.remote or 'this repository'} has a branch {other}, and beside it git can have none called "
        f"{branch.branch}.",
        hint=f"Give it another name: {rename}",
    )
