"""How sure is a ROC AUC, or the difference of two on the same rows? In closed form, for independent rows.

Source: DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845; by sorting, as Sun and Xu (2014) do.
"""

from dataclasses import dataclass

import numpy as np

from ci_ml.evaluation.predictions import Array, Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Placements:
    """Where the rows of each label stand among those of the other.

    Attributes:
        positive: shape (m,), for each positive row the share of negatives below it; its mean is the AUC.
        negative: shape (n,), for each negative row the share of positives above it; its mean is the AUC.
    """

    positive: Floats
    negative: Floats


def placements(y_true: Array, y_score: Floats) -> Placements:
    """Place every row among those of the other label; a tie counts half.

    Args:
        y_true: shape (n,), where the positive label stands; both labels must occur.
        y_score: shape (n,), finite; only its order matters.

    >>> placements(np.array([True, True, False, False]), np.array([0.9, 0.4, 0.4, 0.1])).positive
    array([1.  , 0.75])
    """
    truth = y_true.astype(bool)
    above, below = y_score[truth], y_score[~truth]
    return Placements(positive=_share_below(above, below), negative=1.0 - _share_below(below, above))


def standard_error(first: Placements, second: Placements | None = None) -> float:
    """Of the AUC; with `second`, of the difference of the two, paired by row. Zero where they rank alike.

    In the unit of the AUC, a share from 0 to 1. Needs two rows of each label.

    Args:
        second: of another model on the same rows in the same order.
    """
    positive, negative = first.positive, first.negative
    if second is not None:
        positive, negative = positive - second.positive, negative - second.negative
    variance = positive.var(ddof=1) / len(positive) + negative.var(ddof=1) / len(negative)
    return float(np.sqrt(variance))


def _share_below(scores: Floats, others: Floats) -> Floats:
    ranked = np.sort(others)
    order = np.argsort(scores)  # sorted needles keep the search in cache
    sorted_scores = scores[order]
    lower = np.searchsorted(ranked, sorted_scores, side="left")
    upper = np.searchsorted(ranked, sorted_scores, side="right")
    shares = np.empty(len(scores))
    shares[order] = (lower + upper) / (2.0 * len(others))
    return shares
