"""Is the registry of this clone as new as can be had? Asked by commands that only read."""

from typing import TYPE_CHECKING

from ci_ml.delivery.messages import Messages
from ci_ml.errors import MachineError
from ci_ml.text import shown

if TYPE_CHECKING:
    from ci_ml.repository.event_log.log import EventLog
    from ci_ml.repository.event_log.snapshot import Snapshot

_USUAL = "origin"  # without it the local branch is the registry of a repository that has no remote


def bring_up_to_date(log: "EventLog", *, configured: str, offline: bool, messages: Messages) -> None:
    """Fetch the registry; where the remote cannot be reached, what was fetched last has to do.

    Args:
        configured: the remote where ci-ml.yaml keeps the registry; the clone need not have it.
        offline: ask the remote nothing.

    Raises:
        MachineError: this clone lacks the configured remote.
        VerificationError: the remote's branch does not contain what was seen there before.
    """
    # Where ci-ml.yaml names a remote that this clone does not have, the local branch is not the registry.
    if log.remote is None and configured != _USUAL:
        raise MachineError(
            f"this clone has no remote '{shown(configured)}', where ci-ml.yaml keeps the registry.",
            hint="git remote add it, or ask with --remote URL.",
        )
    warning = None if offline else log.refresh()
    if warning:
        messages.warn(f"{warning} This is what was fetched last.")


def snapshot_of(log: "EventLog", *, offline: bool, messages: Messages) -> "Snapshot":
    """What the registry's newest commit says.

    Raises:
        VerificationError: its branch is gone.
    """
    snapshot = log.snapshot()
    if snapshot.head is None and not (offline and log.remote):
        from ci_ml.repository.event_log.lost_branch import refuse_lost_branch

        refuse_lost_branch(log.git, log.branch)
    if offline and snapshot.head is None and log.remote:
        messages.warn(f"nothing was fetched from {log.remote} yet: leave out --offline.")
    return snapshot
