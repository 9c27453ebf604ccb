import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from predictions_maker import make_binary, make_multiclass, make_regression, random_predictions
from sklearn_reference import reference, repeated

from ci_ml import vocabulary
from ci_ml.evaluation.metrics import METRICS, score

EXACT = {"rel": 1e-12, "abs": 1e-12}
CASES = [(name, task) for name, info in vocabulary.METRICS.items() for task in info.tasks]


def test_metrics__keys__are_those_of_the_vocabulary():
    assert list(METRICS) == list(vocabulary.METRICS)
    assert all(METRICS[name].info is info for name, info in vocabulary.METRICS.items())


@pytest.mark.parametrize("weights", [False, True], ids=["", "weights"])
@pytest.mark.parametrize("ties", [False, True], ids=["", "ties"])
@pytest.mark.parametrize("groups", [0, 7, 150], ids=["rows", "few_groups", "many_groups"])
@pytest.mark.parametrize(("name", "task"), CASES)
def test_score__random_rows__equals_scikit_learn(name, task, groups, ties, weights):
    if name.startswith("roc_auc_ovo"):
        weights = False  # scikit-learn knows none here; for these, repeated rows are the reference below
    for seed in range(3):
        predictions = random_predictions(task, seed, ties=ties, weights=weights, groups=groups)

        assert score(name, predictions).value == pytest.approx(reference(name, predictions), **EXACT)


@pytest.mark.parametrize(("name", "task"), CASES)
def test_score__whole_weights__equals_repeated_rows(name, task):
    plain = random_predictions(task, 5, ties=True)
    counts = np.random.default_rng(1).integers(1, 4, size=len(plain)).astype(float)
    weighted = type(plain)(**{**vars(plain), "sample_weight": counts})

    assert score(name, weighted).value == pytest.approx(score(name, repeated(plain, counts)).value, **EXACT)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), rows=st.integers(1, 40))
def test_score__any_binary_rows__is_scikit_learns_value_or_has_a_reason(data, rows):
    truth = data.draw(hnp.arrays(bool, rows))
    scores = data.draw(hnp.arrays(float, rows, elements=st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0])))
    predictions = make_binary(truth, scores, cost=(1.0, 2.0))
    for name in vocabulary.metrics_of("binary"):
        _equal_or_explained(name, predictions)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), rows=st.integers(1, 30))
def test_score__any_multiclass_decisions__is_scikit_learns_value_or_has_a_reason(data, rows):
    truth = data.draw(hnp.arrays(int, rows, elements=st.integers(0, 2)))
    decisions = data.draw(hnp.arrays(int, rows, elements=st.integers(0, 2)))
    predictions = make_multiclass(truth, y_pred=decisions, classes=("a", "b", "c"))
    for name in vocabulary.metrics_of("multiclass"):
        if vocabulary.METRICS[name].needs == "label":
            _equal_or_explained(name, predictions)


def _equal_or_explained(name, predictions):
    """Where scikit-learn is silent and right we agree; where it warns or has nothing, we say why."""
    ours = score(name, predictions)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        theirs = reference(name, predictions)
    if ours.value is None:
        one_class = np.unique(predictions.y_true).size < 2 or np.unique(predictions.y_pred).size < 2
        assert ours.reason
        assert caught or np.isnan(theirs) or one_class, f"{name}: {ours.reason}, yet scikit-learn says {theirs}"
        return
    # Weighted recall gives a class without rows no weight, so its 0 does no harm.
    assert not caught or name == "recall_weighted", f"{name}: {caught[0].message}"
    assert ours.value == pytest.approx(theirs, **EXACT)


ONE_LABEL = make_binary([1, 1, 1], [0.2, 0.6, 0.9], cost=(1, 1))
NO_POSITIVE = make_binary([0, 0, 0], [0.2, 0.3, 0.1])
LABELS_ONLY = make_binary([0, 1], y_pred=[0, 1])
EMPTY = make_binary([], [])


@pytest.mark.parametrize(
    ("name", "predictions", "reason"),
    [
        ("roc_auc", ONE_LABEL, "all rows are positive"),
        ("roc_auc", NO_POSITIVE, "all rows are negative"),
        ("average_precision", NO_POSITIVE, "all rows are negative"),
        ("average_precision", ONE_LABEL, "all rows are positive"),
        ("roc_auc", LABELS_ONLY, "the predictions hold decisions but no y_score"),
        ("roc_auc", EMPTY, "there are no rows"),
        ("accuracy", EMPTY, "there are no rows"),
        ("roc_auc", make_binary([0, 1], [0.5, np.nan]), "1 score without a finite value"),
        ("roc_auc", make_binary([0, 1], [0.5, 0.6], weight=[0, 0]), "weights must be finite and not negative, and not all may be 0"),
        ("roc_auc", make_binary([0, 1], [0.5, 0.6], weight=[0, 1]), "all weights of one label are 0"),
        ("log_loss", make_binary([0, 1], [-0.5, 1.6]), "2 scores outside 0 to 1, so they are no probabilities"),
        ("brier_score", make_binary([0, 1], [0.5, 1.6]), "1 score outside 0 to 1, so they are no probabilities"),
        ("log_loss", make_multiclass([0, 1], [[0.5, 0.2], [0.5, 0.5]]), "1 row whose scores do not sum to 1, so they are no probabilities"),
        ("precision", NO_POSITIVE, "the positive label is never predicted"),
        ("recall", make_binary([0, 0], [0.9, 0.1]), "the positive label has no rows"),
        ("f1", NO_POSITIVE, "the positive label is neither true nor predicted anywhere"),
        ("balanced_accuracy", ONE_LABEL, "all rows have the same true label"),
        ("matthews_corrcoef", make_binary([0, 1], [0.1, 0.2]), "all rows have the same predicted label"),
        ("matthews_corrcoef", make_binary([0, 0], [0.1, 0.9]), "all rows have the same true label"),
        ("balanced_accuracy", make_multiclass([0, 1], y_pred=[0, 2]), "a label is predicted that no row has"),
        ("precision_macro", make_multiclass([0, 1, 2], y_pred=[0, 1, 1]), "class c is never predicted"),
        ("recall_macro", make_multiclass([0, 1, 1], y_pred=[0, 1, 2]), "class c has no rows"),
        ("roc_auc_ovr", make_multiclass([0, 1], [[0.5, 0.3, 0.2], [0.2, 0.4, 0.4]]), "class c has no rows"),
        ("roc_auc_ovo", make_multiclass([0, 1], [[0.5, 0.3, 0.2], [0.2, 0.4, 0.4]]), "class c has no rows"),
        ("expected_cost", make_binary([0, 1], [0.1, 0.9]), "ci-ml.yaml gives no cost of errors (cost: {false_positive: …, false_negative: …})"),
        ("r2", make_regression([1.1, 1.1, 1.1], [1, 2, 3]), "the true value is the same in all rows"),
        ("r2", make_regression([7.3], [7]), "the true value is the same in all rows"),
        ("mean_absolute_percentage_error", make_regression([1, 0, 0], [1, 1, 1]), "2 rows with a true value of 0, of which no error is a percentage"),
        ("mean_absolute_error", make_regression([1, np.inf], [1, 1]), "1 row without a finite value"),
        ("r2", ONE_LABEL, "r2 is not for binary"),
    ],
)  # fmt: skip
def test_score__not_estimable__has_no_value_and_says_why(name, predictions, reason):
    found = score(name, predictions)

    assert (found.value, found.reason) == (None, reason)


def test_score__auc_of_scores_outside_0_to_1__is_a_ranking_all_the_same():
    assert score("roc_auc", make_binary([0, 1, 0, 1], [-3.0, 12.0, 4.0, 5.0])).value == 1.0


def test_score__log_loss_of_impossible_rows__is_clipped_at_one_value_for_every_dtype_and_says_so():
    truth, scores = [1, 1, 0, 0, 1], np.array([0.0, 0.9, 0.2, 1.0, 0.6])
    wide = score("log_loss", make_binary(truth, scores))
    narrow = score("log_loss", make_binary(truth, scores.astype(np.float32)))

    assert wide.value == pytest.approx(-(2 * np.log(2.0**-52) + np.log(0.9) + np.log(0.8) + np.log(0.6)) / 5)
    assert narrow.value == pytest.approx(wide.value, rel=1e-6)
    assert wide.reason == "2 rows with no chance at all for the true label, taken as a chance of 2.2e-16"


def test_score__log_loss_of_certain_and_right_rows__counts_none_as_clipped():
    assert score("log_loss", make_binary([1, 0, 1], [1.0, 0.0, 0.7])).reason is None


def test_score__brier_of_three_classes__is_the_full_squared_distance():
    predictions = make_multiclass([0, 1, 2], [[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.2, 0.2, 0.6]])

    assert score("brier_score", predictions).value == pytest.approx((0.06 + 0.14 + 0.24) / 3)


def test_score__weighted_recall_where_a_predicted_class_has_no_rows__gives_that_class_no_say():
    predictions = make_multiclass([0, 0, 1], y_pred=[0, 2, 1])

    assert score("recall_weighted", predictions).value == pytest.approx(2 / 3)


def test_score__many_classes_and_rows_of_many_groups__equals_scikit_learn(monkeypatch):
    monkeypatch.setattr("ci_ml.evaluation.label_metrics._DENSE", 0)
    for groups in (0, 7):
        predictions = random_predictions("multiclass", 3, weights=True, groups=groups)
        for name in ("f1_macro", "accuracy", "matthews_corrcoef", "balanced_accuracy", "precision_weighted"):
            assert score(name, predictions).value == pytest.approx(reference(name, predictions), **EXACT)


def test_score__regression_values_whose_squares_overflow__have_no_value_and_say_why():
    predictions = make_regression(y_true=[1.0, 2.0, 3.0], y_pred=[1.0, 1e200, 3.0])

    found = score("root_mean_squared_error", predictions)

    assert (found.value, found.reason) == (None, "1 row with a value beyond 1e+150")
