import pytest
from comparison_maker import make_comparison, make_delta, make_score, make_slice
from gate_maker import make_gate

from ci_ml.config import Model
from ci_ml.errors import GATE_FAILED, OK, UNDECIDED
from ci_ml.evaluation.results import Interval
from ci_ml.gates.judge import FileFacts, judge
from ci_ml.gates.verdict import GateResult

BETTER = make_delta(delta=0.02, low=0.01, high=0.03, level=(0.70, 0.74))
UNSURE = make_delta(delta=0.002, low=-0.004, high=0.008, level=(0.68, 0.72))
WORSE = make_delta(delta=-0.09, low=-0.108, high=-0.066, level=(0.59, 0.63))


def make_model(gates, **parts):
    return Model(**{"task": "binary", "predictions": "p.csv", "gates": gates, **parts})


def answer(gate, *facts, files=None, model=None, **comparison):
    """The result of one gate."""
    model = model or make_model({"g": gate})
    return judge(model, make_comparison(*facts, **comparison), files=files or {}).results[0]


def test_judge__margin_is_cleared__passes_with_the_numbers_for_the_table():
    assert answer(make_gate(metric="roc_auc", max_regression=0.002), BETTER) == GateResult(
        gate="g",
        rule="max_regression",
        outcome="pass",
        threshold=0.002,
        subject="roc_auc",
        metric="roc_auc",
        delta=BETTER,
        observed=0.72,
        interval=Interval(low=0.01, high=0.03),
        more_unit="groups",
    )


def test_judge__sure_regression__fails_and_says_by_how_much_and_what_was_allowed():
    found = answer(make_gate(metric="roc_auc", max_regression=0.002), WORSE)

    assert (found.outcome, found.more_needed) == ("fail", None)
    assert found.reason == "On 12,377 rows of 59 groups, roc_auc is worse by at least 0.066; up to 0.002 is allowed."


def test_judge__undecided__says_how_much_more_would_settle_it():
    found = answer(make_gate(metric="roc_auc", max_regression=0.002), UNSURE)

    assert (found.outcome, found.more_needed, found.more_unit, found.blocks) == ("undecided", 74, "groups", False)
    assert found.reason == (
        "On 12,377 rows of 59 groups, roc_auc may be worse by as much as 0.004; up to 0.002 is allowed; "
        "about 74 more groups would settle it."
    )


def test_judge__undecided_without_groups__counts_rows():
    found = answer(make_gate(metric="roc_auc", min_improvement=0.0), UNSURE, groups=None)

    assert (found.more_needed, found.more_unit) == (100_000, "rows")
    assert found.reason == (
        "On 12,377 rows, roc_auc may be worse by as much as 0.004; an improvement is required; "
        "about 100,000 more rows would settle it."
    )


def test_judge__metric_where_less_is_better__tables_show_the_delta_and_the_gate_uses_the_gain():
    loss = make_delta("log_loss", baseline=0.5, delta=0.03, low=0.02, high=0.04)

    found = answer(make_gate(metric="log_loss", max_regression=0.01), loss)

    assert (found.outcome, found.interval) == ("fail", Interval(low=0.02, high=0.04))
    assert found.reason == "On 12,377 rows of 59 groups, log_loss is worse by at least 0.020; up to 0.010 is allowed."


@pytest.mark.parametrize(
    ("gate", "outcome", "reason"),
    [
        (make_gate(metric="roc_auc", minimum=0.7), "pass", ""),
        (make_gate(metric="roc_auc", minimum=0.71), "undecided", "On 12,377 rows of 59 groups, roc_auc may be as low as 0.700; at least 0.710 is required; about 180 more groups would settle it."),
        (make_gate(metric="roc_auc", minimum=0.8), "fail", "On 12,377 rows of 59 groups, roc_auc is at most 0.740; at least 0.800 is required."),
        (make_gate(metric="roc_auc", maximum=0.74), "pass", ""),
        (make_gate(metric="roc_auc", maximum=0.6), "fail", "On 12,377 rows of 59 groups, roc_auc is at least 0.700; at most 0.600 is allowed."),
    ],
)  # fmt: skip
def test_judge__level__is_held_against_the_candidates_own_interval(gate, outcome, reason):
    found = answer(gate, BETTER)

    assert (found.outcome, found.reason) == (outcome, reason)
    assert (found.observed, found.interval, found.delta) == (0.72, Interval(low=0.70, high=0.74), BETTER)


def test_judge__no_baseline__changes_are_not_applicable_and_levels_are_judged():
    gates = {
        "change": make_gate(metric="roc_auc", min_improvement=0.0, undecided="block"),
        "carriers": make_gate(metric="roc_auc", slice="carrier", max_regression=0.0),
        "level": make_gate(metric="roc_auc", minimum=0.6),
    }
    verdict = judge(make_model(gates), make_comparison(make_score(low=0.65, high=0.75), has_baseline=False), files={})

    assert [(r.outcome, r.subject, r.reason) for r in verdict.results] == [
        ("not applicable", "roc_auc", "There is no baseline to compare with."),
        ("not applicable", "roc_auc by carrier", "There is no baseline to compare with."),
        ("pass", "roc_auc", ""),
    ]
    assert (verdict.label, verdict.margin, verdict.exit_code) == ("first", None, OK)


def test_judge__first_model_with_default_gates__has_its_level_and_the_rule_that_will_hold():
    level = make_score(value=0.7, low=0.65, high=0.75)

    (found,) = judge(make_model({}), make_comparison(level, has_baseline=False), files={}).results

    assert (found.gate, found.outcome, found.rule, found.share) == (
        "no-regression",
        "not applicable",
        "max_regression",
        0.01,
    )
    assert (found.observed, found.interval, found.delta) == (0.7, Interval(low=0.65, high=0.75), None)


def test_judge__default_gate__says_which_share_its_threshold_is_and_another_gate_none():
    gates = {"mine": make_gate(metric="roc_auc", max_regression=0.007)}

    (default,) = judge(make_model({}), make_comparison(BETTER), files={}).results
    (mine,) = judge(make_model(gates), make_comparison(BETTER), files={}).results

    assert (default.threshold, default.share, mine.share) == (pytest.approx(0.007), 0.01, None)


def test_judge__too_few_rows__is_undecided_with_the_reason():
    found = answer(
        make_gate(metric="roc_auc", minimum=0.9),
        BETTER,
        too_small="12 positive and 80 negative rows; 30 of each are needed",
    )

    assert (found.outcome, found.observed) == ("undecided", 0.72)
    assert found.reason == "There is too little data: 12 positive and 80 negative rows; 30 of each are needed."


def test_judge__metric_that_cannot_be_estimated__is_undecided_with_the_reason():
    lost = make_delta(baseline=None, reason="all rows are positive (the candidate)")

    found = answer(make_gate(metric="roc_auc", max_regression=0.1), lost)

    assert (found.outcome, found.observed, found.more_needed) == ("undecided", None, None)
    assert found.reason == (
        "On 12,377 rows of 59 groups, roc_auc cannot be judged: all rows are positive (the candidate)."
    )


CARRIERS = (
    make_slice("UA", make_delta(delta=0.01, low=-0.01, high=0.03), rows=4000),
    make_slice("AA", WORSE, rows=3090),
    make_slice("HA", rows=20, too_small="2 positive and 18 negative rows; 30 of each are needed"),
)


def test_judge__better_overall_and_worse_for_one_slice__fails_by_that_slice():
    gates = {
        "overall": make_gate(metric="roc_auc", max_regression=0.002),
        "carriers": make_gate(metric="roc_auc", slice="carrier", max_regression=0.02),
    }
    verdict = judge(make_model(gates), make_comparison(BETTER, slices=CARRIERS), files={})

    assert (verdict.label, verdict.exit_code) == ("better", GATE_FAILED)
    assert verdict.results[1] == GateResult(
        gate="carriers",
        rule="max_regression",
        outcome="fail",
        threshold=0.02,
        subject="roc_auc carrier=AA",
        metric="roc_auc",
        by="carrier",
        slice="carrier=AA",
        slice_rows=3090,
        delta=WORSE,
        observed=WORSE.candidate.value,
        interval=Interval(low=-0.108, high=-0.066),
        reason="For carrier=AA (3,090 rows), roc_auc is worse by at least 0.066; up to 0.020 is allowed.",
        more_unit="groups",
        judged=2,
        skipped=1,
    )


def test_judge__several_slices_fail__names_the_worst_and_mentions_the_others():
    others = [make_slice(f"X{i}", WORSE) for i in range(5)]
    worst = make_slice("AA", make_delta(delta=-0.3, low=-0.4, high=-0.2), rows=500)

    found = answer(make_gate(metric="roc_auc", slice="carrier", max_regression=0.02), slices=[*others, worst])

    assert found.reason == (
        "For carrier=AA (500 rows), roc_auc is worse by at least 0.200; up to 0.020 is allowed "
        "(also failing: carrier=X0, carrier=X1, carrier=X2 and 2 more)."
    )


def test_judge__slice_gate_passes__shows_the_slice_with_the_least_gain():
    slices = [make_slice("UA", BETTER), make_slice("AA", make_delta(delta=0.0, low=-0.01, high=0.01), rows=77)]

    found = answer(make_gate(metric="roc_auc", slice="carrier", max_regression=0.02), slices=slices)

    assert (found.outcome, found.slice, found.slice_rows, found.judged, found.reason) == (
        "pass", "carrier=AA", 77, 2, "",
    )  # fmt: skip


def test_judge__slice_beyond_the_margin_by_chance__is_undecided_and_says_so():
    beyond = make_slice("AA", make_delta(delta=-0.0405, low=-0.060, high=-0.021), rows=800, groups=50)
    fine = [make_slice(f"X{i}", make_delta(delta=0.01, low=-0.01, high=0.03)) for i in range(8)]

    found = answer(make_gate(metric="roc_auc", slice="carrier", max_regression=0.02), slices=[beyond, *fine])

    assert (found.outcome, found.slice, found.judged, found.more_needed) == ("undecided", "carrier=AA", 9, 46)
    assert found.reason == (
        "For carrier=AA (800 rows), roc_auc is worse by at least 0.021; up to 0.020 is allowed, but among 9 slices "
        "one as far off can be chance (Holm's correction); about 46 more groups would settle it."
    )


@pytest.mark.parametrize(
    ("by", "slices", "reason"),
    [
        ("carrier", CARRIERS[2:], "For carrier=HA (20 rows), there is too little data: 2 positive and 18 negative rows; 30 of each are needed."),
        ("carrier", CARRIERS[2:] * 3, "None of the 3 slices by carrier has enough rows to be judged."),
        ("origin", CARRIERS, "There is no slice by origin."),
    ],
)  # fmt: skip
def test_judge__no_slice_large_enough__is_undecided(by, slices, reason):
    found = answer(make_gate(metric="roc_auc", slice=by, max_regression=0.02), slices=slices)

    assert (found.outcome, found.subject, found.slice, found.reason) == ("undecided", f"roc_auc by {by}", None, reason)


def test_judge__slice_without_a_value__is_undecided_with_the_reason():
    lost = make_slice(
        "AA", make_delta(reason="it is undefined in 9 % of the resamples, so it has no interval"), rows=80
    )

    found = answer(make_gate(metric="roc_auc", slice="carrier", max_regression=0.02), slices=[CARRIERS[0], lost])

    assert found.reason == (
        "For carrier=AA (80 rows), roc_auc cannot be judged: it is undefined in 9 % of the resamples, so it has no "
        "interval."
    )


@pytest.mark.parametrize(
    ("gate", "facts", "expected"),
    [
        (make_gate(file="m.txt", max_size_mb=50), FileFacts(size_bytes=50_000_000), ("pass", "m.txt", 50.0, "")),
        (make_gate(file="m.txt", max_size_mb=50), FileFacts(size_bytes=50_000_001), ("fail", "m.txt", 50.000001, "m.txt is 50.000001 MB; at most 50.000000 MB is allowed.")),
        (make_gate(file="m.txt", max_size_mb=50), FileFacts(size_bytes=61_200_000), ("fail", "m.txt", 61.2, "m.txt is 61.2 MB; at most 50.0 MB is allowed.")),
        (make_gate(file="m.json", key="test.auc", minimum=0.65), FileFacts(numbers={"test.auc": 0.65}), ("pass", "m.json test.auc", 0.65, "")),
        (make_gate(file="m.json", key="test.auc", minimum=0.65), FileFacts(numbers={"test.auc": 0.61}), ("fail", "m.json test.auc", 0.61, "m.json test.auc is 0.610; at least 0.650 is required.")),
        (make_gate(file="m.json", key="p95", maximum=40), FileFacts(numbers={"p95": 41.5}), ("fail", "m.json p95", 41.5, "m.json p95 is 41.500; at most 40.000 is allowed.")),
    ],
)  # fmt: skip
def test_judge__number_of_a_file__is_compared_as_it_is(gate, facts, expected):
    found = answer(gate, BETTER, files={gate.file: facts})

    assert (found.outcome, found.subject, found.observed, found.reason) == expected
    assert (found.metric, found.delta, found.interval) == (None, None, None)


def test_judge__file_with_a_value_that_is_no_number__fails():
    gate = make_gate(file="m.json", key="auc", minimum=0.65)

    found = answer(gate, BETTER, files={"m.json": FileFacts(numbers={"auc": float("nan")})})

    assert (found.outcome, found.reason) == ("fail", "m.json auc is not a number; at least 0.650 is required.")


@pytest.mark.parametrize(
    ("of_model", "of_gate", "blocks", "code"),
    [("warn", None, False, OK), ("block", None, True, UNDECIDED), ("warn", "block", True, UNDECIDED), ("block", "warn", False, OK)],
)  # fmt: skip
def test_judge__undecided__blocks_where_the_gate_or_else_the_model_says_so(of_model, of_gate, blocks, code):
    model = make_model({"g": make_gate(metric="roc_auc", min_improvement=0.0, undecided=of_gate)}, undecided=of_model)

    verdict = judge(model, make_comparison(UNSURE), files={})

    assert (verdict.results[0].blocks, verdict.exit_code) == (blocks, code)


def test_judge__extra_gate__is_judged_besides_the_default_one():
    verdict = judge(
        make_model({}),
        make_comparison(UNSURE),
        files={},
        extra={"retraining-better": make_gate(metric="roc_auc", min_improvement=0.0, undecided="block")},
    )

    assert [(r.gate, r.outcome) for r in verdict.results] == [
        ("no-regression", "pass"),
        ("retraining-better", "undecided"),
    ]
    assert verdict.exit_code == UNDECIDED


def test_judge__identical_models__pass_a_margin_of_zero_and_fail_an_improvement():
    same = make_delta(delta=0.0, low=0.0, high=0.0)
    gates = {
        "no-worse": make_gate(metric="roc_auc", max_regression=0.0),
        "better": make_gate(metric="roc_auc", min_improvement=0.0),
    }
    verdict = judge(make_model(gates), make_comparison(same), files={})

    assert [r.outcome for r in verdict.results] == ["pass", "fail"]
    assert verdict.results[1].reason == (
        "On 12,377 rows of 59 groups, roc_auc does not improve; an improvement is required."
    )
    assert verdict.label == "no worse"
