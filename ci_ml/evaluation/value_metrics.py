"""Metrics of predicted numbers: errors of a regression."""

import numpy as np

from ci_ml.evaluation.kernels import Kernel, Prepared, Undefined, from_sums, mean_of, ratio, weights_of
from ci_ml.evaluation.predictions import Floats, Predictions
from ci_ml.evaluation.units import Units
from ci_ml.text import count

# A spread of the truth smaller than this share of its squares is rounding, not spread.
_ROUNDING = 1e-13


def prepare_absolute(predictions: Predictions, units: Units) -> Prepared:
    """Mean absolute error, in the unit of the target."""
    return _mean(np.abs(_errors(predictions)), predictions, units)


def prepare_root_squared(predictions: Predictions, units: Units) -> Prepared:
    """Root of the mean squared error, in the unit of the target."""
    mean = mean_of(_errors(predictions) ** 2, predictions, units)
    return Kernel(evaluate=lambda counts: np.sqrt(mean(counts)), why=lambda: "all weights are 0")


def prepare_pinball(predictions: Predictions, units: Units) -> Prepared:
    """Mean pinball loss of the median (alpha 0.5), in the unit of the target."""
    return _mean(0.5 * np.abs(_errors(predictions)), predictions, units)


def prepare_percentage(predictions: Predictions, units: Units) -> Prepared:
    """Mean absolute error as a share of the true value."""
    size = np.abs(predictions.y_true)
    zeros = int(np.count_nonzero(size <= np.finfo(np.float64).eps))
    if zeros:
        said = f"{count(zeros, 'row')} with a true value of 0, of which no error is a percentage"
        return Undefined(reason=said)
    return _mean(np.abs(_errors(predictions)) / size, predictions, units)


def prepare_r2(predictions: Predictions, units: Units) -> Prepared:
    """The share of the truth's variance that is explained; undefined where the truth is constant."""
    weights = weights_of(predictions)
    truth: Floats = predictions.y_true
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = truth - np.nan_to_num(np.average(truth, weights=weights) if weights.sum() > 0 else 0.0)
    squares = _errors(predictions) ** 2
    features = np.column_stack([weights, weights * centred, weights * centred**2, weights * squares])

    def formula(sums: Floats) -> Floats:
        spread = sums[:, 2] - sums[:, 1] * np.nan_to_num(ratio(sums[:, 1], sums[:, 0]))
        spread = np.where(spread > _ROUNDING * sums[:, 2], spread, 0.0)
        return 1.0 - ratio(sums[:, 3], spread)

    return Kernel(evaluate=from_sums(features, units, formula), why=lambda: "the true value is the same in all rows")


def _errors(predictions: Predictions) -> Floats:
    return np.asarray(predictions.y_pred - predictions.y_true, dtype=np.float64)


def _mean(losses: Floats, predictions: Predictions, units: Units) -> Kernel:
    return Kernel(evaluate=mean_of(losses, predictions, units), why=lambda: "all weights are 0")
