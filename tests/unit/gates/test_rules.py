import pytest
from comparison_maker import make_comparison, make_delta, make_score, make_slice
from hypothesis import given
from hypothesis import strategies as st

from ci_ml.config.shape import HYPOTHESES
from ci_ml.gates.rules import RULES, Held, hold

numbers = st.floats(-2, 2, allow_nan=False).map(lambda x: round(x, 3))


def outcome(rule, low, high, threshold):
    """Of a level or gain, given as the reader sees it."""
    held = Held(value=(low + high) / 2, low=low, high=high)
    return RULES[rule].outcome(held.mirrored() if RULES[rule].less_is_better else held, threshold)


def test_rules__names__are_the_hypotheses_of_the_configuration():
    assert set(RULES) == set(HYPOTHESES)
    assert {name for name, rule in RULES.items() if rule.is_change} == {"max_regression", "min_improvement"}


@pytest.mark.parametrize(
    ("rule", "low", "high", "threshold", "expected"),
    [
        ("max_regression", -0.02, 0.03, 0.02, "pass"),
        ("max_regression", -0.021, 0.03, 0.02, "undecided"),
        ("max_regression", -0.09, -0.02, 0.02, "undecided"),
        ("max_regression", -0.09, -0.021, 0.02, "fail"),
        ("max_regression", 0.0, 0.0, 0.0, "pass"),
        ("min_improvement", 0.001, 0.01, 0.0, "pass"),
        ("min_improvement", 0.0, 0.01, 0.0, "undecided"),
        ("min_improvement", -0.01, 0.01, 0.0, "undecided"),
        ("min_improvement", -0.01, 0.0, 0.0, "fail"),
        ("min_improvement", 0.0, 0.0, 0.0, "fail"),
        ("min_improvement", 0.01, 0.02, 0.02, "fail"),
        ("minimum", 0.65, 0.7, 0.65, "pass"),
        ("minimum", 0.649, 0.7, 0.65, "undecided"),
        ("minimum", 0.6, 0.65, 0.65, "undecided"),
        ("minimum", 0.6, 0.649, 0.65, "fail"),
        ("maximum", 0.4, 0.5, 0.5, "pass"),
        ("maximum", 0.4, 0.501, 0.5, "undecided"),
        ("maximum", 0.5, 0.6, 0.5, "undecided"),
        ("maximum", 0.501, 0.6, 0.5, "fail"),
        ("max_size_mb", 50.0, 50.0, 50.0, "pass"),
        ("max_size_mb", 50.1, 50.1, 50.0, "fail"),
    ],
)
def test_outcome__table_of_the_contract__holds_at_its_edges(rule, low, high, threshold, expected):
    assert outcome(rule, low, high, threshold) == expected


@given(rule=st.sampled_from(HYPOTHESES), value=numbers, threshold=numbers.map(abs))
def test_outcome__number_without_an_interval__is_never_undecided(rule, value, threshold):
    assert outcome(rule, value, value, threshold) in ("pass", "fail")


@given(rule=st.sampled_from(HYPOTHESES), a=numbers, b=numbers, threshold=numbers.map(abs))
def test_outcome__wider_interval__never_turns_a_pass_into_a_fail_or_back(rule, a, b, threshold):
    low, high = sorted((a, b))
    answers = {outcome(rule, low, high, threshold), outcome(rule, low - 0.5, high + 0.5, threshold)}

    assert not {"pass", "fail"} <= answers


def test_hold__metric_where_less_is_better__is_a_gain():
    comparison = make_comparison(make_delta("log_loss", delta=-0.02, low=-0.03, high=-0.01))

    held = hold(comparison, "log_loss", RULES["max_regression"])

    assert (held.value, held.low, held.high) == pytest.approx((0.02, 0.01, 0.03))
    assert (held.standard_error, held.units) == (pytest.approx(0.005), 59)


def test_hold__level__is_the_candidates_and_mirrored_for_a_maximum():
    comparison = make_comparison(make_score(value=0.7, low=0.6, high=0.8), groups=None)

    lower, upper = (hold(comparison, "roc_auc", RULES[rule]) for rule in ("minimum", "maximum"))

    assert (lower.value, lower.low, lower.high, lower.units) == (0.7, 0.6, 0.8, 12_377)
    assert (upper.value, upper.low, upper.high) == (-0.7, -0.8, -0.6)


@pytest.mark.parametrize(
    ("fact", "rule", "reason"),
    [
        (make_delta(reason="all rows are positive (the candidate)", baseline=None), "max_regression", "all rows are positive (the candidate)"),
        (make_delta(reason="it is undefined in 9 % of the resamples"), "min_improvement", "it is undefined in 9 % of the resamples"),
        (make_delta(), "min_improvement", "it has no interval"),
        (make_score(value=None, reason="all rows are positive"), "minimum", "all rows are positive"),
        (make_score(value=0.5), "maximum", "it has no interval"),
        (make_score("f1", value=0.5), "maximum", "it was not estimated"),
    ],
)  # fmt: skip
def test_hold__nothing_to_look_at__says_why(fact, rule, reason):
    assert hold(make_slice("AA", fact), "roc_auc", RULES[rule]) == reason
