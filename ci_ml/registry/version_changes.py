"""In what do two versions differ? From what the registry pinned of each, told part by part."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ci_ml.hashing import json_digest
from ci_ml.registry.differences import Difference
from ci_ml.registry.facts import Facts
from ci_ml.registry.provenance import Provenance, changes

# Part -> how it is called. Each is pinned as a digest, so that it can be told to be the same without its content.
_PARTS = {
    "model": "model file",
    "features": "features",
    "parameters": "parameters",
    "data": "training data",
    "code": "code",
    "environment": "environment",
    "io_schema": "outputs",
    "rows": "held-out rows",
}
_NOTHING = json_digest({})
# What provenance tells in detail, by the kind that it gives to such changes.
_IN_DETAIL = {
    "features": "features",
    "parameters": "parameter",
    "data": "data",
    "code": "code",
    "environment": "environment",
}


@dataclass(frozen=True, kw_only=True)
class Differences:
    """What two versions have in common and what not; every part stands in one of the three.

    Attributes:
        same: names of parts that are equal.
        unknown: names of parts that one of the versions did not pin.
        changes: the rest, in detail where both provenances are there, else by digest.
    """

    same: tuple[str, ...]
    unknown: tuple[str, ...]
    changes: tuple[Difference, ...]

    def on_the_same_rows(self, before: Sequence[str], after: Sequence[str]) -> "Differences":
        """The same, once both were found to be judged on the same rows: only what describes those may differ.

        Args:
            before, after: what the rows were cut by.
        """

        def told(change: Difference) -> Difference:
            if before == after:
                return replace(change, what="columns of the rows")
            return replace(change, what="slices", baseline=", ".join(before), candidate=", ".join(after))

        return replace(self, changes=tuple(told(c) if c.kind == "rows" else c for c in self.changes))


def differences(
    before: Facts | None, after: Facts | None, old: Provenance | None = None, new: Provenance | None = None
) -> Differences:
    """What differs between two versions.

    Args:
        before, after: what is pinned of them; None for an imported version.
        old, new: their provenance, where it was filed.
    """
    pinned = {name: (pin_of(before, part), pin_of(after, part)) for part, name in _PARTS.items()}
    same = tuple(name for name, (a, b) in pinned.items() if a is not None and a == b)
    unknown = tuple(name for name, (a, b) in pinned.items() if a is None or b is None)
    detailed = changes(old, new) if old is not None and new is not None else ()
    rows: list[Difference] = []
    for part, name in _PARTS.items():
        if name in same:
            continue
        told = [row for row in detailed if row.kind == _IN_DETAIL.get(part) and not row.same]
        if not told and name not in unknown:
            told = [
                Difference(kind=part, what=name, baseline=_short(pinned[name][0]), candidate=_short(pinned[name][1]))
            ]
        rows += told
    rows += [row for row in detailed if row.kind == "training" and row.baseline != row.candidate]
    found = {row.kind for row in rows}
    return Differences(
        same=same,
        unknown=tuple(name for part, name in _PARTS.items() if name in unknown and _IN_DETAIL.get(part) not in found),
        changes=tuple(rows),
    )


def listed(words: Sequence[str]) -> str:
    """
    >>> listed(["code", "data", "rows"])
    'code, data and rows'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def pin_of(facts: Facts | None, part: str) -> str | None:
    """The digest of a part of a version (`model`, `data`, `code`, ...); None where it was not recorded."""
    if facts is None:
        return None
    if part == "model":
        return facts.model.sha256
    if part == "data":
        return json_digest(facts.data) if facts.data else None
    value: str | None = getattr(facts, part)
    # Nothing to name is also what is written where it could not be told: no parameters file, no lock file.
    return None if value == _NOTHING else value


def _short(pin: str | None) -> str | None:
    return None if pin is None else f"sha256:{pin.rpartition(':')[2][:8]}"
