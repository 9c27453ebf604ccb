"""What did verification find? One finding is one thing that is wrong, missing, or could not be looked at."""

from dataclasses import dataclass
from typing import Literal

# wrong: the record contradicts itself, and that fails. missing: a derived tag that can be written again.
# unchecked: what this clone, or this machine, cannot show; it fails only where completeness is asked for.
Weight = Literal["wrong", "missing", "unchecked"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that verification found.

    Attributes:
        weight: what it means for the answer; see `Weight`.
        kind: a word for machines, such as altered, dropped, reordered, cut_off, tag, page, evidence, signature.
        where: such as "event 12 of late-flight", "tag late-flight@v1.0.0" or a path on the branch.
        what: the rest of the sentence, without a full stop.
    """

    weight: Weight
    kind: str
    where: str
    what: str


def wrong(kind: str, where: str, what: str) -> Finding:
    """The record contradicts itself."""
    return Finding(weight="wrong", kind=kind, where=where, what=what)


def missing(kind: str, where: str, what: str) -> Finding:
    """Something derived is not here; it can be made again."""
    return Finding(weight="missing", kind=kind, where=where, what=what)


def unchecked(kind: str, where: str, what: str) -> Finding:
    """This clone, or this machine, cannot show it."""
    return Finding(weight="unchecked", kind=kind, where=where, what=what)
