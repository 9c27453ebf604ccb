import pytest
from comparison_maker import make_comparison, make_delta, make_slice
from gate_maker import make_gate

from ci_ml.config import Model
from ci_ml.gates.judge import judge
from ci_ml.rules.table import RULES


def answer(*facts, slice=None, slices=(), limit=0.01, metric="roc_auc"):
    gate = make_gate(metric=metric, slice=slice, max_change=limit)
    model = Model(task="binary", predictions="p.csv", gates={"as-before": gate})
    return judge(model, make_comparison(*facts, slices=slices, groups=None), files={}).results[0]


@pytest.mark.parametrize(
    ("low", "high", "threshold", "expected"),
    [
        (-0.01, 0.01, 0.01, "pass"),
        (-0.011, 0.01, 0.01, "undecided"),
        (-0.01, 0.011, 0.01, "undecided"),
        (0.01, 0.02, 0.01, "undecided"),
        (0.011, 0.02, 0.01, "fail"),
        (-0.02, -0.011, 0.01, "fail"),
        (0.0, 0.0, 0.0, "pass"),
        (-0.01, 0.01, 0.0, "undecided"),
    ],
)
def test_max_change__interval__passes_within_fails_outside_either_end(low, high, threshold, expected):
    assert RULES["max_change"].allowed(threshold).answer(low, high) == expected


@pytest.mark.parametrize(
    ("low", "high", "reason"),
    [
        (0.02, 0.04, "On 12,377 rows, roc_auc is better by at least 0.020; up to 0.010 in either direction is allowed."),
        (-0.04, -0.02, "On 12,377 rows, roc_auc is worse by at least 0.020; up to 0.010 in either direction is allowed."),
        (-0.002, 0.018, "On 12,377 rows, roc_auc may be better by as much as 0.018; up to 0.010 in either direction is allowed; about 300,000 more rows would settle it."),
        (-0.018, 0.002, "On 12,377 rows, roc_auc may be worse by as much as 0.018; up to 0.010 in either direction is allowed; about 300,000 more rows would settle it."),
    ],
)  # fmt: skip
def test_max_change__moved__says_in_which_direction_and_how_far(low, high, reason):
    assert answer(make_delta(delta=(low + high) / 2, low=low, high=high)).reason == reason


def test_max_change__metric_where_less_is_better__speaks_of_the_gain():
    found = answer(make_delta("log_loss", delta=-0.03, low=-0.04, high=-0.02), metric="log_loss")

    assert found.reason == (
        "On 12,377 rows, log_loss is better by at least 0.020; up to 0.010 in either direction is allowed."
    )


def test_max_change__slices__fail_for_the_one_that_moved_farthest_in_either_direction():
    moved = {"UA": (-0.005, 0.005), "AA": (-0.05, -0.03), "HA": (0.07, 0.09)}
    slices = [
        make_slice(name, make_delta(delta=sum(ends) / 2, low=ends[0], high=ends[1])) for name, ends in moved.items()
    ]

    found = answer(slice="carrier", slices=slices)

    assert (found.outcome, found.slice) == ("fail", "carrier=HA")
    assert found.reason.endswith("up to 0.010 in either direction is allowed (also failing: carrier=AA).")
