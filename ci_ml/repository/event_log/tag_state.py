"""Which tags of the registry's models are there, in this repository and on its remote, and which should be?"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from ci_ml.errors import MachineError
from ci_ml.git.complaints import cause
from ci_ml.git.questions import Git
from ci_ml.registry.gto.rules import parse_tag
from ci_ml.registry.gto.tags import DueTag, Tag, Witness, due_tags
from ci_ml.registry.history import History

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
    return [
        _compared(history.model, due, witnesses[history.model](due.sequence), here, remote)
        for history in histories
        for due in due_tags(history)
    ]


def _compared(
    model: str, due: DueTag, witness: str | None, here: Mapping[str, str], remote: Mapping[str, str] | None
) -> TagState:
    own, there = due.object_id(witness), {"here": here} if remote is None else {"here": here, "remote": remote}
    return TagState(
        model=model,
        name=due.name,
        sequence=due.sequence,
        object=own,
        here=_state(here.get(due.name), own),
        remote=None if remote is None else _state(remote.get(due.name), own),
        found={place: tags[due.name] for place, tags in there.items() if tags.get(due.name, own) != own},
        tag=due.written(witness),
    )


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
