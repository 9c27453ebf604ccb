import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ci_ml.evaluation.significance import critical, holm, p_value_below

shares = st.floats(0, 1, allow_nan=False)


def test_holm__worked_example__stops_at_the_first_that_is_not_rejected():
    # 0.05/4 = 0.0125 >= 0.01; 0.05/3 = 0.0167 < 0.02, so 0.02 and all above it stay.
    assert holm([0.02, 0.01, 0.03, 0.04], 0.05) == [False, True, False, False]
    assert holm([0.005, 0.011, 0.02, 0.04], 0.05) == [True, True, True, True]


def test_holm__no_hypotheses__rejects_none():
    assert holm([], 0.05) == []


@given(p_values=st.lists(shares, min_size=1, max_size=20))
def test_holm__any_family__lies_between_bonferroni_and_no_correction(p_values):
    rejected = holm(p_values, 0.05)

    assert all(r for r, p in zip(rejected, p_values, strict=True) if p <= 0.05 / len(p_values))
    assert not any(r for r, p in zip(rejected, p_values, strict=True) if p > 0.05)


@given(p_values=st.lists(shares, min_size=1, max_size=10))
def test_holm__the_order_of_hypotheses__does_not_matter(p_values):
    forwards = holm(p_values, 0.05)
    chosen = sorted(p for p, r in zip(p_values, forwards, strict=True) if r)
    backwards = holm(p_values[::-1], 0.05)

    assert chosen == sorted(p for p, r in zip(p_values[::-1], backwards, strict=True) if r)


def test_p_value_below__thirty_groups__is_students():
    assert p_value_below(-0.05, -0.02, 0.01, 30) == pytest.approx(stats.t.cdf(-3, 29))
    assert p_value_below(-0.02, -0.02, 0.01, 30) == 0.5


@pytest.mark.parametrize(("value", "p"), [(-0.03, 0.0), (-0.02, 0.0), (-0.01, 1.0)])
def test_p_value_below__no_spread__takes_the_estimate_for_the_truth(value, p):
    assert p_value_below(value, -0.02, 0.0, 30) == p


def test_p_value_below__one_unit__is_no_evidence():
    assert p_value_below(-9.0, 0.0, 0.1, 1) == 1.0


def test_critical__many_units__is_the_normal_quantile():
    assert critical(10**9, 0.025) == pytest.approx(1.959964, abs=1e-5)
    assert critical(30, 0.025) == pytest.approx(stats.t.ppf(0.975, 29))
    assert np.isfinite(critical(1, 0.025))
