"""Run an older model on today's rows, in a checkout of its own commit, so that two models can be compared."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ci_ml.config import Model
from ci_ml.config.folder import inside, join, relative
from ci_ml.errors import ConfigError, DataError
from ci_ml.git.lfs import refuse_pointer
from ci_ml.git.questions import Git
from ci_ml.git.writes import worktree
from ci_ml.repository.lineage import data_inputs
from ci_ml.repository.pipeline import Stage, resolve_stages
from ci_ml.repository.trees import CommitTree, Tree, WorkingTree
from ci_ml.training.run import run_command


@contextmanager
def rescored(
    git: Git, model: Model, *, then: Model, commit: str, artifact: Path, say: Callable[[str], None], heard: bool = False
) -> Iterator[Path]:
    """The predictions file that the model of `commit` makes on today's rows; it is gone after the block.

    Code, parameters and commands are those of `commit`, the model file is `artifact`, and every data file that
    today's or that commit's predict step reads is today's.

    Args:
        model: today's configuration. then: that commit's; both may be the same.
        artifact: the model file, fetched and verified.
        heard: whether `say` reaches the user.

    Raises:
        ConfigError: there is no predict step.
        DataError: a data file is not here, or the step failed or wrote no predictions.
    """
    if then.predict is None or then.artifact is None:
        raise ConfigError(
            f"the model of commit {commit[:12]} cannot be scored again.",
            hint="Add predict: {stage: NAME} (or predict: COMMAND) and artifact: to the model in ci-ml.yaml.",
        )
    today, past = WorkingTree(git), CommitTree(git, commit)
    with worktree(git, commit) as old:
        _place(artifact, old.root / then.artifact)
        ours = data_inputs(today, model)
        for path in sorted({*ours, *data_inputs(past, then)}):
            source, target = git.root / path, old.root / _moved(path, model, then)
            if source.exists():
                if source.is_file():
                    refuse_pointer(source, name=path)
                _place(source, target)
            elif path in ours:
                raise DataError(f"{path} is not here, and the predict step reads it.", hint=f"dvc pull {path}")
        made = old.root / then.predictions
        made.unlink(missing_ok=True)  # where git tracks it, the checkout has that commit's
        for folder, command in _commands(past, then):
            run_command(command, old.root / folder, say=say, heard=heard)
        if not made.is_file():
            raise DataError(f"the predict step of commit {commit[:12]} wrote no {then.predictions}.")
        yield made


def _moved(path: str, model: Model, then: Model) -> str:
    """Where that commit's step reads what lies at `path` today: the project may have moved to another folder since."""
    now, before = model.folder or "", then.folder or ""
    return join(before, relative(path, now)) if now and inside(path, now) else path


def _commands(tree: Tree, model: Model) -> list[tuple[str, str]]:
    """(folder, command) of the predict step alone, without the stages before it: the model is there already."""
    step = model.predict
    if step is None:
        return []
    if step.command:
        return [(model.folder or "", step.command)]
    stages: tuple[Stage, ...] = resolve_stages(tree, step.stage)
    wanted = [stage for stage in stages if stage.name in step.stage]
    return [(stage.folder, stage.command) for stage in wanted]


def _place(source: Path, target: Path) -> None:
    """A copy, never a link: the step may write to it, and the original is the store's or the user's."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir() and not target.is_symlink():
        shutil.rmtree(target)
    else:
        target.unlink(missing_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)
