"""What does the registry say, as one commit of its branch has it? Plain reads: one `git cat-file` for all events."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ci_ml.errors import VerificationError
from ci_ml.registry.events import Event, decode, event_path
from ci_ml.registry.names import check_model
from ci_ml.registry.names import decode as model_of
from ci_ml.registry.names import encode as folder_of
from ci_ml.repository.git import Git

if TYPE_CHECKING:
    from ci_ml.registry.history import History

_EVENT = re.compile(r"models/([^/]+)/events/\d{4}/(\d{8})\.json")
_INCOMPLETE = "Fetch the branch again; if that does not help, somebody rewrote it."


@dataclass(frozen=True)
class Snapshot:
    """The registry as one commit of its branch has it; `head` is None for an empty registry."""

    git: Git
    head: str | None
    _read: "dict[str, History]" = field(default_factory=dict, compare=False, repr=False)

    def models(self) -> tuple[str, ...]:
        """Every model that has events, by name."""
        return tuple(sorted(self._places))

    def read(self, model: str) -> "History":
        """A model's history; an empty one where there are no events.

        Raises:
            VerificationError: an event is missing, damaged or contradicts the others.
            MachineError: a newer ci-ml wrote one.
        """
        if model not in self._read:
            self._read.update(self._histories([model]))
        return self._read[model]

    def read_all(self) -> "Mapping[str, History]":
        """The histories of all models, in one reading."""
        self._read.update(self._histories([m for m in self.models() if m not in self._read]))
        return {model: self._read[model] for model in self.models()}

    def last(self, model: str) -> Event | None:
        """A model's newest event: it alone says who holds the stages now."""
        folder = f"models/{folder_of(model)}/events/"
        groups = self._names(folder)
        names = self._names(groups[-1] + "/") if groups else []
        found = [match for match in map(_EVENT.fullmatch, names) if match]
        if not found or self.head is None:
            return None
        sequence = int(found[-1][2])
        data = self.git.read(self.head, found[-1][0])
        if data is None:
            raise VerificationError(f"event {sequence} of {model} cannot be read.", hint=_INCOMPLETE)
        return decode(data, model=model, sequence=sequence)

    def evidence(self, path: str) -> bytes | None:
        """A file of the branch, such as `models/churn/versions/v1.0.0/verdict.json`."""
        return self.git.read(self.head, path) if self.head else None

    def _histories(self, models: Iterable[str]) -> "dict[str, History]":
        # The newest event alone answers `which`, a hundred times a day: it pays for no more than it needs.
        from ci_ml.registry.fold import fold

        wanted = {model: self._blobs(model) for model in models}
        contents = self.git.read_blobs(blob for blobs in wanted.values() for blob in blobs)
        return {model: fold(model, _present(model, len(blobs), contents)) for model, blobs in wanted.items()}

    def _blobs(self, model: str) -> list[str]:
        """The object ids of a model's events, in order."""
        places = self._places.get(check_model(model), {})
        for expected, sequence in enumerate(sorted(places), start=1):
            if sequence != expected:
                raise VerificationError(f"event {expected} of {model} is missing.", hint=_INCOMPLETE)
        return [places[sequence] for sequence in sorted(places)]

    @cached_property
    def _places(self) -> dict[str, dict[int, str]]:
        """Model -> sequence -> object id."""
        places: dict[str, dict[int, str]] = {}
        if self.head is None:
            return places
        listing = self.git.ask("ls-tree", "-r", "-z", "--full-tree", self.head, "models/")
        for entry in listing.split("\0")[:-1]:
            facts, path = entry.split("\t", 1)
            match = _EVENT.fullmatch(path)
            model = model_of(match[1]) if match else None
            if match and model and path == event_path(match[1], int(match[2])) and facts.startswith("100644 blob "):
                places.setdefault(model, {})[int(match[2])] = facts[12:]
        return places

    def _names(self, folder: str) -> list[str]:
        if self.head is None:
            return []
        listing = self.git.ask("ls-tree", "-z", "--full-tree", "--name-only", self.head, folder)
        return sorted(listing.split("\0")[:-1])


def _present(model: str, count: int, contents: Iterator[bytes | None]) -> Iterator[bytes]:
    for sequence in range(1, count + 1):
        content = next(contents)
        if content is None:
            raise VerificationError(f"event {sequence} of {model} cannot be read.", hint=_INCOMPLETE)
        yield content
