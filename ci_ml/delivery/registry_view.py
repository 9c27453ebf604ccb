"""What does the registry say at one moment? A view stays as it is; after a write there is another one."""

from dataclasses import dataclass
from functools import partial

from ci_ml.delivery.messages import Messages
from ci_ml.git.background import meanwhile
from ci_ml.registry.history import History
from ci_ml.repository.event_log.log import EventLog
from ci_ml.repository.event_log.snapshot import Snapshot


@dataclass(frozen=True)
class RegistryView:
    """The registry as one commit of its branch has it.

    Attributes:
        remote: the git remote that holds it; None where the local branch does.
    """

    snapshot: Snapshot
    remote: str | None

    @property
    def head(self) -> str | None:
        """The branch's commit; None while the registry is empty."""
        return self.snapshot.head

    def history(self, model: str) -> History:
        """What happened to one model."""
        return self.snapshot.read(model)


def newest_view(log: EventLog, messages: Messages, *, model: str) -> RegistryView:
    """The registry, fetched from its remote where there is one; what was fetched last where that cannot be reached.

    Args:
        model: read ahead while git fetches.

    Raises:
        VerificationError: the remote's branch does not contain what was seen there before.
    """
    with meanwhile(partial(log.read_ahead, model)):
        warning = log.refresh()
    if warning:
        messages.warn(warning)
    return view_of(log)


def view_of(log: EventLog) -> RegistryView:
    """The registry as this clone knows it: without asking the remote, as after a write of our own."""
    return RegistryView(log.snapshot(), log.remote)
