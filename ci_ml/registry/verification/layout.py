"""What is each file on the registry's branch? Only events, signatures, evidence and pages belong there."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ci_ml.names import decode, parse_version
from ci_ml.registry.branch_paths import EVENT_PATTERN, PAGE_NAME
from ci_ml.text import shown

ATTRIBUTES = ".gitattributes"
ATTRIBUTES_CONTENT = b"* -text\n"
INDEX = PAGE_NAME
PLAIN_FILE = "100644"

Role = Literal["event", "signature", "evidence", "page", "attributes", "stray"]

_EVENT = re.compile(rf"{EVENT_PATTERN}(\.sig)?")
_EVIDENCE = re.compile(r"models/([^/]+)/versions/(v[^/]+)/.+", re.DOTALL)
_PAGE = re.compile(r"models/([^/]+)/README\.md")
# Thousands of files ask for the same few models and versions.
_model = lru_cache(maxsize=4096)(decode)
_version = lru_cache(maxsize=4096)(parse_version)


@dataclass(frozen=True, slots=True)
class Place:
    """What a path on the branch stands for.

    Attributes:
        model: whose file it is; None for the files of the whole registry, and for strays of nobody.
        sequence: the event's number; 0 where it is no event's.
    """

    role: Role
    model: str | None = None
    sequence: int = 0


_STRAY = Place("stray")


def place_of(path: str) -> Place:
    """What belongs at a path.

    >>> place_of("models/late-flight/events/0001/00001234.json")
    Place(role='event', model='late-flight', sequence=1234)
    >>> place_of("models/late-flight/events/0002/00001234.json").role
    'stray'
    """
    if path.endswith(f"/{PAGE_NAME}"):  # in every commit
        return _seldom(path)
    found = _EVENT.fullmatch(path)
    if found:
        folder, thousands, rest, signature = found.groups()
        model, sequence = _model(folder), int(thousands + rest)
        return Place("signature" if signature else "event", model, sequence) if model and sequence else _STRAY
    return _evidence(path) or _seldom(path)


@lru_cache(maxsize=4096)
def _seldom(path: str) -> Place:
    if path in (INDEX, ATTRIBUTES):
        return Place("page" if path == INDEX else "attributes")
    found = _PAGE.fullmatch(path)
    if found:
        model = _model(found[1])
        return Place("page", model) if model else _STRAY
    return _evidence(path) or _STRAY


def _evidence(path: str) -> Place | None:
    found = _EVIDENCE.fullmatch(path)
    model = _model(found[1]) if found else None
    return Place("evidence", model) if found and model and _version(found[2]) else None


def named(path: str) -> str:
    """A path as findings name it; it may have been chosen to garble a terminal."""
    return shown(path, limit=200)


def event_of(model: str, sequence: int) -> str:
    """An event as findings name it."""
    return f"event {sequence} of {model}"
