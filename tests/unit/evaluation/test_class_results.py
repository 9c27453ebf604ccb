import numpy as np
import pytest
from predictions_maker import make_multiclass, random_predictions
from sklearn import metrics as sklearn

from ci_ml.evaluation.class_results import MOST_CLASSES, class_results

VEHICLES = ("boat", "bus", "car")
TRUE, SAID = [2, 2, 1, 0, 1, 2], [2, 1, 1, 0, 2, 2]


def test_class_results__rows_by_hand__are_counted_by_true_and_predicted_class():
    found = class_results(make_multiclass(TRUE, y_pred=SAID, classes=VEHICLES))

    assert [(c.label, c.rows) for c in found.results] == [("boat", 1), ("bus", 2), ("car", 3)]
    assert found.confusion == ((1, 0, 0), (0, 1, 1), (0, 1, 2))
    assert [c.recall for c in found.results] == pytest.approx([1, 1 / 2, 2 / 3])
    assert [c.roc_auc for c in found.results] == [None, None, None]


@pytest.mark.parametrize("weights", [False, True])
def test_class_results__every_class__is_what_scikit_learn_says_of_it(weights):
    predictions = random_predictions("multiclass", 3, rows=400, weights=weights)
    weight = predictions.sample_weight

    for k, found in enumerate(class_results(predictions).results):
        true, said = predictions.y_true == k, predictions.y_pred == k
        precision, recall, f1, _ = sklearn.precision_recall_fscore_support(
            true, said, average="binary", sample_weight=weight
        )
        auc = sklearn.roc_auc_score(true, predictions.y_score[:, k], sample_weight=weight)
        assert (found.precision, found.recall, found.f1, found.roc_auc) == pytest.approx((precision, recall, f1, auc))
        assert found.rows == int(true.sum())


def test_class_results__very_many_classes__keeps_the_largest_and_no_matrix():
    labels = np.repeat(np.arange(60), [2 + (i % 7) for i in range(60)])
    found = class_results(make_multiclass(labels, y_pred=labels, classes=tuple(f"c{i:02}" for i in range(60))))

    assert (len(found.results), found.left_out, found.confusion) == (MOST_CLASSES, 60 - MOST_CLASSES, ())
    assert min(c.rows for c in found.results) >= 4


@pytest.mark.parametrize("task", ["binary", "regression"])
def test_class_results__other_task__has_none(task):
    assert class_results(random_predictions(task, 1)) is None
