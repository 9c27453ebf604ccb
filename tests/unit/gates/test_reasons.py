import pytest
from comparison_maker import make_comparison, make_slice

from ci_ml.gates.estimates import Estimate
from ci_ml.gates.reasons import failed, figures, place, settle, unsettled
from ci_ml.rules.table import RULES


@pytest.mark.parametrize(
    ("rule", "bound", "threshold", "sentence"),
    [
        ("max_regression", -0.0664, 0.02, "roc_auc is worse by at least 0.066; up to 0.020 is allowed"),
        ("max_regression", -0.0204, 0.02, "roc_auc is worse by at least 0.0204; up to 0.0200 is allowed"),
        ("max_regression", -0.001, 0.0, "roc_auc is worse by at least 0.001; none of that is allowed"),
        ("min_improvement", 0.0012, 0.01, "roc_auc improves by at most 0.001; an improvement of more than 0.010 is required"),
        ("min_improvement", -0.004, 0.01, "roc_auc is worse by at least 0.004; an improvement of more than 0.010 is required"),
        ("min_improvement", 0.0, 0.0, "roc_auc does not improve; an improvement is required"),
        ("minimum", 0.64, 0.65, "roc_auc is at most 0.640; at least 0.650 is required"),
        ("minimum", 0.0, 0.65, "roc_auc is at most 0.000; at least 0.650 is required"),
        ("maximum", 0.52, 0.5, "roc_auc is at least 0.520; at most 0.500 is allowed"),
        ("maximum", 52_480.0, 50_000.0, "roc_auc is at least 52,480.0; at most 50,000.0 is allowed"),
    ],
)  # fmt: skip
def test_failed__any_rule__says_by_how_much_at_least_and_what_was_allowed(rule, bound, threshold, sentence):
    low, high = (bound, bound + 2) if rule == "maximum" else (bound - 2, bound)

    assert failed(RULES[rule], "roc_auc", Estimate(value=bound, low=low, high=high), threshold) == sentence


@pytest.mark.parametrize(
    ("rule", "bound", "threshold", "sentence"),
    [
        ("max_regression", -0.014, 0.002, "f1 may be worse by as much as 0.014; up to 0.002 is allowed"),
        ("min_improvement", -0.003, 0.0, "f1 may be worse by as much as 0.003; an improvement is required"),
        ("min_improvement", 0.0, 0.0, "f1 may not improve at all; an improvement is required"),
        ("min_improvement", 0.001, 0.002, "f1 may improve by as little as 0.001; an improvement of more than 0.002 is required"),
        ("minimum", 0.6496, 0.65, "f1 may be as low as 0.6496; at least 0.6500 is required"),
        ("maximum", 0.6, 0.5, "f1 may be as high as 0.600; at most 0.500 is allowed"),
    ],
)  # fmt: skip
def test_unsettled__any_rule__says_how_bad_it_may_be(rule, bound, threshold, sentence):
    low, high = (bound - 2, bound) if rule == "maximum" else (bound, bound + 2)

    assert unsettled(RULES[rule], "f1", Estimate(value=bound, low=low, high=high), threshold) == sentence


@pytest.mark.parametrize(
    ("value", "against", "pair"),
    [
        (0.0000012, 0.002, ("0.000001", "0.002000")),
        (1e-20, 0.002, ("1e-20", "0.002")),
        (0.02, 0.02, ("0.020", "0.020")),
        (0.0, 0.02, ("0.000", "0.020")),
        (123.456, 123.46, ("123.456", "123.460")),
        (float("nan"), 1.0, ("nan", "1.000")),
    ],
)
def test_figures__two_numbers__can_be_told_apart(value, against, pair):
    assert figures(value, against) == pair


def test_place__rows_and_slices__name_what_is_spoken_of():
    assert place(make_comparison()) == "On 12,377 rows of 59 groups"
    assert place(make_comparison(groups=None)) == "On 12,377 rows"
    assert place(make_slice("AA", rows=3090)) == "For carrier=AA (3,090 rows)"
    assert place(make_slice("true", by="age >= 60", rows=1)) == "For age >= 60 (1 row)"


@pytest.mark.parametrize(
    ("more", "units", "sentence"),
    [
        (2900, "rows", "; about 2,900 more rows would settle it"),
        (1, "groups", "; about 1 more group would settle it"),
        (None, "rows", "; the estimate is at the limit itself, so more data alone would not settle it"),
    ],
)
def test_settle__any_number__is_a_plain_clause(more, units, sentence):
    assert settle(more, units) == sentence
