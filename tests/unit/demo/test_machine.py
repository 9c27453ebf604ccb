"""What the demo says where it cannot run."""

from pathlib import Path

import pytest

from ci_ml.demo import machine
from ci_ml.demo.machine import check_machine
from ci_ml.errors import MachineError


def test_check_machine__everything_there__says_nothing():
    check_machine()


def test_check_machine__no_git__says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(MachineError) as caught:
        check_machine()

    assert caught.value.message == "The demo needs git, which is not on PATH."


def test_check_machine__package_absent__names_the_install_line(monkeypatch):
    monkeypatch.setattr(machine, "find_spec", lambda name: None if name == "dvc" else object())

    with pytest.raises(MachineError) as caught:
        check_machine()

    assert caught.value.message == "The demo needs 'dvc', which is not installed."
    assert caught.value.hint == "pip install 'ci-ml[demo]'  (from a path or a git URL: see README)"


def test_check_machine__lightgbm_without_its_system_library__names_libgomp(monkeypatch, tmp_path):
    broken = tmp_path / "lib_lightgbm.so"
    broken.write_bytes(b"not a library")
    monkeypatch.setattr(machine, "_lightgbm_library", lambda: Path(broken))

    with pytest.raises(MachineError) as caught:
        check_machine()

    assert caught.value.message.startswith(f"LightGBM is installed but cannot be loaded: {broken}: ")
    assert caught.value.hint == "apt-get install libgomp1, or dnf install libgomp  (slim images lack it)"
