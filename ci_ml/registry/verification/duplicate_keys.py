"""Is a key there twice in an event? Then two readers may see two events: one takes the first, another the last."""

import json
from typing import Any

import msgspec

from ci_ml.text import shown


def ambiguity(data: bytes) -> str | None:
    r"""Why two readers of a JSON text may see two things; None where they cannot.

    >>> ambiguity(b'{"kind": "promoted", "k\\u0069nd": "declined"}')
    "has the key 'kind' twice, so that two readers may see two events"
    """
    if _has_none(data):
        return None
    try:
        # Numbers stay text: one of thousands of digits must not end the search.
        json.loads(data.decode(), object_pairs_hook=_without_twins, parse_int=str, parse_float=str)
    except _TwiceError as error:
        return f"has the key '{shown(error)}' twice, so that two readers may see two events"
    except (ValueError, RecursionError):
        # Whoever decodes only the fields that it knows may have passed over what is wrong.
        return "is no JSON that every reader can read: it is no text in UTF-8, or too deep"
    return None


def _has_none(data: bytes) -> bool:
    """Whether no key is there twice, told in a fraction of the time; False where that takes a closer look.

    Of two equal keys a reader keeps one, and the colon behind the other is lost. Only an escape can hide a colon.
    """
    try:
        return rb"\u" not in data and data.count(b":") == msgspec.json.encode(msgspec.json.decode(data)).count(b":")
    except (ValueError, RecursionError):
        return False


class _TwiceError(Exception):
    """A key was there already."""


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _TwiceError(key)
        found[key] = value
    return found
