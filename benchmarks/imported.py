"""What does `ci-ml registry show` cost where the registry began with GTO's tags, beside one of as many native events?

    python benchmarks/imported.py [--events 10000] [--models 20] [--runs 5]

Cold processes, median of several. What a model's imported tags came to is noted in the clone when it is first asked
for, so the first time in a clone is measured apart, each time in a fresh one.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cold import Cost, measure

HERE = Path(__file__).parent
SHOW = [str(Path(sys.executable).with_name("ci-ml")), "registry", "show", "--offline"]
LIMIT = 60.0  # seconds


def clone(folder: Path, name: str) -> Path:
    work = folder / name
    shutil.rmtree(work, ignore_errors=True)
    subprocess.run(["git", "clone", "--quiet", f"file://{folder / 'remote.git'}", str(work)], check=True)
    return work


def costs(folder: Path, runs: int) -> tuple[Cost, Cost]:
    """In clones that nobody asked before, and in one that somebody did."""
    fresh = [clone(folder, f"fresh-{number}") for number in range(runs + 1)]
    return (
        measure(lambda _: SHOW, lambda number: fresh[number], runs=runs, limit=LIMIT),
        measure(lambda _: SHOW, lambda _: fresh[0], runs=runs, limit=LIMIT),
    )


def main() -> None:
    """Build both, measure both, print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--models", type=int, default=20)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    sizes = ["--events", str(arguments.events), "--models", str(arguments.models)]
    print(f"| `show`, {arguments.events:,} events of {arguments.models} models | first in a clone | later |")
    print("| :-- | --: | --: |")
    with tempfile.TemporaryDirectory() as top:
        for kind, options in (("native", []), ("imported", ["--imported"])):
            folder = Path(top, kind)
            build = [sys.executable, str(HERE / "registry_histories.py"), str(folder), *sizes, *options]
            subprocess.run(build, check=True)
            first, later = costs(folder, arguments.runs)
            print(f"| {kind} | {first.words(arguments.runs)} | {later.words(arguments.runs)} |", flush=True)


if __name__ == "__main__":
    main()
