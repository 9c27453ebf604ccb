"""What the pictures of a page show: numbers to draw, with the words beside them."""

from dataclasses import dataclass

from ci_ml.evaluation.pictures import Residuals
from ci_ml.evaluation.results import Curves


@dataclass(frozen=True, kw_only=True)
class ForestRow:
    """One interval of a forest plot, in the axis' own unit and with its numbers as text.

    Attributes:
        marks: the ends of what is allowed here, on the axis; none where nothing is asked.
        beyond: whether the whole interval lies outside them.
        reference: a second value to show (the baseline's level); None in a plot of changes.
    """

    label: str
    rows: int
    estimate: float
    low: float | None
    high: float | None
    marks: tuple[float, ...]
    numbers: str
    reference: float | None = None
    overall: bool = False
    beyond: bool = False


@dataclass(frozen=True, kw_only=True)
class Forest:
    """Intervals of one metric on one axis. For changes the axis is the gain: zero is drawn, right is better."""

    metric: str
    title: str
    axis: str
    is_change: bool
    rows: tuple[ForestRow, ...]


@dataclass(frozen=True, kw_only=True)
class CurvesView:
    """Calibration and spread of the scores of one model, or of both, with what each picture shows."""

    calibration_title: str
    spread_title: str
    baseline: Curves | None
    candidate: Curves


@dataclass(frozen=True, kw_only=True)
class ClassRow:
    """One class against all others; `f1_before` is the baseline's."""

    label: str
    rows: str
    precision: str
    recall: str
    f1: str
    f1_before: str
    roc_auc: str


@dataclass(frozen=True, kw_only=True)
class ClassesView:
    """The classes of a multiclass model, and which it takes for which.

    Attributes:
        more: how many classes are not listed.
        confusion: the candidate's rows by true class, then by predicted class; empty where there are too many.
    """

    title: str
    rows: tuple[ClassRow, ...]
    more: int
    confusion_title: str
    confusion: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, kw_only=True)
class ValuesView:
    """Predicted against true values and residuals of one regression model, or of both, with what each picture shows."""

    predicted_title: str
    residuals_title: str
    baseline: Residuals | None
    candidate: Residuals
