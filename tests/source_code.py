"""The package's own source as data: its modules, what each imports, what each calls."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "ci_ml"
# What the demo trains is another repository's code.
_FOREIGN = PACKAGE / "demo" / "project"


@dataclass(frozen=True)
class Import:
    """One import statement's target, in full: a module of ours or of others.

    Attributes:
        when: "load" (module level), "call" (inside a function) or "typing" (under TYPE_CHECKING).
    """

    target: str
    when: str
    line: int


@cache
def modules() -> dict[str, Path]:
    """Dotted name -> file, for every module of ci_ml."""
    files = [path for path in sorted(PACKAGE.rglob("*.py")) if _FOREIGN not in path.parents]
    return {_dotted(path): path for path in files}


@cache
def tree_of(module: str) -> ast.Module:
    """The syntax tree of a module."""
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


@cache
def imports_of(module: str) -> tuple[Import, ...]:
    """Everything that a module imports, at any depth."""
    return tuple(_imports(tree_of(module), module, "load"))


def package_of(module: str) -> str:
    """`ci_ml.gates.rules` -> `gates`; `ci_ml.errors` -> `errors`; `ci_ml` -> `ci_ml`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else parts[0]


def calls_of(module: str) -> set[str]:
    """Dotted names that a module reads or calls, as written: `os.environ`, `time.sleep`, `path.write_bytes`."""
    found = set()
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.Attribute):
            base = node.value.id if isinstance(node.value, ast.Name) else ""
            found.add(f"{base}.{node.attr}")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.add(node.func.id)
    return found


def _dotted(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(node: ast.AST, module: str, when: str) -> Iterator[Import]:
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, when, node.lineno) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        yield from _imports_from(node, module, when)
    else:
        inside = when
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            inside = "call"
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            inside = "typing"
        for child in ast.iter_child_nodes(node):
            yield from _imports(child, module, inside)


def _imports_from(node: ast.ImportFrom, module: str, when: str) -> Iterator[Import]:
    base = node.module or ""
    if node.level:
        is_package = modules()[module].name == "__init__.py"
        parts = module.split(".")
        parts = parts[: len(parts) - node.level + (1 if is_package else 0)]
        base = ".".join([*parts, *([node.module] if node.module else [])])
    for alias in node.names:
        # `from ci_ml.reports import page` imports a module, `from ci_ml.config import Gate` a name of one.
        inner = f"{base}.{alias.name}"
        yield Import(inner if inner in modules() else base, when, node.lineno)
