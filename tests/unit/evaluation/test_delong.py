import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import roc_auc_score

from ci_ml.evaluation.delong import placements, standard_error

# Eleven patients that never were, with ties within and across the labels.
TRUTH = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0], dtype=bool)
FIRST = np.array([0.9, 0.8, 0.5, 0.5, 0.3, 0.7, 0.5, 0.4, 0.2, 0.2, 0.1])
SECOND = np.array([0.8, 0.6, 0.6, 0.2, 0.4, 0.6, 0.3, 0.5, 0.4, 0.1, 0.1])


def naive(truth, *scores):
    """AUCs and their covariances from the full table of pairs, as DeLong, DeLong and Clarke-Pearson write it."""
    tables = []
    for score in scores:
        above, below = score[truth][:, None], score[~truth][None, :]
        tables.append((above > below) + 0.5 * (above == below))
    positive = np.array([table.mean(axis=1) for table in tables])
    negative = np.array([table.mean(axis=0) for table in tables])
    covariance = np.atleast_2d(np.cov(positive)) / truth.sum() + np.atleast_2d(np.cov(negative)) / (~truth).sum()
    return positive.mean(axis=1), covariance


def test_placements__by_hand__are_shares_of_pairs_won():
    found = placements(TRUTH, FIRST)

    assert found.positive == pytest.approx(np.array([6, 6, 4.5, 4.5, 3]) / 6)
    assert found.negative == pytest.approx(np.array([2, 3, 4, 5, 5, 5]) / 5)


def test_standard_error__made_up_patients__is_the_naive_form():
    areas, covariance = naive(TRUTH, FIRST, SECOND)
    first, second = placements(TRUTH, FIRST), placements(TRUTH, SECOND)

    assert areas[0] == pytest.approx(0.8, rel=1e-15)
    assert standard_error(first) ** 2 == pytest.approx(covariance[0, 0], rel=1e-12)
    difference = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    assert standard_error(first, second) ** 2 == pytest.approx(difference, rel=1e-12)


@settings(max_examples=80, deadline=None)
@given(
    truth=hnp.arrays(bool, st.integers(4, 60)),
    seed=st.integers(0, 1000),
    digits=st.sampled_from([0, 1, 12]),
)
def test_placements__any_rows__are_the_naive_form(truth, seed, digits):
    truth = np.concatenate([truth, [True, True, False, False]])
    rng = np.random.default_rng(seed)
    scores = np.round(rng.normal(size=(2, len(truth))), digits)
    areas, covariance = naive(truth, *scores)
    first, second = (placements(truth, score) for score in scores)

    assert first.positive.mean() == pytest.approx(roc_auc_score(truth, scores[0]), rel=1e-12)
    assert first.negative.mean() == pytest.approx(areas[0], rel=1e-12)
    assert standard_error(first) ** 2 == pytest.approx(covariance[0, 0], rel=1e-10, abs=1e-15)
    difference = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
    assert standard_error(first, second) ** 2 == pytest.approx(difference, rel=1e-10, abs=1e-14)


def test_standard_error__scores_that_rank_alike__is_exactly_zero():
    first, second = placements(TRUTH, FIRST), placements(TRUTH, FIRST**3)

    assert standard_error(first, second) == 0.0


def test_placements__hundred_thousand_rows__takes_no_table_of_pairs():
    rng = np.random.default_rng(0)
    truth, score = rng.random(100_000) < 0.3, rng.normal(size=100_000)
    start = time.process_time()

    placements(truth, score)

    assert time.process_time() - start < 1.0  # 7e9 pairs would take minutes and 16 GB
