"""What a card says its measurements leave open."""

from dataclasses import replace

import pytest
from makers import (
    CARRIERS,
    failing,
    first,
    make_comparison,
    make_judgement,
    make_side,
    make_slice,
    regression,
    undecided,
)

from ci_ml.evaluation.results import Interval, Score
from ci_ml.reports.card_limits import known_limits
from ci_ml.reports.report import words


def limits(judgement) -> list[str]:
    return [words(limit) for limit in known_limits(judgement)]


def settled(**parts):
    """Nothing left open, but for what `parts` change."""
    scores = {"roc_auc": Score(metric="roc_auc", value=0.7, interval=Interval(low=0.6, high=0.8))}
    return make_comparison(**{"scores": scores, "slices": (), **parts})


def test_known_limits__all_settled__are_none():
    assert limits(make_judgement(comparison=settled())) == []


@pytest.mark.parametrize(
    ("judgement", "expected"),
    [
        (replace(first(), comparison=settled()), "There was no earlier version to compare it with."),
        (
            replace(failing(), comparison=settled()),
            "Registered although the gate carriers fails. For carrier=AA (3,090 rows), roc_auc is worse by at least 0.066; "
            "up to 0.020 is allowed.",
        ),
        (
            replace(undecided(), comparison=settled()),
            "The gate auc-better is undecided. On 12,377 rows of 59 groups, roc_auc may be worse by as much as 0.002; an "
            "improvement is required; about 14 more groups would settle it.",
        ),
        (
            make_judgement(comparison=settled(groups=None)),
            "Intervals take every row as independent. Where rows belong together, such as those of one customer or one "
            "day, they are too narrow.",
        ),
        (
            make_judgement(comparison=settled(groups=19)),
            "Intervals rest on 19 groups of rows, which is few: take them as rough.",
        ),
        (make_judgement(comparison=settled(too_small="3 rows; 30 are needed")), "Nothing was judged: 3 rows; 30 are needed."),
        (
            make_judgement(comparison=settled(scores={"f1": Score(metric="f1", value=None, reason="one class only")})),
            "f1 could not be estimated: one class only.",
        ),
        (
            make_judgement(comparison=settled(scores={"f1": Score(metric="f1", value=0.5)})),
            "No interval was computed for f1.",
        ),
        (
            make_judgement(comparison=settled(slices_left_out=7)),
            "7 further slices of the smallest are not listed.",
        ),
        (
            make_judgement(comparison=settled(), candidate=make_side(dirty=True)),
            "It was judged with changes in the working copy that were in no commit.",
        ),
        (make_judgement(comparison=settled(), notes=("A key waits.",)), "A key waits."),
    ],
)  # fmt: skip
def test_known_limits__one_thing_open__is_said(judgement, expected):
    assert limits(judgement) == [expected]


def test_known_limits__slices__names_the_small_ones_and_the_one_that_is_least_sure():
    assert limits(make_judgement(comparison=settled(slices=CARRIERS))) == [
        "Slices by carrier that are too small to judge: VX, AS, HA (144 rows together).",
        "Least sure is the slice carrier=WN, with roc_auc changed by [+0.002, +0.147] on 201 rows.",
    ]


def test_known_limits__many_small_slices__are_cut():
    small = tuple(make_slice(f"s{i}", 2, None, too_small="2 rows; 30 are needed") for i in range(11))

    assert limits(make_judgement(comparison=settled(slices=small))) == [
        "Slices by carrier that are too small to judge: s0, s1, s2, s3, s4, s5, s6, s7 and 3 more (22 rows together)."
    ]


def test_known_limits__conditions__are_named_as_they_are_written():
    rows = regression().comparison.slices
    small = (replace(rows[0], too_small="9 rows; 30 are needed"),)

    assert limits(make_judgement(comparison=settled(slices=small))) == [
        "Rows with age >= 60 are too few to judge: 611."
    ]
