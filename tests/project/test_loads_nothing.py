"""Nothing that ci-ml reads is run, and no model file is turned into objects: read from the source of the package."""

import ast

import pytest
from source_code import imports_of, modules, tree_of

# Whatever reads these formats runs what is in them.
LOADERS = {
    "pickle",
    "_pickle",
    "cPickle",
    "dill",
    "cloudpickle",
    "joblib",
    "marshal",
    "shelve",
    "torch",
    "code",
    "runpy",
}
RUNNERS = {"eval", "exec", "compile", "__import__"}
# Methods that make objects, or run code, of what they read.
METHODS = {"unsafe_load", "full_load", "load_module", "exec_module", "read_pickle", "from_pickle"}


def names_called(module: str) -> set[str]:
    calls = [node.func for node in ast.walk(tree_of(module)) if isinstance(node, ast.Call)]
    return {f.id if isinstance(f, ast.Name) else f.attr for f in calls if isinstance(f, ast.Name | ast.Attribute)}


@pytest.mark.parametrize("module", modules())
def test_module__loads_no_code_and_no_pickled_objects(module):
    imported = {found.target.partition(".")[0] for found in imports_of(module)}
    plain = {
        node.func.id
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }

    assert imported & LOADERS == set()
    assert plain & RUNNERS == set()
    assert names_called(module) & METHODS == set()


def test_yaml__is_read_by_the_safe_loader_alone():
    readers = [
        ast.unparse(node)
        for module in modules()
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "YAML"
    ]

    assert readers
    assert {reader for reader in readers if "typ='safe'" not in reader} == set()


def test_numpy__is_never_allowed_to_unpickle():
    allowed = [
        module
        for module in modules()
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.keyword) and node.arg == "allow_pickle"
    ]

    assert allowed == []
