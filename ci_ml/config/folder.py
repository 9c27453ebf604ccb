"""A model that lives in a folder of a larger repository: its paths, as they are written there and as git knows them."""

import dataclasses
import posixpath
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

T = TypeVar("T")


def from_root(part: T, folder: str) -> T:
    """A part of the configuration whose paths and DVC stages begin at the repository's root, not at `folder`.

    Which keys are paths, their metadata says: see `shape`.
    """
    if not folder:
        return part
    changed: dict[str, object] = {}
    for field in dataclasses.fields(part):  # type: ignore[arg-type]
        value = getattr(part, field.name)
        if field.name == "folder":
            continue
        if field.metadata.get("path"):
            changed[field.name] = _each(value, lambda path: join(folder, path))
        elif field.name == "stage":
            changed[field.name] = tuple(stage_from_root(stage, folder) for stage in value)
        elif dataclasses.is_dataclass(value):
            changed[field.name] = from_root(value, folder)
        elif isinstance(value, Mapping) and any(map(dataclasses.is_dataclass, value.values())):
            changed[field.name] = MappingProxyType({key: from_root(inner, folder) for key, inner in value.items()})
    return dataclasses.replace(part, **changed)  # type: ignore[type-var]


def _each(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, tuple):
        return tuple(map(change, value))
    return change(value) if isinstance(value, str) and value else value


def stage_from_root(stage: str, folder: str) -> str:
    """A DVC stage as it is addressed at the root: `train` in `models/a` is `models/a/dvc.yaml:train`.

    >>> stage_from_root("train", "models/a"), stage_from_root("sub/dvc.yaml:train", "models/a")
    ('models/a/dvc.yaml:train', 'models/a/sub/dvc.yaml:train')
    """
    file, _, name = stage.rpartition(":")
    return f"{join(folder, file or 'dvc.yaml')}:{name}"


def join(folder: str, path: str) -> str:
    """A path of `folder` ("" for the root) as the root has it."""
    return posixpath.normpath(posixpath.join(folder, path))


def inside(path: str, folder: str) -> bool:
    """Whether a path lies in `folder`; everything lies in the root, which is "".

    >>> inside("models/a/x", "models/a"), inside("models/ab", "models/a"), inside("x", "")
    (True, False, True)
    """
    return not folder or path.startswith(f"{folder}/")


def relative(path: str, folder: str) -> str:
    """A path inside `folder`, as it is written there."""
    return path[len(folder) + 1 :] if folder and inside(path, folder) else path
