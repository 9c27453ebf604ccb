"""What did a model's imported tags come to? Noted in .git/ci-ml/, for they are many and never change.

A note is found by the digest of git's names for these very events, so it holds for them and no others. Whatever is
wrong with the file, or with writing it, the events are read instead.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import msgspec

from ci_ml import VERSION
from ci_ml.errors import CiMlError
from ci_ml.git.questions import Git
from ci_ml.registry.summary import ImportOutcome

_MOST = 2_000  # notes: one a model


class _Notes(msgspec.Struct):
    """The file. Another version of ci-ml may read tags otherwise, and notes anew."""

    version: str
    outcomes: dict[str, ImportOutcome]


class ImportNotes:
    """The notes of one repository, read when they are first asked for."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._new: dict[str, ImportOutcome] = {}

    def outcome(self, blobs: Sequence[str], read: Callable[[], ImportOutcome]) -> ImportOutcome:
        """What was noted of imported events, else what `read` finds out; that is noted with `keep`.

        Args:
            blobs: the objects that hold these events, all and in order.
        """
        from hashlib import sha256

        key = sha256("\n".join(blobs).encode()).hexdigest()
        if key in self._known:
            return self._known[key]
        return self._new.setdefault(key, read())

    def keep(self) -> None:
        """Write what is new; the oldest go where there are too many."""
        if not self._new:
            return
        from ci_ml.files import write_bytes

        kept = dict([*{**self._known, **self._new}.items()][-_MOST:])
        with suppress(OSError, CiMlError):  # a repository that may only be read
            self._file.parent.mkdir(exist_ok=True)
            write_bytes(self._file, msgspec.json.encode(_Notes(version=VERSION, outcomes=kept)))

    @cached_property
    def _known(self) -> dict[str, ImportOutcome]:
        with suppress(OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            notes = msgspec.json.decode(self._file.read_bytes(), type=_Notes)
            if notes.version == VERSION:
                return notes.outcomes
        return {}

    @cached_property
    def _file(self) -> Path:
        return self._git.common_folder() / "ci-ml" / "import-notes.json"
