"""tools/setup: what it says on a machine that lacks something. (That it works is shown by this suite running.)"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from source_code import ROOT


@pytest.fixture
def machine(tmp_path):
    """A folder for programs that stands for a machine's whole PATH, and a checkout without .venv."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sh", "dirname", "cat", "git"):
        (programs / name).symlink_to(shutil.which(name))
    checkout = tmp_path / "a checkout"
    (checkout / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "tools" / "setup", checkout / "tools")
    return checkout


def add_python(machine: Path, name: str, *, version: str = "3, 12", without: str = "") -> None:
    """An interpreter that believes itself to be of that version and lacks those modules."""
    script = f"""#!/bin/sh
exec {shlex.quote(sys.executable)} -S -c '
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name in "{without}".split():
            raise ImportError(name)
class Library:
    def __init__(self, name):
        raise OSError(name)
class Version(tuple): pass
sys.meta_path.insert(0, Absent())
sys.version_info = ({version}, 0)
source = sys.stdin.read()
if "libgomp" in "{without}":
    import ctypes
    ctypes.CDLL = Library
exec(source)
'
"""
    program = machine.parent / "bin" / name
    program.write_text(script)
    program.chmod(0o755)


def setup(machine: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [machine / "tools" / "setup", *arguments],
        env={"PATH": str(machine.parent / "bin"), "HOME": str(machine.parent)},
        cwd=os.path.sep,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stderr


def test_setup__no_python__says_so(machine):
    assert setup(machine, "dev", "") == (
        3,
        "error: ci-ml needs Python 3.11 or later; python3 is not there.\n"
        "  try: install one, or say where it is: make PYTHON=/path/to/python3.12 …\n",
    )


def test_setup__old_python__names_its_version(machine):
    add_python(machine, "python3", version="3, 9")

    assert setup(machine, "dev", "") == (
        3,
        "error: ci-ml needs Python 3.11 or later; python3 is Python 3.9.\n"
        "  try: install one, or say where it is: make PYTHON=/path/to/python3.12 …\n",
    )


def test_setup__python_without_venv__names_the_package(machine):
    add_python(machine, "python3", without="ensurepip")

    assert setup(machine, "dev", "") == (
        3,
        "error: python3 cannot make virtual environments: its venv module is missing.\n"
        "  try: apt-get install python3-venv  (Debian, Ubuntu), or: make PYTHON=/path/to/another/python3 …\n",
    )


def test_setup__wanted_python_does_not_run__says_so_and_tries_no_other(machine):
    add_python(machine, "python3")

    assert setup(machine, "demo", "/opt/no such/python") == (
        3,
        "error: ci-ml needs Python 3.11 or later; /opt/no such/python is not there.\n"
        "  try: install one, or say where it is: make PYTHON=/path/to/python3.12 …\n",
    )


def test_setup__no_libgomp__names_the_package(machine):
    add_python(machine, "python3", version="3, 9")
    add_python(machine, "python3.12", without="libgomp")

    assert setup(machine, "demo", "") == (
        3,
        "error: the system library libgomp.so.1 is missing; LightGBM's wheel needs it.\n"
        "  try: apt-get install libgomp1, or dnf install libgomp  (slim images lack it)\n",
    )


def test_setup__no_git__says_so_first(machine):
    (machine.parent / "bin" / "git").unlink()

    assert setup(machine, "demo", "") == (
        3,
        "error: git is not on PATH.\n  try: apt-get install git, or dnf install git\n",
    )
