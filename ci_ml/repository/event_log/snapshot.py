"""What does the registry say, as one commit of its branch has it? Plain reads: one `git cat-file` for all events."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ci_ml.errors import VerificationError
from ci_ml.registry.events import LARGEST_EVENT, LARGEST_EVIDENCE, Event, decode
from ci_ml.registry.names import check_model
from ci_ml.registry.names import decode as model_of
from ci_ml.registry.names import encode as folder_of
from ci_ml.repository.git import Git
from ci_ml.repository.partial_clone import fetch_missing

if TYPE_CHECKING:
    from ci_ml.registry.history import History
    from ci_ml.registry.summary import Summary

_EVENT = re.compile(r"models/[^/]+/events/(\d{4})/0\1(\d{3})\.json")
# The same in what `git ls-tree -z` says: a plain file, 1234 in 00001234.json lies in the folder 0001.
_LISTED = re.compile(r"100644 blob ([0-9a-f]+)\tmodels/([^/\0]+)/events/(\d{4})/0\3(\d{3})\.json\0")
# Most models are summed up in so many of their newest events.
_FIRST_LOOK = 16
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
        for group in reversed(self._names(folder)):
            found = [match for match in map(_EVENT.fullmatch, self._names(f"{group}/")) if match]
            if found and self.head:
                sequence = int(found[-1][1] + found[-1][2])
                name = f"{self.head}:{found[-1][0]}"
                data = next(_present(model, [name], self.git.read_blobs([name], largest=LARGEST_EVENT)))
                return decode(data, model=model, sequence=sequence)
        return None

    def summaries(self, *, but: Collection[str] = ()) -> "dict[str, Summary]":
        """What stands about each model (but some), from as few events as that takes."""
        from ci_ml.registry.summary import summarise

        wanted = {model: self._blobs(model) for model in self.models() if model not in but}
        tails = {model: blobs[-_FIRST_LOOK:] for model, blobs in wanted.items()}
        contents = self._contents(tails)
        seen = {model: list(_present(model, tail, contents)) for model, tail in tails.items()}
        found = {m: summarise(self._newest_first(m, blobs, seen[m])) for m, blobs in wanted.items()}
        return {model: summary for model, summary in found.items() if summary}

    def evidence(self, path: str) -> bytes | None:
        """A file of the branch, such as `models/churn/versions/v1.0.0/verdict.json`."""
        if self.head is None:
            return None
        return next(self.git.read_blobs([f"{self.head}:{path}"], largest=LARGEST_EVIDENCE))

    def _histories(self, models: Iterable[str]) -> "dict[str, History]":
        # The newest event alone answers `which`, a hundred times a day: it pays for no more than it needs.
        from ci_ml.registry.fold import fold

        wanted = {model: self._blobs(model) for model in models}
        contents = self._contents(wanted)
        return {model: fold(model, _present(model, blobs, contents)) for model, blobs in wanted.items()}

    def _contents(self, wanted: Mapping[str, Sequence[str]]) -> Iterator[bytes | None]:
        """The events of several models, one after the other."""
        blobs = [blob for own in wanted.values() for blob in own]
        fetch_missing(self.git, [f"{self.head}:models/{folder_of(model)}/events" for model in wanted], set(blobs))
        return self.git.read_blobs(blobs, largest=LARGEST_EVENT)

    def _newest_first(self, model: str, blobs: list[str], tail: list[bytes]) -> "Iterator[Event]":
        """Events from the newest on, beginning with a `tail` that was read already; older ones in growing portions."""
        left, portion = len(blobs), tail
        while portion:
            for place, data in reversed(list(enumerate(portion, start=left - len(portion) + 1))):
                yield decode(data, model=model, sequence=place)
            left -= len(portion)
            more = blobs[max(0, left - 4 * len(portion)) : left]
            portion = list(_present(model, more, self.git.read_blobs(more, largest=LARGEST_EVENT)))

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
        folders: dict[str, dict[int, str]] = {}
        for blob, folder, thousands, rest in _LISTED.findall(listing):
            folders.setdefault(folder, {})[int(thousands + rest)] = blob
        for folder, found in folders.items():
            model = model_of(folder)
            if model is not None:
                places[model] = found
        return places

    def _names(self, folder: str) -> list[str]:
        """What lies in a folder, as full paths in order; a file instead of a folder holds nothing."""
        if self.head is None:
            return []
        listing = self.git.ask("ls-tree", "-z", "--full-tree", "--name-only", self.head, folder)
        return sorted(listing.split("\0")[:-1])


def _present(model: str, blobs: Sequence[str], contents: Iterator[bytes | None]) -> Iterator[bytes]:
    for blob, content in zip(blobs, contents, strict=False):
        if content is None:
            raise VerificationError(f"an event of {model} cannot be read: {blob}.", hint=_INCOMPLETE)
        yield content
