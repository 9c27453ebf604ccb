"""Which keys does a part of ci-ml.yaml take? Read from its shape; reader, schema, checks and documents ask here."""

import dataclasses
import typing
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class Key:
    """One key.

    Attributes:
        hint: the type of its value.
        metadata: see `shape`.
        default: where the key is left out; meaningless if `required`.
        within: the mapping field that holds the key's value; None for a field of its own.
    """

    name: str
    hint: Any
    metadata: Mapping[str, Any]
    default: Any
    required: bool = False
    within: str | None = None


def keys_of(shape: type[Any]) -> tuple[Key, ...]:
    """The keys of a shape, in their order. Those of a field with `keys` stand in its place."""
    hints = typing.get_type_hints(shape)
    found: list[Key] = []
    for field in dataclasses.fields(shape):
        if "keys" in field.metadata:
            found += [
                Key(name=name, hint=float | None, metadata=metadata, default=None, within=field.name)
                for name, metadata in field.metadata["keys"].items()
            ]
            continue
        required = field.default is field.default_factory is dataclasses.MISSING
        found.append(
            Key(
                name=field.name,
                hint=hints[field.name],
                metadata=field.metadata,
                default=field.default,
                required=required,
            )
        )
    return tuple(found)


def build(shape: type[Any], keys: Iterable[Key], values: Mapping[str, Any]) -> Any:
    """A shape from the values of its keys; null is as good as a key that is left out where keys share a field."""
    arguments: dict[str, Any] = {}
    shared: dict[str, dict[str, float]] = {}
    for key in keys:
        if key.name not in values:
            continue
        if key.within is None:
            arguments[key.name] = values[key.name]
        elif values[key.name] is not None:
            shared.setdefault(key.within, {})[key.name] = values[key.name]
    return shape(**arguments, **{name: MappingProxyType(entries) for name, entries in shared.items()})


def values_of(part: Any) -> dict[str, Any]:
    """The value of every key of a part of the configuration, by name; None where a shared field lacks it."""
    found: dict[str, Any] = {}
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        shared = field.metadata.get("keys")
        found |= {field.name: value} if shared is None else {name: value.get(name) for name in shared}
    return found
