import pytest
from hypothesis import given
from hypothesis import strategies as st
from source_code import ROOT

from ci_ml.config.schema import build_schema
from ci_ml.rules.rule import Allowed
from ci_ml.rules.table import RULES

numbers = st.floats(-2, 2, allow_nan=False).map(lambda x: round(x, 3))


def outcome(rule, low, high, threshold):
    """Of a level or gain."""
    return RULES[rule].allowed(threshold).answer(low, high)


@pytest.mark.parametrize("rule", RULES)
def test_rules__every_one__is_a_key_of_the_schema_with_its_words_and_a_section_of_the_page(rule):
    entry = RULES[rule]
    gate = build_schema()["$defs"]["Gate"]

    assert gate["properties"][rule]["description"] == entry.doc
    assert {"required": [rule], "properties": {rule: {"not": {"enum": [None, []]}}}} in gate["allOf"][0]["oneOf"]
    page = (ROOT / "docs" / "gates.md").read_text(encoding="utf-8")
    assert f"\n## {rule}\n\n{entry.page}\n" in page


@pytest.mark.parametrize("rule", RULES)
@given(threshold=st.floats(0.0009, 2))
def test_rules__any_threshold__has_an_end_and_is_said_in_words(rule, threshold):
    entry = RULES[rule]
    ends = entry.allowed(threshold).ends

    assert ends
    assert {abs(end) for end in ends} == {threshold}
    assert "0.5" in entry.demanded(threshold, "0.5")
    assert "0.5" in entry.asked(threshold, "0.5")
    for bound in (-0.1, 0.1):
        certain, possible = (entry.says(bound, sure).format(found="0.1") for sure in (True, False))
        assert "0.1" in certain
        assert "may" in possible


def test_allowed__two_ends__passes_within_fails_outside_either_and_is_undecided_across():
    allowed = Allowed(low=-1, high=1)

    answers = [allowed.answer(*i) for i in [(-1, 1), (-0.5, 1.1), (1.1, 2), (-2, -1.1), (-2, 2), (1, 2)]]

    assert answers == ["pass", "undecided", "fail", "fail", "undecided", "undecided"]
    assert (allowed.ends, allowed.room(0.25), allowed.room(-3)) == ((-1, 1), 0.75, -2)


def test_allowed__without_its_ends__fails_where_an_interval_only_touches_one():
    allowed = Allowed(low=-1, high=1, with_ends=False)

    assert [allowed.answer(*i) for i in [(1, 2), (-2, -1), (-1, 0), (-0.9, 0.9)]] == [
        "fail",
        "fail",
        "undecided",
        "pass",
    ]


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


@given(rule=st.sampled_from(list(RULES)), value=numbers, threshold=numbers.map(abs))
def test_outcome__number_without_an_interval__is_never_undecided(rule, value, threshold):
    assert outcome(rule, value, value, threshold) in ("pass", "fail")


@given(rule=st.sampled_from(list(RULES)), a=numbers, b=numbers, threshold=numbers.map(abs))
def test_outcome__wider_interval__never_turns_a_pass_into_a_fail_or_back(rule, a, b, threshold):
    low, high = sorted((a, b))
    answers = {outcome(rule, low, high, threshold), outcome(rule, low - 0.5, high + 0.5, threshold)}

    assert not {"pass", "fail"} <= answers
