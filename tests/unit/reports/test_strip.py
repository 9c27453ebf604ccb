"""The strip in plain text: what it shows is never on the wrong side."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_ml.evaluation.results import Interval
from ci_ml.reports.strip import WIDTH, ZERO, strip

SIZES = st.floats(1e-9, 1e6)


@pytest.mark.parametrize(
    ("low", "estimate", "high", "margin", "wanted"),
    [
        (0.022, 0.057, 0.092, -0.02, "········╎·│·├──●──┤·"),
        (-0.108, -0.087, -0.066, -0.02, "··├─●┤···╎│·········"),
        (-0.002, 0.002, 0.006, 0.0, "·······├──│──●────┤·"),
        (0.054, 0.077, 0.097, None, "··········│···├─●─┤·"),
        (0.0, 0.0, 0.0, -0.02, "··╎·······●·········"),
        (-0.021, -0.01, 0.001, -0.02, "·├╎───●───│┤········"),
        (-0.001, 0.010, 0.021, 0.02, "·········├│───●───╎┤"),
    ],
)
def test_strip__an_interval__is_drawn_to_scale(low, estimate, high, margin, wanted):
    assert strip(Interval(low=low, high=high), estimate, () if margin is None else (margin,)) == wanted


@given(st.lists(st.floats(-1e6, 1e6), min_size=3, max_size=3).map(sorted), st.none() | st.floats(-10, 10))
def test_strip__any_interval__is_twenty_known_characters_with_one_dot(values, margin):
    drawn = strip(Interval(low=values[0], high=values[2]), values[1], () if margin is None else (margin,))

    assert len(drawn) == WIDTH
    assert set(drawn) <= set("·│╎├─┤●")
    assert drawn.count("●") == 1


@given(st.lists(SIZES, min_size=3, max_size=3).map(sorted), st.floats(-1e6, 1e6), st.sampled_from([1, -1]))
def test_strip__interval_on_one_side_of_zero__is_drawn_on_that_side(values, margin, side):
    low, estimate, high = sorted(side * v for v in values)

    drawn = strip(Interval(low=low, high=high), estimate, (margin,))
    marks = [i for i, c in enumerate(drawn) if c in "├─┤●"]

    assert drawn[ZERO] in "│╎"
    assert all(side * (i - ZERO) > 0 for i in marks)
