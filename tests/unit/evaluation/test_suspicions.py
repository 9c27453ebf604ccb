import numpy as np
import pytest
from predictions_maker import make_binary, make_multiclass, make_regression

from ci_ml.evaluation.comparison import compare
from ci_ml.evaluation.plan import Plan
from ci_ml.evaluation.suspicions import suspicions


def found(predictions, *metrics):
    """The suspicions that a comparison without a baseline carries."""
    plan = Plan(main_metric=metrics[0], metrics=metrics, levels=metrics[:1])
    return [(s.kind, s.sentence) for s in compare(None, predictions, plan, replicates=200).suspicions]


def binary(scores, truth=None, **parts):
    rng = np.random.default_rng(3)
    truth = rng.random(len(scores)) < 0.4 if truth is None else truth
    return make_binary(truth, scores, **parts)


def noisy(seed=5, n=400, sign=1.0):
    """Scores that say something of their truth, in the right direction or in the wrong one."""
    rng = np.random.default_rng(seed)
    truth = rng.random(n) < 0.4
    return truth, 1 / (1 + np.exp(-(sign * (truth - 0.5) * 1.5 + rng.normal(size=n))))


def test_suspicions__ordinary_scores__are_none():
    truth, scores = noisy()

    assert found(binary(scores, truth), "roc_auc", "log_loss") == []


@pytest.mark.parametrize("group", [None, np.arange(400) % 40], ids=["rows", "groups"])
@pytest.mark.parametrize("main", ["roc_auc", "log_loss"])
def test_suspicions__scores_that_rank_the_wrong_way__ask_for_positive_and_sign(main, group):
    truth, scores = noisy(sign=-1.0)

    hints = found(binary(scores, truth, group=group), main)

    if group is not None and main == "log_loss":
        assert hints == []  # nothing tells how sure a roc_auc of groups is, unless it was asked for
        return
    assert [kind for kind, _ in hints] == ["ranks the wrong way"]
    assert hints[0][1].endswith(
        "and 0.5 is chance. Is `positive:` the label that the score speaks for, and has the score the right sign?"
    )


def test_suspicions__scores_by_chance__are_not_said_to_rank_the_wrong_way():
    scores = np.random.default_rng(9).random(400)

    assert found(binary(scores), "roc_auc") == []


def test_suspicions__scores_outside_0_to_1__are_no_probabilities():
    truth, scores = noisy()

    assert found(binary(np.where(np.arange(400) < 2, 3.5, scores), truth), "roc_auc") == [
        (
            "no probabilities",
            "2 scores of 400 outside 0 to 1: they are no probabilities. Ranks can be judged, log_loss and brier_score cannot.",
        )
    ]


def test_suspicions__decisions_in_the_score_column__are_named():
    truth, scores = noisy()

    assert found(binary((scores > 0.5).astype(float), truth), "roc_auc") == [
        (
            "decisions as scores",
            "The scores have just two values, 0 and 1: are they decisions? Write the probability, or name the column "
            "as columns.y_pred.",
        )
    ]


def test_suspicions__equal_scores__tell_no_rows_apart():
    assert found(binary(np.full(569, 0.5)), "roc_auc") == [
        ("all the same", "All 569 scores are 0.5: the model tells no rows apart.")
    ]
    numbers = make_regression(np.arange(50.0), np.full(50, 2.5))
    assert found(numbers, "mean_absolute_error") == [
        ("all the same", "All 50 predictions are 2.5: the model tells no rows apart.")
    ]


def test_suspicions__perfect_metric__asks_whether_the_truth_leaked():
    truth, scores = noisy()
    told = np.where(truth, 0.6 + scores / 10, scores / 10)

    assert found(binary(told, truth), "roc_auc", "log_loss", "average_precision") == [
        (
            "perfect",
            "roc_auc, average_precision are perfect: is the truth among the features, or were these rows trained on?",
        )
    ]
    exact = make_regression(np.arange(50.0), np.arange(50.0))
    assert [kind for kind, _ in found(exact, "root_mean_squared_error", "r2")] == ["perfect"]


def test_suspicions__several_classes__must_sum_to_1_and_differ():
    truth = np.arange(90) % 3
    uneven = np.tile([0.2, 0.5, 0.6], (90, 1))

    hints = suspicions(make_multiclass(truth, uneven, classes=("a", "b", "c")), {})

    assert [(hint.kind, hint.sentence) for hint in hints] == [
        ("no probabilities", "The scores of 90 rows do not sum to 1: they are no probabilities."),
        ("all the same", "The scores of all 90 rows are the same: the model tells no rows apart."),
    ]


def test_suspicions__no_rows__are_none():
    assert suspicions(binary(np.array([])), {}) == ()
