"""A release as it was, in one folder: its code, its data and its model, and a note of what was pinned."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ci_ml.delivery.messages import Messages
from ci_ml.delivery.release_spec import NamedRelease, store_of, warn_of_lifecycle
from ci_ml.files import write_bytes
from ci_ml.registry.pins import pins_of
from ci_ml.repository.restoring.assembly import assembled, refuse_taken
from ci_ml.repository.restoring.release import RestoredRelease, restore

NOTE = ".ci-ml/release.json"


@dataclass(frozen=True, kw_only=True)
class CheckedOut:
    """A release that was brought into a folder.

    Attributes:
        complete: whether the data that DVC tracks were brought too.
    """

    named: NamedRelease
    restored: RestoredRelease
    complete: bool

    @property
    def facts(self) -> dict[str, Any]:
        """What the note in the folder says, and the command's JSON."""
        restored = self.restored
        return {
            "schema": 1,
            "model": self.named.history.model,
            "version": self.named.release.version,
            "stage": self.named.stage,
            "registry": self.named.snapshot.head,
            "complete": self.complete,
            "restored": {"code": restored.code, "data": dict(restored.data), "files": [f.path for f in restored.files]},
            "pins": pins_of(self.named.release),
        }


def check_out(named: NamedRelease, target: Path, messages: Messages, *, with_data: bool = True) -> CheckedOut:
    """Restore everything that a release pins into a new folder: all or nothing.

    Raises:
        ConfigError: something lies there already.
        DataError, VerificationError, MachineError: something of it cannot be had, or is not what was pinned.
    """
    refuse_taken(target)
    warn_of_lifecycle(named, messages)
    store = store_of(named, own_clone=True)
    with assembled(target) as folder:
        restored = restore(store, named.snapshot, named.release, folder, with_data=with_data)
        found = CheckedOut(named=named, restored=restored, complete=with_data)
        note = folder / NOTE
        if not note.exists():
            write_bytes(note, json.dumps(found.facts, indent=2).encode() + b"\n")
    return found
