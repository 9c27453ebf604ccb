"""What became of merges: of one for one model, and of all that were settled together."""

from dataclasses import dataclass
from typing import Literal

from ci_ml.errors import GATE_FAILED, OK, UNDECIDED, CiMlError

Result = Literal["promoted", "registered", "pending", "declined", "superseded", "stale", "nothing"]


@dataclass(frozen=True, kw_only=True)
class MergeOutcome:
    """What became of one merged commit for one model.

    Attributes:
        commit: empty where main brought nothing new.
        reason: in words.
        undecided: gates that were undecided when it was promoted.
        head: the registry's commit after it; None where nothing was written.
    """

    model: str
    commit: str
    result: Result
    version: str | None = None
    stage: str | None = None
    replaced: str | None = None
    reason: str = ""
    undecided: tuple[str, ...] = ()
    head: str | None = None


@dataclass(frozen=True, kw_only=True)
class MergeReport:
    """What became of all that was merged.

    Attributes:
        troubles: what kept a model from being settled. One model's trouble does not hold up the others, and a second
            run goes on where this one stopped.
    """

    outcomes: tuple[MergeOutcome, ...]
    troubles: tuple[CiMlError, ...]

    @property
    def exit_code(self) -> int:
        """Declined is an answer like that of a failed gate; what waits for somebody is one like an undecided gate."""
        results = {outcome.result for outcome in self.outcomes}
        return GATE_FAILED if "declined" in results else UNDECIDED if results & {"stale", "pending"} else OK
