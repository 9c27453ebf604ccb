import numpy as np
import pytest
from scipy import stats

from ci_ml.evaluation.intervals import Spread, from_resamples, from_standard_error
from ci_ml.evaluation.kernels import Undefined
from ci_ml.evaluation.results import Interval


def test_from_resamples__thirty_units__moves_the_percentiles_as_hesterberg_says():
    draws = np.random.default_rng(0).normal(size=2000)

    found = from_resamples(draws, units=30, unit="groups")

    tail = stats.norm.cdf(np.sqrt(30 / 29) * stats.t.ppf(0.025, 29))
    assert tail == pytest.approx(0.0188, abs=1e-4)
    assert (found.interval.low, found.interval.high) == pytest.approx(tuple(np.quantile(draws, [tail, 1 - tail])))
    assert found.standard_error == pytest.approx(np.sqrt(30 / 29) * draws.std(ddof=1))


def test_from_resamples__many_units__is_the_plain_percentile_interval():
    draws = np.random.default_rng(0).normal(size=2000)

    found = from_resamples(draws, units=1_000_000, unit="rows")

    low, high = np.quantile(draws, [0.025, 0.975])
    assert (found.interval.low, found.interval.high) == pytest.approx((low, high), abs=1e-4)
    assert found.interval.level == 0.95


def test_from_resamples__fewer_units__are_never_narrower():
    draws = np.random.default_rng(0).normal(size=2000)
    widths = [
        (s.interval.high - s.interval.low)
        for s in (from_resamples(draws, units=n, unit="groups") for n in (2, 5, 10, 30, 100, 10_000))
        if isinstance(s, Spread)
    ]

    assert len(widths) == 6
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize(("undefined", "defined"), [(100, True), (101, False)])
def test_from_resamples__more_than_5_percent_undefined__gives_no_interval_and_the_reason(undefined, defined):
    draws = np.random.default_rng(0).normal(size=2000)
    draws[:undefined] = np.nan

    found = from_resamples(draws, units=50, unit="groups")

    if defined:
        assert isinstance(found, Spread)
        assert np.isfinite([found.interval.low, found.interval.high, found.standard_error]).all()
    else:
        assert found == Undefined(reason="it is undefined in 5.05 % of the resamples, so it has no interval")


def test_from_resamples__one_unit__gives_the_reason():
    assert from_resamples(np.zeros(10), units=1, unit="groups") == Undefined(
        reason="an interval needs at least 2 groups"
    )


def test_from_standard_error__near_the_bound__stays_within_it():
    found = from_standard_error(0.99, 0.01, bounds=(0.0, 1.0))

    assert found.interval.low == pytest.approx(0.99 - 1.959964 * 0.01, abs=1e-8)
    assert found.interval.high == 1.0


def test_from_standard_error__zero__is_a_point():
    assert from_standard_error(0.3, 0.0, bounds=(-1, 1)).interval == Interval(low=0.3, high=0.3)
