"""Coordinates of the pictures: inside their frames, on the right side, the same for the same numbers."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import failing, first, long_names, make_curves, make_judgement

from ci_ml.reports.charts import FRAME, MOST_ROWS, SPREAD_HALF, curve_charts, forest_chart, strip_chart
from ci_ml.reports.forest import forests
from ci_ml.reports.pictures import Forest, ForestRow
from ci_ml.reports.report import Drawn
from ci_ml.reports.score_curves import calibration_error, curves_view, overlap


def test_forest_chart__places__keep_the_order_of_the_numbers():
    chart = forest_chart(forests(failing())[0])
    worst = chart.bars[1]

    assert worst.label == "carrier=AA"
    assert worst.left < worst.dot < worst.right < worst.marks[0] < chart.zero
    assert [bar.beyond for bar in chart.bars] == [False, True] + [False] * 8


@given(st.lists(st.floats(-1e9, 1e9), min_size=4, max_size=4))
def test_forest_chart__any_numbers__stay_inside_the_picture(values):
    low, estimate, high, mark = *sorted(values[:3]), values[3]
    row = ForestRow(label="a", rows=1, estimate=estimate, low=low, high=high, marks=(mark,), numbers="")

    chart = forest_chart(Forest(metric="m", title="t", axis="a", is_change=True, rows=(row,)))
    placed = [chart.zero, chart.bars[0].left, chart.bars[0].dot, chart.bars[0].right, *chart.bars[0].marks]

    assert all(0 <= at <= 100 for at in (*placed, *(tick.at for tick in chart.ticks)))
    assert len(chart.ticks) <= 8


def test_forest_chart__more_rows_than_a_picture_holds__says_how_many_are_hidden():
    chart = forest_chart(forests(long_names())[0])

    assert (len(chart.bars), chart.hidden) == (MOST_ROWS, 601 - MOST_ROWS)


def test_forest_chart__ticks__are_round_numbers_with_zero_plain():
    ticks = forest_chart(forests(failing())[0]).ticks

    assert [tick.label for tick in ticks] == ["-0.10", "-0.05", "0"]


def test_strip_chart__zero__is_in_the_middle():
    at = strip_chart(Drawn(estimate=0.0, low=-1.0, high=2.0, marks=(-2.0,)))

    assert (at.dot, at.left, at.right, at.marks) == (50.0, 27.0, 96.0, (4.0,))


def test_curve_charts__both_models__share_one_scale_inside_the_frame():
    charts = curve_charts(curves_view(make_judgement()), baseline="v1.0.0")
    tallest = max(max(c.up, c.down) for chart in charts.charts for c in chart.columns)

    assert [chart.name for chart in charts.charts] == ["v1.0.0", "candidate"]
    assert tallest == pytest.approx(SPREAD_HALF)
    assert all(0 <= p.x <= FRAME and 0 <= p.y <= FRAME for chart in charts.charts for p in chart.points)
    assert all(0 < tick.at <= SPREAD_HALF for tick in charts.ticks)


def test_curve_charts__bin_without_rows__has_no_point_and_a_dash_in_the_table():
    chart = curve_charts(curves_view(first()), baseline="").charts[0]

    assert len(chart.points) == 9
    assert chart.table[9] == ("0.90 to 1.00", "0", "–", "–", "3 %", "0.1 %")


def test_curves_view__titles__say_what_the_pictures_show():
    view = curves_view(make_judgement())

    assert (view.calibration_title, view.spread_title) == (
        "Calibration: the candidate's scores are off by 0.012 on average (v1.0.0: 0.074)",
        "Scores: positives and negatives of the candidate overlap by 55 % (v1.0.0: 90 %)",
    )


def test_curves_view__task_without_scores__is_none():
    assert curves_view(make_judgement(curves={})) is None


def test_calibration_error__weighs_bins_by_their_rows():
    curves = replace(
        make_curves(), mean_score=(0.1, 0.9, *[None] * 8), observed=(0.2, 0.9, *[None] * 8), rows=(30, 10, *[0] * 8)
    )

    assert calibration_error(curves) == pytest.approx(0.075)


def test_overlap__same_and_separate_classes__is_one_and_nothing():
    same = (0.5, 0.5, *[0.0] * 8)
    apart = (*[0.0] * 8, 0.5, 0.5)

    assert overlap(replace(make_curves(), positives=same, negatives=same)) == 1.0
    assert overlap(replace(make_curves(), positives=same, negatives=apart)) == 0.0
