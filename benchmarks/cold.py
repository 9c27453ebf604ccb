"""What does a command cost as a cold process: wall and processor time, memory?"""

import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """What a command took: median wall and processor seconds of its runs, and the most memory that one process had."""

    seconds: float
    cpu: float = 0.0
    megabytes: float = 0.0
    runs: int = 1
    ended: bool = False
    said: str = ""

    def words(self, runs: int) -> str:
        if self.ended:
            return f"> {self.seconds:.0f} s"
        few = f", {self.runs} runs" if self.runs < runs else ""
        return f"{digits(self.seconds)} s ({digits(self.cpu)} CPU, {self.megabytes:.0f} MB{few})"


def measure(command: Callable[[int], Sequence[str]], folder: Callable[[int], Path], *, runs: int, limit: float) -> Cost:
    """The cost of a command; which one, and where, may depend on the number of the run.

    The first run warms the disk's cache and does not count, unless it takes more than a tenth of the limit: then there
    are three in all. None is repeated once one was ended at the limit.
    """
    first = run(command(0), folder(0), limit)
    if first.ended:
        return first
    slow = first.seconds > limit / 10
    costs = [first] if slow or runs == 1 else []
    while len(costs) < (min(3, runs) if slow else runs):
        costs.append(run(command(len(costs) + 1), folder(len(costs) + 1), limit))
    if any(cost.ended for cost in costs):
        return Cost(limit, ended=True)
    return Cost(
        statistics.median(cost.seconds for cost in costs),
        statistics.median(cost.cpu for cost in costs),
        max(cost.megabytes for cost in costs),
        runs=len(costs),
        said=costs[-1].said,
    )


def run(command: Sequence[str], folder: Path, limit: float) -> Cost:
    """One cold process with all that it starts."""
    away = ("PYTHONDONTWRITEBYTECODE", "GIT_DIR")
    environment = {name: value for name, value in os.environ.items() if name not in away}
    environment |= {"ITERATIVE_DO_NOT_TRACK": "1", "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    late = threading.Event()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err, env=environment, start_new_session=True)

        def end() -> None:
            late.set()
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

        timer = threading.Timer(limit, end)
        timer.start()
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        if late.is_set():
            return Cost(limit, ended=True)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}: {err.read().decode()}")
        said = out.read().decode().strip()
    # Linux counts memory in kB, macOS in bytes.
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return Cost(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / unit, said=said)


def digits(seconds: float) -> str:
    return f"{seconds:.2f}" if seconds < 9.95 else f"{seconds:.1f}"
