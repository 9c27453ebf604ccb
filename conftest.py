"""Plugins for the whole suite; pytest reads these only here, at the root."""

pytest_plugins = ["strict", "evidence", "pytester"]
