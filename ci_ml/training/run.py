"""Run a step that ci-ml.yaml names: DVC stages or a command, its output streamed, its time taken."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from ci_ml.config import Step
from ci_ml.config.folder import relative
from ci_ml.errors import CiMlError, ConfigError, DataError, MachineError
from ci_ml.git.environment import of_no_repository
from ci_ml.repository.records import StepRun
from ci_ml.repository.storage.dvc_config import dvc_folder

Say = Callable[[str], None]


_RUNNING, _SKIPPED = re.compile(r"Running stage '(.+)':"), re.compile(r"Stage '(.+)' (?:didn't change|is cached)")


def run_steps(
    steps: Sequence[Step], root: Path, *, folder: str = "", say: Say, heard: bool = False, force: bool = False
) -> tuple[StepRun, ...]:
    """Run steps in their order; everything they print goes to `say`, line by line. Stages share one DVC process.

    Args:
        folder: where commands run, below the root.
        heard: whether `say` reaches the user; then an error does not repeat a failed step's last lines.
        force: run DVC stages even where DVC finds them up to date.

    Raises:
        ConfigError: a built-in estimator, which this version does not run, or `folder` is not there.
        DataError: a command failed.
        MachineError: DVC is not installed.
    """
    for step in steps:
        if step.estimator:
            raise ConfigError(
                f"train: {{estimator: {step.estimator}}} is read, but this version does not fit built-in estimators.",
                hint="train: COMMAND, or train: {stage: NAME}",
            )
    place = working_folder(root, folder)
    runs: list[StepRun] = []
    waiting: list[str] = []
    for step in steps:
        waiting += step.stage
        if step.command:
            runs += _run_stages(waiting, root, say=say, heard=heard, force=force)
            waiting = []
            seconds = run_command(step.command, place, say=say, heard=heard)
            runs.append(StepRun(name="command", command=step.command, seconds=seconds))
    return (*runs, *_run_stages(waiting, root, say=say, heard=heard, force=force))


def working_folder(root: Path, folder: str) -> Path:
    """Where a model's commands run.

    Raises:
        ConfigError: there is no such folder, or it leads out of the repository.
    """
    place = root / folder
    if not place.is_dir():
        raise ConfigError(f"folder: {folder} is no folder here.", hint="It starts at the repository's root.")
    if not place.resolve().is_relative_to(root.resolve()):
        raise ConfigError(f"folder: {folder} is a link out of the repository.", hint="Name a folder inside it.")
    return place


def _run_stages(stages: list[str], root: Path, *, say: Say, heard: bool, force: bool) -> list[StepRun]:
    """`dvc repro`, once for all stages of one DVC project; a stage's time is that between DVC's lines about it."""
    by_place: dict[str, list[str]] = {}
    for stage in stages:
        by_place.setdefault(dvc_folder(root, stage.rpartition(":")[0]), []).append(stage)
    runs: list[StepRun] = []
    for folder, wanted in by_place.items():
        runs += _repro([relative(stage, folder) for stage in wanted], root / folder, say=say, heard=heard, force=force)
    return runs


def _repro(stages: list[str], folder: Path, *, say: Say, heard: bool, force: bool) -> list[StepRun]:
    marks: list[tuple[str, float, bool]] = []

    def watch(line: str) -> None:
        running, skipped = _RUNNING.match(line), _SKIPPED.match(line)
        if running or skipped:
            marks.append(((running or skipped)[1], time.monotonic(), bool(skipped)))  # type: ignore[index]
        say(line)

    command = [*dvc_command(), "repro", *(["--force"] if force else []), *stages]
    _stream(command, folder, say=watch, heard=heard, name="dvc repro")
    ends = [started for _, started, _ in marks[1:]] + [time.monotonic()]
    return [
        StepRun(name=name, command=f"dvc repro {name}", seconds=0.0 if skipped else end - started, skipped=skipped)
        for (name, started, skipped), end in zip(marks, ends, strict=True)
    ]


def run_command(command: str, folder: Path, *, say: Say, heard: bool = False) -> float:
    """Run a shell command in a folder and return its seconds.

    Args:
        heard: whether `say` reaches the user; then an error does not repeat the command's last lines.

    Raises:
        DataError: it failed.
    """
    return _stream(["/bin/sh", "-c", command], folder, say=say, heard=heard, name="the command")


def push_stages(root: Path, *, say: Say, warn: Say) -> None:
    """Push what DVC tracks, with its run cache: a plain push makes a fresh runner train again.

    A failure is a warning: the answer that the caller has stands.
    """
    try:
        _stream([*dvc_command(), "push", "--quiet", "--run-cache"], root, say=say, heard=False, name="dvc push")
    except CiMlError as error:
        warn(error.message)


def dvc_command() -> list[str]:
    """How DVC is run: as a module of our own Python, so that both sides see the same packages.

    Raises:
        MachineError: DVC is not installed.
    """
    if importlib.util.find_spec("dvc") is None:
        raise MachineError("running DVC stages needs 'dvc', which is not installed.", hint="pip install 'ci-ml[train]'")
    return [sys.executable, "-m", "dvc"]


def _stream(command: Sequence[str], folder: Path, *, say: Say, heard: bool, name: str) -> float:
    started = time.monotonic()
    # Scripts find the Python that runs ci-ml first, as they would in an activated environment.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**of_no_repository(os.environ), "PATH": path, "PYTHONUNBUFFERED": "1", "DVC_NO_ANALYTICS": "1"}
    environment.pop("CI_ML_SIGNING_KEY", None)  # it may be the key itself, and a training script is anybody's code
    tail: list[str] = []
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None  # noqa: S101 PIPE was asked for
            for line in process.stdout:
                say(line.rstrip("\n"))
                tail = [*tail[-4:], line.rstrip("\n")]
            code = process.wait()
        except BaseException:
            # A cancelled job must not leave a training behind that holds the GPU.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
                try:
                    process.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
            raise
    if code:
        words = "" if heard else "\n".join(f"  {line}" for line in tail)
        shown = command[2] if command[0] == "/bin/sh" else " ".join(["dvc", *command[3:]])
        raise DataError(f"{name} failed with exit code {code}: {shown}\n{words}".rstrip())
    return time.monotonic() - started
