import pytest
from comparison_maker import make_comparison, make_delta, make_score, make_slice

from ci_ml.gates.estimates import Unknown, estimate
from ci_ml.rules.table import RULES


def test_estimate__metric_where_less_is_better__is_a_gain():
    comparison = make_comparison(make_delta("log_loss", delta=-0.02, low=-0.03, high=-0.01))

    found = estimate(comparison, "log_loss", RULES["max_regression"])

    assert (found.value, found.low, found.high) == pytest.approx((0.02, 0.01, 0.03))
    assert (found.standard_error, found.units) == (pytest.approx(0.005), 59)


def test_estimate__level__is_the_candidates_whatever_is_asked_of_it():
    comparison = make_comparison(make_score(value=0.7, low=0.6, high=0.8), groups=None)

    lower, upper = (estimate(comparison, "roc_auc", RULES[rule]) for rule in ("minimum", "maximum"))

    assert (lower.value, lower.low, lower.high, lower.units) == (0.7, 0.6, 0.8, 12_377)
    assert upper == lower


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
def test_estimate__nothing_to_look_at__says_why(fact, rule, reason):
    assert estimate(make_slice("AA", fact), "roc_auc", RULES[rule]) == Unknown(reason=reason)
