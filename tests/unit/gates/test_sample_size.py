import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_ml.gates.estimates import Estimate
from ci_ml.gates.sample_size import more_needed, round_up
from ci_ml.rules.rule import Allowed


@pytest.mark.parametrize(
    ("number", "rounded"),
    [(0.0, 1), (0.2, 1), (1, 1), (9.1, 10), (99, 99), (99.5, 100), (101, 110), (2814.2, 2900), (2900, 2900), (1e9 + 1, 1_100_000_000)],
)  # fmt: skip
def test_round_up__any_number__keeps_two_figures(number, rounded):
    assert round_up(number) == rounded


@given(st.floats(0, 1e15))
def test_round_up__any_number__is_at_most_a_tenth_too_many(number):
    assert number <= round_up(number) <= max(number * 1.1 + 1, 1)


def test_more_needed__twice_the_distance__asks_for_four_times_the_rows():
    found = Estimate(value=0.01, low=-0.01, high=0.03, units=1000)

    assert more_needed(found, Allowed(low=0.0)) == 3000


def test_more_needed__skewed_interval__takes_the_side_that_must_clear():
    found = Estimate(value=-0.01, low=-0.11, high=0.01, units=100)

    assert more_needed(found, Allowed(low=0.0)) == 300


def test_more_needed__given_half_width__is_used_instead():
    found = Estimate(value=-0.02, low=-0.03, high=-0.01, units=100)

    assert more_needed(found, Allowed(low=0.0), half_width=0.04) == 300


def test_more_needed__estimate_at_the_limit__no_number_would_do():
    assert more_needed(Estimate(value=0.5, low=0.4, high=0.6, units=10), Allowed(low=0.5)) is None


def test_more_needed__estimate_a_hair_from_the_limit__no_number_would_do():
    assert more_needed(Estimate(value=5e-324, low=-0.4, high=0.6, units=10), Allowed(low=0.0)) is None


def test_more_needed__two_ends__must_clear_both_from_within_and_the_crossed_one_from_outside():
    within = Estimate(value=0.5, low=-1.5, high=1.5, units=100)
    outside = Estimate(value=2.0, low=0.0, high=4.0, units=100)

    assert more_needed(within, Allowed(low=-1, high=1)) == 300  # one unit to each side, or half a unit to the upper end
    assert more_needed(outside, Allowed(low=-1, high=1)) == 300
