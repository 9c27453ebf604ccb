import numpy as np
import pytest
from predictions_maker import make_binary, random_predictions

from ci_ml.evaluation.curves import curves


def test_curves__rows_by_hand__are_binned_with_the_last_bin_closed():
    found = curves(make_binary([0, 0, 1, 0, 1, 1], [0.0, 0.24, 0.25, 0.3, 0.9, 1.0]), bins=4)

    assert found.bins == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert found.rows == (2, 2, 0, 2)
    assert found.positives == pytest.approx((0, 1 / 3, 0, 2 / 3))
    assert found.negatives == pytest.approx((2 / 3, 1 / 3, 0, 0))
    assert found.mean_score == (pytest.approx(0.12), pytest.approx(0.275), None, pytest.approx(0.95))
    assert found.observed == (0.0, 0.5, None, 1.0)


def test_curves__weights__weigh_shares_and_means_but_not_the_count_of_rows():
    found = curves(make_binary([1, 0, 1], [0.1, 0.2, 0.8], weight=[3, 1, 1]), bins=2)

    assert found.rows == (2, 1)
    assert found.positives == (0.75, 0.25)
    assert found.observed == (0.75, 1.0)
    assert found.mean_score == (pytest.approx(0.125), pytest.approx(0.8))


def test_curves__many_rows__sum_to_one_and_hold_plain_numbers():
    found = curves(random_predictions("binary", 1, weights=True))

    assert len(found.bins) == 21
    assert (sum(found.positives), sum(found.negatives), sum(found.rows)) == pytest.approx((1, 1, 200))
    assert {type(value) for value in (*found.positives, *found.bins)} == {float}
    assert {type(value) for value in found.rows} == {int}


@pytest.mark.parametrize(
    "predictions",
    [
        make_binary([0, 1], [0.5, 1.5]),
        make_binary([0, 1], [0.5, np.nan]),
        make_binary([0, 1], y_pred=[0, 1]),
        make_binary([1, 1], [0.5, 0.6]),
        make_binary([], []),
        random_predictions("multiclass", 0),
        random_predictions("regression", 0),
    ],
    ids=["outside", "nan", "labels", "one_label", "empty", "multiclass", "regression"],
)
def test_curves__nothing_to_draw__is_none(predictions):
    assert curves(predictions) is None
