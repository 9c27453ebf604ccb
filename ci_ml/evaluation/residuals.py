"""How far is a regression model off, and where?"""

import numpy as np
from numpy.typing import NDArray

from ci_ml.evaluation.pictures import PredictedBin, Residuals
from ci_ml.evaluation.predictions import Floats, Predictions

BINS = 20
_PARTS = 10  # of the rows, by what was predicted
_FEWEST = 10  # rows of such a part
_SHOWN = (1, 99)  # percent of the residuals: a single one far out would make all others one bin


def residuals(models: dict[str, Predictions]) -> dict[str, Residuals]:
    """Of each model, in bins that all share. Rows count alike, whatever their weight.

    Args:
        models: the same rows for each. Those whose values are not all finite, and other tasks, have no residuals.
    """
    off = {name: _off(of) for name, of in models.items() if _is_drawable(of)}
    if not off:
        return {}
    low, high = np.percentile(np.concatenate(list(off.values())), _SHOWN)
    edges = np.linspace(low, high, BINS + 1) if high > low else np.linspace(low - 0.5, low + 0.5, BINS + 1)
    return {name: _residuals(models[name], found, edges) for name, found in off.items()}


def _is_drawable(of: Predictions) -> bool:
    return of.task == "regression" and len(of) > 0 and bool(np.isfinite(_off(of)).all())


def _off(of: Predictions) -> Floats:
    with np.errstate(invalid="ignore", over="ignore"):
        return np.asarray(of.y_pred - of.y_true, dtype=np.float64)


def _residuals(of: Predictions, off: Floats, edges: Floats) -> Residuals:
    rows, _ = np.histogram(np.clip(off, edges[0], edges[-1]), bins=edges)
    parts = max(1, min(_PARTS, len(of) // _FEWEST))
    by_size = np.array_split(np.argsort(of.y_pred, kind="stable"), parts)
    return Residuals(
        edges=tuple(edges.tolist()),
        rows=tuple(rows.tolist()),
        mean=float(off.mean()),
        median=float(np.median(off)),
        by_prediction=tuple(_part(of, part) for part in by_size),
    )


def _part(of: Predictions, part: NDArray[np.intp]) -> PredictedBin:
    low, high = np.percentile(of.y_true[part], (10, 90))
    return PredictedBin(
        rows=len(part),
        predicted=float(of.y_pred[part].mean()),
        true=float(of.y_true[part].mean()),
        low=float(low),
        high=float(high),
    )
