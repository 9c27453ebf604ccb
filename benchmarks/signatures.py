"""How long does `ci-ml registry verify --require-signatures` take, and what does a signature cost an append?

    python benchmarks/signatures.py [--events 1000]

OpenSSH checks one signature a process, so the time grows with their number and falls with the processors.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from ci_ml.registry.branch_paths import event_path, signature_path
from ci_ml.registry.event_builder import Draft, Signer, seal
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Deprecated, Restored
from ci_ml.registry.signing.sshsig import EVENT
from ci_ml.repository.event_log.signatures import open_key

AT = datetime(2026, 1, 1, tzinfo=UTC)
CONFIG = "models: {m: {task: binary, predictions: p.csv}}\nregistry: {allowed_signers: allowed}\n"


def write_registry(folder: Path, count: int) -> float:
    """A repository whose registry has so many signed events; seconds that one signature took."""
    subprocess.run(["git", "init", "--quiet", "--initial-branch=main"], cwd=folder, check=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "../key"], cwd=folder, check=True)
    (folder / "allowed").write_text(f"ann@example.com {(folder.parent / 'key.pub').read_text()}")
    (folder / "ci-ml.yaml").write_text(CONFIG)
    subprocess.run(["git", "add", "."], cwd=folder, check=True)
    author = ["-c", "user.name=Ann", "-c", "user.email=ann@example.com"]
    subprocess.run(["git", *author, "commit", "--quiet", "--message", "Rules"], cwd=folder, check=True)
    payloads = [Deprecated(version=None) if number % 2 else Restored(version=None) for number in range(count)]
    drafts = tuple(Draft(model="m", payload=payload) for payload in payloads)
    with open_key("../key", root=folder, name="the key") as key:
        signer = Signer(key.fingerprint, lambda data: key.sign(data, EVENT))
        started = time.perf_counter()
        files = seal(History(model="m"), drafts, id="benchmark", at=AT, recorded_by="Ann", signer=signer).files
        seconds = time.perf_counter() - started
    lines = [b"commit refs/heads/model-registry\ncommitter A <a@example.com> 1767225600 +0000\ndata 1\nx\n"]
    for number in range(1, count + 1):
        path = event_path("m", number)
        for name in (path, signature_path(path)):
            lines.append(f"M 100644 inline {name}\ndata {len(files[name])}\n".encode() + files[name] + b"\n")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=b"".join(lines), check=True)
    return seconds / count


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=1000)
    count = parser.parse_args().events
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch, "work")
        folder.mkdir()
        signing = write_registry(folder, count)
        print(f"| {count:,} signed events, {os.cpu_count()} processors | seconds |\n| :-- | --: |")
        print(f"| signing one event | {signing:.4f} |")
        for options in ([], ["--require-signatures"]):
            started = time.perf_counter()
            command = [sys.executable, "-m", "ci_ml", "registry", "verify", "--format", "json", *options]
            subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True)
            seconds = time.perf_counter() - started
            print(f"| `registry verify {' '.join(options)}` | {seconds:.2f} |")


if __name__ == "__main__":
    main()
