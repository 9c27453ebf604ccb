"""Where a use case says what happens while it is at work; its answer is what it returns."""

from dataclasses import dataclass
from typing import Protocol


class Messages(Protocol):
    """Progress and warnings. The command line prints them; a notebook or a test may collect them.

    Attributes:
        quiet: whether nobody sees the notes. Then an error has to carry what they said.
    """

    quiet: bool

    def note(self, text: str) -> None:
        """Progress, or a remark that can be missed."""

    def warn(self, text: str) -> None:
        """Something the user should know whatever the answer is."""


@dataclass
class Unheard:
    """For what is done a second time: everything was said the first time."""

    quiet: bool

    def note(self, text: str) -> None:
        """Nothing."""

    def warn(self, text: str) -> None:
        """Nothing."""
