"""Do the pages say what the events say? Their block of facts always; their prose where this very version wrote them."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ci_ml.registry.verification.additions import blob_id
from ci_ml.registry.verification.duplicate_keys import ambiguity
from ci_ml.registry.verification.findings import Finding, unchecked, wrong
from ci_ml.registry.verification.layout import ATTRIBUTES, ATTRIBUTES_CONTENT, named
from ci_ml.text import and_more

_BLOCK = re.compile(rb"^```json\n(\{.*?\n\})\n```$", re.MULTILINE | re.DOTALL)
# Not about the registry: which form the block has, and who wrote it.
_ABOUT = ("schema", "ci_ml")


def check_pages(expected: Mapping[str, bytes], found: Mapping[str, bytes | None]) -> Iterator[Finding]:
    """Compare the pages of the branch with those that follow from the events.

    Args:
        expected: path -> the page as this version makes it.
        found: path -> the page as it is, of every page on the branch; None for one that this clone does not have.
    """
    for path, due in expected.items():
        if path not in found:
            yield wrong("page", named(path), "is not there")
        elif (content := found[path]) is None:
            yield unchecked("page", named(path), "is not in this partial clone")
        elif content != due:
            yield from _compare(path, due, content)


def check_attributes(blob: str | None) -> Iterator[Finding]:
    """The file that keeps git from changing line ends, by its object id; what else it said would garble checkouts."""
    if blob is None or blob != blob_id(ATTRIBUTES_CONTENT, like=blob):
        what = "is not there" if blob is None else f"is not '{ATTRIBUTES_CONTENT.decode().strip()}'"
        yield wrong("attributes", ATTRIBUTES, f"{what}, so that checkouts may differ")


def _compare(path: str, due: bytes, content: bytes) -> Iterator[Finding]:
    expected, facts = facts_of(due), facts_of(content)
    if facts is None or expected is None:
        yield wrong("page", named(path), "has no block of facts that can be read")
        return
    if not isinstance(facts.get("schema"), int) or facts["schema"] > expected["schema"]:
        yield unchecked("page", named(path), "was written by a newer ci-ml: pip install --upgrade ci-ml")
        return
    different = [".".join(place) for place in _differences(expected, facts)]
    if different:
        yield wrong("page", named(path), f"its facts differ from the events in {and_more(different)}")
    elif facts.get("ci_ml") == expected.get("ci_ml"):
        line = next(
            (
                n
                for n, (a, b) in enumerate(zip(due.split(b"\n"), content.split(b"\n"), strict=False), start=1)
                if a != b
            ),
            min(due.count(b"\n"), content.count(b"\n")) + 1,
        )
        yield wrong("page", named(path), f"was edited: line {line} is not what the events make of it")


def _differences(expected: Mapping[str, Any], facts: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """Where two blocks differ; `models` of the index is gone into, row by row."""
    for key in dict.fromkeys((*expected, *facts)):
        due, own = expected.get(key), facts.get(key)
        if key in _ABOUT or due == own:
            continue
        if key == "models" and isinstance(due, dict) and isinstance(own, dict):
            yield from ((key, *rest) for rest in _differences(due, own))
        else:
            yield (named(key),)


def facts_of(page: bytes) -> dict[str, Any] | None:
    """A page's block of facts; the last one, since a card may show others; None where there is none."""
    blocks = _BLOCK.findall(page)
    try:
        facts = json.loads(blocks[-1]) if blocks and not ambiguity(blocks[-1]) else None
    except (ValueError, RecursionError):
        return None
    return facts if isinstance(facts, dict) else None
