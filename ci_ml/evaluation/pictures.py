"""What is shown of one model's predictions beside its metrics, as plain frozen values. Nothing here needs NumPy."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class ClassResult:
    """How well one class is told from all others.

    Attributes:
        rows: that are of this class in truth.
        roc_auc: of the class against the rest; None where there are no scores.
    """

    label: str
    rows: int
    precision: float | None
    recall: float | None
    f1: float | None
    roc_auc: float | None


@dataclass(frozen=True, kw_only=True)
class Classes:
    """The classes of a multiclass model.

    Attributes:
        results: the classes with the most rows, in the order of their labels.
        left_out: how many classes are not among them.
        confusion: rows by true class, then by predicted class, in the order of `results`; empty for very many classes.
    """

    results: tuple[ClassResult, ...]
    left_out: int
    confusion: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class PredictedBin:
    """Rows with similar predicted values: what was predicted, and what was true, in the target's unit.

    Attributes:
        predicted, true: the means.
        low, high: between which eight of ten true values lie.
    """

    rows: int
    predicted: float
    true: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Residuals:
    """How far a regression model is off: predicted minus true, in the target's unit.

    Attributes:
        edges: of equal bins of the residual, the same for both models; what is beyond counts in the outer bins.
        rows: per bin.
        mean, median: of the residual, not clipped.
        by_prediction: up to ten bins with equally many rows each, from low to high predictions.
    """

    edges: tuple[float, ...]
    rows: tuple[int, ...]
    mean: float
    median: float
    by_prediction: tuple[PredictedBin, ...]
