"""Metrics of probabilities: how far the score of each row is from its truth."""

import numpy as np

from ci_ml.evaluation.kernels import Kernel, Prepared, Undefined, mean_of
from ci_ml.evaluation.predictions import Floats, Predictions
from ci_ml.evaluation.units import Units
from ci_ml.text import count

# Log-loss takes a probability below this as this. One value for every dtype a file may hold (it is the resolution
# of float64): where the clip follows the dtype, the same rows give another loss in another file format.
CLIP = float(np.finfo(np.float64).eps)

# Rounded probabilities of several classes need not sum to 1 exactly; beyond this they are no probabilities.
_SUM_TOLERANCE = 0.01


def prepare_log_loss(predictions: Predictions, units: Units) -> Prepared:
    """Mean negative log-likelihood of the truth, in nats."""
    scores = _probabilities(predictions)
    if isinstance(scores, Undefined):
        return scores
    truth = predictions.y_true.astype(np.int64)
    chance = np.take_along_axis(scores, truth[:, None], axis=1)[:, 0]
    clipped = int(np.count_nonzero(chance < CLIP))
    note = None
    if clipped:
        note = f"{count(clipped, 'row')} with no chance at all for the true label, taken as a chance of {CLIP:.1e}"
    losses = -np.log(np.clip(chance, CLIP, 1.0 - CLIP))
    return Kernel(evaluate=mean_of(losses, predictions, units), why=lambda: "all weights are 0", note=note)


def prepare_brier(predictions: Predictions, units: Units) -> Prepared:
    """Mean squared distance of the probabilities from the truth: 0 to 1 (binary), 0 to 2 (several classes)."""
    scores = _probabilities(predictions)
    if isinstance(scores, Undefined):
        return scores
    truth = np.zeros_like(scores)
    np.put_along_axis(truth, predictions.y_true.astype(np.int64)[:, None], 1.0, axis=1)
    losses = ((truth - scores) ** 2).sum(axis=1)
    # Half for two classes: then it is the square of one probability's error, as the score was first defined.
    losses = losses / 2 if scores.shape[1] == 2 else losses
    return Kernel(evaluate=mean_of(losses, predictions, units), why=lambda: "all weights are 0")


def _probabilities(predictions: Predictions) -> Floats | Undefined:
    """A probability for every class, shape (n, k); or why the scores are none."""
    scores = np.asarray(predictions.y_score, dtype=np.float64)
    outside = int(np.count_nonzero((scores < 0) | (scores > 1)))
    if outside:
        return Undefined(reason=f"{count(outside, 'score')} outside 0 to 1, so they are no probabilities")
    if scores.ndim == 1:
        return np.column_stack([1.0 - scores, scores])
    odd = int(np.count_nonzero(np.abs(scores.sum(axis=1) - 1.0) > _SUM_TOLERANCE))
    if odd:
        return Undefined(reason=f"{count(odd, 'row')} whose scores do not sum to 1, so they are no probabilities")
    return scores
