"""Are a model's probabilities right, and how are they spread?"""

import numpy as np

from ci_ml.evaluation.kernels import weights_of
from ci_ml.evaluation.predictions import Floats, Predictions
from ci_ml.evaluation.results import Curves


def curves(predictions: Predictions, bins: int = 20) -> Curves | None:
    """Calibration and spread of the scores over equal bins from 0 to 1, the last one closed.

    Args:
        predictions: of a binary task; weights count.
        bins: how many; a score of 1 is in the last one.

    Returns:
        Shares from 0 to 1 for each bin. None where there are none to draw: another task than binary, no scores, scores
        outside 0 to 1, or one label.
    """
    scores = predictions.y_score
    if predictions.task != "binary" or scores is None or not len(predictions):
        return None
    if not ((scores >= 0) & (scores <= 1)).all():
        return None
    weights, truth = weights_of(predictions), predictions.y_true.astype(bool)
    which = np.minimum((scores * bins).astype(np.int64), bins - 1)

    def total(amounts: Floats) -> Floats:
        return np.bincount(which, amounts, minlength=bins).astype(np.float64)

    positives, negatives, mass = total(weights * truth), total(weights * ~truth), total(weights)
    if not positives.sum() > 0 or not negatives.sum() > 0:
        return None
    return Curves(
        bins=tuple((np.arange(bins + 1) / bins).tolist()),
        positives=tuple((positives / positives.sum()).tolist()),
        negatives=tuple((negatives / negatives.sum()).tolist()),
        mean_score=_means(total(weights * scores), mass),
        observed=_means(positives, mass),
        rows=tuple(np.bincount(which, minlength=bins).tolist()),
    )


def _means(sums: Floats, mass: Floats) -> tuple[float | None, ...]:
    return tuple(float(s / m) if m > 0 else None for s, m in zip(sums, mass, strict=True))
