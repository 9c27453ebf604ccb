import pytest
from comparison_maker import make_comparison, make_delta, make_score
from gate_maker import make_gate

from ci_ml.config import Model
from ci_ml.errors import ConfigError
from ci_ml.gates.judge import judge


def verdict_of(*facts, gates=None, **comparison):
    model = Model(task="binary", predictions="p.csv", gates=gates or {})
    return judge(model, make_comparison(*facts, **comparison), files={})


@pytest.mark.parametrize(
    ("low", "high", "label"),
    [
        (0.001, 0.03, "better"),
        (0.0, 0.03, "no worse"),
        (-0.00699, -0.001, "worse within the margin"),
        (-0.00699, 0.0, "no worse"),
        (-0.0071, -0.001, "worse"),
        (-0.0071, 0.0, "undecided"),
        (-0.0071, 0.03, "undecided"),
    ],
)
def test_label__main_metric_with_a_margin_of_0_007__is_the_first_that_holds(low, high, label):
    verdict = verdict_of(make_delta(baseline=0.7, delta=(low + high) / 2, low=low, high=high))

    assert (verdict.label, verdict.margin) == (label, pytest.approx(0.007))


def test_default_gate__model_without_gates__lets_the_main_metric_lose_1_percent_of_the_baselines_value():
    (result,) = verdict_of(make_delta(baseline=0.669, delta=0.0, low=-0.006, high=0.006)).results

    assert (result.gate, result.rule, result.metric) == ("no-regression", "max_regression", "roc_auc")
    assert (result.threshold, result.outcome) == (pytest.approx(0.00669), "pass")


def test_default_gate__negative_baseline__takes_its_size():
    loss = make_delta("r2", baseline=-2.0, delta=0.0, low=-0.019, high=0.0)
    model = Model(task="regression", predictions="p.csv", metrics=("r2",))

    (result,) = judge(model, make_comparison(loss, main_metric="r2"), files={}).results

    assert (result.threshold, result.outcome) == (pytest.approx(0.02), "pass")


def test_default_gate__baseline_of_zero__asks_for_a_margin():
    with pytest.raises(ConfigError) as caught:
        verdict_of(make_delta(baseline=0.0, delta=0.1, low=0.0, high=0.2))

    assert caught.value.message == (
        "The default gate lets roc_auc lose 1 % of the baseline's value, but that value is 0."
    )
    assert caught.value.hint == (
        "Give the model a gate with a margin: gates: {no-worse: {metric: roc_auc, max_regression: 0.01}}"
    )


def test_default_gate__baseline_of_zero_with_a_gate_of_its_own__is_judged_by_that():
    verdict = verdict_of(
        make_delta(baseline=0.0, delta=0.1, low=0.0, high=0.2),
        gates={"g": make_gate(metric="roc_auc", max_regression=0.01)},
    )

    assert (verdict.label, verdict.results[0].outcome) == ("no worse", "pass")


def test_default_gate__no_baseline__is_not_applicable():
    (result,) = verdict_of(make_score(low=0.6, high=0.8), has_baseline=False).results

    assert (result.gate, result.outcome) == ("no-regression", "not applicable")


def test_default_gate__metric_that_cannot_be_estimated__is_undecided():
    verdict = verdict_of(make_delta(baseline=None, reason="all rows are positive (the baseline)"))

    assert (verdict.label, verdict.results[0].outcome, verdict.margin) == ("undecided", "undecided", 0.0)


def test_margin__several_gates_of_the_main_metric__is_the_strictest_of_those_on_all_rows():
    gates = {
        "slices": make_gate(metric="roc_auc", slice="carrier", max_regression=0.0),
        "loose": make_gate(metric="roc_auc", max_regression=0.05),
        "strict": make_gate(metric="roc_auc", max_regression=0.002),
        "other": make_gate(metric="log_loss", max_regression=0.0001),
    }
    facts = (make_delta(low=0.01, high=0.02), make_delta("log_loss", low=0.0, high=0.0))

    assert verdict_of(*facts, gates=gates).margin == 0.002


def test_margin__no_gate_on_the_main_metric__is_1_percent_of_the_baselines_value():
    gates = {"g": make_gate(metric="roc_auc", minimum=0.5)}

    assert verdict_of(make_delta(baseline=0.7, low=0.01, high=0.02), gates=gates).margin == pytest.approx(0.007)


def test_label__too_few_rows__is_undecided_whatever_the_interval():
    delta = make_delta(low=0.01, high=0.02)

    assert verdict_of(delta, too_small="9 rows; 30 are needed").label == "undecided"
