"""Are there enough rows to judge anything?"""

from dataclasses import dataclass

import numpy as np

from ci_ml.evaluation.predictions import Array, Predictions
from ci_ml.text import count

LEAST_ROWS = 30
LEAST_GROUPS_OF_SLICE = 10
LEAST_GROUPS = 2


@dataclass(frozen=True, kw_only=True)
class Counts:
    """What some rows hold.

    Attributes:
        groups: None where rows are independent.
        positives: rows with the positive label (binary), else None.
        classes: distinct true labels (multiclass), else None.
    """

    rows: int
    groups: int | None
    positives: int | None
    classes: int | None


def count_rows(predictions: Predictions, rows: Array | None = None) -> Counts:
    """Count all rows, or those with the given numbers."""
    chosen = slice(None) if rows is None else rows
    truth, group = predictions.y_true[chosen], predictions.group
    return Counts(
        rows=len(truth),
        groups=None if group is None else int(np.unique(group[chosen]).size),
        positives=int(np.count_nonzero(truth)) if predictions.task == "binary" else None,
        classes=int(np.unique(truth).size) if predictions.task == "multiclass" else None,
    )


def too_small(found: Counts, *, least_groups: int) -> str | None:
    """Why rows are too few to judge; None if they suffice.

    Args:
        least_groups: asked for where rows come in groups: LEAST_GROUPS, or LEAST_GROUPS_OF_SLICE.
    """
    if found.positives is not None:
        negatives = found.rows - found.positives
        if min(found.positives, negatives) < LEAST_ROWS:
            return f"{found.positives:,} positive and {negatives:,} negative rows; {LEAST_ROWS} of each are needed"
    elif found.rows < LEAST_ROWS:
        return f"{count(found.rows, 'row')}; {LEAST_ROWS} are needed"
    elif found.classes is not None and found.classes < 2:
        return "all rows are of one class; at least two classes are needed"
    if found.groups is not None and found.groups < least_groups:
        return f"{count(found.groups, 'group')} of rows; {least_groups} are needed"
    return None
