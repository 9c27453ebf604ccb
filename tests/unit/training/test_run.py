"""ci_ml/training/run.py: steps run for real, their words streamed, their failures explained, nothing left behind."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from ci_ml.config import Step
from ci_ml.errors import ConfigError, DataError, MachineError
from ci_ml.training.run import push_stages, run_command, run_steps


def test_run_command__output_of_both_streams__is_said_line_by_line(tmp_path):
    said = []

    seconds = run_command("echo one; echo two >&2; printf three", tmp_path, say=said.append)

    assert said == ["one", "two", "three"]
    assert 0 < seconds < 10


def test_run_command__python__is_the_one_that_runs_ci_ml_and_does_not_wait_for_input(tmp_path):
    said = []

    run_command("""python -c 'import sys; print(sys.executable, repr(sys.stdin.read()))'""", tmp_path, say=said.append)

    # The same environment, by whatever name it has on PATH.
    executable, _, read = said[0].rpartition(" ")
    assert (Path(executable).parent, read) == (Path(sys.executable).parent, "''")


def test_run_command__signing_key__is_not_handed_on(tmp_path, monkeypatch):
    monkeypatch.setenv("CI_ML_SIGNING_KEY", "secret")
    said = []

    run_command("env", tmp_path, say=said.append)

    assert [line for line in said if "secret" in line] == []


def test_run_command__output_that_is_no_utf_8__does_not_stop_it(tmp_path):
    said = []

    run_command(r"printf 'caf\351\n'", tmp_path, say=said.append)

    assert said == ["caf\ufffd"]


def test_run_command__failure__carries_its_last_words(tmp_path):
    with pytest.raises(DataError) as caught:
        run_command("for i in 1 2 3 4 5 6 7; do echo $i; done; exit 3", tmp_path, say=lambda _: None)

    assert caught.value.message == (
        "the command failed with exit code 3: for i in 1 2 3 4 5 6 7; do echo $i; done; exit 3\n  3\n  4\n  5\n  6\n  7"
    )


def test_run_command__failure_that_the_user_saw__is_not_said_twice(tmp_path):
    with pytest.raises(DataError) as caught:
        run_command("echo words; exit 3", tmp_path, say=lambda _: None, heard=True)

    assert str(caught.value) == "the command failed with exit code 3: echo words; exit 3"


def test_run_command__silent_failure__is_one_line(tmp_path):
    with pytest.raises(DataError) as caught:
        run_command("false", tmp_path, say=lambda _: None)

    assert caught.value.message == "the command failed with exit code 1: false"


def test_run_command__interrupted__takes_its_children_along(tmp_path):
    def stop(line):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_command("sleep 60 & echo $! > child; echo started; wait", tmp_path, say=stop)

    status = Path("/proc", (tmp_path / "child").read_text().strip(), "status")
    gone = False
    for _ in range(100):
        # A zombie has ended; who started it has just not asked yet.
        gone = not status.exists() or "State:\tZ" in status.read_text()
        if gone:
            break
        time.sleep(0.02)
    assert gone, "the child outlived its interrupted parent"


def test_run_steps__commands__run_in_order_with_their_time(tmp_path):
    said = []
    steps = [Step(command="echo a > f; echo train"), Step(command="cat f; echo predict")]

    runs = run_steps(steps, tmp_path, say=said.append)

    assert said == ["train", "a", "predict"]
    assert [(run.name, run.command, run.skipped) for run in runs] == [
        ("command", "echo a > f; echo train", False),
        ("command", "cat f; echo predict", False),
    ]


def test_run_steps__estimator__is_refused_before_anything_runs(tmp_path):
    with pytest.raises(ConfigError) as caught:
        run_steps([Step(command="touch f"), Step(estimator="lightgbm")], tmp_path, say=lambda _: None)

    assert (
        caught.value.message
        == "train: {estimator: lightgbm} is read, but this version does not fit built-in estimators."
    )
    assert not (tmp_path / "f").exists()


def test_run_steps__stages_without_dvc__name_the_extra(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(MachineError) as caught:
        run_steps([Step(stage=("train",))], tmp_path, say=lambda _: None)

    assert (caught.value.message, caught.value.hint) == (
        "running DVC stages needs 'dvc', which is not installed.",
        "pip install 'ci-ml[train]'",
    )


def test_run_steps__stages__run_once_are_skipped_when_nothing_changed_and_fail_in_words(bench):
    subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet"], cwd=bench.root, check=True)
    bench.write("a.txt", "1\n")
    bench.write(
        "dvc.yaml",
        "stages:\n"
        "  copy: {cmd: sleep 0.2 && cp a.txt b.txt, deps: [a.txt], outs: [b.txt]}\n"
        "  train: {cmd: cp b.txt m.txt, deps: [b.txt], outs: [m.txt]}\n",
    )
    steps = [Step(stage=("copy",)), Step(stage=("train",))]

    first = run_steps(steps, bench.root, say=lambda _: None)
    second = run_steps(steps, bench.root, say=lambda _: None)

    assert [(run.name, run.command, run.skipped) for run in first] == [
        ("copy", "dvc repro copy", False),
        ("train", "dvc repro train", False),
    ]
    assert first[0].seconds > 0.2
    assert [(run.name, run.seconds, run.skipped) for run in second] == [("copy", 0.0, True), ("train", 0.0, True)]

    bench.write("dvc.yaml", "stages: {train: {cmd: echo alas && exit 4, outs: [m.txt]}}\n")
    with pytest.raises(DataError) as caught:
        run_steps([Step(stage=("train",))], bench.root, say=lambda _: None)
    assert caught.value.message.splitlines()[0] == "dvc repro failed with exit code 255: dvc repro train"
    assert "  alas" in caught.value.message.splitlines()


def test_push_stages__no_remote__is_a_warning(bench):
    subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet"], cwd=bench.root, check=True)
    warnings = []

    push_stages(bench.root, say=lambda _: None, warn=warnings.append)

    assert len(warnings) == 1
    assert warnings[0].startswith("dvc push failed with exit code ")
