"""Every failure a user can meet, each with its exit code.

A message says where, what was found and, in `hint`, what to do next. They are caught once, in `cli/main.py`.
A failed gate is an answer, not an error: it is no exception, it is `Verdict.exit_code`.
"""

from typing import ClassVar

OK = 0
BUG = 1
GATE_FAILED = 10
UNDECIDED = 11


class CiMlError(Exception):
    """A failure that is explained to the user in words.

    Args:
        message: where it is and what was found; one sentence, then lines of detail if need be.
        hint: what to do next.
    """

    exit_code: ClassVar[int]

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class ConfigError(CiMlError):
    """The command line or ci-ml.yaml asks for something that cannot be."""

    exit_code = 2


class MachineError(CiMlError):
    """The machine lacks something: git, DVC, an extra, a clean checkout."""

    exit_code = 3


class DataError(CiMlError):
    """Data cannot be used: a missing column, an empty window, an unreadable file."""

    exit_code = 4


class RegistryConflict(CiMlError):
    """Somebody else changed the registry first, or the move contradicts its state."""

    exit_code = 5


class ForgeError(CiMlError):
    """The forge refused, or is rate-limiting."""

    exit_code = 6


class VerificationError(CiMlError):
    """History, a digest or a signature is not what it should be."""

    exit_code = 13


def missing_extra(extra: str, module: str, *, needed_for: str) -> MachineError:
    """The error for an optional dependency that is not installed."""
    return MachineError(
        f"{needed_for} needs '{module}', which is not installed.",
        hint=f"pip install 'ci-ml[{extra}]'  (from a path or a git URL: see README)",
    )
