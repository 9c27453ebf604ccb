"""YAML text as nodes that know their line and column."""

from dataclasses import dataclass
from typing import Any

from ci_ml.errors import ConfigError

# Anchors can make a small file expand without end; no honest configuration comes near this.
MAX_NODES = 20_000
_TAGS = ("map", "seq", "str", "int", "float", "bool", "null", "timestamp")


@dataclass(frozen=True)
class Node:
    """One YAML value and where it starts. `value` is a scalar, a tuple of nodes, or a tuple of (key, value) pairs.

    Lines and columns count from 1.
    """

    kind: str  # scalar | list | mapping
    value: Any
    line: int
    column: int

    def plain(self) -> Any:
        """The value without positions."""
        if self.kind == "mapping":
            return {key.value: node.plain() for key, node in self.value}
        return [node.plain() for node in self.value] if self.kind == "list" else self.value

    def describe(self) -> str:
        """What was found, in the words of an error message."""
        if self.kind != "scalar":
            return f"a {self.kind}"
        if self.value is None:
            return "nothing"
        return f"'{self.value}'" if isinstance(self.value, str) else str(self.value).lower()


def parse(text: str, *, name: str) -> Node:
    """Read YAML 1.2 into nodes.

    Raises:
        ConfigError: not YAML, a key twice, a tag such as !!python, or more values than a configuration can need.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
        if root is None:
            return Node("mapping", (), 1, 1)
        return _convert(root, yaml.constructor, name, [0])
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        raise ConfigError(f"{where}: not valid YAML: {error.problem or error.context}.") from None
    except YAMLError as error:
        raise ConfigError(f"{name}: not valid YAML: {' '.join(str(error).split())}.") from None
    except RecursionError:
        raise ConfigError(f"{name}: nested too deeply for a configuration.") from None


def _convert(node: Any, constructor: Any, name: str, count: list[int]) -> Node:
    count[0] += 1
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    if count[0] > MAX_NODES:
        raise ConfigError(f"{name}:{line}:{column}: more than {MAX_NODES} values: not a configuration.")
    kind = node.id
    if str(node.tag).removeprefix("tag:yaml.org,2002:") not in _TAGS:
        raise ConfigError(f"{name}:{line}:{column}: the tag '{node.tag}' is not allowed here.")
    if kind == "mapping":
        pairs: list[tuple[Node, Node]] = []
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = _convert(key_node, constructor, name, count)
            if key.kind != "scalar" or key.value is None:
                raise ConfigError(f"{name}:{key.line}:{key.column}: a key must be a plain word.")
            key = Node("scalar", key_node.value, key.line, key.column)
            if key.value in seen:
                raise ConfigError(
                    f"{name}:{key.line}:{key.column}: key '{key.value}' stands twice (also on line {seen[key.value]})."
                )
            seen[key.value] = key.line
            pairs.append((key, _convert(value_node, constructor, name, count)))
        return Node("mapping", tuple(pairs), line, column)
    if kind == "sequence":
        return Node("list", tuple(_convert(item, constructor, name, count) for item in node.value), line, column)
    try:
        value = constructor.construct_object(node)
    except ValueError as error:
        raise ConfigError(f"{name}:{line}:{column}: '{node.value}' cannot be read: {error}.") from None
    if value is not None and not isinstance(value, str | int | float | bool):
        value = node.value  # A date is text here: no key of ours is a date.
    return Node("scalar", value, line, column)
