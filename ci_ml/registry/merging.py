"""What does each merged commit of the main branch ask of the registry?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

MergeAnswer = Literal["judged", "superseded", "stale"]


@dataclass(frozen=True, kw_only=True)
class Merged:
    """A commit on main's first-parent line whose model inputs differ from those of the commit before it.

    Attributes:
        commits: that commit, and those after it that left the inputs as they are.
        inputs: the inputs digest; None where it cannot be told.
        judged: whether the record of a judging of just these inputs exists.
    """

    commits: tuple[str, ...]
    inputs: str | None
    judged: bool

    @property
    def commit(self) -> str:
        return self.commits[0]


def answer_merges(merged: Sequence[Merged]) -> list[tuple[Merged, MergeAnswer]]:
    """What to do with each, oldest first.

    A commit that was never judged was never trained. If a later one replaced it, nobody will train it any more:
    it is superseded. The newest one is stale, and training it is another job's work.
    """
    return [
        (one, "judged" if one.judged else "stale" if number == len(merged) - 1 else "superseded")
        for number, one in enumerate(merged)
    ]
