"""What a model was made from, and what that says about two models."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ci_ml.hashing import json_digest
from ci_ml.registry.differences import Difference

_LONG_LISTS = 8


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Everything that goes into a model, by digest, and what making it took.

    Attributes:
        commands: the resolved command of each step, in order.
        code: path -> `git:...`, git's own name for the content of a file that it tracks.
        data: path -> `md5:...` of what DVC tracks (its own address), or SHA-256 of an input outside both.
        parameters: name -> value.
        environment: path -> `git:...` of lock files.
        features: names of the model's inputs, where they are known; a result of training, so not an input.
        seconds: time the steps took; None where it was not measured.
        machine: what they ran on, in words; empty where it was not recorded.
    """

    commands: tuple[str, ...] = ()
    code: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    features: tuple[str, ...] = ()
    seconds: float | None = None
    machine: str = ""

    @property
    def inputs(self) -> str:
        """The inputs digest: equal for two trees exactly when training them is the same work."""
        return json_digest([list(self.commands), self.code, self.data, self.parameters, self.environment])

    def summed_up(self, most: int) -> "Provenance":
        """The same with every list of more than `most` files replaced by its digest, under the name "*"."""
        cut = {
            name: {"*": json_digest(files)} if len(files) > most else files
            for name, files in (("code", self.code), ("data", self.data), ("environment", self.environment))
        }
        return replace(self, **cut)  # type: ignore[arg-type]


def changes(before: Provenance, after: Provenance) -> tuple[Difference, ...]:
    """What differs between two models, as rows of a table; data that did not change is said too."""
    rows = []
    if before.features != after.features:
        rows.append(_features(before.features, after.features))
    for name in _differing(before.parameters, after.parameters):
        old, new = before.parameters.get(name), after.parameters.get(name)
        rows.append(Difference(kind="parameter", what=name, baseline=_value(old), candidate=_value(new)))
    rows += _files("data", before.data, after.data, same_too=True)
    rows += _files("code", before.code, after.code)
    rows += _files("environment", before.environment, after.environment)
    if before.commands != after.commands:
        old_commands, new_commands = " && ".join(before.commands), " && ".join(after.commands)
        rows.append(Difference(kind="code", what="command", baseline=old_commands, candidate=new_commands))
    if before.seconds is not None and after.seconds is not None:
        rows.append(
            Difference(
                kind="training",
                what="seconds to train",
                baseline=f"{before.seconds:.1f}",
                candidate=f"{after.seconds:.1f}",
            )
        )
    return tuple(rows)


def _features(before: tuple[str, ...], after: tuple[str, ...]) -> Difference:
    added = [name for name in after if name not in before]
    removed = [name for name in before if name not in after]
    parts = [f"{len(after)}"]
    if added:
        parts.append("+ " + _names(added))
    if removed:
        parts.append("− " + _names(removed))
    if not added and not removed:
        parts.append("in another order")
    return Difference(
        kind="features",
        what="features",
        baseline=str(len(before)) if before else None,
        candidate=f"{parts[0]}: {', '.join(parts[1:])}",
    )


def _files(
    kind: str, before: Mapping[str, str], after: Mapping[str, str], *, same_too: bool = False
) -> list[Difference]:
    """A row a file; one row for all where either side was summed up."""
    if "*" in before or "*" in after:
        old, new = (side.get("*") or json_digest(side) for side in (before, after))
        if old == new and not same_too:
            return []
        return [Difference(kind=kind, what="all files", baseline=_short(old), candidate=_short(new), same=old == new)]
    paths = sorted({*before, *after}) if same_too else _differing(before, after)
    return [_file(kind, path, before, after) for path in paths]


def _file(kind: str, path: str, before: Mapping[str, str], after: Mapping[str, str]) -> Difference:
    old, new = before.get(path), after.get(path)
    return Difference(kind=kind, what=path, baseline=_short(old), candidate=_short(new), same=old == new)


def _short(digest_text: str | None) -> str | None:
    if digest_text is None:
        return None
    kind, _, value = digest_text.rpartition(":")
    return f"{kind or 'sha256'}:{value[:8]}"


def _value(value: Any) -> str | None:
    return None if value is None else value if isinstance(value, str) else json.dumps(value)


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return sorted(name for name in {*before, *after} if before.get(name) != after.get(name))


def _names(names: list[str]) -> str:
    more = f", … ({len(names)})" if len(names) > _LONG_LISTS else ""
    return ", ".join(names[:_LONG_LISTS]) + more
