"""What a command loads before it answers. Lists of modules are asserted, never times: benchmarks/startup.py measures."""

import re
import subprocess
import sys

import pytest

from ci_ml.cli.main import COMMANDS

HEAVY = {
    "numpy",
    "scipy",
    "pyarrow",
    "pandas",
    "sklearn",
    "lightgbm",
    "jinja2",
    "git",
    "dvc",
    "msgspec",
    "ruamel",
    "asyncio",
}
EXTRAS = ("numpy", "scipy", "pyarrow", "dvc", "lightgbm", "sklearn", "pandas")
# Reading the registry decodes its events; nothing else of the heavy ones may come with that.
NEEDED = {"show": {"msgspec"}, "history": {"msgspec"}, "which": {"msgspec"}}

# Stands in for an installation without the extras: they cannot be imported.
BASE_ONLY = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent())
from ci_ml.cli.main import main
main()
"""


def loaded(*arguments: str, cwd=None) -> set[str]:
    """Top-level packages that a cold process imports."""
    command = [sys.executable, "-X", "importtime", "-m", "ci_ml", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd)
    names = re.findall(r"^import time:.*\| +([\w.]+)$", done.stderr, re.MULTILINE)
    assert "click" in names, done.stderr
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["registry", "which", "--help"], ["nonsense"]], ids=" ".join
)
def test_startup__words_alone__load_nothing_heavy(arguments):
    assert loaded(*arguments) & HEAVY == set()


@pytest.mark.parametrize("command", ["show", "history", "which"])
def test_startup__reading_the_registry__loads_what_it_reads_with_and_no_more(command, bench):
    bench.commit()

    arguments = ["churn@production"] if command == "which" else []
    assert loaded("registry", command, *arguments, cwd=bench.root) & HEAVY <= NEEDED[command]


def test_startup__decoding_an_event__loads_nothing_that_computes_digests_or_writes_files():
    script = "import sys, ci_ml.registry.events; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert {"hashlib", "json", "tempfile", "shutil"} & set(done.stdout.split()) == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_startup__base_install__explains_every_command(command, tmp_path):
    help_text = [sys.executable, "-c", BASE_ONLY, command, "--help"]
    done = subprocess.run(help_text, capture_output=True, text=True, cwd=tmp_path)

    assert (done.returncode, done.stderr) == (0, "")
