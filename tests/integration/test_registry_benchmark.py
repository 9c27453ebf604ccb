"""benchmarks/registry.py, quickly: both tools answer the same questions about the same history."""

import re
import subprocess
import sys
from importlib.util import find_spec

import pytest
from source_code import ROOT


@pytest.mark.skipif(find_spec("gto") is None, reason="gto is not installed: pip install 'gto>=1.10,<2'")
def test_registry_benchmark__quick__prints_both_tables_in_full():
    command = [sys.executable, "benchmarks/registry.py", "--events", "60", "--models", "1", "--runs", "1"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    rows = [line for line in done.stdout.splitlines() if line.startswith("| 60 in one model |")]
    assert [re.sub(r"[\d.]+", "0", row) for row in rows] == [
        *(
            f"| 0 in one model | {what} | 0 s (0 CPU, 0 MB) | 0 s (0 CPU, 0 MB) | 0 |"
            for what in ("which", "show", "history")
        ),
        "| 0 in one model | fetch | 0 s, 0 MB | 0 s, 0 MB | 0 |",
        "| 0 in one model | 0 s (0 CPU, 0 MB) | 0 s, 0 s | 0 s | 0 kB | 0 kB | 0 s (0 CPU, 0 MB) | 0 |",
    ]
