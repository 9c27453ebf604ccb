"""Write the parts of the documents that follow from the code: keys, metrics, commands. `make docs` calls it.

Such a part stands between `<!-- from the code: NAME -->` and `<!-- end -->`; everything else is written by people.
"""

import ast
import dataclasses
import re
import types
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Union

import click
from click.testing import CliRunner

from ci_ml.cli.main import cli
from ci_ml.config import card, shape
from ci_ml.config.keys import keys_of
from ci_ml.registry.verification.findings import KINDS
from ci_ml.rules.table import RULES
from ci_ml.vocabulary import DEFAULT_METRICS, METRICS, TASKS
from tools.write_schema import report_schema

ROOT = Path(__file__).parents[1]
PAGES = (
    "README.md",
    "docs/architecture.md",
    "docs/commands.md",
    "docs/configuration.md",
    "docs/gates.md",
    "docs/model-card.md",
    "docs/report-json.md",
    "docs/verification.md",
)
# Where docs/configuration.md explains the keys of each shape.
_SECTIONS = {
    "Model": "models",
    "Step": "train-and-predict",
    "Columns": "columns",
    "Gate": "gates",
    "Cost": "cost",
    "OnMerge": "on_merge",
    "Fairness": "fairness",
    "Monitor": "monitor",
    "Labels": "monitorlabels",
    "RetrainPolicy": "monitorretrain",
    "Registry": "registry",
}
_PART = re.compile(r"(<!-- from the code: ([\w -]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def refresh(text: str) -> str:
    """A page with every such part written anew."""
    return _PART.sub(lambda match: f"{match[1]}{_part(match[2])}{match[3]}", text)


def _part(name: str) -> str:
    kind, _, which = name.partition(" ")
    writers = {
        "keys": _keys,
        "metrics": _metrics,
        "commands": _commands,
        "help": _help,
        "map": _map,
        "findings": _findings,
        "schema": _schema,
        "rules": _rules,
        "sections": _sections,
    }
    return "\n".join(["", *writers[kind](which), "", ""])


def _keys(which: str) -> Iterator[str]:
    """One line for each key of one of the shapes of ci-ml.yaml, or of the file that `card:` names."""
    kind = getattr(card if which == "CardFile" else shape, which)
    yield "| key | takes | default | meaning |"
    yield "| :-- | :-- | :-- | :-- |"
    for key in keys_of(kind):
        default = "**required**" if key.required else _default(key.default)
        takes = _takes(key.hint, key.metadata)
        yield f"| `{key.name}` | {takes} | {default} | {_cell(key.metadata['doc'])} |"


def _default(value: object) -> str:
    if isinstance(value, tuple) and value:
        return f"`[{', '.join(value)}]`"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if isinstance(value, str | int | float) else ""


def _takes(hint: Any, limits: Mapping[str, Any]) -> str:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if set(args) > {str, bool}:
        return "text, a number, true or false"
    if origin in (Union, types.UnionType):
        words = dict.fromkeys(_takes(option, limits) for option in args if option is not type(None))
        return " or ".join(words)
    if origin is Literal:
        return " or ".join(f"`{arg}`" for arg in args)
    if origin is tuple:
        return f"{_takes(args[0], limits)}, or a list"
    if origin is Mapping:
        return "a mapping" if args[1] is Any else f"a mapping: name → {_takes(args[1], {})}"
    if dataclasses.is_dataclass(hint):
        return f"{'text or ' if 'short' in limits else ''}[a mapping](#{_SECTIONS[hint.__name__]})"
    if hint is str and limits.get("path"):
        return "a path"
    low = f" ≥ {limits['low']:g}" if "low" in limits else ""
    return {str: "text", int: "a whole number", float: "a number", bool: "true or false", Any: "anything"}[hint] + low


def _metrics(_: str) -> Iterator[str]:
    """One line for each metric, with its tasks and its better direction."""
    needs = {"score": "`y_score`", "label": "`y_score` or `y_pred`", "value": "`y_pred`"}
    yield "| metric | tasks | better | computed from |"
    yield "| :-- | :-- | :-- | :-- |"
    for name, info in METRICS.items():
        better = "higher" if info.greater_is_better else "lower"
        yield f"| `{name}` | {', '.join(info.tasks)} | {better} | {needs[info.needs]} |"
    yield ""
    yield "Shown where `metrics:` is left out, the main one first:"
    yield ""
    for task in TASKS:
        yield f"- {task}: {', '.join(f'`{name}`' for name in DEFAULT_METRICS[task])}"


def _commands(_: str) -> Iterator[str]:
    """One line for each command."""
    yield "| command | what it answers or does |"
    yield "| :-- | :-- |"
    for words, command in commands():
        if not isinstance(command, click.Group):
            yield f"| `ci-ml {words}` | {_cell(command.get_short_help_str(100))} |"


def _help(_: str) -> Iterator[str]:
    """What `--help` says of each command."""
    for words, command in commands():
        if isinstance(command, click.Group):
            continue
        answer = CliRunner().invoke(cli, [*words.split(), "--help"], prog_name="ci-ml", env={"COLUMNS": "80"})
        yield from (f"## ci-ml {words}", "", "```text", answer.output.rstrip(), "```", "")


def _findings(_: str) -> Iterator[str]:
    """One line for each kind of finding of `registry verify`."""
    yield "| kind | meaning |"
    yield "| :-- | :-- |"
    yield from (f"| `{kind}` | {_cell(meaning)} |" for kind, meaning in KINDS.items())


def _schema(which: str) -> Iterator[str]:
    """One line for each key of one of the objects that `--format json` prints."""
    yield "| key | is | meaning |"
    yield "| :-- | :-- | :-- |"
    for key, schema in report_schema()["$defs"][which]["properties"].items():
        yield f"| `{key}` | {_is(schema)} | {_cell(schema.get('description', ''))} |"


def _is(schema: Mapping[str, Any]) -> str:
    """What kind of value a JSON schema asks for, in words."""
    if "anyOf" in schema:
        return " or ".join(_is(option) for option in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    inner = schema.get("items") or schema.get("additionalProperties") or (schema.get("prefixItems") or [None])[0]
    if schema["type"] in ("array", "object"):
        form = "a list of" if schema["type"] == "array" else "an object: name →"
        return f"{form} {_is(inner)}" if inner else form
    return {"integer": "a whole number", "number": "a number", "string": "text", "boolean": "true or false"}.get(
        schema["type"], "null"
    )


def _rules(_: str) -> Iterator[str]:
    """One line for each rule: when it passes, when it fails."""
    yield "| gate | pass | fail | undecided |"
    yield "| :-- | :-- | :-- | :-- |"
    for name, rule in RULES.items():
        gate = f"[`{name}: {rule.letter}`](#{name})"
        yield f"| {gate} | {_cell(rule.passes)} | {_cell(rule.fails)} | {_cell(rule.otherwise)} |"


def _sections(_: str) -> Iterator[str]:
    """A section for each rule, as its entry has it."""
    yield from (f"## {name}\n\n{rule.page}\n" for name, rule in RULES.items())


def _map(_: str) -> Iterator[str]:
    """One line for each module, in its own opening words."""
    package = ROOT / "ci_ml"
    folders = sorted(path.parent for path in package.rglob("__init__.py"))
    for folder in folders:
        yield f"### {folder.relative_to(ROOT)}/: {_opening(folder / '__init__.py')}"
        yield ""
        for path in sorted(folder.glob("*.py")):
            if path.name != "__init__.py":
                yield f"- `{path.relative_to(ROOT)}` {_opening(path)}"
        yield ""


def _opening(path: Path) -> str:
    """The first paragraph of a module's docstring, without the full stop."""
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(said.partition("\n\n")[0].split()).removesuffix(".")


def commands() -> Iterator[tuple[str, click.Command]]:
    """(words, command) of every command and subcommand, in their order."""
    context = click.Context(cli, info_name="ci-ml")
    for name in cli.list_commands(context):
        command = cli.get_command(context, name) or cli
        yield name, command
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                child = command.get_command(context, inner) or command
                yield f"{name} {inner}", child


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def main() -> None:
    """Write every page that has such parts."""
    for name in PAGES:
        path = ROOT / name
        path.write_text(refresh(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
