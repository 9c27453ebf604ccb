"""What does the registry say, as one commit of its branch has it? One `git cat-file` answers everything."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from ci_ml.errors import VerificationError
from ci_ml.git.cat_file import FILE, FOLDER, Lookup, parse_tree
from ci_ml.git.partial_clone import fetch_missing
from ci_ml.git.questions import Git
from ci_ml.names import check_model
from ci_ml.names import decode as model_of
from ci_ml.names import encode as folder_of
from ci_ml.registry.branch_paths import EVENT_FILE_PATTERN, GROUP_PATTERN, MODELS, events_folder
from ci_ml.registry.events import LARGEST_EVENT, LARGEST_EVIDENCE, Event, decode

if TYPE_CHECKING:
    from ci_ml.registry.history import History
    from ci_ml.registry.summary import Beginning, Summary
    from ci_ml.repository.event_log.import_notes import ImportNotes

_GROUP = re.compile(GROUP_PATTERN)
_EVENT = re.compile(EVENT_FILE_PATTERN)
# Most models are summed up in so many of their newest events.
_FIRST_LOOK = 16
_INCOMPLETE = "Fetch the branch again; if that does not help, somebody rewrote it."

# An event's number, and the object that holds it.
_Place = tuple[int, str]


@dataclass(frozen=True)
class Folded:
    """A history, and the objects that hold its events: whoever finds these again, and more, need only go on."""

    blobs: tuple[str, ...]
    history: "History"


@dataclass(frozen=True)
class Memory:
    """What this process has read of the branch, at any commit. What a name of git's stands for never changes.

    Attributes:
        histories: by model.
        groups: the events in a folder of up to a thousand, the newest first; by the folder's name and its tree's id.
        summaries: by the model and its folder as git names it, which is another with every event.
    """

    histories: dict[str, Folded] = field(default_factory=dict)
    groups: dict[tuple[bytes, str], list[_Place]] = field(default_factory=dict)
    summaries: "dict[tuple[str, str], Summary | None]" = field(default_factory=dict)


@dataclass(frozen=True)
class Snapshot:
    """The registry as one commit of its branch has it; `head` is None for an empty registry."""

    git: Git
    head: str | None
    memory: Memory = field(default_factory=Memory, compare=False, repr=False)
    _read: "dict[str, History]" = field(default_factory=dict, compare=False, repr=False)
    # Model -> its folder of events as git finds it without a search among all models.
    _found: dict[str, str] = field(default_factory=dict, compare=False, repr=False)
    _listed: list[str] = field(default_factory=list, compare=False, repr=False)

    def models(self) -> tuple[str, ...]:
        """Every model that has events, by name."""
        with self.git.lookup() as look:
            return tuple(self._models(look))

    def has(self, model: str) -> bool:
        """Whether a model of that name has events, which need not be good ones."""
        with self.git.lookup() as look:
            return next(self._newest_places(look, check_model(model), whole=False), None) is not None

    def read(self, model: str) -> "History":
        """A model's history; an empty one where there are no events.

        Raises:
            VerificationError: an event is missing, damaged or contradicts the others.
            MachineError: a newer ci-ml wrote one.
        """
        return self._histories([check_model(model)])[model]

    def read_all(self) -> "Mapping[str, History]":
        """The histories of all models, in one reading."""
        return self._histories(self.models())

    def last(self, model: str) -> Event | None:
        """A model's newest event: it alone says who holds the stages now."""
        with self.git.lookup() as look:
            for sequence, blob in self._newest_places(look, model):
                data = next(_present(model, [blob], look.blobs([blob], largest=LARGEST_EVENT)))
                return decode(data, model=model, sequence=sequence)
        return None

    def summaries(self, *, but: Collection[str] = ()) -> "dict[str, Summary]":
        """What stands about each model (but some), from as few events as that takes."""
        from ci_ml.registry.summary import summarise
        from ci_ml.repository.event_log.import_notes import ImportNotes

        known = self.memory.summaries
        with self.git.lookup() as look:
            models = {model: (model, self._found[model]) for model in self._models(look) if model not in but}
            places = {model: self._newest_places(look, model) for model, own in models.items() if own not in known}
            tails = {model: list(islice(own, _FIRST_LOOK)) for model, own in places.items()}
            self._fetch({model: [blob for _, blob in tail] for model, tail in tails.items()})
            notes = ImportNotes(self.git)
            for model, older in places.items():
                events = _newest_first(look, model, tails[model], older)
                known[models[model]] = summarise(events, beginning=partial(self._beginning, look, notes))
            notes.keep()
        return {model: summary for model, own in models.items() if (summary := known[own])}

    def _beginning(self, look: Lookup, notes: "ImportNotes", newest: Event, older: Iterable[Event]) -> "Beginning":
        """What the imported events of a model come to: as noted, else they are all read and it is noted."""
        from ci_ml.registry.summary import Beginning, read_beginning

        places = dict(self._newest_places(look, newest.model))
        blobs = [places[sequence] for sequence in range(1, newest.sequence + 1)]

        def event(sequence: int) -> Event:
            blob = blobs[sequence - 1]
            data = next(_present(newest.model, [blob], look.blobs([blob], largest=LARGEST_EVENT)))
            return decode(data, model=newest.model, sequence=sequence)

        return Beginning(notes.outcome(blobs, lambda: read_beginning(newest, older).outcome), event)

    def evidence(self, path: str) -> bytes | None:
        """A file of the branch, such as `models/churn/versions/v1.0.0/verdict.json`."""
        if self.head is None:
            return None
        return next(self.git.read_blobs([f"{self.head}:{path}"], largest=LARGEST_EVIDENCE))

    def _histories(self, models: Sequence[str]) -> "dict[str, History]":
        # The newest event alone answers `which`, a hundred times a day: it pays for no more than it needs.
        from ci_ml.registry.fold import fold_further

        blobs = self._blobs([model for model in models if model not in self._read])
        known = {model: self._known(model, own) for model, own in blobs.items()}
        new = {model: own[len(known[model].blobs) :] for model, own in blobs.items()}
        self._fetch(new)
        contents = self.git.read_blobs([blob for own in new.values() for blob in own], largest=LARGEST_EVENT)
        for model, own in new.items():
            history = fold_further(known[model].history, _present(model, own, contents))
            self.memory.histories[model] = Folded(blobs[model], history)
            self._read[model] = history
        return {model: self._read[model] for model in models}

    def _known(self, model: str, blobs: tuple[str, ...]) -> Folded:
        """What was folded already of just these events."""
        from ci_ml.registry.history import History

        known = self.memory.histories.get(model)
        return known if known and blobs[: len(known.blobs)] == known.blobs else Folded((), History(model=model))

    def _fetch(self, wanted: Mapping[str, Sequence[str]]) -> None:
        """Make the events of some models present, in a clone that lacks them."""
        folders = [f"{self.head}:{events_folder(folder_of(model))}" for model, own in wanted.items() if own]
        fetch_missing(self.git, folders, {blob for own in wanted.values() for blob in own})

    def _models(self, look: Lookup) -> list[str]:
        if self._listed:
            return self._listed
        for folder, id in self._entries(look, f"{self.head}:{MODELS}", FOLDER):
            model = model_of(folder.decode("utf-8", "replace"))
            if model is not None:
                self._found[model] = f"{id}:events"
        self._listed.extend(sorted(m for m in self._found if next(self._newest_places(look, m, whole=False), None)))
        return self._listed

    def _blobs(self, models: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The object ids of models' events, in order."""
        with self.git.lookup() as look:
            places = {model: list(self._newest_places(look, model, whole=False))[::-1] for model in models}
        for model, own in places.items():
            for expected, (sequence, _) in enumerate(own, start=1):
                if sequence != expected:
                    raise _missing(model, expected)
        return {model: tuple(blob for _, blob in own) for model, own in places.items()}

    def _newest_places(self, look: Lookup, model: str, *, whole: bool = True) -> Iterator[_Place]:
        """Where a model's events are, from the newest on; folders are looked at when it comes to them.

        Args:
            whole: refuse a gap between two events.
        """
        folder, newer = self._found.get(model) or f"{self.head}:{events_folder(folder_of(model))}", 0
        for group, id in reversed(self._entries(look, folder, FOLDER)):
            for sequence, blob in self._group(look, group, id) if _GROUP.fullmatch(group) else []:
                if whole and newer and sequence != newer - 1:
                    raise _missing(model, newer - 1)
                newer = sequence
                yield sequence, blob
        if whole and newer > 1:
            raise _missing(model, newer - 1)

    def _group(self, look: Lookup, name: bytes, tree: str) -> list[_Place]:
        """The events in a folder of up to a thousand, the newest first; what is no event is passed over."""
        known = self.memory.groups.get((name, tree))
        if known is None:
            files = self._entries(look, tree, FILE)
            events = [(file, blob) for file, blob in files if (found := _EVENT.fullmatch(file)) and found[1] == name]
            known = self.memory.groups[name, tree] = [(int(file[:-5]), blob) for file, blob in reversed(events)]
        return known

    def _entries(self, look: Lookup, tree: str, mode: bytes) -> list[tuple[bytes, str]]:
        """Name and object id of the files, or the folders, in a folder of the branch, by name."""
        raw = look.tree(tree) if self.head else None
        entries = parse_tree(raw or b"", id_bytes=len(self.head or "") // 2)
        return sorted((name, id.hex()) for name, (own, id) in entries.items() if own == mode)


def _newest_first(look: Lookup, model: str, tail: list[_Place], older: Iterator[_Place]) -> Iterator[Event]:
    """Events from the newest on: those of the `tail`, then the older ones in growing portions."""
    portion = tail
    while portion:
        blobs = [blob for _, blob in portion]
        contents = _present(model, blobs, look.blobs(blobs, largest=LARGEST_EVENT))
        for (sequence, _), data in zip(portion, contents, strict=True):
            yield decode(data, model=model, sequence=sequence)
        portion = list(islice(older, 4 * len(portion)))


def _present(model: str, blobs: Sequence[str], contents: Iterator[bytes | None]) -> Iterator[bytes]:
    for blob, content in zip(blobs, contents, strict=False):
        if content is None:
            raise VerificationError(f"an event of {model} cannot be read: {blob}.", hint=_INCOMPLETE)
        yield content


def _missing(model: str, sequence: int) -> VerificationError:
    return VerificationError(f"event {sequence} of {model} is missing.", hint=_INCOMPLETE)
