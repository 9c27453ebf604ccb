"""YAML text as nodes that know their line and column."""

import warnings
from dataclasses import dataclass
from typing import Any

from ci_ml.config.faults import ConfigFault, raise_all
from ci_ml.errors import ConfigError
from ci_ml.text import shown

# A small file can ask for endless work, by anchors or by depth; no honest configuration comes near these.
MAX_LENGTH = 128 * 1024  # characters
MAX_NODES = 20_000
MAX_DEPTH = 200
_TAGS = ("map", "seq", "str", "int", "float", "bool", "null", "timestamp")
_PREFIX = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Node:
    """One YAML value and where it starts. `value` is a scalar, a tuple of nodes, or a tuple of (key, value) pairs.

    Lines and columns count from 1. `text` is a scalar as it was written: 1.10 is a number, but also a version.
    """

    kind: str  # scalar | list | mapping
    value: Any
    line: int
    column: int
    text: str = ""

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
        return f"'{shown(self.value)}'" if isinstance(self.value, str) else shown(self.text)


def parse(text: str, *, name: str, faults: list[ConfigFault] | None = None) -> Node:
    """Read YAML 1.2 into nodes.

    Args:
        faults: gets every key that stands twice, and the first one counts; without such a list it is an error.

    Raises:
        ConfigError: not YAML, a key twice, a tag such as !!python, or more than a configuration can need.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    _refuse_excess(text, name)
    twice: list[ConfigFault] = [] if faults is None else faults
    yaml = YAML(typ="safe", pure=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor used twice and the like: legal, and not the reader's concern
            root = yaml.compose(text)
            document = Node("mapping", (), 1, 1) if root is None else _convert(root, yaml.constructor, name, [0], twice)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark else name
        problem = shown(str(error.problem or error.context), limit=200)
        raise ConfigError(f"{where}: not valid YAML: {problem}.") from None
    except ReaderError as error:
        where = f"{name}:{_place(text, error.position)}"
        raise ConfigError(f"{where}: not valid YAML: the character U+{error.character:04X} is not allowed.") from None
    except YAMLError as error:
        raise ConfigError(f"{name}: not valid YAML: {shown(str(error))}.") from None
    except RecursionError:
        raise ConfigError(f"{name}: nested too deeply for a configuration.") from None
    if faults is None:
        raise_all(name, twice)
    return document


def _refuse_excess(text: str, name: str) -> None:
    """The scanner's time grows with the square of open brackets, so both are bounded before it starts."""
    if len(text) > MAX_LENGTH:
        raise ConfigError(f"{name} has {len(text):,} characters; a configuration has at most {MAX_LENGTH:,}.")
    depth = 0
    for position, character in enumerate(text):
        depth += (character in "[{") - (character in "]}")
        if depth > MAX_DEPTH:
            raise ConfigError(f"{name}:{_place(text, position)}: nested too deeply for a configuration.")


def _tag(tag: object) -> str:
    text = shown(str(tag))
    return f"!!{text.removeprefix(_PREFIX)}" if text.startswith(_PREFIX) else text


def _place(text: str, position: int) -> str:
    """`line:column` of a position."""
    before = text[:position]
    return f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


def _convert(node: Any, constructor: Any, name: str, count: list[int], faults: list[ConfigFault]) -> Node:
    count[0] += 1
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    if count[0] > MAX_NODES:
        raise ConfigError(f"{name}:{line}:{column}: more than {MAX_NODES:,} values: not a configuration.")
    kind = node.id
    tag = str(node.tag).removeprefix(_PREFIX)
    if tag == "merge":
        raise ConfigError(f"{name}:{line}:{column}: '<<' is not read here.", hint="Write the keys out.")
    if tag not in _TAGS:
        raise ConfigError(f"{name}:{line}:{column}: the tag '{_tag(node.tag)}' is not allowed here.")
    if kind == "mapping":
        pairs: list[tuple[Node, Node]] = []
        seen: dict[str, int] = {}
        for key_node, value_node in node.value:
            key = _convert(key_node, constructor, name, count, faults)
            if key.kind != "scalar" or key.value is None:
                raise ConfigError(f"{name}:{key.line}:{key.column}: a key must be a plain word.")
            key = Node("scalar", key_node.value, key.line, key.column)
            if key.value in seen:
                faults.append(
                    ConfigFault(
                        f"{name}:{key.line}:{key.column}: key '{shown(key.value)}' stands twice "
                        f"(also on line {seen[key.value]}).",
                        place=(key.line, key.column),
                    )
                )
                continue
            seen[key.value] = key.line
            value = _convert(value_node, constructor, name, count, faults)
            if value.value is None and not value.text:  # nothing stands after the colon: the key is the place to look
                value = Node("scalar", None, key.line, key.column)
            pairs.append((key, value))
        return Node("mapping", tuple(pairs), line, column)
    if kind == "sequence":
        return Node(
            "list", tuple(_convert(item, constructor, name, count, faults) for item in node.value), line, column
        )
    try:
        value = constructor.construct_object(node)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise ConfigError(f"{name}:{line}:{column}: '{shown(node.value)}' cannot be read as {tag}.") from None
    if value is not None and not isinstance(value, str | int | float | bool):
        value = node.value  # A date is text here: no key of ours is a date.
    return Node("scalar", value, line, column, node.value)
