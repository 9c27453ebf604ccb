"""An event as it lies in git, in words for machines: what is stored, unaltered, and where it was found."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ci_ml.hashing import sha256_hex
from ci_ml.registry.events import LARGEST_EVENT
from ci_ml.reports.escape import plain

SCHEMA = 1
# What comes as it is read has no widest cell: these widths fit what our writer makes; negative is flush right.
_HEADER = ("EVENT", "AT", "KIND", "SHA256", "COMMIT", "MODEL")
_WIDTHS = (-5, 20, 11, 12, 7, 1)


def record(*, model: str, sequence: int, path: str, commit: str | None, data: bytes | None) -> dict[str, Any]:
    """What is told of one event.

    Args:
        data: its bytes, or one more than an event may have; None where they cannot be read.

    Returns:
        Where it lies, `sha256` and `size` of its bytes, the `commit` that wrote them, and under `event` what they
        say; or `event` is null and `problem` says why.
    """
    event, problem = _parsed(data)
    whole = data is not None and len(data) <= LARGEST_EVENT
    return {
        "model": model,
        "sequence": sequence,
        "path": path,
        "size": len(data) if whole and data is not None else None,
        "sha256": sha256_hex(data) if whole and data is not None else None,
        "commit": commit,
        "event": event,
        "problem": problem,
    }


def as_json(records: Iterator[Mapping[str, Any]], *, head: str | None) -> Iterator[str]:
    """One document, a line a record, as the records come."""
    yield f'{{"schema": {SCHEMA}, "registry": {json.dumps(head)}, "events": ['
    before = None
    for one in records:
        if before is not None:
            yield f"{before},"
        before = json.dumps(one)
    yield f"{before}\n]}}" if before is not None else "]}"


def as_lines(records: Iterator[Mapping[str, Any]]) -> Iterator[str]:
    """A document a line."""
    return (json.dumps(one) for one in records)


def as_table(records: Iterator[Mapping[str, Any]]) -> Iterator[str]:
    """A line a record, within 80 columns but for the model's name; what is longer than its column moves the rest."""
    any_yet = False
    for one in records:
        if not any_yet:
            yield _line(_HEADER)
        any_yet = True
        event = one["event"] or {}
        yield _line(
            (
                str(one["sequence"]),
                str(event.get("at", "?")),
                str(event.get("kind", "?")) if one["problem"] is None else "damaged",
                (one["sha256"] or "?")[:12],
                (one["commit"] or "–")[:7],
                one["model"],
            )
        )
    if not any_yet:
        yield "Nothing has happened yet."


def _line(cells: Sequence[str]) -> str:
    """One row with fixed widths, every cell made inert."""
    inert = [plain(cell) for cell in cells]
    return "  ".join(
        cell.rjust(-width) if width < 0 else cell.ljust(width) for cell, width in zip(inert, _WIDTHS, strict=True)
    ).rstrip()


def _parsed(data: bytes | None) -> tuple[dict[str, Any] | None, str | None]:
    """What the bytes say, or why that cannot be told. Strict: what readers may take differently is no event."""
    if data is None:
        return None, "git does not have it"
    if len(data) > LARGEST_EVENT:
        return None, f"it has more than {LARGEST_EVENT:,} bytes"
    try:
        event = json.loads(data.decode(), object_pairs_hook=_without_twins, parse_constant=_no_number)
        json.dumps(event, allow_nan=False)
    except (ValueError, RecursionError) as error:
        return None, f"it is no JSON: {str(error)[:200]}"
    return (event, None) if isinstance(event, dict) else (None, "it is no JSON object")


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands there twice")
    return found


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")
