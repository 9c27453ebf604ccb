"""The registry's branch as a log of events: what does it say? Writing is `append`."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ci_ml.errors import CiMlError
from ci_ml.git.partial_clone import promisor
from ci_ml.git.shared_branch import SharedBranch
from ci_ml.repository.event_log.snapshot import Memory, Snapshot

if TYPE_CHECKING:
    from ci_ml.registry.history import History

BRANCH = "model-registry"


@dataclass
class EventLog(SharedBranch):
    """The registry of one repository."""

    branch: str = BRANCH
    _memory: Memory = field(default_factory=Memory, repr=False, kw_only=True)

    def snapshot(self) -> Snapshot:
        """Everything that the last known commit says."""
        return self.snapshot_of(self.head)

    def snapshot_of(self, commit: str | None) -> Snapshot:
        """The same for any commit of the branch; for None, an empty registry."""
        return Snapshot(self.git, commit, self._memory)

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
