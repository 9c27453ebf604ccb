"""Small modules with one job, each of which says what it is for."""

import ast

import pytest
from source_code import PACKAGE, modules, tree_of

MAX_LINES = 300


@pytest.mark.parametrize("module", modules())
def test_module__any__fits_on_a_few_screens(module):
    lines = len(modules()[module].read_text(encoding="utf-8").splitlines())

    assert lines <= MAX_LINES, "one job each: where the opening sentence needs an 'and', there are two modules"


@pytest.mark.parametrize("module", modules())
def test_module__any__opens_with_a_docstring(module):
    assert ast.get_docstring(tree_of(module))


@pytest.mark.parametrize("module", modules())
def test_module__public_names__say_what_they_are_where_a_glance_does_not(module):
    silent = [node.name for node in _public(tree_of(module)) if not ast.get_docstring(node) and not _is_short(node)]

    assert silent == []


def test_package__variables_of_a_ci__are_read_in_one_place():
    knowing = {name for name, path in modules().items() if "GITHUB_" in path.read_text(encoding="utf-8")}

    assert knowing == {"ci_ml.forge.event"}


@pytest.mark.parametrize("module", [name for name in modules() if name.startswith("ci_ml.cli.")])
def test_command__any__parses_calls_a_use_case_and_prints(module):
    long = {}
    for node in ast.walk(tree_of(module)):
        if isinstance(node, ast.FunctionDef) and any("command" in ast.unparse(one) for one in node.decorator_list):
            body = [
                one for one in node.body if not isinstance(one, ast.Expr) or not isinstance(one.value, ast.Constant)
            ]
            long[node.name] = node.end_lineno - body[0].lineno + 1 if body else 0

    assert {name: lines for name, lines in long.items() if lines > 40} == {}


def test_package__public_classes__have_names_of_their_own():
    owners: dict[str, list[str]] = {}
    for module in modules():
        for node in tree_of(module).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                owners.setdefault(node.name, []).append(module)

    assert {name: where for name, where in owners.items() if len(where) > 1} == {}


def test_package__types__are_shipped():
    assert (PACKAGE / "py.typed").is_file()


def _public(tree: ast.Module) -> list[ast.ClassDef | ast.FunctionDef]:
    """Classes and functions of a module, and methods of those classes, that do not start with an underscore."""
    named = [n for n in tree.body if isinstance(n, ast.ClassDef | ast.FunctionDef) and not n.name.startswith("_")]
    owners = [n for n in named if isinstance(n, ast.ClassDef)]
    # What a library's class or a protocol has explained, those that follow it need not say again.
    protocols = [n for n in owners if any(ast.unparse(base) == "Protocol" for base in n.bases)]
    explained = {inner.name for n in protocols for inner in _functions(n) if ast.get_docstring(inner)}
    methods = [inner for n in owners if not n.bases or n in protocols for inner in _functions(n)]
    return [*named, *(n for n in methods if not n.name.startswith("_") and n.name not in explained)]


def _functions(owner: ast.ClassDef) -> list[ast.FunctionDef]:
    return [inner for inner in owner.body if isinstance(inner, ast.FunctionDef)]


def _is_short(node: ast.ClassDef | ast.FunctionDef) -> bool:
    """A function whose name, signature and few lines need no other explanation."""
    return isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno < 8
