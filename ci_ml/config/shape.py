"""The shape of ci-ml.yaml as frozen values. Reader, checks and JSON schema all follow from these definitions.

Field metadata: `doc` is what editors and docs/configuration.md show; `short` names the key that a plain string
stands for; `low` and `high` bound a number; `path` marks text that names a file of the repository, `argument` text
that git or DVC is given as an argument; `keys` are keys that share the field, each with its own metadata.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from ci_ml.rules.rule import Rule
from ci_ml.rules.table import RULES
from ci_ml.vocabulary import DEFAULT_METRICS, METRICS, STAGES, Task

Scalar = str | int | float | bool
OnUndecided = Literal["warn", "block"]
HoldoutMode = Literal["grows", "fixed", "moves"]

_EMPTY: Mapping[str, Any] = MappingProxyType({})


def _key(doc: str, *, default: Any = None, required: bool = False, **limits: Any) -> Any:
    metadata = {"doc": doc, **limits}
    if required:
        return field(metadata=metadata)
    if default is _EMPTY:  # unhashable, so dataclasses want a factory
        return field(default_factory=lambda: _EMPTY, metadata=metadata)
    return field(default=default, metadata=metadata)


def _about(rule: Rule) -> dict[str, Any]:
    return {"doc": rule.doc, **({} if rule.least is None else {"low": rule.least})}


@dataclass(frozen=True, kw_only=True)
class Step:
    """What to run: DVC stages, a command, or (later) a built-in estimator. A plain string is a command."""

    stage: tuple[str, ...] = _key("DVC stage, or list of stages, run with `dvc repro`.", default=(), argument=True)
    command: str | None = _key("A shell command, run in `folder`.")
    inputs: tuple[str, ...] = _key(
        "Globs of the files that the command reads. Default: everything in git but docs and workflow files.",
        default=(),
        path=True,
    )
    estimator: str | None = _key("A built-in estimator. Read, but not run by this version.")
    target: str | None = _key("The estimator's label column.")
    params: Mapping[str, Any] = _key("The estimator's parameters.", default=_EMPTY)


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Which column of the predictions file is what."""

    id: str = _key("Identifies a row: rows of two models are paired by it.", default="id")
    y_true: str = _key("The true label or value.", default="y_true")
    y_score: str | Mapping[str, str] | None = _key(
        "Probability of the positive label; multiclass: a column per class, {class: column}. "
        "Default: y_score where the file has it."
    )
    y_pred: str | None = _key(
        "The predicted label (in place of a score) or value. Default: y_pred where the file has it."
    )
    group: str | None = _key(
        "Rows of one group (a day, a customer) are not independent: intervals resample whole groups."
    )
    weight: str | None = _key("Weight of each row.")
    latency_ms: str | None = _key("Milliseconds each prediction took. Read, but not used by this version.")


@dataclass(frozen=True, kw_only=True)
class Gate:
    """One hypothesis about one number. Exactly one of its keys says what is asked for.

    These keys are the names of `RULES`; `asks` has the threshold by that name. Only `checks` sees none or several.
    """

    metric: str | None = _key("Name of a metric.")
    slice: str | None = _key("A column (every value of it is judged) or a condition such as 'age >= 60'.")
    file: str | None = _key(
        "A file: with max_size_mb its size is judged, with key a number in it (JSON or YAML).", path=True
    )
    key: str | None = _key("Dotted path of a number in `file`, such as test.auc.")
    asks: Mapping[str, float] = _key(
        "What is asked for, by the name of the rule.",
        default=_EMPTY,
        keys={name: _about(rule) for name, rule in RULES.items()},
    )
    undecided: OnUndecided | None = _key("Overrides the model's `undecided` for this gate.")

    @property
    def hypothesis(self) -> str:
        """The one key that says what is judged."""
        return next(iter(self.asks))

    @property
    def threshold(self) -> float:
        return float(self.asks[self.hypothesis])

    @property
    def rule(self) -> Rule:
        return RULES[self.hypothesis]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a wrong decision costs; a right one costs nothing."""

    false_positive: float = _key("Cost of one false positive.", default=1.0, low=0.0)
    false_negative: float = _key("Cost of one false negative.", default=1.0, low=0.0)


@dataclass(frozen=True, kw_only=True)
class Fairness:
    """Sensitive features. Read, but not judged by this version."""

    by: tuple[str, ...] = _key("Columns of sensitive features.", default=())


@dataclass(frozen=True, kw_only=True)
class OnMerge:
    """What a merge to the main branch means for this model."""

    promote: str | None = _key("The stage that a merged, passing model enters; null: register only.", required=True)


@dataclass(frozen=True, kw_only=True)
class Labels:
    """Where the truth about monitored rows arrives."""

    column: str = _key("Label column of the current data.", required=True)
    mature_after_days: float = _key("Days until a label can be trusted.", default=0.0, low=0.0)


@dataclass(frozen=True, kw_only=True)
class RetrainPolicy:
    """When drift or loss leads to a retraining."""

    confirm: str = _key("How many of the last windows must agree, such as '2 of 3'.", default="1 of 1")
    cooldown_days: float = _key("Days to wait after a retraining.", default=0.0, low=0.0)
    max_per_month: int | None = _key("At most this many retrainings a month.", low=0)
    max_gpu_hours_per_month: float | None = _key("At most this many GPU hours a month.", low=0.0)


@dataclass(frozen=True, kw_only=True)
class Monitor:
    """Watching production data. Read, but not run by this version."""

    current: str = _key("Glob of the current data.", required=True)
    timestamp: str | None = _key("Column that says when a row was seen.")
    labels: Labels | None = _key("Where labels arrive.")
    retrain: RetrainPolicy | None = _key("When to retrain.")


@dataclass(frozen=True, kw_only=True)
class Model:
    """One model: how it is trained, judged and promoted."""

    task: Task = _key("binary, multiclass or regression.", required=True)
    folder: str | None = _key(
        "The folder of a project in a larger repository: its commands run there, and its paths, globs and `dvc.yaml` "
        "start there. Default: the repository's root.",
        path=True,
        argument=True,
    )
    train: Step | None = _key("How the model is trained.", short="command")
    predict: Step | None = _key(
        "How rows become predictions. Needed to score an older model on today's rows.", short="command"
    )
    artifact: str | None = _key("The model file. Needed to register and promote.", path=True)
    predictions: str = _key("Predictions on held-out rows, Parquet or CSV.", required=True, path=True)
    columns: Columns = _key("Which column of the predictions is what.", default=Columns())
    positive: Scalar | None = _key("The label that y_score is the probability of. Default: 1 or true.")
    threshold: float = _key("Where a score becomes a decision: positive at or above it.", default=0.5)
    holdout: HoldoutMode = _key(
        "What may become of held-out rows from one model to the next. grows: rows may be added; fixed: none may; "
        "moves: they are a window of time, and others take their place.",
        default="grows",
    )
    slices: tuple[str, ...] = _key("Columns (or conditions) whose parts are shown one by one.", default=())
    fairness: Fairness = _key("Sensitive features.", default=Fairness())
    cost: Cost | None = _key("Makes expected_cost a metric.")
    metrics: tuple[str, ...] = _key(
        "Metrics to show; the first is the main one. Default: the task's usual ones.", default=()
    )
    baseline: str | None = _key(
        "What to compare with: a stage, a version or a git revision. Default: the stage that a merge promotes to.",
        argument=True,
    )
    gates: Mapping[str, Gate] = _key(
        "Rules by name. Default: the main metric may regress by at most 1 % of the baseline's value.", default=_EMPTY
    )
    undecided: OnUndecided = _key("Whether an undecided gate stops the change.", default="warn")
    stages: tuple[str, ...] = _key("Stages in their order.", default=STAGES)
    on_merge: OnMerge | None = _key("What a merge to the main branch means. Default: promote to the last stage.")
    monitor: Monitor | None = _key("Watching production data.")
    card: str | None = _key(
        "A YAML file on purpose, owners and limits, written and reviewed by people: docs/model-card.md.", path=True
    )
    signers: Mapping[str, tuple[str, ...]] = _key(
        "The principals that may act on a stage of this model. Default: as `registry.signers` says.", default=_EMPTY
    )
    features: str | None = _key("A YAML or JSON file with the features' names.", path=True)
    params: tuple[str, ...] = _key("Files with parameters (YAML, JSON or TOML).", default=(), path=True)

    @property
    def shown_metrics(self) -> tuple[str, ...]:
        """Every metric of the report: the listed ones, or the task's default ones where the columns allow them."""
        if self.metrics:
            return self.metrics
        has_score = self.columns.y_score is not None or self.columns.y_pred is None
        names = tuple(n for n in DEFAULT_METRICS[self.task] if has_score or METRICS[n].needs != "score")
        names = names or {"binary": ("accuracy", "f1"), "multiclass": ("accuracy", "f1_macro")}.get(self.task, ())
        return (*names, "expected_cost") if self.cost else names

    @property
    def merge_stage(self) -> str | None:
        """The stage that a merge promotes to; None where a merge only registers."""
        return self.on_merge.promote if self.on_merge else self.stages[-1]

    @property
    def baseline_or_default(self) -> str:
        return self.baseline or self.merge_stage or self.stages[-1]

    @property
    def main_metric(self) -> str:
        return self.shown_metrics[0]


@dataclass(frozen=True, kw_only=True)
class Registry:
    """Where the history of models is kept."""

    remote: str = _key("The git remote that holds the registry.", default="origin", argument=True)
    branch: str | None = _key(
        "The branch whose merges are promotions. Default: the default branch of the remote.", argument=True
    )
    sign: bool = _key("Sign every event: with CI_ML_SIGNING_KEY, else with git's own SSH key.", default=False)
    allowed_signers: str | None = _key(
        "OpenSSH's file of the keys that may sign. It counts as it is on `branch`.", path=True
    )
    revoked_keys: str | None = _key("OpenSSH's list of revoked keys (or a KRL), on `branch` too.", path=True)
    signed_since: str | None = _key("A day (UTC) before which events may be unsigned, such as 2027-01-31.")
    signers: Mapping[str, tuple[str, ...]] = _key(
        "The principals that may act on a stage. Default: all in `allowed_signers`.", default=_EMPTY
    )
    require: tuple[Literal["made_here"], ...] = _key(
        "made_here: register and promote only what a lock file says was made from the inputs beside it.", default=()
    )
    approvals: Mapping[str, int] = _key(
        "How many people have to approve a model before it enters a stage.", default=_EMPTY, low=0
    )


@dataclass(frozen=True, kw_only=True)
class Document:
    """ci-ml.yaml as a whole."""

    models: Mapping[str, Model] = _key("The models of this repository, by name.", required=True)
    registry: Registry = _key("Where the history of models is kept.", default=Registry())
