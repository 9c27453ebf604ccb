"""Place what is drawn: intervals, calibration and score distributions as coordinates for inline SVG.

Horizontal places of intervals are percentages of the picture's width, so that a plot fills whatever column it stands in
without its text being squeezed. The two curve charts have a fixed frame of their own.
"""

import math
from dataclasses import dataclass

from ci_ml.evaluation.results import Curves
from ci_ml.reports.axis import Axis, Tick, axis_of, round_step
from ci_ml.reports.numbers import number, percent
from ci_ml.reports.pictures import CurvesView, Forest
from ci_ml.reports.report import Drawn

# More rows than this nobody reads as a picture; the ones with the least gain come first.
MOST_ROWS = 40
# In percent of the width: both edges are kept free, so that no end of an interval touches them.
_EDGES = {"start": 4.0, "end": 96.0}


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One interval, in percent of the width; `left` and `right` are None where only the estimate is known.

    `marks` are the ends of what is allowed, and `beyond` says that the whole interval lies outside them.
    """

    label: str
    rows: int
    numbers: str
    dot: float
    left: float | None
    right: float | None
    marks: tuple[float, ...]
    reference: float | None
    overall: bool
    beyond: bool = False


@dataclass(frozen=True, kw_only=True)
class ForestChart:
    """A forest plot; `hidden` rows are left out of the picture."""

    title: str
    axis: str
    is_change: bool
    zero: float | None
    ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...]
    hidden: int


@dataclass(frozen=True, kw_only=True)
class Point:
    """One bin of a calibration curve, in the frame's units; the area follows the rows."""

    x: float
    y: float
    radius: float


@dataclass(frozen=True, kw_only=True)
class Column:
    """One bin of a distribution, in the frame's units: from the middle up for positives, down for negatives."""

    x: float
    width: float
    up: float
    down: float


@dataclass(frozen=True, kw_only=True)
class CurveChart:
    """One model's scores: points of the calibration, columns of the spread, and the same numbers as rows of text."""

    name: str
    points: tuple[Point, ...]
    columns: tuple[Column, ...]
    table: tuple[tuple[str, str, str, str, str, str], ...]


@dataclass(frozen=True, kw_only=True)
class CurveCharts:
    """The baseline's, where there is one, then the candidate's, on shared scales; `ticks` are the spread's heights."""

    charts: tuple[CurveChart, ...]
    ticks: tuple[Tick, ...]


FRAME = 300.0  # side of the calibration's square, width of the spread's frame
SPREAD_HALF = 80.0  # height of the spread's upper and of its lower half


def forest_chart(forest: Forest) -> ForestChart:
    """All rows of a forest on one axis."""
    shown = forest.rows[:MOST_ROWS]
    values = [v for r in shown for v in (r.estimate, r.low, r.high, *r.marks, r.reference)]
    axis = axis_of([*values, *([0.0] if forest.is_change else [])], **_EDGES)
    place = axis.place
    return ForestChart(
        title=forest.title,
        axis=forest.axis,
        is_change=forest.is_change,
        zero=place(0.0) if forest.is_change else None,
        ticks=axis.ticks(with_sign=forest.is_change),
        bars=tuple(
            Bar(
                label=row.label,
                rows=row.rows,
                numbers=row.numbers,
                dot=place(row.estimate),
                left=None if row.low is None else place(row.low),
                right=None if row.high is None else place(row.high),
                marks=tuple(place(mark) for mark in row.marks),
                reference=None if row.reference is None else place(row.reference),
                overall=row.overall,
                beyond=row.beyond,
            )
            for row in shown
        ),
        hidden=len(forest.rows) - len(shown),
    )


def strip_chart(drawn: Drawn) -> Bar:
    """One gate's interval on a scale of its own with zero in the middle."""
    reach = max(abs(x) for x in (drawn.low, drawn.high, drawn.estimate, *drawn.marks)) or 1.0
    place = Axis(low=-reach, high=reach, **_EDGES).place
    return Bar(
        label="",
        rows=0,
        numbers="",
        dot=place(drawn.estimate),
        left=place(drawn.low),
        right=place(drawn.high),
        marks=tuple(place(mark) for mark in drawn.marks),
        reference=None,
        overall=False,
        beyond=drawn.beyond,
    )


def curve_charts(view: CurvesView, *, baseline: str) -> CurveCharts:
    """Both models' scores, ready to draw."""
    named = [(baseline, view.baseline)] if view.baseline else []
    both: list[tuple[str, Curves]] = [*named, ("candidate", view.candidate)]
    tallest = max((share for _, of in both for share in (*of.positives, *of.negatives)), default=0.0) or 1.0
    most_rows = max((rows for _, of in both for rows in of.rows), default=0) or 1
    step = round_step(tallest / 3.5)
    return CurveCharts(
        charts=tuple(_curve_chart(name, of, tallest=tallest, most_rows=most_rows) for name, of in both),
        ticks=tuple(
            Tick(at=round(k * step / tallest * SPREAD_HALF, 1), label=percent(k * step))
            for k in range(1, math.floor(tallest / step + 1e-9) + 1)
        ),
    )


def _curve_chart(name: str, of: Curves, *, tallest: float, most_rows: int) -> CurveChart:
    bins = list(zip(of.bins, of.bins[1:], strict=False))
    points = [
        Point(x=score * FRAME, y=(1 - seen) * FRAME, radius=1.5 + 7.5 * math.sqrt(rows / most_rows))
        for score, seen, rows in zip(of.mean_score, of.observed, of.rows, strict=True)
        if score is not None and seen is not None
    ]
    columns = [
        Column(
            x=low * FRAME + 1,
            width=(high - low) * FRAME - 2,
            up=p / tallest * SPREAD_HALF,
            down=n / tallest * SPREAD_HALF,
        )
        for (low, high), p, n in zip(bins, of.positives, of.negatives, strict=True)
    ]
    table = [
        (
            f"{number(low, 2)} to {number(high, 2)}",
            f"{rows:,}",
            "–" if score is None else number(score),
            "–" if seen is None else number(seen),
            percent(p),
            percent(n),
        )
        for (low, high), rows, score, seen, p, n in zip(
            bins, of.rows, of.mean_score, of.observed, of.positives, of.negatives, strict=True
        )
    ]
    return CurveChart(name=name, points=tuple(points), columns=tuple(columns), table=tuple(table))
