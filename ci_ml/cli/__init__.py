"""The `ci-ml` command: gather, decide, render, publish."""
