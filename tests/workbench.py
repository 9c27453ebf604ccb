"""A repository to work in: real git, a model that trains at once, and `ci-ml` run in this very process."""

import io
import json
import math
import os
import random
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from ci_ml.cli.main import run

MOMENT = "2013-07-01T12:00:00+00:00"

# A model with weights for two inputs. Training writes them down; predicting scores rows.csv with them.
TRAIN = """\
import json

params = json.load(open("params.json"))
with open("model.json", "w") as file:
    json.dump({"weights": params["weights"]}, file)
"""
PREDICT = """\
import csv, json, math

weights = json.load(open("model.json"))["weights"]
with open("rows.csv", newline="") as source, open("predictions.csv", "w", newline="") as target:
    writer = csv.writer(target, lineterminator="\\n")
    writer.writerow(["id", "y_true", "y_score", "day", "segment"])
    for row in csv.DictReader(source):
        logit = weights[0] * float(row["x1"]) + weights[1] * float(row["x2"]) - 0.8
        score = 1 / (1 + math.exp(-logit))
        writer.writerow([row["id"], row["late"], f"{score:.6f}", row["day"], row["segment"]])
"""
CONFIG = """\
models:
  churn:
    task: binary
    train: {command: python train.py, inputs: [train.py]}
    predict: {command: python predict.py, inputs: [predict.py, rows.csv]}
    params: [params.json]
    artifact: model.json
    predictions: predictions.csv
    columns: {group: day}
    slices: [segment]
    gates:
      floor: {metric: roc_auc, minimum: 0.6}
      no-worse: {metric: roc_auc, max_regression: 0.01}
"""
# What the weights of a model are good for on these rows.
FIRST, BETTER, WORSE = [1.5, 0.0], [1.5, 1.5], [0.4, -0.6]


@dataclass(frozen=True)
class Done:
    """A `ci-ml` command that has ended."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> tuple[int, str]:
        """Exit code and stderr: what a refused command is judged by."""
        return self.code, self.err


@dataclass(frozen=True)
class Workbench:
    """One repository at `root`; `remote` is a bare repository that stands for the host."""

    root: Path
    remote: Path | None = None

    @classmethod
    def make(cls, root: Path, *, remote: Path | None = None) -> "Workbench":
        root.mkdir(parents=True)
        bench = cls(root, remote)
        bench.git("init", "--quiet", "--initial-branch=main")
        if remote is not None:
            subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", str(remote)], check=True)
            bench.git("remote", "add", "origin", str(remote))
        return bench

    def ci_ml(self, *arguments: str, folder: Path | None = None) -> Done:
        return ci_ml(*arguments, folder=folder or self.root)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.root, capture_output=True, text=True)
        assert done.returncode == 0, f"git {' '.join(arguments)}: {done.stderr}"
        return done.stdout.strip()

    def write(self, path: str, content: str | bytes) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return target

    def remove(self, path: str) -> None:
        target = self.root / path
        shutil.rmtree(target) if target.is_dir() else target.unlink()

    def commit(self, message: str = "work") -> str:
        """Commit everything that is not ignored; return the commit."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.head()

    def head(self, revision: str = "HEAD") -> str:
        return self.git("rev-parse", "--verify", revision)

    def push(self, *refs: str) -> None:
        self.git("push", "--quiet", "origin", *(refs or ("HEAD",)))

    def copy(self, folder: Path) -> "Workbench":
        """The same repository and the same remote somewhere else: quicker than making them again."""
        twin = Workbench(folder / self.root.name, folder / self.remote.name if self.remote else None)
        shutil.copytree(self.root, twin.root, symlinks=True)
        if self.remote is not None:
            shutil.copytree(self.remote, twin.remote)
            twin.git("remote", "set-url", "origin", str(twin.remote))
        return twin

    def clone(self, root: Path, *options: str) -> "Workbench":
        """A fresh clone of the remote."""
        source = f"file://{self.remote or self.root}"
        subprocess.run(["git", "clone", "--quiet", *options, source, str(root)], check=True)
        return Workbench(root, self.remote)


def start_registry(bench: Workbench, *, dvc_remote: Path | None = None, config: str = CONFIG) -> None:
    """The first model, trained and judged on main, pushed and promoted to production as v1.0.0."""
    add_model(bench, config=config)
    if dvc_remote is not None:
        bench.write(".dvc/config", f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {dvc_remote}\n")
        bench.write(".gitignore", "model.json\npredictions.csv\n")
    train_and_gate(bench)
    bench.commit("first model")
    bench.push("main")
    promoted = bench.ci_ml("promote", "--merged")
    assert promoted.code == 0, promoted


def train_and_gate(bench: Workbench) -> Done:
    trained = bench.ci_ml("--quiet", "train")
    assert trained.code == 0, trained
    return bench.ci_ml("--quiet", "gate")


def propose(bench: Workbench, branch: str, weights: list[float]) -> Done:
    """A branch whose model has other weights, trained, judged, committed and pushed; the gate's answer."""
    bench.git("switch", "--quiet", "--create", branch)
    set_weights(bench, weights)
    judged = train_and_gate(bench)
    bench.commit(f"weights {weights}")
    if bench.remote:
        bench.push(branch)
    return judged


def merge(bench: Workbench, branch: str, how: str = "merge") -> str:
    """Bring a branch to main as a host does, push it, and return main's commit."""
    bench.git("switch", "--quiet", "main")
    if how == "merge":
        bench.git("merge", "--quiet", "--no-ff", "--message", f"Merge {branch}", branch)
    elif how == "squash":
        bench.git("merge", "--quiet", "--squash", branch)
        bench.git("commit", "--quiet", "--message", f"{branch} (#1)")
    elif how == "rebase":
        bench.git("cherry-pick", f"main..{branch}")
    else:
        bench.git("merge", "--quiet", "--ff-only", branch)
    if bench.remote:
        bench.push("main")
    return bench.head()


def add_model(bench: Workbench, *, weights: list[float] | None = None, config: str = CONFIG, rows: int = 600) -> None:
    """Files of a model that trains at once; nothing is run or committed."""
    bench.write("train.py", TRAIN)
    bench.write("predict.py", PREDICT)
    bench.write("ci-ml.yaml", config)
    set_weights(bench, weights or FIRST)
    write_rows(bench, rows=rows)


def set_weights(bench: Workbench, weights: list[float]) -> None:
    bench.write("params.json", json.dumps({"weights": weights}) + "\n")


def write_rows(bench: Workbench, *, rows: int = 600, seed: int = 0, path: str = "rows.csv") -> None:
    """Held-out rows of 60 days and three segments; each seed is another set of rows."""
    bench.write(path, "\n".join(["id,late,x1,x2,day,segment", *_rows(rows, seed)]) + "\n")


def grow_rows(bench: Workbench, *, rows: int = 600, seed: int = 1, path: str = "rows.csv") -> None:
    """Held-out rows beside those that are there, as `holdout: grows` lets a change add."""
    there = (bench.root / path).read_text(encoding="utf-8")
    bench.write(path, there + "\n".join(_rows(rows, seed)) + "\n")


def _rows(rows: int, seed: int) -> list[str]:
    rng = random.Random(seed)
    lines = []
    for number in range(rows):
        x1, x2 = rng.gauss(0, 1), rng.gauss(0, 1)
        late = rng.random() < 1 / (1 + math.exp(-(1.5 * x1 + 1.5 * x2 - 0.8)))
        lines.append(f"{seed * 100_000 + number},{int(late)},{x1:.4f},{x2:.4f},{number % 60},{'ABC'[number % 3]}")
    return lines


def ci_ml(*arguments: str, folder: Path) -> Done:
    """Run one command in this process, as if typed in `folder`. An error that is not one of ours fails the test."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        # --debug raises what a user would see as "a bug in ci-ml", so the test shows its trace.
        code = run(["--debug", "-C", str(folder), *arguments])
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())  # type: ignore[attr-defined]
    assert code != 1, f"ci-ml {' '.join(arguments)} met a bug: {texts[1]}"
    return Done(code, *texts)


def quiet_environment(home: Path) -> dict[str, str]:
    """Variables under which git and DVC see nothing of the user's settings, and every commit is the same."""
    return {
        "HOME": str(home),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.org",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.org",
        "GIT_AUTHOR_DATE": MOMENT,
        "GIT_COMMITTER_DATE": MOMENT,
        "DVC_NO_ANALYTICS": "1",
        "DVC_SITE_CACHE_DIR": str(home / "dvc"),
    }
