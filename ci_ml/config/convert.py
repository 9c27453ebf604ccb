"""Nodes -> frozen values, following the type hints of `shape`; every error says where, what, and what is allowed."""

import dataclasses
import difflib
import math
import posixpath
import types
import typing
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal, Union

from ci_ml.config.faults import ConfigFault
from ci_ml.config.keys import build, keys_of
from ci_ml.config.source import Node
from ci_ml.text import shown

Path = tuple[str, ...]


# Stands for a value that could not be read. Its fault is noted; whoever needs the value cannot be read either.
FAULTY: Any = object()


class Reader:
    """Converts one file, remembers where each key stood, and notes every fault instead of stopping at the first.

    Attributes:
        places: key path -> (line, column) of its value.
        faults: what was wrong so far: wrong types, unknown or missing keys, numbers out of bounds.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.places: dict[Path, tuple[int, int]] = {}
        self.faults: list[ConfigFault] = []
        self._wrong: set[Path] = set()  # every key with a fault at it or below it

    def read(self, node: Node, hint: Any, path: Path, limits: Mapping[str, Any] = MappingProxyType({})) -> Any:
        """The value of `node` as the type `hint`, or FAULTY. What is faulty inside has its default."""
        try:
            return self._read(node, hint, path, limits)
        except ConfigFault as fault:
            self._note(fault)
            return FAULTY

    def is_faulty(self, path: Path) -> bool:
        """Whether something is wrong with a key, below it, or with what was probably meant to be it."""
        return path in self._wrong

    def _note(self, fault: ConfigFault) -> None:
        self.faults.append(fault)
        self._mark(fault.path)

    def _mark(self, path: Path) -> None:
        self._wrong.update(path[:end] for end in range(len(path) + 1))

    def _read(self, node: Node, hint: Any, path: Path, limits: Mapping[str, Any]) -> Any:
        self.places[path] = (node.line, node.column)
        origin, args = typing.get_origin(hint), typing.get_args(hint)
        if hint is Any:
            return node.plain()
        if origin in (Union, types.UnionType):
            return self._union(node, args, path, limits)
        if origin is Literal:
            if node.value not in args or node.kind != "scalar":
                raise self.error(node, path, f"is {node.describe()}", allowed=args, found=node.value)
            return node.value
        if isinstance(hint, type) and dataclasses.is_dataclass(hint):
            return self._dataclass(node, hint, path, limits)
        if origin is tuple:
            items = node.value if node.kind == "list" else (node,)
            read = [self.read(item, args[0], (*path, str(i)), limits) for i, item in enumerate(items)]
            return tuple(value for value in read if value is not FAULTY)
        if origin is Mapping:
            self._expect(node, "mapping", path)
            values = {key.value: self.read(value, args[1], (*path, key.value), limits) for key, value in node.value}
            return MappingProxyType({key: value for key, value in values.items() if value is not FAULTY})
        return self._scalar(node, hint, path, limits)

    def _union(self, node: Node, options: tuple[Any, ...], path: Path, limits: Mapping[str, Any]) -> Any:
        options_left = [option for option in options if option is not type(None)]
        if node.kind == "scalar" and node.value is None and len(options_left) < len(options):
            return None
        if len(options_left) == 1:
            return self._read(node, options_left[0], path, limits)
        for option in options_left:
            if (typing.get_origin(option) is Mapping) == (node.kind == "mapping") and (
                node.kind == "mapping" or type(node.value) is option
            ):
                return self._read(node, option, path, limits)
        if str in options_left and node.kind == "scalar":
            return self._scalar(node, str, path, limits)
        words = " or ".join(_word(option) for option in options_left)
        raise self.error(node, path, f"is {node.describe()}; it takes {words}")

    def _dataclass(self, node: Node, shape: type[Any], path: Path, limits: Mapping[str, Any]) -> Any:
        short = limits.get("short")
        if short and node.kind == "scalar" and isinstance(node.value, str):
            return shape(**{short: self._scalar(node, str, (*path, short), limits)})
        self._expect(node, "mapping", path, or_text=bool(short))
        known = {key.name: key for key in keys_of(shape)}
        values: dict[str, Any] = {}
        for name, value in node.value:
            key = known.get(name.value)
            if key is None:
                self._unknown(name, path, tuple(known))
                continue
            read = self.read(value, key.hint, (*path, key.name), key.metadata)
            if read is not FAULTY:
                values[key.name] = read
        for key in known.values():
            if key.name in values or not key.required:
                continue
            if not self.is_faulty((*path, key.name)):
                problem = f"lacks '{key.name}'"
                self._note(self.error(node, path, problem, extra=f"Add {key.name}: {key.metadata['doc']}"))
            if key.hint is not str:
                return FAULTY
            values[key.name] = ""  # never used, for the file has a fault: what else is wrong is still found
        return build(shape, known.values(), values)

    def _unknown(self, key: Node, path: Path, fields: tuple[str, ...]) -> None:
        self._note(self.error(key, path, f"has no key '{shown(key.value)}'", allowed=fields, found=key.value))
        for meant in nearest(key.value, fields):
            self._mark((*path, meant))

    def _scalar(self, node: Node, kind: type, path: Path, limits: Mapping[str, Any]) -> Any:
        value = node.value
        good = node.kind == "scalar" and (
            type(value) is kind
            or (kind is float and type(value) is int)
            or (kind is str and type(value) in (int, float))
        )
        if not good:
            raise self.error(node, path, f"is {node.describe()}; it takes {_word(kind)}")
        if kind is str:
            # As it was written: the version 1.10 is not 1.1, and the revision 0123456 keeps its zero.
            text = str(value) if isinstance(value, str) else node.text
            if not text.strip():
                raise self.error(node, path, "is empty; it takes text")
            if limits.get("argument") and text.startswith("-"):
                raise self.error(node, path, f"is {node.describe()}; it takes a name, and what begins with '-' is none")
            return self._path(node, text, path) if limits.get("path") else text
        if kind in (int, float):
            low = limits.get("low")
            if not _is_finite(value):
                raise self.error(node, path, f"is {node.describe()}; it takes a finite number")
            if low is not None and value < low:
                raise self.error(node, path, f"is {node.describe()}; it takes a number of at least {low:g}")
        return kind(value)

    def _path(self, node: Node, text: str, path: Path) -> str:
        """A path as git and DVC name it: one spelling, inside the repository."""
        normal = posixpath.normpath(text)
        if normal in (".", "..") or normal.startswith(("/", "../")):
            raise self.error(node, path, f"is {node.describe()}; it takes a path inside the repository")
        return normal

    def _expect(self, node: Node, kind: str, path: Path, *, or_text: bool = False) -> None:
        if node.kind != kind:
            words = f"text or a {kind}" if or_text else f"a {kind}"
            raise self.error(node, path, f"is {node.describe()}; it takes {words}")

    def error(
        self,
        where: Node | tuple[int, int],
        path: Path,
        problem: str,
        *,
        allowed: tuple[Any, ...] = (),
        found: object = None,
        extra: str = "",
    ) -> ConfigFault:
        """The fault that names file, line, column and key."""
        line, column = (where.line, where.column) if isinstance(where, Node) else where
        near = nearest(str(found), [str(a) for a in allowed])
        hints = [f"Did you mean '{near[0]}'?"] if near else []
        if allowed:
            hints.append("Allowed: " + ", ".join(str(a) for a in allowed) + ".")
        if extra:
            hints.append(extra)
        subject = ".".join(shown(key) for key in path) or "the file"
        message = f"{self.name}:{line}:{column}: {subject} {problem}."
        return ConfigFault(message, place=(line, column), path=path, hint=" ".join(hints))


def nearest(found: str, allowed: Sequence[str]) -> list[str]:
    """The one allowed word that was probably meant, if there is one."""
    return difflib.get_close_matches(shown(found), allowed, n=1, cutoff=0.6)


def _is_finite(value: int | float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _word(hint: Any) -> str:
    if typing.get_origin(hint) is Mapping:
        return "a mapping"
    return {str: "text", int: "a whole number", float: "a number", bool: "true or false"}.get(hint, str(hint))
