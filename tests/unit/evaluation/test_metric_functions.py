"""Metrics called with arrays, as scikit-learn's are."""

import inspect

import numpy as np
import pytest
from predictions_maker import random_predictions
from sklearn_reference import reference

from ci_ml import vocabulary
from ci_ml.errors import DataError
from ci_ml.evaluation import metrics

CASES = [(name, task) for name, info in vocabulary.METRICS.items() for task in info.tasks]


def arguments(name, p):
    said = p.y_score if vocabulary.METRICS[name].needs == "score" else p.y_pred
    costs = {"false_positive": p.cost[0], "false_negative": p.cost[1]} if name == "expected_cost" else {}
    return [p.y_true, said], costs


@pytest.mark.parametrize("weights", [False, True], ids=["", "weights"])
@pytest.mark.parametrize(("name", "task"), CASES)
def test_metric__called_with_arrays__equals_scikit_learn(name, task, weights):
    weights = weights and not name.startswith("roc_auc_ovo")  # scikit-learn knows none here
    predictions = random_predictions(task, 3, ties=True, weights=weights, groups=0)
    arrays, costs = arguments(name, predictions)

    value = getattr(metrics, name)(*arrays, sample_weight=predictions.sample_weight, **costs)

    assert isinstance(value, float)
    assert value == pytest.approx(reference(name, predictions), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", vocabulary.METRICS)
def test_metric__its_arguments__are_named_as_in_scikit_learn(name):
    said = "y_score" if vocabulary.METRICS[name].needs == "score" else "y_pred"

    assert list(inspect.signature(getattr(metrics, name)).parameters)[:3] == ["y_true", said, "sample_weight"]


def test_metric__text_labels_and_lists__are_taken_as_they_are():
    assert metrics.roc_auc(["no", "yes", "yes"], [0.2, 0.1, 0.9]) == 0.5
    assert metrics.accuracy(["a", "b", "c"], ["a", "b", "b"]) == pytest.approx(2 / 3)
    assert metrics.recall([1, 1, 0], [True, False, False]) == 0.5
    assert metrics.precision([0, 0, 1], [1, 1, 1]) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("name", "arrays", "message"),
    [
        ("roc_auc", ([0, 1], [0.1, 0.2, 0.3]), "y_true has 2 rows and y_score has 3: they must be the same rows."),
        ("roc_auc", ([0, 1], [0.1, 0.2], [1.0]), "y_true has 2 rows and sample_weight has 1: they must be the same rows."),
        ("roc_auc", ([[0, 1]], [0.1, 0.2]), "y_true has the shape (1, 2); it takes (n,)."),
        ("roc_auc", ([0, 1], [[0.1, 0.9], [0.2, 0.8]]), "y_score has the shape (2, 2); roc_auc takes (n,)."),
        ("log_loss", (0.5, 0.5), "y_true has the shape (); it takes (n,)."),
        ("log_loss", ([0, 1, 2], [[0.1, 0.9]] * 3), "y_score has 2 columns, and y_true 3 labels."),
        ("roc_auc_ovr", ([0, 1, 2], [0.1, 0.2, 0.3]), "y_score has one dimension, and y_true 3 labels."),
        ("roc_auc", ([0, 1, 2], [0.1, 0.2, 0.3]), "a binary metric takes two labels; found 3: 0, 1, 2."),
        ("f1", ([0, 1], [0, 2]), "a binary metric takes two labels; found 3: 0, 1, 2."),
        ("roc_auc", ([0, 1], ["a", "b"]), "y_score holds something that is no number."),
        ("roc_auc", ([1, 1], [0.1, 0.2]), "roc_auc has no value here: all rows are positive."),
        ("log_loss", ([0, 1], [0.1, 1.2]), "log_loss has no value here: 1 score outside 0 to 1, so they are no probabilities."),
        ("r2", ([], []), "r2 has no value here: there are no rows."),
    ],
)  # fmt: skip
def test_metric__arrays_that_do_not_fit__are_refused_in_words(name, arrays, message):
    with pytest.raises(DataError) as caught:
        getattr(metrics, name)(*arrays)

    assert str(caught.value) == message


def test_metric__name_of_none__is_no_attribute():
    with pytest.raises(ImportError):
        from ci_ml.evaluation.metrics import auroc  # noqa: F401

    assert not hasattr(metrics, "auroc")


def test_metric__other_order_of_rows__gives_the_same():
    rng = np.random.default_rng(4)
    truth, scores = rng.random(60) < 0.4, rng.random(60)
    order = rng.permutation(60)

    assert metrics.roc_auc(truth[order], scores[order]) == metrics.roc_auc(truth, scores)
