"""The names that users may write in ci-ml.yaml: tasks, metrics with their direction, gate hypotheses, usual stages.

Plain data without NumPy, so that reading a configuration stays possible with the base install. The kernels
are in `evaluation/metrics.py`; a test holds the two lists together.
"""

from dataclasses import dataclass
from typing import Literal

Task = Literal["binary", "multiclass", "regression"]
TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")

STAGES = ("staging", "production")  # of a model that names none, in their order

Needs = Literal["score", "label", "value"]


@dataclass(frozen=True, kw_only=True)
class MetricInfo:
    """What a metric is called, which way is up, and what it is computed from.

    `needs` is "score" (a probability or ranking per row), "label" (a decision per row) or "value" (a predicted
    number per row).
    """

    name: str
    greater_is_better: bool
    needs: Needs
    tasks: tuple[Task, ...]


def _catalogue() -> dict[str, MetricInfo]:
    binary, several, number = ("binary",), ("multiclass",), ("regression",)
    classes: tuple[Task, ...] = ("binary", "multiclass")
    up, down = True, False
    rows: list[tuple[str, bool, Needs, tuple[str, ...]]] = [
        ("roc_auc", up, "score", binary),
        ("average_precision", up, "score", binary),
        ("log_loss", down, "score", classes),
        ("brier_score", down, "score", classes),
        ("accuracy", up, "label", classes),
        ("balanced_accuracy", up, "label", classes),
        ("f1", up, "label", binary),
        ("precision", up, "label", binary),
        ("recall", up, "label", binary),
        ("matthews_corrcoef", up, "label", classes),
        ("expected_cost", down, "label", binary),
        *[
            (f"{name}_{average}", up, "label", several)
            for name in ("f1", "precision", "recall")
            for average in ("macro", "micro", "weighted")
        ],
        *[
            (f"roc_auc_{how}{weighted}", up, "score", several)
            for how in ("ovr", "ovo")
            for weighted in ("", "_weighted")
        ],
        ("mean_absolute_error", down, "value", number),
        ("root_mean_squared_error", down, "value", number),
        ("r2", up, "value", number),
        ("mean_absolute_percentage_error", down, "value", number),
        ("mean_pinball_loss", down, "value", number),
    ]
    return {
        name: MetricInfo(name=name, greater_is_better=better, needs=needs, tasks=tasks)  # type: ignore[arg-type]
        for name, better, needs, tasks in rows
    }


METRICS: dict[str, MetricInfo] = _catalogue()

# The first of `metrics:` is the main metric; where the user names none, these are shown, main metric first.
DEFAULT_METRICS: dict[Task, tuple[str, ...]] = {
    "binary": ("roc_auc", "average_precision", "log_loss", "brier_score"),
    "multiclass": ("log_loss", "roc_auc_ovr", "accuracy", "f1_macro"),
    "regression": ("root_mean_squared_error", "mean_absolute_error", "r2"),
}


# What others call our metrics: for the suggestion where one of these is written.
OTHER_NAMES = {
    "auc": "roc_auc",
    "auroc": "roc_auc",
    "ap": "average_precision",
    "logloss": "log_loss",
    "cross_entropy": "log_loss",
    "brier": "brier_score",
    "acc": "accuracy",
    "mcc": "matthews_corrcoef",
    "mae": "mean_absolute_error",
    "rmse": "root_mean_squared_error",
    "mape": "mean_absolute_percentage_error",
    "r2_score": "r2",
}


def metrics_of(task: Task) -> tuple[str, ...]:
    """The names of every metric that a task knows."""
    return tuple(name for name, info in METRICS.items() if task in info.tasks)
