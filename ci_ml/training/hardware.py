"""Which machine this is: processors, memory, accelerators and the packages that shape a model."""

import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

# Models depend on these; the whole environment is pinned by its lock file.
PACKAGES = ("numpy", "scipy", "scikit-learn", "lightgbm", "xgboost", "catboost", "torch", "pandas", "pyarrow", "dvc")


def describe_machine() -> dict[str, str]:
    """What the machine is, in words by name; what cannot be told is left out."""
    facts = {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processors": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
    }
    if memory := _memory_gib():
        facts["memory"] = f"{memory:.0f} GiB"
    if gpus := list_gpus():
        facts["gpus"] = "; ".join(gpus)
    return facts


def describe_packages() -> dict[str, str]:
    """Installed versions of the packages that models depend on."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def list_gpus() -> list[str]:
    """NVIDIA GPUs as `name, memory, driver`; empty where there is none or no driver."""
    if shutil.which("nvidia-smi") is None:
        return []
    query = ["nvidia-smi", "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        done = subprocess.run(query, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return [line.strip() for line in done.stdout.splitlines() if line.strip()] if done.returncode == 0 else []


def _memory_gib() -> float | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        total = next(line for line in lines if line.startswith("MemTotal:"))
        return int(total.split()[1]) / 2**20
    except (OSError, StopIteration, ValueError, IndexError):
        return None
