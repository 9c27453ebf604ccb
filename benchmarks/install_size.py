"""How many packages and megabytes does an installation bring? Each in a fresh virtual environment, from this checkout.

    python benchmarks/install_size.py [--extra evaluate ...]

Counts every distribution, ci-ml included and pip left out, and the bytes of their files with compiled bytecode.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]

# Printed by the new environment about itself: name, version, bytes of all files as recorded at installation.
COUNT = """
from importlib.metadata import distributions
for found in distributions():
    if found.name not in ("pip", "setuptools"):
        paths = [file.locate() for file in found.files or ()]
        print(found.name, found.version, sum(path.stat().st_size for path in paths if path.is_file()))
"""


def installed(extra: str) -> Iterator[tuple[str, str, int]]:
    """(name, version, bytes) of everything that an installation brings."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = Path(folder, "bin", "python")
        what = f"{ROOT}[{extra}]" if extra else str(ROOT)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", what], check=True)
        lines = subprocess.run([python, "-c", COUNT], check=True, capture_output=True, text=True).stdout.splitlines()
    for line in lines:
        name, version, size = line.split()
        yield name, version, int(size)


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--extra", nargs="*", default=["", "evaluate"], help="extras to install; '' is the base")
    print("| installation | packages | MB | the largest |\n| :-- | --: | --: | :-- |")
    for extra in parser.parse_args().extra:
        found = sorted(installed(extra), key=lambda row: -row[2])
        largest = ", ".join(f"{name} {size / 1e6:.0f}" for name, _, size in found[:4])
        total = sum(size for _, _, size in found) / 1e6
        print(f"| `ci-ml{f'[{extra}]' if extra else ''}` | {len(found)} | {total:.1f} | {largest} |", flush=True)


if __name__ == "__main__":
    main()
