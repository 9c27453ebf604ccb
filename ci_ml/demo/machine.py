"""Can the demo run here? Says what is missing before the first scene, not after the third."""

import ctypes
import shutil
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from ci_ml.errors import MachineError, missing_extra

_MODULES = {"pyarrow": "pyarrow", "dvc": "dvc", "lightgbm": "lightgbm", "pandas": "pandas", "yaml": "PyYAML"}


def check_machine() -> None:
    """
    Raises:
        MachineError: a program, a package or a system library that the demo needs is not there.
    """
    if shutil.which("git") is None:
        raise MachineError("The demo needs git, which is not on PATH.", hint="apt-get install git, or dnf install git")
    for module, name in _MODULES.items():
        if find_spec(module) is None:
            raise missing_extra("demo", name, needed_for="The demo")
    library = _lightgbm_library()
    try:
        if library is not None:
            ctypes.CDLL(str(library))
    except OSError as error:
        raise MachineError(
            f"LightGBM is installed but cannot be loaded: {error}.",
            hint="apt-get install libgomp1, or dnf install libgomp  (slim images lack it)",
        ) from error


def _lightgbm_library() -> Path | None:
    """LightGBM's shared library; importing the package to find it would take two seconds."""
    for file in metadata.files("lightgbm") or []:
        if file.name == "lib_lightgbm.so":
            return Path(str(file.locate()))
    return None
