"""What a repository already says about its model, and the first ci-ml.yaml that follows from it."""

import json
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from ci_ml.errors import CiMlError
from ci_ml.repository.git import Git
from ci_ml.repository.pipeline import Stage, all_stages, resolve_stages
from ci_ml.repository.trees import WorkingTree, read

_SCRIPTS = ("train.py", "src/train.py", "scripts/train.py", "training/train.py", "main.py")
_MODEL_ENDINGS = (".txt", ".pkl", ".joblib", ".onnx", ".pt", ".bin", ".json", ".ubj", ".cbm", ".h5", ".keras")
_ROLES = {
    "id": ("id", "row_id", "uid", "key", "index"),
    "y_true": ("y_true", "truth", "label", "target", "actual", "y"),
    "y_score": ("y_score", "score", "probability", "proba", "prob", "y_prob", "p", "y_proba"),
    "y_pred": ("y_pred", "prediction", "pred", "predicted", "yhat"),
    "group": ("group", "date", "day", "customer", "customer_id", "user_id"),
}
_UNCERTAIN = 10  # more distinct whole numbers than this are a quantity, not classes


@dataclass(frozen=True, kw_only=True)
class Survey:
    """What was found. `columns` maps a role to a column; `summary` says in words what the rest rests on."""

    name: str
    task: str
    task_is_guess: bool
    train_stages: tuple[str, ...] = ()
    predict_stages: tuple[str, ...] = ()
    train_command: str | None = None
    artifact: str | None = None
    predictions: str
    predictions_found: bool
    columns: dict[str, str]
    score_columns: dict[str, str]
    positive: str | None = None
    params: tuple[str, ...] = ()
    summary: str


def survey(git: Git, name: str | None) -> Survey:
    """Look at dvc.yaml, training scripts and predictions files; nothing is run."""
    tree = WorkingTree(git)
    stages = _stages(tree)
    outs = [out for stage in stages for out in stage.outs]
    predictions = _predictions(git, tree, outs)
    train = [s.name for s in stages if "train" in s.name.lower() or "fit" in s.name.lower()]
    predict = [s.name for s in stages if s.name not in train and predictions in s.outs]
    train = train or [s.name for s in stages[-1:] if s.name not in predict]
    script = next((path for path in _SCRIPTS if path in tree.paths), None)
    artifacts = [out for out in outs if out.endswith(_MODEL_ENDINGS) and out != predictions and "metric" not in out]
    artifacts += sorted(
        p for p in tree.paths if p.startswith(("models/", "model")) and p.endswith(_MODEL_ENDINGS) and "/" in p
    )
    found = (git.root / predictions).is_file()
    task, guess, columns, scores, positive = _look_inside(git, predictions) if found else _unknown()
    pieces = ["DVC stages " + ", ".join(train + predict) if stages else script or "no training script found"]
    pieces.append(f"{predictions}{'' if found else ' expected'}")
    return Survey(
        name=name or _model_name(git.root.name),
        task=task,
        task_is_guess=guess,
        train_stages=tuple(train),
        predict_stages=tuple(predict),
        train_command=f"python {script}" if script and not stages else None,
        artifact=artifacts[0] if artifacts else None,
        predictions=predictions,
        predictions_found=found,
        columns=columns,
        score_columns=scores,
        positive=positive,
        params=("params.yaml",) if "params.yaml" in tree.paths and not stages else (),
        summary="; ".join(pieces),
    )


def write_config(found: Survey) -> str:
    """The text of ci-ml.yaml."""
    lines = [
        "# What ci-ml trains, judges and promotes here. Every key: docs/configuration.md, or `ci-ml check`.",
        "models:",
        f"  {_quoted(found.name)}:",
        f"    task: {found.task}"
        + ("          # a guess: binary, multiclass or regression" if found.task_is_guess else ""),
    ]
    if found.train_stages:
        lines.append(f"    train: {{stage: {_list(found.train_stages)}}}")
    elif found.train_command:
        lines.append(f"    train: {_quoted(found.train_command)}")
    else:
        lines.append("    # train: python train.py      # the command that writes the predictions")
    if found.predict_stages:
        lines.append(f"    predict: {{stage: {_list(found.predict_stages)}}}")
    else:
        lines.append("    # predict: python predict.py  # scores an older model when the held-out rows change")
    if found.artifact:
        lines.append(f"    artifact: {_quoted(found.artifact)}")
    else:
        lines.append("    # artifact: models/model.txt  # needed to register and promote")
    comment = "" if found.predictions_found else "   # one row per held-out row: id, y_true, y_score"
    lines.append(f"    predictions: {_quoted(found.predictions)}{comment}")
    columns = {role: column for role, column in found.columns.items() if role != column}
    entries = [f"{role}: {_quoted(column)}" for role, column in columns.items()]
    if found.score_columns:
        classes = ", ".join(f"{_quoted(c)}: {_quoted(column)}" for c, column in found.score_columns.items())
        entries.append(f"y_score: {{{classes}}}")
    if entries:
        lines.append(f"    columns: {{{', '.join(entries)}}}")
    if "group" not in found.columns:
        lines.append("    # columns: {group: day}     # rows of one day or customer are not independent")
    if found.positive is not None:
        lines.append(f"    positive: {_quoted(found.positive)}")
    if found.params:
        lines.append(f"    params: {_list(found.params)}")
    main = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "root_mean_squared_error"}[found.task]
    lines += [
        "    # Without gates, the main metric may get worse by at most 1 % of the production model's. Your own:",
        "    # gates:",
        f"    #   no-worse: {{metric: {main}, max_regression: 0.002}}",
        "    # undecided: block            # stop a change that the held-out rows cannot decide",
    ]
    return "\n".join(lines) + "\n"


def _stages(tree: WorkingTree) -> tuple[Stage, ...]:
    if read(tree, "dvc.yaml") is None:
        return ()
    try:
        return resolve_stages(tree, all_stages(tree, "dvc.yaml"))
    except CiMlError:
        return ()  # a dvc.yaml that cannot be read is `check`'s and DVC's to explain


def _predictions(git: Git, tree: WorkingTree, outs: list[str]) -> str:
    """The file that looks most like predictions: a stage's output, a tracked file, or one in a usual place."""
    usual = [f"{folder}predictions{end}" for folder in ("", "reports/", "outputs/") for end in (".parquet", ".csv")]
    known = [*outs, *sorted(tree.paths), *usual]
    named = [p for p in known if p.endswith((".csv", ".parquet")) and "predict" in PurePosixPath(p).name.lower()]
    return next(
        (p for p in named if (git.root / p).is_file()), named[0] if outs and named[0] in outs else "predictions.csv"
    )


def _look_inside(git: Git, path: str) -> tuple[str, bool, dict[str, str], dict[str, str], str | None]:
    """(task, whether that is a guess, columns, score columns, positive label) of a predictions file."""
    from ci_ml.repository.tables import column, read_table

    try:
        table = read_table(git.root / path, name=path)
    except CiMlError:
        return _unknown()
    names = table.column_names
    lowered = {name.lower(): name for name in reversed(names)}
    columns = {role: next((lowered[w] for w in words if w in lowered), "") for role, words in _ROLES.items()}
    columns = {role: name for role, name in columns.items() if name}
    if "y_true" not in columns:
        return (*_unknown()[:2], columns, {}, None)
    truth = column(table, columns["y_true"])
    values = sorted({str(v) for v in truth.tolist()})
    scores = _class_scores(names, values)
    numbers = truth.dtype.kind in "fiu"
    if scores and len(values) > 2:
        columns.pop("y_score", None)
        return "multiclass", False, columns, scores, None
    if len(values) <= 2:
        usual = {"0", "1", "true", "false", "True", "False", "0.0", "1.0"}
        positive = None if set(values) <= usual else values[-1]
        return "binary", positive is not None, columns, {}, positive
    if numbers and (truth.dtype.kind == "f" or len(values) > _UNCERTAIN):
        columns.pop("y_score", None)
        return "regression", False, columns, {}, None
    columns.pop("y_score", None)
    return "multiclass", True, columns, {}, None


def _class_scores(names: list[str], labels: list[str]) -> dict[str, str]:
    """label -> column, where every label has a column that ends in it (such as proba_cat)."""
    found = {}
    for label in labels:
        pattern = re.compile(rf"(?:.*[_\-. ])?{re.escape(label)}", re.IGNORECASE)
        match = next((name for name in names if pattern.fullmatch(name)), None)
        if match is None:
            return {}
        found[label] = match
    return found


def _unknown() -> tuple[str, bool, dict[str, str], dict[str, str], str | None]:
    return "binary", True, {}, {}, None


def _model_name(folder: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", folder).strip("-_")
    return name or "model"


def _quoted(text: str) -> str:
    """A YAML scalar: plain where that is safe and stays text, else as JSON, which YAML reads too."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_./ -]*", text) and not text.endswith(" ")
    keyword = text.lower() in ("true", "false", "null", "yes", "no", "on", "off")
    return text if plain and not keyword else json.dumps(text)


def _list(names: tuple[str, ...]) -> str:
    return _quoted(names[0]) if len(names) == 1 else "[" + ", ".join(_quoted(n) for n in names) + "]"
