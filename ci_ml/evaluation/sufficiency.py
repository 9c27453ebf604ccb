"""Are there enough rows to judge anything?"""

import numpy as np

from ci_ml.evaluation.predictions import Predictions
from ci_ml.evaluation.wording import count

LEAST_ROWS = 30
LEAST_GROUPS_OF_SLICE = 10
LEAST_GROUPS = 2


def positives_of(predictions: Predictions) -> int | None:
    """Rows with the positive label; None for tasks that have none."""
    return int(np.count_nonzero(predictions.y_true)) if predictions.task == "binary" else None


def too_small(predictions: Predictions, *, least_groups: int) -> str | None:
    """Why these rows are too few to judge; None if they suffice.

    Args:
        least_groups: asked for where rows come in groups: LEAST_GROUPS, or LEAST_GROUPS_OF_SLICE.
    """
    rows = len(predictions)
    positives, groups = positives_of(predictions), predictions.groups
    if positives is not None:
        if min(positives, rows - positives) < LEAST_ROWS:
            return f"{positives:,} positive and {rows - positives:,} negative rows; {LEAST_ROWS} of each are needed"
    elif rows < LEAST_ROWS:
        return f"{count(rows, 'row')}; {LEAST_ROWS} are needed"
    elif predictions.task == "multiclass" and np.unique(predictions.y_true).size < 2:
        return "all rows are of one class; at least two classes are needed"
    if groups is not None and groups < least_groups:
        return f"{count(groups, 'group')} of rows; {least_groups} are needed"
    return None
