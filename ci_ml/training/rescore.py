"""Run an older model on today's rows, in a checkout of its own commit, so that two models can be compared."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ci_ml.config import Model
from ci_ml.errors import ConfigError, DataError
from ci_ml.repository.git import Git
from ci_ml.repository.git_writes import worktree
from ci_ml.repository.lineage import data_inputs
from ci_ml.repository.pipeline import Stage, resolve_stages
from ci_ml.repository.trees import CommitTree, Tree, WorkingTree
from ci_ml.training.run import run_command


@contextmanager
def rescored(git: Git, model: Model, *, commit: str, artifact: Path, say: Callable[[str], None]) -> Iterator[Path]:
    """The predictions file that the model of `commit` makes on today's rows; it is gone after the block.

    Code and parameters are those of `commit`, the model file is `artifact`, and every data file that today's or that
    commit's predict step reads is today's.

    Args:
        artifact: the model file, fetched and verified.

    Raises:
        ConfigError: there is no predict step.
        DataError: a data file is not here, or the step failed or wrote no predictions.
    """
    if model.predict is None or model.artifact is None:
        raise ConfigError(
            "the held-out rows changed since the baseline was judged, and it cannot be scored again.",
            hint="Add predict: {stage: NAME} (or predict: COMMAND) and artifact: to the model in ci-ml.yaml.",
        )
    today = WorkingTree(git)
    with worktree(git, commit) as old:
        then = CommitTree(git, commit)
        _place(artifact, old.root / model.artifact)
        for path in sorted({*data_inputs(today, model), *data_inputs(then, model)}):
            source = git.root / path
            if source.exists():
                _place(source, old.root / path)
        for folder, command in _commands(then, model):
            run_command(command, old.root / folder, say=say)
        made = old.root / model.predictions
        if not made.is_file():
            raise DataError(f"the predict step of commit {commit[:12]} wrote no {model.predictions}.")
        yield made


def _commands(tree: Tree, model: Model) -> list[tuple[str, str]]:
    """(folder, command) of the predict step alone, without the stages before it: the model is there already."""
    step = model.predict
    if step is None:
        return []
    if step.command:
        return [("", step.command)]
    stages: tuple[Stage, ...] = resolve_stages(tree, step.stage)
    wanted = [stage for stage in stages if stage.name in step.stage]
    return [(stage.folder, stage.command) for stage in wanted]


def _place(source: Path, target: Path) -> None:
    """A hard link where the file system allows it, else a copy: data can be large."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.exists() or target.is_symlink():
        target.unlink()
    if source.is_dir():
        shutil.copytree(source, target)
        return
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
