import pytest
from comparison_maker import make_delta, make_score, make_slice

from ci_ml.gates.estimates import Estimate, Unknown
from ci_ml.gates.families import deciding, family_answer, half_width_after_holm, judge_family
from ci_ml.rules.table import RULES

MARGIN = RULES["max_regression"]


def carriers(*bounds, rows=1000):
    """One slice for each (low, high) of its change."""
    return tuple(
        make_slice(str(i), make_delta(delta=(low + high) / 2, low=low, high=high), rows=rows)
        for i, (low, high) in enumerate(bounds)
    )


def judged(*bounds, threshold=0.02):
    members = judge_family(carriers(*bounds), "roc_auc", MARGIN, threshold)
    return members, family_answer(members)


def test_judge_family__every_slice_clears_the_margin__passes():
    members, outcome = judged((-0.01, 0.03), (-0.02, 0.05))

    assert outcome == "pass"
    assert deciding(members, outcome, MARGIN.allowed(0.02)).slice.name == "carrier=0"


def test_judge_family__one_slice_far_beyond_the_margin__fails_though_others_pass():
    members, outcome = judged((-0.01, 0.03), (-0.108, -0.066), (-0.01, 0.01))

    assert outcome == "fail"
    assert [m.answer for m in members] == ["pass", "fail", "pass"]
    assert deciding(members, outcome, MARGIN.allowed(0.02)).slice.name == "carrier=1"


def test_judge_family__slice_beyond_the_margin_only_before_holm__is_undecided():
    beyond = (-0.060, -0.021)  # p = 0.019: beyond by itself, but not the least of nine

    alone, among_nine = judged(beyond), judged(beyond, *[(-0.01, 0.03)] * 8)

    assert alone[1] == "fail"
    assert among_nine[1] == "undecided"
    assert among_nine[0][0].by_chance
    assert deciding(*among_nine, MARGIN.allowed(0.02)).slice.name == "carrier=0"


def test_judge_family__slice_that_holm_rejects_but_whose_interval_reaches_the_margin__is_undecided():
    skewed = make_slice("AA", make_delta(delta=-0.06, low=-0.07, high=-0.019))  # p = 0.0015

    (member,) = judge_family((skewed,), "roc_auc", MARGIN, 0.02)

    assert (member.answer, member.by_chance) == ("undecided", False)


def test_judge_family__one_slice_straddles_the_margin__is_undecided():
    members, outcome = judged((-0.01, 0.03), (-0.03, 0.03))

    assert outcome == "undecided"
    assert deciding(members, outcome, MARGIN.allowed(0.02)).slice.name == "carrier=1"


def test_judge_family__small_slices__are_left_out():
    small = make_slice("HA", too_small="2 positive and 9 negative rows; 30 of each are needed")

    members = judge_family((*carriers((-0.01, 0.03)), small), "roc_auc", MARGIN, 0.02)

    assert [m.slice.name for m in members] == ["carrier=0"]
    assert family_answer(members) == "pass"


def test_family_answer__no_slice_judged__is_undecided():
    assert family_answer([]) == "undecided"
    assert deciding([], "undecided", MARGIN.allowed(0.02)) is None


def test_judge_family__slice_that_cannot_be_estimated__keeps_the_family_from_passing():
    lost = make_slice("AA", make_delta(reason="all rows are positive"))

    members = judge_family((*carriers((-0.01, 0.03)), lost), "roc_auc", MARGIN, 0.02)

    assert [(m.answer, m.found.reason if isinstance(m.found, Unknown) else "") for m in members] == [
        ("pass", ""),
        ("undecided", "all rows are positive"),
    ]
    assert family_answer(members) == "undecided"


def test_deciding__several_fail__is_the_one_with_the_least_gain():
    members, outcome = judged((-0.2, -0.1), (-0.3, -0.2), (-0.25, -0.1), (-0.9, 0.9))

    assert deciding(members, outcome, MARGIN.allowed(0.02)).slice.name == "carrier=1"


@pytest.mark.parametrize(("rule", "threshold", "least"), [("minimum", 0.5, "low"), ("maximum", 0.9, "high")])
def test_judge_family__levels__show_the_slice_nearest_to_the_limit(rule, threshold, least):
    slices = tuple(
        make_slice(name, make_score(value=value, low=value - 0.05, high=value + 0.05))
        for name, value in (("middle", 0.7), ("low", 0.6), ("high", 0.8))
    )
    members = judge_family(slices, "roc_auc", RULES[rule], threshold)

    assert family_answer(members) == "pass"
    assert deciding(members, "pass", RULES[rule].allowed(threshold)).slice.value == least


@pytest.mark.parametrize(("rule", "threshold"), [("minimum", 0.9), ("maximum", 0.5), ("min_improvement", 0.1)])
def test_judge_family__every_slice_far_on_the_wrong_side__fails(rule, threshold):
    fact = make_delta(delta=0.01, low=0.0, high=0.02, level=(0.69, 0.73))
    members = judge_family((make_slice("a", fact), make_slice("b", fact)), "roc_auc", RULES[rule], threshold)

    assert [m.answer for m in members] == ["fail", "fail"]


def test_judge_family__models_that_are_the_same__fail_an_improvement_and_pass_a_margin_of_zero():
    same = tuple(make_slice(str(i), make_delta(delta=0.0, low=0.0, high=0.0)) for i in range(3))

    assert family_answer(judge_family(same, "roc_auc", RULES["max_regression"], 0.0)) == "pass"
    assert family_answer(judge_family(same, "roc_auc", RULES["min_improvement"], 0.0)) == "fail"


def test_half_width_after_holm__more_slices__ask_for_more_than_the_plain_interval():
    held = Estimate(value=0, low=-0.02, high=0.02, standard_error=0.01, units=100_000)

    assert half_width_after_holm(held, 1) == pytest.approx(0.0196, abs=1e-4)
    assert half_width_after_holm(held, 9) == pytest.approx(0.0277, abs=1e-4)
