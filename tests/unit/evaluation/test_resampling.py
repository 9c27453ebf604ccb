from itertools import pairwise

import numpy as np
import pytest
from predictions_maker import random_predictions
from sklearn_reference import reference, repeated

from ci_ml import vocabulary
from ci_ml.evaluation.metrics import METRICS
from ci_ml.evaluation.resampling import ResampledKernel, draw, resample, seed_of
from ci_ml.evaluation.units import Units

CASES = [(name, task) for name, info in vocabulary.METRICS.items() for task in info.tasks]
ARRANGEMENTS = {
    "rows": {},
    "rows_ties": {"ties": True},
    "rows_weights": {"ties": True, "weights": True},
    "groups": {"groups": 12},
    "groups_ties_weights": {"groups": 12, "ties": True, "weights": True},
    "many_groups": {"groups": 150, "ties": True, "weights": True},
}


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
@pytest.mark.parametrize(("name", "task"), CASES)
def test_kernel__resampled__equals_scikit_learn_on_the_same_resamples(name, task, arrangement):
    settings = dict(ARRANGEMENTS[arrangement])
    if name.startswith("roc_auc_ovo"):
        settings["weights"] = False  # scikit-learn knows none here
    predictions = random_predictions(task, 11, **settings)
    units = Units.of(predictions)
    kernel = METRICS[name].prepare(predictions, units)
    counts = next(draw(units.count, 12, seed=3))

    values = kernel.evaluate(counts)

    of_row = np.arange(len(predictions)) if units.of_row is None else units.of_row
    for value, drawn in zip(values, counts, strict=True):
        assert value == pytest.approx(reference(name, repeated(predictions, drawn[of_row])), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("name", "task"), CASES)
def test_kernel__resample_without_a_class__is_undefined_or_still_defined__never_an_error(name, task):
    predictions = random_predictions(task, 2, rows=40)
    units = Units.of(predictions)
    kernel = METRICS[name].prepare(predictions, units)
    one_class = np.where(predictions.y_true == predictions.y_true[0], 1.0, 0.0)

    value = kernel.evaluate(np.vstack([one_class, np.zeros(40)]))

    assert np.isnan(value[1])
    if name in ("roc_auc", "average_precision", "r2", "matthews_corrcoef", "balanced_accuracy"):
        assert np.isnan(value[0])


def test_kernel__r2_of_a_resample_of_one_row__is_never_made_of_rounding():
    predictions = random_predictions("regression", 2, weights=True)
    kernel = METRICS["r2"].prepare(predictions, Units.of(predictions))

    assert np.isnan(kernel.evaluate(3 * np.eye(len(predictions)))).all()


def test_kernel__blocks_of_replicates__do_not_change_a_bit(monkeypatch):
    predictions = random_predictions("binary", 4, weights=True)
    units = Units.of(predictions)
    counts = next(draw(units.count, 50, seed=1))
    names = ("roc_auc", "average_precision")
    whole = [METRICS[name].prepare(predictions, units).evaluate(counts) for name in names]

    monkeypatch.setattr("ci_ml.evaluation.kernels._BLOCK", 1000)
    cut = [METRICS[name].prepare(predictions, units).evaluate(counts) for name in names]

    assert np.array_equal(whole, cut)


def test_wins_table__blocks_of_units__do_not_change_a_bit(monkeypatch):
    predictions = random_predictions("binary", 4, weights=True, ties=True, groups=20)
    units = Units.of(predictions)
    counts = next(draw(units.count, 50, seed=1))
    whole = METRICS["roc_auc"].prepare(predictions, units).evaluate(counts)

    monkeypatch.setattr("ci_ml.evaluation.rank_metrics._BLOCK", 500)

    assert np.array_equal(whole, METRICS["roc_auc"].prepare(predictions, units).evaluate(counts))


def test_auc__by_table_and_by_rows__are_the_same(monkeypatch):
    predictions = random_predictions("binary", 4, weights=True, ties=True, groups=20)
    units = Units.of(predictions)
    counts = next(draw(units.count, 50, seed=1))
    table = METRICS["roc_auc"].prepare(predictions, units).evaluate(counts)

    monkeypatch.setattr("ci_ml.evaluation.rank_metrics._TABLE_PER_ROW", 0)

    assert table == pytest.approx(METRICS["roc_auc"].prepare(predictions, units).evaluate(counts), rel=1e-13)


def test_draw__every_replicate__draws_as_many_units_as_there_are():
    blocks = list(draw(100_000, 50, seed=9))

    assert sum(len(block) for block in blocks) == 50
    assert len(blocks) > 1
    assert all((block.sum(axis=1) == 100_000).all() for block in blocks)
    assert all(not np.array_equal(a[0], b[0]) for a, b in pairwise(blocks))


def test_draw__the_mean_and_variance_of_counts__are_those_of_draws_with_replacement():
    counts = next(draw(40, 20_000, seed=5))

    assert counts.mean() == pytest.approx(1.0)
    assert counts.var() == pytest.approx(1 - 1 / 40, rel=0.01)


def test_resample__same_seed__same_bits__another_seed_others():
    predictions = random_predictions("binary", 4, groups=30)
    units = Units.of(predictions)
    drawn = [
        ResampledKernel(kernel=METRICS[n].prepare(predictions, units), units=None) for n in ("roc_auc", "log_loss")
    ]

    first = resample(drawn, units=units.count, replicates=300, seed=8)

    assert np.array_equal(first, resample(drawn, units=units.count, replicates=300, seed=8))
    assert not np.array_equal(first, resample(drawn, units=units.count, replicates=300, seed=9))


def test_resample__a_part_of_the_units__uses_its_own_columns_of_the_same_counts():
    predictions = random_predictions("binary", 4, groups=30)
    units = Units.of(predictions)
    part = predictions.take((units.of_row >= 9) & (units.of_row < 21))
    kernel = METRICS["log_loss"].prepare(part, Units.of(part))

    (values,) = resample([ResampledKernel(kernel=kernel, units=np.arange(9, 21))], units=30, replicates=40, seed=8)

    counts = next(draw(30, 40, seed=8))
    assert np.array_equal(values, kernel.evaluate(counts[:, 9:21]))


def test_seed_of__rows_digest__is_fixed_and_fits_a_json_number():
    assert seed_of("sha256:abc") == 114_253_583_154_465
    assert 0 <= seed_of("") < 2**53
