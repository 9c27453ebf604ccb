"""What every test stands on: no settings of the user, no CI variables, one identity and one date for git."""

import os

import pytest
from hypothesis import settings
from keys import keys  # noqa: F401 a fixture
from workbench import Workbench, quiet_environment

# The same examples in every run, however slow the machine; pytest --hypothesis-profile explore looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None)
settings.load_profile("steady")

# Variables that would let the machine's own settings, or a CI job around the tests, show through.
_FOREIGN = ("GIT_", "GITHUB_", "DVC_", "CI_ML_", "XDG_")


@pytest.fixture(scope="session", autouse=True)
def _quiet_environment(tmp_path_factory):
    home = tmp_path_factory.getbasetemp() / "home"
    home.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(_FOREIGN) and name != "CI_ML_STRICT"]:
            patch.delenv(name)
        for name, value in quiet_environment(home).items():
            patch.setenv(name, value)
        yield


@pytest.fixture
def bench(tmp_path):
    """An empty git repository on main, without a remote."""
    return Workbench.make(tmp_path / "work")


@pytest.fixture
def remote_bench(tmp_path):
    """An empty git repository on main whose `origin` is a bare repository beside it."""
    return Workbench.make(tmp_path / "work", remote=tmp_path / "origin.git")
