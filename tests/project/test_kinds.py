"""Kinds of findings: what any module can emit is what `KINDS` lists. That the page explains these is in test_verify.py."""

import ast
from collections.abc import Iterator
from functools import cache

from source_code import modules, tree_of

from ci_ml.registry.verification.findings import KINDS

FINDINGS = "ci_ml.registry.verification.findings"
MAKERS = {"wrong", "missing", "unchecked"}
# Kinds that are chosen far from where they are emitted: as written there -> the module that has all their values.
ELSEWHERE = {"standing.kind": "ci_ml.registry.signing.policy", "fault": "ci_ml.repository.event_log.signatures"}
NO_KIND = {"", "allowed"}  # a signature that is good, a key that may sign


@cache
def emitted() -> dict[str, set[str]]:
    """Kind -> the modules that emit it."""
    found: dict[str, set[str]] = {}
    for module in modules():
        for function in _functions(module):
            for kind in _kinds(module, function):
                found.setdefault(kind, set()).add(module)
    return found


def _functions(module: str) -> Iterator[ast.FunctionDef]:
    if FINDINGS in modules()[module].read_text(encoding="utf-8") and module != FINDINGS:
        yield from (node for node in ast.walk(tree_of(module)) if isinstance(node, ast.FunctionDef))


def _kinds(module: str, function: ast.FunctionDef) -> Iterator[str]:
    for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
        if name not in MAKERS or not call.args or name == function.name:  # one of the same name hands its own kind on
            continue
        kind = call.args[0]
        constants = _constants(kind) or _assigned(function, ast.unparse(kind))
        source = ELSEWHERE.get(ast.unparse(kind))
        if not constants and source:
            constants = _assigned(tree_of(source), ast.unparse(kind).rpartition(".")[2])
        assert constants, f"{module}:{call.lineno}: of which kind is this finding?"
        yield from constants - NO_KIND


def _constants(value: ast.expr) -> set[str]:
    """Whatever a value may be, read from `"a"` and `"a" if … else "b"`."""
    if isinstance(value, ast.IfExp):
        return _constants(value.body) | _constants(value.orelse)
    return {value.value} if isinstance(value, ast.Constant) and isinstance(value.value, str) else set()


def _assigned(tree: ast.AST, name: str) -> set[str]:
    """What is assigned to a variable, or given as an argument of that name."""
    found: set[str] = set()
    for node in ast.walk(tree):
        names = [ast.unparse(target) for target in node.targets] if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.Assign | ast.keyword) and (names == [name] or getattr(node, "arg", None) == name):
            found |= _constants(node.value)
    return found


def test_kinds__of_every_module__are_listed():
    assert {kind: where for kind, where in emitted().items() if kind not in KINDS} == {}


def test_kinds__that_are_listed__are_emitted_somewhere():
    assert set(KINDS) - set(emitted()) == set()
