"""Are the held-out rows still those that the baseline was judged on? Counted by id."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ci_ml.evaluation.predictions import Array, Predictions
from ci_ml.evaluation.results import RowChanges

_EXAMPLES = 3


def row_changes(before: Predictions, after: Predictions) -> RowChanges:
    """Compare the rows of a candidate with those that the baseline was judged on, as they were then.

    What only one of the two has (weights, groups, a slice) is compared with nothing: it describes rows in other words.

    Args:
        before: the baseline's predictions as they were judged, not scored again.
        after: the candidate's.
    """
    old_ids, new_ids = _comparable(before.ids, after.ids)
    common, old, new = np.intersect1d(old_ids, new_ids, return_indices=True)
    removed = np.setdiff1d(old_ids, common)
    altered: dict[str, int] = {}
    changed = np.zeros(len(common), dtype=bool)
    for word, ours, theirs in _descriptions(before, after):
        differs = _differs(ours[old], theirs[new])
        if differs.any():
            altered[word] = altered.get(word, 0) + int(differs.sum())
            changed |= differs
    examples = [*removed[:_EXAMPLES].tolist(), *common[changed][:_EXAMPLES].tolist()][:_EXAMPLES]
    return RowChanges(
        before=len(before),
        after=len(after),
        added=int(len(new_ids) - len(common)),
        removed=int(removed.size),
        altered=altered,
        examples=tuple(str(example)[:40] for example in examples),
        dates=(before.dates, after.dates) if before.dates and after.dates else None,
    )


def _comparable(before: Array, after: Array) -> tuple[Array, Array]:
    """Ids as one type: CSV has 7 where another file has "7"."""
    if (before.dtype.kind in "iu") == (after.dtype.kind in "iu"):
        return before, after
    return before.astype(str), after.astype(str)


def _descriptions(before: Predictions, after: Predictions) -> Iterator[tuple[str, Array, Array]]:
    yield "truth", _truth(before), _truth(after)
    if before.sample_weight is not None and after.sample_weight is not None:
        yield "weight", before.sample_weight, after.sample_weight
    if before.group_labels is not None and after.group_labels is not None:
        yield "group", before.group_labels, after.group_labels
    for name in before.slices.keys() & after.slices.keys():
        yield "slice", before.slices[name], after.slices[name]


def _truth(predictions: Predictions) -> Array:
    if not predictions.classes:
        return predictions.y_true
    return np.array(predictions.classes, dtype=object)[predictions.y_true]


def _differs(ours: Array, theirs: Array) -> NDArray[np.bool_]:
    if ours.dtype.kind in "biuf" and theirs.dtype.kind in "biuf":
        found = (ours != theirs) & ~((ours != ours) & (theirs != theirs))
        return np.asarray(found, dtype=bool)
    pairs = zip(ours.tolist(), theirs.tolist(), strict=True)
    return np.fromiter((a != b and not (a != a and b != b) for a, b in pairs), dtype=bool, count=len(ours))
