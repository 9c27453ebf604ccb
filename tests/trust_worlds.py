"""A repository with a model in production, and somebody who brings a change to main: what the campaign on trust plays in."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from unittest.mock import patch

from workbench import Done, Workbench, add_model, set_weights, start_registry

MODEL, STAGE = "churn", "production"
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
    metrics: [roc_auc, log_loss, accuracy]
    gates:
      floor: {metric: roc_auc, minimum: 0.6}
      no-worse: {metric: roc_auc, max_regression: 0.01}
      segments: {metric: roc_auc, slice: segment, max_regression: 0.2}
      small: {file: model.json, max_size_mb: 1}
"""
# What the weights of a model are good for on these rows: 0.79, 0.87, 0.85 and 0.72, 0.67, 0.37 of roc_auc.
FIRST = [1.5, 0.0]
BETTER = ([1.5, 1.5], [1.2, 1.4], [1.5, 0.8])
# The first of them clears the floor, and is worse all the same.
WORSE = ([1.5, -0.5], [1.5, -0.8], [0.4, -0.6])


def make_template(folder: Path, *, store: bool, config: str = CONFIG) -> Workbench:
    """v1.0.0 in production, from main. With `store`, model and predictions lie on a DVC remote and not in git."""
    bench = Workbench.make(folder / "work", remote=folder / "origin.git")
    add_model(bench, config=config, weights=FIRST)
    start_registry(bench, dvc_remote=folder / "store" if store else None, config=config)
    return bench


@dataclass
class Play:
    """One change on its way to main.

    Attributes:
        branches: what is brought to main, in this order.
        how: the way a host lands it.
        bad: the bytes of models that must not reach production.
        good: the bytes of the model that should be in production in the end.
        before: main's tip before the change landed.
    """

    bench: Workbench
    rng: Random
    how: str = "merge"
    branches: list[str] = field(default_factory=list)
    bad: list[bytes] = field(default_factory=list)
    good: bytes = b""
    before: str = ""
    answers: list[Done] = field(default_factory=list)

    def branch(self, name: str = "change", start: str = "main") -> None:
        self.bench.git("switch", "--quiet", "--create", name, start)
        self.branches.append(name)

    def read(self, path: str = "ci-ml.yaml") -> str:
        return (self.bench.root / path).read_text(encoding="utf-8")

    def edit(self, *pairs: tuple[str, str], path: str = "ci-ml.yaml") -> None:
        """Replace in a file; what is to be replaced must be there."""
        text = self.read(path)
        for old, new in pairs:
            assert old in text, f"{old!r} is not in {path}"
            text = text.replace(old, new)
        self.bench.write(path, text)

    def ci_ml(self, *arguments: str) -> Done:
        done = self.bench.ci_ml("--quiet", *arguments)
        self.answers.append(done)
        return done

    def weights(self, choice: tuple[list[float], ...]) -> None:
        """The parameters of a model of that kind, which nobody trained before."""
        first, second = self.rng.choice(choice)
        set_weights(self.bench, [first, round(second + self.rng.uniform(-0.05, 0.05), 4)])

    def train(self) -> Done:
        return self.ci_ml("train")

    def gate(self) -> Done:
        return self.ci_ml("gate")

    def worse_model(self) -> None:
        """Train one, remember it as one that must not pass, and ask the gate."""
        self.weights(WORSE)
        self.train()
        self.remember()
        self.gate()

    def better_model(self) -> None:
        self.weights(BETTER)
        self.train()
        self.gate()

    def remember(self, path: str = "model.json") -> None:
        """The model that lies here must not reach production."""
        file = self.bench.root / path
        if file.is_file():
            self.bad.append(file.read_bytes())

    def keep_good(self, path: str = "model.json") -> None:
        """The model that lies here should be in production in the end."""
        self.good = (self.bench.root / path).read_bytes()

    def commit(self, message: str = "A change") -> str:
        commit = self.bench.commit(message)
        self.bench.push("HEAD")
        return commit

    def land(self) -> None:
        """Bring the branches to main as the host would, in one push."""
        bench = self.bench
        bench.git("switch", "--quiet", "--force", "main")
        self.before = bench.head() if self.branches or not self.before else self.before
        for name in self.branches:
            LANDINGS[self.how](bench, name)
        bench.push("main")


def _merge(bench: Workbench, name: str) -> None:
    bench.git("merge", "--quiet", "--no-ff", "--message", f"Merge {name}", name)


def _squash(bench: Workbench, name: str) -> None:
    bench.git("merge", "--quiet", "--squash", name)
    bench.git("commit", "--quiet", "--allow-empty", "--message", f"{name} (#1)")


def _rebase(bench: Workbench, name: str) -> None:
    """New commits of the same changes, as a host makes them, whether or not main moved."""
    commits = bench.git("rev-list", "--reverse", "--no-merges", f"main..{name}").split()
    for commit in commits:
        bench.git("cherry-pick", "--allow-empty", "--keep-redundant-commits", "--no-commit", commit)
        bench.git(
            "commit", "--quiet", "--allow-empty", "--message", f"{bench.git('log', '-1', '--format=%s', commit)} (#1)"
        )


def _fast_forward(bench: Workbench, name: str) -> None:
    bench.git("merge", "--quiet", "--ff-only", name)


def _queue(bench: Workbench, name: str) -> None:
    """A merge queue makes the merge on a branch of its own, and main moves there."""
    bench.git("switch", "--quiet", "--create", f"gh-readonly-queue/main/{name}")
    _merge(bench, name)
    bench.git("switch", "--quiet", "main")
    _fast_forward(bench, f"gh-readonly-queue/main/{name}")


LANDINGS: dict[str, Callable[[Workbench, str], None]] = {
    "merge": _merge, "squash": _squash, "rebase": _rebase, "fast-forward": _fast_forward, "queue": _queue,
}  # fmt: skip


def here(play: Play, folder: Path) -> Done:
    """Whoever merged promotes, in the clone that made the change."""
    return play.ci_ml("promote", "--merged")


def fresh_clone(play: Play, folder: Path) -> Done:
    """Somebody else's machine, on which nothing of the change was ever run."""
    play.bench = play.bench.clone(folder / "clone")
    return play.ci_ml("promote", "--merged")


def ci_job(play: Play, folder: Path) -> Done:
    """A job that the push started: one commit deep, with the event of the push."""
    after = play.bench.head("main")
    play.bench = play.bench.clone(folder / "job", "--depth=1")
    event = folder / "event.json"
    event.write_text(json.dumps({"before": play.before, "after": after, "ref": "refs/heads/main"}), encoding="utf-8")
    variables = {
        "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(event), "GITHUB_SHA": after,
        "GITHUB_REF": "refs/heads/main", "GITHUB_REPOSITORY": "ada/churn", "GITHUB_SERVER_URL": "https://github.com",
        "GITHUB_RUN_ID": "7",
    }  # fmt: skip
    with patch.dict(os.environ, variables):
        return play.ci_ml("promote", "--merged")


PLACES: dict[str, Callable[[Play, Path], Done]] = {"here": here, "fresh clone": fresh_clone, "CI job": ci_job}


def in_production(play: Play, folder: Path) -> bytes:
    """The bytes of the model that production has, fetched as a deployer would."""
    target = folder / "pulled" / "model"
    done = play.bench.ci_ml("pull", f"{MODEL}@{STAGE}", "--output", str(target))
    assert done.code == 0, done
    files = [target] if target.is_file() else [path for path in target.rglob("*") if path.is_file()]
    return files[0].read_bytes()


def version_in_production(play: Play) -> str:
    return play.bench.ci_ml("registry", "which", f"{MODEL}@{STAGE}").out.strip()
