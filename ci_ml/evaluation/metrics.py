"""Every metric by name, and its value on some predictions.

Each can also be imported by its name and called with arrays, as in scikit-learn:

>>> from ci_ml.evaluation.metrics import roc_auc
>>> roc_auc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])
0.75
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ci_ml.errors import DataError
from ci_ml.evaluation import label_metrics as label
from ci_ml.evaluation import multiclass_ranking as several
from ci_ml.evaluation import probability_metrics as probability
from ci_ml.evaluation import rank_metrics as rank
from ci_ml.evaluation import value_metrics as value
from ci_ml.evaluation.from_arrays import from_arrays
from ci_ml.evaluation.kernels import Prepare, Prepared, Undefined
from ci_ml.evaluation.predictions import Predictions
from ci_ml.evaluation.results import Score
from ci_ml.evaluation.units import Units
from ci_ml.text import count
from ci_ml.vocabulary import METRICS as CATALOGUE
from ci_ml.vocabulary import MetricInfo

# The squares of larger values are infinite, and so would every mean be.
_LARGEST = 1e150


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What the catalogue says about a metric, and how to compute it."""

    info: MetricInfo
    compute: Prepare

    def prepare(self, predictions: Predictions, units: Units) -> Prepared:
        """The metric's kernel on these rows, or why it cannot be estimated from them."""
        obstacle = _obstacle(self.info, predictions)
        return self.compute(predictions, units) if obstacle is None else Undefined(reason=obstacle)


def score(name: str, predictions: Predictions) -> Score:
    """The value of one metric; None with a reason where it cannot be estimated."""
    units = Units.of(predictions)
    return point(name, METRICS[name].prepare(predictions, units), units)


def point(name: str, prepared: Prepared, units: Units) -> Score:
    """The value of a prepared metric on the data as they are."""
    if isinstance(prepared, Undefined):
        return Score(metric=name, value=None, reason=prepared.reason)
    number = float(prepared.evaluate(units.once())[0])
    if np.isnan(number):
        return Score(metric=name, value=None, reason=prepared.why())
    return Score(metric=name, value=number, reason=prepared.note)


def _obstacle(info: MetricInfo, predictions: Predictions) -> str | None:
    """What stands in the way of any metric of this kind."""
    if predictions.task not in info.tasks:
        return f"{info.name} is not for {predictions.task}"
    if not len(predictions):
        return "there are no rows"
    weights = predictions.sample_weight
    if weights is not None and not (np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0):
        return "weights must be finite and not negative, and not all may be 0"
    if info.needs == "score":
        if predictions.y_score is None:
            return "the predictions hold decisions but no y_score"
        unknown = int(np.count_nonzero(~np.isfinite(predictions.y_score)))
        return f"{count(unknown, 'score')} without a finite value" if unknown else None
    if info.needs == "value":
        both = np.isfinite(predictions.y_true) & np.isfinite(predictions.y_pred)
        unknown = int(np.count_nonzero(~both))
        if unknown:
            return f"{count(unknown, 'row')} without a finite value"
        large = int(np.count_nonzero(np.maximum(np.abs(predictions.y_true), np.abs(predictions.y_pred)) > _LARGEST))
        return f"{count(large, 'row')} with a value beyond {_LARGEST:g}" if large else None
    return None


def _metrics() -> dict[str, Metric]:
    each = {
        "f1": (label.f1_each, label.never_positive),
        "precision": (label.precision_each, label.never_predicted),
        "recall": (label.recall_each, label.never_true),
    }
    compute: dict[str, Prepare] = {
        "roc_auc": rank.prepare_roc_auc,
        "average_precision": rank.prepare_average_precision,
        "log_loss": probability.prepare_log_loss,
        "brier_score": probability.prepare_brier,
        "accuracy": label.prepare_label(label.accuracy, label.no_rows),
        "balanced_accuracy": label.prepare_label(label.balanced_accuracy, label.constant),
        "matthews_corrcoef": label.prepare_label(label.matthews_corrcoef, label.constant),
        "expected_cost": label.prepare_cost,
        "roc_auc_ovr": several.prepare_one_vs_rest(weighted=False),
        "roc_auc_ovr_weighted": several.prepare_one_vs_rest(weighted=True),
        "roc_auc_ovo": several.prepare_one_vs_one(weighted=False),
        "roc_auc_ovo_weighted": several.prepare_one_vs_one(weighted=True),
        "mean_absolute_error": value.prepare_absolute,
        "root_mean_squared_error": value.prepare_root_squared,
        "r2": value.prepare_r2,
        "mean_absolute_percentage_error": value.prepare_percentage,
        "mean_pinball_loss": value.prepare_pinball,
    }
    for name, (formula, why) in each.items():
        compute[name] = label.prepare_label(label.of_positive(formula), why)
        compute[f"{name}_macro"] = label.prepare_label(label.macro(formula), why)
        compute[f"{name}_weighted"] = label.prepare_label(label.weighted(formula), why)
        # Every row is predicted as one class, so false positives and false negatives are the same rows.
        compute[f"{name}_micro"] = label.prepare_label(label.accuracy, label.no_rows)
    return {name: Metric(info=info, compute=compute[name]) for name, info in CATALOGUE.items()}


METRICS: dict[str, Metric] = _metrics()


def __getattr__(name: str) -> Callable[..., float]:
    """A metric as a function of arrays: `(y_true, y_score, sample_weight=None)`, or y_pred where it needs that."""
    if name not in METRICS:
        raise AttributeError(f"module {__name__!r} has no metric {name!r}")
    return _function(METRICS[name].info)


def _function(info: MetricInfo) -> Callable[..., float]:
    """One metric as a function.

    Its arguments are arrays of shape (n,); the scores of k classes have shape (n, k), columns in the order of the
    sorted labels. It raises DataError for shapes that do not fit, and where the metric has no value on these rows.
    """

    def of_score(y_true: ArrayLike, y_score: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        return _value(info, from_arrays(info, y_true, y_score, sample_weight))

    def of_prediction(y_true: ArrayLike, y_pred: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        return _value(info, from_arrays(info, y_true, y_pred, sample_weight))

    def of_costs(
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        false_positive: float = 1.0,
        false_negative: float = 1.0,
    ) -> float:
        costs = (false_positive, false_negative)
        return _value(info, from_arrays(info, y_true, y_pred, sample_weight, cost=costs))

    function: Callable[..., float] = of_score if info.needs == "score" else of_prediction
    if info.name == "expected_cost":
        function = of_costs
    function.__name__ = function.__qualname__ = info.name
    function.__doc__ = f"{info.name} as ci-ml judges it; {'more' if info.greater_is_better else 'less'} is better."
    return function


def _value(info: MetricInfo, predictions: Predictions) -> float:
    found = score(info.name, predictions)
    if found.value is None:
        raise DataError(f"{info.name} has no value here: {found.reason}.")
    return found.value
