"""Place predicted against true values, and residuals, as coordinates for inline SVG, with what they show."""

from dataclasses import dataclass

from ci_ml.evaluation.pictures import Residuals
from ci_ml.gates.judgement import Judgement
from ci_ml.reports.axis import Axis, Tick, axis_of
from ci_ml.reports.charts import FRAME, SPREAD_HALF
from ci_ml.reports.numbers import number, percent, places, signed
from ci_ml.reports.pictures import ValuesView
from ci_ml.text import count


@dataclass(frozen=True, kw_only=True)
class ValuePoint:
    """Rows with similar predictions: their means, and from `low` to `high` eight of ten true values."""

    x: float
    y: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class ResidualColumn:
    """One bin of the residuals, in the frame's units from its foot."""

    x: float
    width: float
    height: float


@dataclass(frozen=True, kw_only=True)
class ValueChart:
    """One model: what is drawn, and the same as rows of text."""

    name: str
    points: tuple[ValuePoint, ...]
    columns: tuple[ResidualColumn, ...]
    predicted_table: tuple[tuple[str, ...], ...]
    residual_table: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class ValueCharts:
    """The baseline's, where there is one, then the candidate's, on shared scales.

    Attributes:
        across, up: of predicted against true values: the same scale, so that the diagonal is where both are equal.
        off: of the residuals; `zero` is where there are none.
    """

    charts: tuple[ValueChart, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    off: tuple[Tick, ...]
    zero: float


def values_view(judgement: Judgement) -> ValuesView | None:
    """None for other tasks than regression."""
    candidate, baseline = judgement.residuals.get("candidate"), judgement.residuals.get("baseline")
    if candidate is None:
        return None
    digits = places(candidate.mean, candidate.median)
    before = judgement.baseline.name if judgement.baseline else ""
    then = f" ({before}: {signed(baseline.mean, digits)})" if baseline and before else ""
    inside = sum(part.low <= part.predicted <= part.high for part in candidate.by_prediction)
    parts = count(len(candidate.by_prediction), "part")
    return ValuesView(
        predicted_title=f"Predicted against true: in {inside} of {parts} the prediction is within the usual range",
        residuals_title=f"Residuals: off by {signed(candidate.mean, digits)} on average{then}",
        baseline=baseline,
        candidate=candidate,
    )


def value_charts(view: ValuesView, *, baseline: str) -> ValueCharts:
    """Both models, ready to draw."""
    both = [*([(baseline, view.baseline)] if view.baseline else []), ("candidate", view.candidate)]
    parts = [part for _, of in both for part in of.by_prediction]
    across = axis_of((v for p in parts for v in (p.predicted, p.true, p.low, p.high)), start=0.0, end=FRAME)
    up = Axis(low=across.low, high=across.high, start=FRAME, end=0.0)
    off = axis_of((0.0, *view.candidate.edges), start=0.0, end=FRAME)
    tallest = max(rows for _, of in both for rows in of.rows) or 1
    return ValueCharts(
        charts=tuple(_chart(name, of, across, up, off, tallest) for name, of in both),
        across=across.ticks(4),
        up=up.ticks(4),
        off=off.ticks(4, with_sign=True),
        zero=off.place(0.0),
    )


def _chart(name: str, of: Residuals, across: Axis, up: Axis, off: Axis, tallest: int) -> ValueChart:
    bins = list(zip(of.edges, of.edges[1:], of.rows, strict=False))
    everything = sum(of.rows) or 1
    value = places(*(v for part in of.by_prediction for v in (part.predicted, part.true)))
    residual = places(*of.edges)
    return ValueChart(
        name=name,
        points=tuple(
            ValuePoint(x=across.place(p.predicted), y=up.place(p.true), low=up.place(p.low), high=up.place(p.high))
            for p in of.by_prediction
        ),
        columns=tuple(
            ResidualColumn(
                x=off.place(low),
                width=round(off.place(high) - off.place(low), 2),
                height=round(rows / tallest * SPREAD_HALF, 1),
            )
            for low, high, rows in bins
        ),
        predicted_table=tuple(
            (
                number(p.predicted, value),
                number(p.true, value),
                f"{number(p.low, value)} to {number(p.high, value)}",
                count(p.rows),
            )
            for p in of.by_prediction
        ),
        residual_table=tuple(
            (f"{signed(low, residual)} to {signed(high, residual)}", count(rows), percent(rows / everything))
            for low, high, rows in bins
        ),
    )
