"""How long does `ci-ml --help` take in a cold process? Median of several, bytecode compiled, beside an empty Python.

    python benchmarks/startup.py [--runs 20]

The target of 0.10 s is for a two-core machine; the ratio to an empty Python moves less from machine to machine.
"""

import argparse
import compileall
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import ci_ml

COMMANDS = {
    "python -c pass": ["-c", "pass"],
    "ci-ml --help": ["-m", "ci_ml", "--help"],
    "ci-ml registry which --help": ["-m", "ci_ml", "registry", "which", "--help"],
}


def median_seconds(arguments: list[str], runs: int) -> float:
    """Median wall time of whole processes; the first one warms the disk's cache and does not count."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    times = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, env=environment, check=True)
        times.append(time.perf_counter() - started)
    return statistics.median(times[1:])


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    runs = parser.parse_args().runs
    compileall.compile_dir(Path(ci_ml.__file__).parent, quiet=2)
    seconds = {name: median_seconds(arguments, runs) for name, arguments in COMMANDS.items()}
    empty = next(iter(seconds.values()))
    print(f"| cold process, median of {runs} | seconds | times an empty Python |\n| :-- | --: | --: |")
    for name, value in seconds.items():
        print(f"| `{name}` | {value:.3f} | {value / empty:.1f} |")


if __name__ == "__main__":
    main()
