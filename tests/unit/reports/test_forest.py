"""What the forest plots show, and that their titles say it."""

from dataclasses import replace

import pytest
from makers import (
    CARRIERS,
    FLOOR,
    NO_WORSE,
    STORIES,
    failing,
    first,
    make_comparison,
    make_judgement,
    make_verdict,
    multiclass,
    regression,
)

from ci_ml.reports.forest import forests


@pytest.mark.parametrize(
    ("story", "titles"),
    [
        (
            "passing",
            ["roc_auc: better on all rows, better for 9 of 9 slices", "roc_auc: the level is clear of its threshold"],
        ),
        (
            "failing",
            [
                "roc_auc: better on all rows, better for 6 of 9 slices, worse for carrier=AA",
                "roc_auc: the level is clear of its threshold",
            ],
        ),
        ("first", ["roc_auc: the level is clear of its threshold"]),
        ("regression", ["root_mean_squared_error: better on all rows, no clear change for age >= 60"]),
        ("multiclass", ["log_loss: better on all rows"]),
    ],
)
def test_forests__each_story__has_a_title_that_says_what_it_shows(story, titles):
    assert [forest.title for forest in forests(STORIES[story]())] == titles


def test_forests__rows__are_all_rows_then_the_least_gain_first():
    rows = forests(failing())[0].rows

    assert [row.label for row in rows][:3] == ["all rows", "carrier=AA", "carrier=UA"]
    assert [row.numbers for row in rows][:2] == ["+0.003 [+0.001, +0.006]", "-0.087 [-0.108, -0.066]"]


def test_forests__marks__are_the_thresholds_that_hold_for_the_rows():
    rows = forests(make_judgement())[0].rows

    assert [row.marks for row in rows] == [(-0.002,)] + [(-0.02,)] * 9


def test_forests__two_gates_on_the_same_rows__show_the_stricter_mark():
    verdict = make_verdict(NO_WORSE, replace(NO_WORSE, gate="b", rule="min_improvement", threshold=0.01))

    assert forests(make_judgement(verdict=verdict))[0].rows[0].marks == (0.01,)


def test_forests__lower_is_better__is_turned_so_that_right_is_better():
    (forest,) = forests(multiclass())

    assert (forest.rows[0].low, forest.rows[0].high) == (0.0173, 0.0391)
    assert forest.axis == "gain in log_loss, candidate against baseline (lower is better, so right is lower)"


def test_forests__slices_too_small__are_not_drawn():
    small = make_comparison(slices=CARRIERS[9:])

    assert [row.label for row in forests(make_judgement(comparison=small))[0].rows] == ["all rows"]


def test_forests__levels__show_the_baseline_beside_the_candidate():
    level = forests(make_judgement())[1].rows[0]

    assert (level.label, level.estimate, level.low, level.high, level.marks, level.reference) == (
        "auc-floor: all rows",
        0.746,
        0.731,
        0.760,
        (0.65,),
        0.669,
    )
    assert forests(first())[0].rows[0].reference is None


def test_forests__several_levels__are_counted_in_the_title():
    verdict = make_verdict(FLOOR, replace(FLOOR, gate="b", threshold=0.9, outcome="fail"))

    assert forests(make_judgement(verdict=verdict))[-1].title == "roc_auc: 1 of 2 levels are clear of their thresholds"


def test_forests__large_numbers__have_no_decimals_that_say_nothing():
    assert [row.numbers for row in forests(regression())[0].rows] == [
        "+1,308 [+734, +1,904]",
        "-1,460 [-3,800, +880]",
    ]
