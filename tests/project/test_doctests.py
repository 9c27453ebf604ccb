"""What a docstring shows is what happens."""

import doctest
import importlib

import pytest
from source_code import modules

SHOWING = sorted(name for name, path in modules().items() if ">>> " in path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", SHOWING)
def test_docstring__its_examples__show_what_happens(name):
    found = doctest.testmod(importlib.import_module(name))

    assert found.attempted > 0
    assert found.failed == 0
