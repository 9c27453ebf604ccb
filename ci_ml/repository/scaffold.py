"""The first ci-ml.yaml, short and commented, that follows from what a repository says."""

from ci_ml.config.folder import join
from ci_ml.config.quote import quote
from ci_ml.repository.git_conversion import unconverted
from ci_ml.repository.survey import Survey
from ci_ml.vocabulary import DEFAULT_METRICS, Task


def write_config(found: Survey) -> str:
    """The text of ci-ml.yaml."""
    contents = found.contents
    guess = "          # a guess: binary, multiclass or regression" if contents.task_is_guess else ""
    return "\n".join(
        [
            "# What ci-ml trains, judges and promotes here. Every key: docs/configuration.md, or `ci-ml check`.",
            "models:",
            f"  {quote(found.name)}:",
            f"    task: {contents.task}{guess}",
            *([f"    folder: {quote(found.folder)}"] if found.folder else []),
            *_steps(found),
            *_columns(found),
            *([f"    params: {_list(found.params)}"] if found.params else []),
            "    # Without gates, the main metric may get worse by at most 1 % of the production model's. Your own:",
            "    # gates:",
            f"    #   no-worse: {{metric: {_main_metric(contents.task)}, max_regression: 0.002}}",
            "    # undecided: block            # stop a change that the held-out rows cannot decide",
            "",
        ]
    )


def git_attributes(found: Survey, present: str) -> str:
    """The text of .gitattributes by which git stores model and predictions byte for byte, on every machine."""
    rules = [unconverted(join(found.folder, path)) for path in (found.artifact, found.predictions) if path]
    missing = [rule for rule in rules if rule not in present.splitlines()]
    kept = f"{present}\n" if present and not present.endswith("\n") else present
    return kept + "".join(f"{rule}\n" for rule in missing)


def _steps(found: Survey) -> list[str]:
    train = "    # train: python train.py      # the command that writes the predictions"
    if found.train_stages:
        train = f"    train: {{stage: {_list(found.train_stages)}}}"
    elif found.train_command:
        train = f"    train: {quote(found.train_command)}"
    predict = "    # predict: python predict.py  # scores an older model when the held-out rows change"
    if found.predict_stages:
        predict = f"    predict: {{stage: {_list(found.predict_stages)}}}"
    elif found.predict_command:
        predict = f"    predict: {quote(found.predict_command)}"
    artifact = "    # artifact: models/model.txt  # fill in the model file: register and promote need it"
    if found.artifact:
        artifact = f"    artifact: {quote(found.artifact)}"
    return [train, predict, artifact]


def _columns(found: Survey) -> list[str]:
    contents = found.contents
    comment = "" if found.predictions_found else "   # one row per held-out row: id, y_true, y_score"
    lines = [f"    predictions: {quote(found.predictions)}{comment}"]
    entries = [f"{role}: {quote(column)}" for role, column in contents.columns.items() if role != column]
    if contents.score_columns:
        classes = ", ".join(f"{quote(c)}: {quote(column)}" for c, column in contents.score_columns.items())
        entries.append(f"y_score: {{{classes}}}")
    if entries:
        lines.append(f"    columns: {{{', '.join(entries)}}}")
    if "group" not in contents.columns:
        lines.append("    # columns: {group: day}     # rows of one day or customer are not independent")
    if contents.positive is not None:
        lines.append(f"    positive: {quote(contents.positive)}")
    return lines


def _main_metric(task: str) -> str:
    metrics: dict[Task, tuple[str, ...]] = DEFAULT_METRICS
    return metrics[task][0]  # type: ignore[index]


def _list(names: tuple[str, ...]) -> str:
    return quote(names[0]) if len(names) == 1 else "[" + ", ".join(quote(name) for name in names) + "]"
