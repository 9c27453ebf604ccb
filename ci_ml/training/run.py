"""Run a step that ci-ml.yaml names: DVC stages or a command, its output streamed, its time taken."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ci_ml.config import Step
from ci_ml.errors import ConfigError, DataError, MachineError
from ci_ml.repository.records import StepRun

Say = Callable[[str], None]


def run_step(step: Step, root: Path, *, say: Say, force: bool = False) -> list[StepRun]:
    """Run one step to its end; everything it prints goes to `say`, line by line.

    Args:
        force: run DVC stages even where DVC finds them up to date.

    Raises:
        ConfigError: a built-in estimator, which this version does not run.
        DataError: the command failed.
        MachineError: DVC is not installed.
    """
    if step.estimator:
        raise ConfigError(
            f"train: {{estimator: {step.estimator}}} is read, but this version does not fit built-in estimators.",
            hint="train: COMMAND, or train: {stage: NAME}",
        )
    if step.command:
        seconds = _stream(step.command, root, say=say, name="the command", shell=True)
        return [StepRun(name="command", command=step.command, seconds=seconds)]
    runs = []
    for stage in step.stage:
        lines: list[str] = []

        def remember(line: str, lines: list[str] = lines) -> None:
            lines.append(line)
            say(line)

        command = [*dvc_command(), "repro", *(["--force", "--single-item"] if force else []), stage]
        seconds = _stream(command, root, say=remember, name=f"stage '{stage}'")
        skipped = any("didn't change, skipping" in line or "up to date" in line for line in lines[-3:])
        runs.append(StepRun(name=stage, command=f"dvc repro {stage}", seconds=seconds, skipped=skipped))
    return runs


def run_command(command: str, folder: Path, *, say: Say) -> float:
    """Run a shell command in a folder and return its seconds.

    Raises:
        DataError: it failed.
    """
    return _stream(command, folder, say=say, name="the command", shell=True)


def dvc_command() -> list[str]:
    """How DVC is run: as a module of our own Python, so that both sides see the same packages.

    Raises:
        MachineError: DVC is not installed.
    """
    from importlib.util import find_spec

    if find_spec("dvc") is None:
        raise MachineError("running DVC stages needs 'dvc', which is not installed.", hint="pip install 'ci-ml[train]'")
    return [sys.executable, "-m", "dvc"]


def _stream(command: str | Sequence[str], folder: Path, *, say: Say, name: str, shell: bool = False) -> float:
    started = time.monotonic()
    # Scripts find the Python that runs ci-ml first, as they would in an activated environment.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1", "DVC_NO_ANALYTICS": "1"}
    process = subprocess.Popen(  # noqa: S602 the user's own command from their own ci-ml.yaml
        command,
        cwd=folder,
        shell=shell,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    tail: list[str] = []
    try:
        assert process.stdout is not None  # noqa: S101 PIPE was asked for
        for line in process.stdout:
            say(line.rstrip("\n"))
            tail = [*tail[-4:], line.rstrip("\n")]
        code = process.wait()
    except BaseException:
        # A cancelled job must not leave a training behind that holds the GPU.
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        raise
    if code:
        words = "\n".join(f"  {line}" for line in tail)
        shown = command if isinstance(command, str) else " ".join(["dvc", *command[3:]])
        raise DataError(f"{name} failed with exit code {code}: {shown}\n{words}".rstrip())
    return time.monotonic() - started
