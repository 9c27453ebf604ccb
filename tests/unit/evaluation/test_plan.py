import pytest
from gate_maker import make_gate

from ci_ml.config import Columns, Model
from ci_ml.evaluation.plan import Plan, SlicePlan, plan_for


def make_model(**parts):
    return Model(**{"task": "binary", "predictions": "p.csv", **parts})


def test_plan_for__model_without_gates__asks_for_the_main_metric_only():
    assert plan_for(make_model(), True) == Plan(
        main_metric="roc_auc",
        metrics=("roc_auc", "average_precision", "log_loss", "brier_score"),
        levels=("roc_auc",),
        changes=("roc_auc",),
    )


def test_plan_for__no_baseline__asks_for_no_change():
    model = make_model(
        slices=("carrier",),
        gates={
            "a": make_gate(metric="log_loss", max_regression=0.1),
            "b": make_gate(metric="f1", slice="carrier", minimum=0.5),
        },
    )

    plan = plan_for(model, False)

    assert plan.changes == ()
    assert plan.slices == (SlicePlan(by="carrier", metrics=("roc_auc", "f1"), levels=("f1",)),)


def test_plan_for__gates__asks_for_intervals_of_what_they_hold():
    model = make_model(
        metrics=("log_loss",),
        slices=("origin",),
        gates={
            "floor": make_gate(metric="recall", minimum=0.5),
            "better": make_gate(metric="roc_auc", min_improvement=0.0),
            "carriers": make_gate(metric="roc_auc", slice="carrier", max_regression=0.02),
            "old": make_gate(metric="recall", slice="age >= 60", minimum=0.4),
            "size": make_gate(file="model.txt", max_size_mb=5),
        },
    )

    assert plan_for(model, True) == Plan(
        main_metric="log_loss",
        metrics=("log_loss", "recall", "roc_auc"),
        levels=("log_loss", "recall"),
        changes=("log_loss", "roc_auc"),
        slices=(
            SlicePlan(by="origin", metrics=("log_loss",), changes=("log_loss",)),
            SlicePlan(by="carrier", metrics=("log_loss", "roc_auc"), changes=("roc_auc",)),
            SlicePlan(by="age >= 60", metrics=("log_loss", "recall"), levels=("recall",)),
        ),
    )


def test_plan_for__extra_gate__is_planned_for_too():
    plan = plan_for(make_model(), True, extra={"x": make_gate(metric="brier_score", min_improvement=0.0)})

    assert plan.changes == ("roc_auc", "brier_score")


@pytest.mark.parametrize(("task", "main"), [("multiclass", "accuracy"), ("regression", "root_mean_squared_error")])
def test_plan_for__labels_or_values_only__takes_a_main_metric_that_they_allow(task, main):
    assert plan_for(make_model(task=task, columns=Columns(y_pred="guess")), True).main_metric == main
