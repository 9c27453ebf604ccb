"""ci_ml/training/hardware.py: the machine in words; what cannot be told is left out."""

from importlib import metadata

import pytest

from ci_ml.training import hardware


def test_describe_machine__this_one__is_named():
    facts = hardware.describe_machine()

    assert {"python", "system", "processors"} <= set(facts)
    assert int(facts["processors"]) >= 1
    assert all(isinstance(value, str) and value for value in facts.values())


def test_describe_packages__installed_ones__have_their_version():
    assert hardware.describe_packages()["numpy"] == metadata.version("numpy")


@pytest.fixture
def nvidia_smi(tmp_path, monkeypatch):
    def install(script: str) -> None:
        program = tmp_path / "nvidia-smi"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    return install


def test_list_gpus__two_cards__are_two_lines(nvidia_smi):
    nvidia_smi("echo 'A100, 81920 MiB, 550.54'; echo 'A100, 81920 MiB, 550.54'; echo")

    assert hardware.list_gpus() == ["A100, 81920 MiB, 550.54"] * 2
    assert hardware.describe_machine()["gpus"] == "A100, 81920 MiB, 550.54; A100, 81920 MiB, 550.54"


def test_list_gpus__driver_that_fails_or_is_absent__is_no_gpu(nvidia_smi, monkeypatch, tmp_path):
    nvidia_smi("echo 'Failed to initialize NVML'; exit 9")
    assert hardware.list_gpus() == []

    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert hardware.list_gpus() == []
    assert "gpus" not in hardware.describe_machine()
