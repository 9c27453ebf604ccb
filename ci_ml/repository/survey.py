"""What does a repository already say about its model? Files are looked at, nothing is run."""

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from ci_ml.errors import CiMlError
from ci_ml.git.questions import Git
from ci_ml.repository.model_files import model_file, written_files
from ci_ml.repository.pipeline import Stage, all_stages, resolve_stages
from ci_ml.repository.trees import WorkingTree, read
from ci_ml.tables.column_roles import guess_roles
from ci_ml.tables.columns import column, settle
from ci_ml.tables.labels import NEGATIVE, POSITIVE, as_labels

# By the beginning of the file's name, the likeliest first.
_TRAINERS = ("train", "fit", "main")
_SCORERS = ("predict", "score", "infer")
_PARTS = ("src", "scripts", "code", "training")  # folders of a project's code, which are no projects
_PARAMS = ("params.yaml", "params.yml", "params.json", "params.toml")
if TYPE_CHECKING:
    import pyarrow as pa

_FEW = 10  # more distinct whole numbers than this are a quantity, not classes
_MOST = 50  # nobody writes a score column for each of more classes than this


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a predictions file says.

    Attributes:
        task_is_guess: whether another task could fit too.
        columns: role -> column.
        score_columns: label -> column, of a multiclass task.
        positive: the positive label, where it is not 1 or true.
    """

    task: str = "binary"
    task_is_guess: bool = True
    columns: dict[str, str] = field(default_factory=dict)
    score_columns: dict[str, str] = field(default_factory=dict)
    positive: str | None = None


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What was found. `summary` says in words what it rests on; paths start at `folder`, "" for the root."""

    name: str
    folder: str = ""
    train_stages: tuple[str, ...] = ()
    predict_stages: tuple[str, ...] = ()
    train_command: str | None = None
    predict_command: str | None = None
    artifact: str | None = None
    predictions: str
    predictions_found: bool
    contents: Contents
    params: tuple[str, ...] = ()
    summary: str


def project_folder(git: Git, start: Path) -> str:
    """The folder of a larger repository that is meant: `start`, if it looks like a project and the root does not."""
    folder = start.resolve().relative_to(git.root.resolve()).as_posix()
    if folder == "." or start.name in _PARTS or not _is_project(start) or _is_project(git.root):
        return ""
    return folder


def _is_project(folder: Path) -> bool:
    files = {path.name for path in folder.iterdir() if path.is_file()}
    return "dvc.yaml" in files or any(re.fullmatch(r"(train|fit)([_-]\w+)?\.py|predictions\.\w+", f) for f in files)


def survey(git: Git, name: str | None, folder: str = "") -> Survey:
    """Look at dvc.yaml, training scripts, model files and predictions files, in the repository or one folder of it."""
    git = Git(git.root / folder)
    tree = WorkingTree(git)
    stages = _stages(tree)
    outs = [out for stage in stages for out in stage.outs]
    script, scorer = _script(tree, _TRAINERS), _script(tree, _SCORERS)
    written = [path for source in (script, scorer) if source and not stages for path in written_files(tree, source)]
    predictions = _predictions(git, tree, [*outs, *written])
    train = [s.name for s in stages if re.search("train|fit", s.name, re.IGNORECASE)]
    predict = [s.name for s in stages if s.name not in train and predictions in s.outs]
    predict = predict or [s.name for s in stages if s.name not in train and s.name.lower().startswith(_SCORERS)]
    train = train or [s.name for s in stages[-1:] if s.name not in predict]
    found = (git.root / predictions).is_file()
    pieces = ["DVC stages " + ", ".join(train + predict) if stages else script or "no training script found"]
    pieces.append(f"{predictions}{'' if found else ' expected'}")
    return Survey(
        name=name or _model_name(git.root.name),
        folder=folder,
        train_stages=tuple(train),
        predict_stages=tuple(predict),
        train_command=f"python {script}" if script and not stages else None,
        predict_command=f"python {scorer}" if scorer and script and not stages else None,
        artifact=model_file([*outs, *written, *sorted(tree.paths)], but={predictions}),
        predictions=predictions,
        predictions_found=found,
        contents=_look_inside(git, predictions) if found else Contents(),
        params=() if stages else tuple(path for path in _PARAMS if path in tree.paths),
        summary="; ".join(pieces),
    )


def _script(tree: WorkingTree, beginnings: tuple[str, ...]) -> str | None:
    """The Python file that is called like its work, the one nearest to the root; those of tests are none."""
    for beginning in beginnings:
        fitting = [
            path
            for path in tree.paths
            if re.fullmatch(rf"{beginning}(?:[_-]\w+)?\.py", PurePosixPath(path).name)
            and not {"test", "tests"} & {*PurePosixPath(path).parts}
        ]
        if fitting:
            return min(fitting, key=lambda path: (path.count("/"), len(path), path))
    return None


def _stages(tree: WorkingTree) -> tuple[Stage, ...]:
    if read(tree, "dvc.yaml") is None:
        return ()
    try:
        return resolve_stages(tree, all_stages(tree, "dvc.yaml"))
    except CiMlError:
        return ()  # a dvc.yaml that cannot be read is `check`'s and DVC's to explain


def _predictions(git: Git, tree: WorkingTree, made: list[str]) -> str:
    """The file that looks most like predictions: one that a stage or script writes, a tracked one, or a usual place."""
    usual = [f"{folder}predictions{end}" for folder in ("", "reports/", "outputs/") for end in (".parquet", ".csv")]
    known = [*made, *sorted(tree.paths), *usual]
    named = [p for p in known if p.endswith((".csv", ".parquet")) and "pred" in PurePosixPath(p).name.lower()]
    there = next((p for p in named if (git.root / p).is_file()), None)
    return there or (named[0] if named and named[0] in made else "predictions.csv")


def _look_inside(git: Git, path: str) -> Contents:
    from ci_ml.tables.arrow_tables import read_table

    try:
        table = read_table(git.root / path, name=path)
        roles = guess_roles(table.column_names)
        named = next((name for name in table.column_names if _is_id(table, name)), None)
        if "id" not in roles and named is not None:
            roles = {"id": named} | {role: name for role, name in roles.items() if name != named}
        left = [name for name in table.column_names if name not in roles.values()]
        if "y_true" not in roles and len(left) == 1 and {"y_score", "y_pred"} & roles.keys():
            roles["y_true"] = left[0]  # scored, and nothing else that it could be
        values = {role: settle(column(table, name, of=path)) for role, name in roles.items()}
    except CiMlError:
        return Contents()  # `gate` says what is wrong with it
    if "y_true" not in roles:
        return Contents(columns=roles)
    labels = sorted({label for label in as_labels(values["y_true"]) if label is not None})
    if len(labels) <= 2:
        usual = {*labels} <= POSITIVE | NEGATIVE
        if "y_score" not in roles and "y_pred" in roles and values["y_pred"].dtype.kind == "f":
            roles["y_score"] = roles["y_pred"]  # decisions are labels; fractions are probabilities
        if "y_score" in roles:
            roles.pop("y_pred", None)
        return Contents(columns=roles, task_is_guess=not usual, positive=None if usual or not labels else labels[-1])
    roles.pop("y_score", None)
    scores = _class_scores([name for name in table.column_names if name not in roles.values()], labels)
    if scores:
        return Contents(task="multiclass", task_is_guess=False, columns=roles, score_columns=scores)
    kind = values["y_true"].dtype.kind
    if kind == "f" or (kind == "i" and len(labels) > _FEW):
        return Contents(task="regression", task_is_guess=False, columns=roles)
    # Words are classes, whatever there is of them; few whole numbers may be a quantity.
    return Contents(task="multiclass", task_is_guess=kind in "iu", columns=roles)


def _is_id(table: "pa.Table", name: str) -> bool:
    """Whether a column is called like an id and has another value in every row."""
    return bool(re.search(r"(^|[_ .-])id$", name, re.IGNORECASE)) and len(table[name].unique()) == table.num_rows


def _class_scores(names: list[str], labels: list[str]) -> dict[str, str]:
    """label -> column, where every label has a column of its own that ends in it (such as proba_cat)."""
    if len(labels) > _MOST:
        return {}
    found: dict[str, str] = {}
    for label in labels:
        pattern = re.compile(rf"(?:.*[_\-. ])?{re.escape(label)}", re.IGNORECASE | re.DOTALL)
        free = (name for name in names if name not in found.values())
        match = next((name for name in free if pattern.fullmatch(name)), None)
        if match is None:
            return {}
        found[label] = match
    return found


def _model_name(folder: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "-", folder).strip("-_")[:100].rstrip("-_") or "model"
