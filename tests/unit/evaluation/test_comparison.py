import time
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from predictions_maker import make_binary, make_regression, random_predictions
from sklearn.metrics import log_loss, roc_auc_score
from sklearn_reference import repeated

from ci_ml import vocabulary
from ci_ml.errors import DataError
from ci_ml.evaluation.comparison import Plan, SlicePlan, compare
from ci_ml.evaluation.delong import placements, standard_error
from ci_ml.evaluation.intervals import from_resamples
from ci_ml.evaluation.resampling import draw, seed_of
from ci_ml.evaluation.results import Interval, Resampling

BOTH = Plan(
    main_metric="roc_auc",
    metrics=("roc_auc", "log_loss", "recall"),
    levels=("log_loss",),
    changes=("roc_auc", "log_loss"),
)


def two_models(seed=1, **settings):
    """A model and another one on the same rows, with a column of two common values and a rare one."""
    settings = {"rows": 600, "groups": 40, **settings}
    sides = [random_predictions("binary", seed, model=model, **settings) for model in (0, 1)]
    rng = np.random.default_rng(seed)
    columns = {"carrier": rng.choice(["AA", "UA", "HA"], p=[0.4, 0.55, 0.05], size=settings["rows"])}
    return [replace(side, slices=MappingProxyType(columns)) for side in sides]


def test_compare__groups__intervals_are_those_of_a_loop_over_scikit_learn_on_the_same_draws():
    old, new = two_models()

    found = compare(old, new, BOTH, replicates=60)

    changes = {"roc_auc": [], "log_loss": []}
    levels = []
    units = found.resampling.units
    for counts in next(draw(units, 60, found.resampling.seed)):
        a, b = (repeated(side, counts[side.group]) for side in (old, new))
        changes["roc_auc"].append(roc_auc_score(b.y_true, b.y_score) - roc_auc_score(a.y_true, a.y_score))
        changes["log_loss"].append(log_loss(b.y_true, b.y_score) - log_loss(a.y_true, a.y_score))
        levels.append(log_loss(b.y_true, b.y_score))
    for metric, draws in changes.items():
        expected = from_resamples(np.array(draws), units=units, unit="groups")
        assert _numbers(found.deltas[metric]) == pytest.approx(_numbers(expected), rel=1e-10)
    level = from_resamples(np.array(levels), units=units, unit="groups")
    assert _numbers(found.scores["log_loss"]) == pytest.approx(_numbers(level), rel=1e-10)


def _numbers(found):
    return found.interval.low, found.interval.high, found.standard_error


def test_compare__plan__gives_intervals_where_asked_for_and_points_elsewhere():
    found = compare(*two_models(), BOTH, replicates=50)

    assert list(found.scores) == list(found.deltas) == ["roc_auc", "log_loss", "recall"]
    assert [name for name, score in found.scores.items() if score.interval] == ["log_loss"]
    assert [name for name, delta in found.deltas.items() if delta.interval] == ["roc_auc", "log_loss"]
    assert found.deltas["recall"].delta == found.scores["recall"].value - found.deltas["recall"].baseline.value


def test_compare__facts_about_the_rows__are_recorded():
    old, new = two_models()

    found = compare(old, new, BOTH, replicates=50)

    assert (found.task, found.main_metric, found.rows, found.groups) == ("binary", "roc_auc", 600, 40)
    assert found.positives == int(new.y_true.sum())
    assert (found.rows_digest, found.too_small, found.has_baseline) == (new.rows_digest, None, True)
    assert found.resampling == Resampling(unit="groups", units=40, replicates=50, seed=seed_of(new.rows_digest))


def test_compare__again__is_the_same_to_the_last_bit():
    plan = replace(BOTH, slices=(SlicePlan(by="carrier", metrics=("roc_auc",), changes=("roc_auc",)),))

    assert compare(*two_models(), plan) == compare(*two_models(), plan)


def test_compare__other_rows__other_draws():
    old, new = two_models()
    renamed = [replace(side, rows_digest="sha256:" + "1" * 64) for side in (old, new)]

    assert compare(old, new, BOTH) != compare(*renamed, BOTH)


@pytest.mark.parametrize("settings", [{"groups": 0}, {"groups": 40}, {"groups": 0, "weights": True}], ids=str)
@pytest.mark.parametrize("task", vocabulary.TASKS)
def test_compare__a_model_with_itself__has_zero_change_in_every_metric(task, settings):
    names = vocabulary.metrics_of(task)
    predictions = random_predictions(task, 3, rows=400, **settings)
    plan = Plan(main_metric=names[0], metrics=names, changes=names)

    found = compare(predictions, predictions, plan, replicates=100)

    assert {delta.delta for delta in found.deltas.values()} == {0.0}
    assert {delta.interval for delta in found.deltas.values()} == {Interval(low=0.0, high=0.0)}


def test_compare__auc_of_independent_rows__is_delongs_closed_form_without_resampling():
    old, new = two_models(groups=0)
    plan = Plan(main_metric="roc_auc", metrics=("roc_auc",), levels=("roc_auc",), changes=("roc_auc",))

    found = compare(old, new, plan)

    first, second = placements(new.y_true, new.y_score), placements(old.y_true, old.y_score)
    half = 1.959963984540054 * standard_error(first, second)
    delta = found.deltas["roc_auc"]
    assert delta.interval.low == pytest.approx(delta.delta - half, abs=1e-14)
    assert delta.interval.high == pytest.approx(delta.delta + half, abs=1e-14)
    assert found.scores["roc_auc"].standard_error == standard_error(first)
    assert found.resampling.replicates == 0
    assert found.resampling.unit == "rows"


@pytest.mark.parametrize("settings", [{"groups": 600}, {"groups": 0, "weights": True}], ids=str)
def test_compare__auc_with_groups_or_weights__is_resampled(settings):
    plan = Plan(main_metric="roc_auc", metrics=("roc_auc",), changes=("roc_auc",))

    assert compare(*two_models(**settings), plan).resampling.replicates == 2000


def test_compare__bootstrap_of_independent_rows__agrees_with_delong():
    old, new = two_models(groups=0, rows=3000)
    weighted = [replace(side, sample_weight=np.ones(3000)) for side in (old, new)]
    plan = Plan(main_metric="roc_auc", metrics=("roc_auc",), levels=("roc_auc",), changes=("roc_auc",))

    closed, drawn = compare(old, new, plan), compare(*weighted, plan)

    assert drawn.deltas["roc_auc"].standard_error == pytest.approx(closed.deltas["roc_auc"].standard_error, rel=0.06)
    assert drawn.scores["roc_auc"].interval.low == pytest.approx(closed.scores["roc_auc"].interval.low, abs=2e-3)


def test_compare__no_baseline__has_scores_and_no_deltas():
    _, new = two_models()
    plan = Plan(
        main_metric="roc_auc",
        metrics=("roc_auc",),
        levels=("roc_auc",),
        slices=(SlicePlan(by="carrier", metrics=("roc_auc",), levels=("roc_auc",)),),
    )

    found = compare(None, new, plan, replicates=100)

    assert (found.has_baseline, found.deltas) == (False, {})
    assert found.scores["roc_auc"].interval
    assert [s.deltas for s in found.slices] == [{}, {}, {}]
    assert found.slices_by("carrier")[0].scores["roc_auc"].interval


def test_compare__slices__are_judged_on_their_own_rows_and_small_ones_only_counted():
    old, new = two_models()
    plan = replace(BOTH, slices=(SlicePlan(by="carrier", metrics=("roc_auc", "log_loss"), changes=("roc_auc",)),))

    found = compare(old, new, plan, replicates=100)

    assert [s.name for s in found.slices] == ["carrier=UA", "carrier=AA", "carrier=HA"]
    united, _, hawaiian = found.slices
    chosen = new.slices["carrier"] == "UA"
    assert (united.rows, united.positives) == (chosen.sum(), new.y_true[chosen].sum())
    assert united.groups == np.unique(new.group[chosen]).size
    assert united.scores["roc_auc"].value == pytest.approx(roc_auc_score(new.y_true[chosen], new.y_score[chosen]))
    assert united.deltas["roc_auc"].interval
    assert united.deltas["log_loss"].interval is None
    positives = int(new.y_true[new.slices["carrier"] == "HA"].sum())
    assert hawaiian.too_small == (
        f"{positives} positive and {hawaiian.rows - positives} negative rows; 30 of each are needed"
    )
    assert (hawaiian.deltas, hawaiian.scores) == ({}, {})


@pytest.mark.parametrize("settings", [{"groups": 40}, {"groups": 0, "weights": True}], ids=str)
def test_compare__slice__is_drawn_by_the_same_draws_as_the_whole(settings):
    old, new = two_models(**settings)
    columns = MappingProxyType({"part": np.where(np.arange(600) < 300, "first", "last")})
    old, new = (replace(side, slices=columns) for side in (old, new))
    plan = replace(BOTH, slices=(SlicePlan(by="part", metrics=("log_loss",), changes=("log_loss",)),))

    found = compare(old, new, plan, replicates=40)

    (last,) = [s for s in found.slices if s.value == "last"]
    of_row = np.arange(600) if new.group is None else new.group
    draws = []
    for counts in next(draw(found.resampling.units, 40, found.resampling.seed)):
        a, b = (repeated(side, counts[of_row] * (columns["part"] == "last")) for side in (old, new))
        losses = [log_loss(side.y_true, side.y_score, sample_weight=side.sample_weight) for side in (a, b)]
        draws.append(losses[1] - losses[0])
    expected = from_resamples(np.array(draws), units=last.groups or last.rows, unit="groups")
    assert _numbers(last.deltas["log_loss"]) == pytest.approx(_numbers(expected), rel=1e-10)


def test_compare__slice_of_all_rows__has_the_interval_of_the_whole():
    old, new = two_models()
    columns = MappingProxyType({"all": np.full(600, "yes")})
    plan = replace(BOTH, slices=(SlicePlan(by="all", metrics=("roc_auc",), changes=("roc_auc",)),))

    found = compare(*[replace(side, slices=columns) for side in (old, new)], plan, replicates=200)

    assert found.slices[0].deltas["roc_auc"] == found.deltas["roc_auc"]


def test_compare__condition__is_named_by_itself():
    old, new = two_models()
    columns = MappingProxyType({"age": np.arange(600.0)})
    sides = [replace(side, slices=columns) for side in (old, new)]
    plan = replace(BOTH, slices=(SlicePlan(by="age>=60", metrics=("roc_auc",)),))

    assert [(s.name, s.rows) for s in compare(*sides, plan, replicates=50).slices] == [("age>=60", 540)]


@pytest.mark.parametrize(
    ("predictions", "reason"),
    [
        (make_binary([1] * 29 + [0] * 500, [0.5] * 529), "29 positive and 500 negative rows; 30 of each are needed"),
        (make_binary([1] * 500 + [0] * 29, [0.5] * 529), "500 positive and 29 negative rows; 30 of each are needed"),
        (make_binary([1] * 30 + [0] * 30, [0.5] * 60), None),
        (make_binary([1] * 30 + [0] * 30, [0.5] * 60, group=[0] * 60), "1 group of rows; 2 are needed"),
        (make_binary([1] * 30 + [0] * 30, [0.5] * 60, group=[0, 1] * 30), None),
        (make_regression(np.arange(29), np.arange(29)), "29 rows; 30 are needed"),
        (make_regression(np.arange(30), np.arange(30)), None),
        (make_regression([1], [1]), "1 row; 30 are needed"),
        (random_predictions("multiclass", 1, rows=29), "29 rows; 30 are needed"),
        (random_predictions("multiclass", 1, rows=30), None),
        (replace(random_predictions("multiclass", 1, rows=30), y_true=np.zeros(30, dtype=np.int64)), "all rows are of one class; at least two classes are needed"),
    ],
)  # fmt: skip
def test_compare__too_few_rows__says_so_and_makes_no_interval(predictions, reason):
    metric = {"binary": "roc_auc", "multiclass": "accuracy", "regression": "mean_absolute_error"}[predictions.task]
    plan = Plan(main_metric=metric, metrics=(metric,), levels=(metric,), changes=(metric,))

    found = compare(predictions, predictions, plan, replicates=20)

    assert found.too_small == reason
    assert (found.deltas[metric].interval is None) == (found.scores[metric].interval is None) == (reason is not None)
    assert found.scores[metric].value is not None
    assert found.deltas[metric].reason == reason


def test_compare__slice_of_nine_groups__is_too_small():
    old, new = two_models(groups=12)
    columns = MappingProxyType({"half": np.where(new.group < 9, "a", "b")})
    plan = replace(BOTH, slices=(SlicePlan(by="half", metrics=("roc_auc",), changes=("roc_auc",)),))

    found = compare(*[replace(side, slices=columns) for side in (old, new)], plan, replicates=50)

    assert [s.too_small for s in found.slices] == ["9 groups of rows; 10 are needed", "3 groups of rows; 10 are needed"]


def test_compare__metric_that_cannot_be_estimated__has_the_reason_and_the_side():
    truth, scores = [1] * 40 + [0] * 40, np.linspace(0.9, 0.1, 80)
    good, bad = make_binary(truth, scores), make_binary(truth, scores, y_pred=[0] * 80)
    plan = Plan(main_metric="roc_auc", metrics=("precision",), levels=("precision",), changes=("precision",))

    found = compare(good, bad, plan, replicates=20)

    assert found.scores["precision"].reason == "the positive label is never predicted"
    assert found.deltas["precision"].reason == "the positive label is never predicted (the candidate)"
    assert found.deltas["precision"].delta is None
    assert compare(bad, good, plan, replicates=20).deltas["precision"].reason == (
        "the positive label is never predicted (the baseline)"
    )


def test_compare__metric_undefined_in_many_resamples__has_a_value_and_no_interval():
    truth = [1] * 40 + [0] * 40
    decisions = [1] + [0] * 79  # a resample misses the one predicted row in 37 % of the cases
    rows = make_binary(truth, y_pred=decisions)
    plan = Plan(main_metric="accuracy", metrics=("precision",), levels=("precision",))

    found = compare(None, rows, plan).scores["precision"]

    assert (found.value, found.interval) == (1.0, None)
    assert found.reason.startswith("it is undefined in 3")
    assert found.reason.endswith(" % of the resamples, so it has no interval")


def test_compare__slice_that_cannot_be_cut__names_the_column():
    plan = replace(BOTH, slices=(SlicePlan(by="carier", metrics=("roc_auc",)),))

    with pytest.raises(Exception, match="names no column of the predictions: 'carier'"):
        compare(*two_models(), plan)


def test_compare__other_ids__says_how_many_are_shared_and_what_to_do():
    old, new = two_models()

    with pytest.raises(DataError) as caught:
        compare(replace(old, ids=old.ids + 100), new, BOTH)

    assert caught.value.message == (
        "The rows of the baseline and of the candidate are not the same: 600 and 600, 500 of them with the same id."
    )
    assert caught.value.hint == ("Score the baseline again on today's rows: give the model a `predict:` in ci-ml.yaml.")


def test_compare__numbers_and_text_as_ids__share_none():
    old, new = two_models()

    with pytest.raises(DataError, match=r"are not the same: 600 and 600, 0 of them with the same id\."):
        compare(replace(old, ids=old.ids.astype(str)), new, BOTH)


def test_compare__column_of_very_many_values__takes_no_longer_than_its_rows():
    rows, values = 40_000, 20_000
    columns = MappingProxyType({"customer": np.arange(rows) % values})
    sides = [replace(random_predictions("binary", 1, rows=rows, model=m), slices=columns) for m in (0, 1)]
    plan = replace(BOTH, changes=(), levels=(), slices=(SlicePlan(by="customer", metrics=("roc_auc",)),))
    start = time.process_time()

    found = compare(*sides, plan)

    assert len(found.slices) == values
    assert time.process_time() - start < 5.0


def test_compare__same_ids_with_another_digest__is_refused():
    old, new = two_models()

    with pytest.raises(DataError) as caught:
        compare(replace(old, rows_digest="sha256:other"), new, BOTH)

    assert caught.value.message == (
        "The rows of the baseline and of the candidate have the same ids but another truth, weight, group or slice "
        "column."
    )


def test_compare__two_tasks__is_refused():
    _, new = two_models()

    with pytest.raises(DataError, match="The baseline is of task regression, the candidate of task binary"):
        compare(random_predictions("regression", 1), new, BOTH)
