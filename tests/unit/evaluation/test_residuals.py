import numpy as np
import pytest
from predictions_maker import make_regression, random_predictions

from ci_ml.evaluation.residuals import BINS, residuals


def test_residuals__one_model__are_predicted_minus_true():
    true = np.arange(40, dtype=float)
    found = residuals({"candidate": make_regression(true, true + 2)})["candidate"]

    assert (found.mean, found.median) == (2, 2)
    assert sum(found.rows) == 40
    assert len(found.edges) == BINS + 1
    assert [(b.rows, b.predicted, b.true) for b in found.by_prediction] == [
        (10, 6.5, 4.5), (10, 16.5, 14.5), (10, 26.5, 24.5), (10, 36.5, 34.5)
    ]  # fmt: skip
    assert (found.by_prediction[0].low, found.by_prediction[0].high) == pytest.approx((0.9, 8.1))


def test_residuals__two_models__share_their_bins_and_lose_no_row():
    near, far = (random_predictions("regression", 5, model=m) for m in (0, 1))
    found = residuals({"baseline": far, "candidate": near})

    assert found["baseline"].edges == found["candidate"].edges
    assert sum(found["baseline"].rows) == sum(found["candidate"].rows) == len(near)


def test_residuals__one_row_far_out__does_not_make_all_others_one_bin():
    true = np.zeros(400)
    said = np.linspace(-1, 1, 400)
    said[0] = 1e9

    found = residuals({"candidate": make_regression(true, said)})["candidate"]

    assert found.edges[-1] < 2
    assert sum(found.rows) == 400


@pytest.mark.parametrize(
    "predictions",
    [make_regression([1.0, 2.0], [1.0, np.inf]), random_predictions("binary", 1), make_regression([], [])],
    ids=["infinite", "binary", "empty"],
)
def test_residuals__nothing_to_draw__is_empty(predictions):
    assert residuals({"candidate": predictions}) == {}
