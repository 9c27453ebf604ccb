"""Numbers say neither more nor less than they know."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_ml.reports.numbers import bracket, megabytes, number, percent, places, signed, written

ORDINARY = st.floats(-1e6, 1e6, allow_nan=False)


@pytest.mark.parametrize(
    ("levels", "change", "bounds", "wanted"),
    [
        ((0.669, 0.746), 0.077, (0.054, 0.097), 3),
        ((0.7570, 0.7573), 0.0003, (0.0001, 0.0005), 4),
        ((0.5, 0.5), 0.0, (0.0, 0.0), 3),
        ((0.5, 0.5 + 1e-15), 1e-15, (), 3),
        ((48_210.4, 46_902.9), -1307.5, (-1904.2, -733.8), 0),
        ((12.5, 13.25), 0.75, (), 2),
        ((0.0012, 0.0015), 0.0003, (), 4),
        ((0.700, 0.750), 0.05, (0.00004, 0.1), 5),
    ],
)
def test_places__levels_and_their_change__are_enough_to_see_it(levels, change, bounds, wanted):
    assert places(*levels, change=change, bounds=bounds) == wanted


def test_places__bound_beside_the_threshold__is_told_apart_from_it():
    digits = places(0.7, 0.68, change=-0.02, bounds=(-0.0201, -0.019), near=-0.02)

    assert bracket(-0.0201, -0.019, digits) == "[-0.0201, -0.0190]"


@given(ORDINARY, ORDINARY, st.integers(0, 6))
def test_signed_and_number__any_value__never_write_a_negative_nothing(value, other, digits):
    for text in (number(value, digits), signed(value, digits), bracket(value, other, digits)):
        assert not any(part.strip("[]") in ("-0", "+0") for part in text.replace(".0", "").split(", "))
        assert "-0.000000"[: digits + 3] not in [part.strip("[]") for part in text.split(", ")]


@given(ORDINARY, st.floats(-1, 1, allow_nan=False))
def test_places__any_change_of_note__is_not_rounded_away(level, change):
    digits = places(level, level + change, change=change)

    assert digits <= 8
    assert abs(change) < 1e-7 or signed(change, digits).strip("+-0.,") != ""


@given(st.floats(1e-6, 1e6))
def test_written__any_threshold__reads_back_as_itself_to_six_digits(value):
    assert math.isclose(float(written(value).replace(",", "")), value, rel_tol=1e-5)
    assert "e" not in written(value)


def test_megabytes__near_its_limit__does_not_seem_to_be_at_it():
    assert [megabytes(v, limit=50.0) for v in (50.0, 50.04, 1.18, 0.00042)] == [
        "50.0 MB",
        "50.04 MB",
        "1.2 MB",
        "420 bytes",
    ]


def test_percent__nearly_all_and_nearly_none__are_not_called_all_and_none():
    assert [percent(s) for s in (0, 0.002, 0.5, 0.999, 1)] == ["0 %", "0.2 %", "50 %", "99.9 %", "100 %"]
