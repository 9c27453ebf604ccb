"""Which tags of the registry's models are there, in this repository and on its remote, and which should be?"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ci_ml.errors import MachineError
from ci_ml.git.complaints import cause
from ci_ml.git.questions import Git
from ci_ml.registry.gto.rules import parse_tag
from ci_ml.registry.gto.tags import Tag, Witness, implied_tags, imported_tag
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Imported
from ci_ml.repository.event_log.tags import tag_object

State = Literal["there", "missing", "contradicting"]
_TAGS = "refs/tags/"


@dataclass(frozen=True, kw_only=True)
class TagState:
    """A tag that should be there, and whether it is.

    Attributes:
        object: the id of the object that the tag must name.
        here, remote: in this repository and on the remote; None where nobody looked.
        found: the objects that contradicting tags name instead, by place ("here", "remote").
        tag: how to write it; None for an imported tag that cannot be made again from its event.
    """

    model: str
    name: str
    sequence: int
    object: str
    here: State
    remote: State | None
    found: Mapping[str, str]
    tag: Tag | None

    @property
    def contradicts(self) -> bool:
        return bool(self.found)

    @property
    def missing(self) -> bool:
        """Whether it is missing where the registry is: on the remote, where there is one."""
        return (self.remote or self.here) == "missing"


@dataclass(frozen=True, kw_only=True)
class Surplus:
    """A tag that GTO reads as one of a model's, and that no event of that model implies.

    Attributes:
        found: the object that it names, by place ("here", "remote").
    """

    model: str
    name: str
    found: Mapping[str, str]


def object_id(kind: str, content: bytes, *, like: str) -> str:
    """The id that git gives to an object, in the format of the id `like`."""
    algorithm = hashlib.sha1 if len(like) == 40 else hashlib.sha256
    return algorithm(f"{kind} {len(content)}\0".encode() + content).hexdigest()


def tag_states(
    histories: Iterable[History],
    witnesses: Mapping[str, Witness],
    *,
    here: Mapping[str, str],
    remote: Mapping[str, str] | None,
) -> list[TagState]:
    """Every tag that these histories imported or that follows from them, in order.

    Args:
        here, remote: the tags that are there, name -> id of the object; None: nobody looked.
    """
    places = {"here": here, **({} if remote is None else {"remote": remote})}
    states = []
    for history in histories:
        for own, name, sequence, tag in _expected(history, witnesses[history.model]):
            seen = {place: _state(tags.get(name), own) for place, tags in places.items()}
            states.append(
                TagState(
                    model=history.model,
                    name=name,
                    sequence=sequence,
                    object=own,
                    here=seen["here"],
                    remote=seen.get("remote"),
                    found={place: places[place][name] for place in seen if seen[place] == "contradicting"},
                    tag=tag,
                )
            )
    return states


def surplus_tags(
    states: Iterable[TagState], models: Collection[str], *, here: Mapping[str, str], remote: Mapping[str, str] | None
) -> list[Surplus]:
    """What GTO reads about these models beside the tags that should be there, by name.

    Args:
        states: of every tag of these models that should be there.
    """
    due = {state.name for state in states}
    places = {"here": here, "remote": remote or {}}
    found = []
    for name in sorted({*here, *(remote or {})} - due):
        parsed = parse_tag(name)
        if parsed and parsed.model in models:
            objects = {place: tags[name] for place, tags in places.items() if name in tags}
            found.append(Surplus(model=parsed.model, name=name, found=objects))
    return found


def _expected(history: History, witness: Witness) -> Iterator[tuple[str, str, int, Tag | None]]:
    """Id of the object, name, number of the event and how to write it."""
    for event in history.events:
        if isinstance(event.payload, Imported):
            original = imported_tag(event, event.payload)
            # A signature or an odd encoding may lie outside of what the event has room for.
            rebuilt = original and object_id("tag", tag_object(original), like=original.target) == event.payload.object
            yield event.payload.object, event.payload.tag, event.sequence, original if rebuilt else None
    for tag in implied_tags(history, witness=witness):
        yield object_id("tag", tag_object(tag), like=tag.target), tag.name, tag.sequence, tag


def local_tags(git: Git) -> dict[str, str]:
    """Every tag of this repository: name -> id of the object."""
    listing = git.ask("for-each-ref", "--format=%(objectname) %(refname)", _TAGS)
    return _names(line.split(" ", 1) for line in listing.splitlines())


def remote_tags(git: Git, remote: str) -> dict[str, str]:
    """Every tag of a remote: name -> id of the object.

    Raises:
        MachineError: the remote cannot be reached.
    """
    answer = git.run("ls-remote", "--tags", "--refs", "--end-of-options", remote)
    if answer.code:
        raise MachineError(
            f"{remote} cannot be reached: {cause(answer.errors)}.", hint="--offline looks at this repository only."
        )
    return _names(line.split("\t", 1) for line in answer.text.splitlines())


def _names(pairs: Iterable[Sequence[str]]) -> dict[str, str]:
    return {reference.removeprefix(_TAGS): found for found, reference in pairs}


def _state(found: str | None, own: str) -> State:
    if found is None:
        return "missing"
    return "there" if found == own else "contradicting"
