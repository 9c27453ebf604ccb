import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_ml.gates.rules import Held
from ci_ml.gates.sample_size import more_needed, round_up


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
    held = Held(value=0.01, low=-0.01, high=0.03, units=1000)

    assert more_needed(held, 0.0) == 3000


def test_more_needed__skewed_interval__takes_the_side_that_must_clear():
    held = Held(value=-0.01, low=-0.11, high=0.01, units=100)

    assert more_needed(held, 0.0) == 300


def test_more_needed__given_half_width__is_used_instead():
    held = Held(value=-0.02, low=-0.03, high=-0.01, units=100)

    assert more_needed(held, 0.0, half_width=0.04) == 300


def test_more_needed__estimate_at_the_limit__no_number_would_do():
    assert more_needed(Held(value=0.5, low=0.4, high=0.6, units=10), 0.5) is None


def test_more_needed__estimate_a_hair_from_the_limit__no_number_would_do():
    assert more_needed(Held(value=5e-324, low=-0.4, high=0.6, units=10), 0.0) is None
