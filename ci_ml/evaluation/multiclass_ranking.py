"""ROC AUC of several classes: the binary one of every class against the rest, or of every pair of classes."""

from collections.abc import Callable, Iterable
from itertools import permutations

import numpy as np

from ci_ml.evaluation.kernels import Kernel, Prepare, Prepared, from_sums, ratio, weights_of
from ci_ml.evaluation.predictions import Array, Floats, Predictions
from ci_ml.evaluation.rank_metrics import Pairing, auc
from ci_ml.evaluation.units import Units


def prepare_one_vs_rest(*, weighted: bool) -> Prepare:
    """The mean over classes of the AUC of that class against all others; weighted: by how often it is true."""

    def prepare(predictions: Predictions, units: Units) -> Prepared:
        truth = predictions.y_true
        areas = [_area(predictions, units, c, truth != c) for c in range(len(predictions.classes))]
        share = _class_weights(predictions, units)
        return _mean(areas, share if weighted else None, predictions)

    return prepare


def prepare_one_vs_one(*, weighted: bool) -> Prepare:
    """The mean over ordered pairs of classes of the AUC of one against the other (Hand and Till, 2001).

    Weighted: by how often either of the two is true. Weights of rows count here as everywhere.
    """

    def prepare(predictions: Predictions, units: Units) -> Prepared:
        pairs = list(permutations(range(len(predictions.classes)), 2))
        areas = [_area(predictions, units, a, predictions.y_true == b) for a, b in pairs]
        of_class = _class_weights(predictions, units)
        first, second = (np.array([pair[i] for pair in pairs], dtype=np.int64) for i in (0, 1))

        def share(counts: Floats) -> Floats:
            weights = of_class(counts)
            return np.asarray(weights[:, first] + weights[:, second])

        return _mean(areas, share if weighted else None, predictions)

    return prepare


def _area(predictions: Predictions, units: Units, positive: int, negative: Array) -> Callable[[Floats], Floats]:
    return auc(
        Pairing(
            score=np.asarray(predictions.y_score, dtype=np.float64)[:, positive],
            positive=np.flatnonzero(predictions.y_true == positive),
            negative=np.flatnonzero(negative),
            weights=weights_of(predictions),
            units=units,
        )
    )


def _class_weights(predictions: Predictions, units: Units) -> Callable[[Floats], Floats]:
    true = predictions.y_true[:, None] == np.arange(len(predictions.classes))
    return from_sums(true * weights_of(predictions)[:, None], units, lambda sums: sums)


def _mean(
    areas: Iterable[Callable[[Floats], Floats]], share: Callable[[Floats], Floats] | None, predictions: Predictions
) -> Kernel:
    kept = list(areas)

    def evaluate(counts: Floats) -> Floats:
        values = np.column_stack([area(counts) for area in kept])
        weights = np.ones_like(values) if share is None else share(counts)
        return ratio((values * weights).sum(axis=1), weights.sum(axis=1))

    def why() -> str:
        absent = np.setdiff1d(np.arange(len(predictions.classes)), predictions.y_true)
        return f"class {predictions.classes[absent[0]]} has no rows" if absent.size else "there is only one class"

    return Kernel(evaluate=evaluate, why=why)
