"""The first line is the answer; the second says what it is about."""

from dataclasses import replace

import pytest
from makers import (
    CARRIERS_GATE,
    FLOOR,
    NO_WORSE,
    SIZE,
    STORIES,
    first,
    make_baseline,
    make_comparison,
    make_judgement,
    make_side,
    make_verdict,
    undecided,
)

from ci_ml.reports.headline import answer_of, context, counts, headline
from ci_ml.reports.report import words


@pytest.mark.parametrize(
    ("story", "answer", "sentence"),
    [
        ("passing", "pass", "late-flight is better: 4 of 4 gates pass"),
        ("failing", "fail", "late-flight is better overall, but worse for carrier AA: 1 of 4 gates fails"),
        (
            "undecided",
            "undecided",
            "late-flight is no worse, but auc-better is undecided: about 14 more groups would settle it",
        ),
        ("first", "first", "late-flight: first model, nothing to compare with; 2 of 2 gates pass"),
        ("without_groups", "pass", "late-flight is better: its gate passes"),
        ("multiclass", "undecided", "vehicle is better, but auc is undecided"),
        (
            "regression",
            "undecided",
            "house-price is better, but old-houses is undecided: about 1,300 more rows would settle it",
        ),
        ("files", "fail", "late-flight is better, but 1 of 3 gates fails: size"),
    ],
)
def test_headline__each_story__says_the_answer(story, answer, sentence):
    judgement = STORIES[story]()

    assert (answer_of(judgement), headline(judgement)) == (answer, sentence)


@pytest.mark.parametrize(
    ("results", "label", "sentence"),
    [
        ((SIZE,), "worse", "late-flight is worse, within what its gates allow: its gate passes"),
        (
            (FLOOR, SIZE),
            "undecided",
            "late-flight may be better or worse, within what its gates allow: 2 of 2 gates pass",
        ),
        ((FLOOR, SIZE), "no worse", "late-flight is no worse: 2 of 2 gates pass"),
        ((), "no worse", "late-flight is no worse; no gate applies"),
        (
            (replace(NO_WORSE, outcome="fail"), replace(SIZE, outcome="fail"), FLOOR),
            "worse",
            "late-flight is worse, and 2 of 3 gates fail: auc-no-worse, size",
        ),
        (
            (replace(CARRIERS_GATE, outcome="fail"), replace(CARRIERS_GATE, gate="b", outcome="fail"), FLOOR),
            "no worse",
            "late-flight is no worse overall, but worse for carrier AA and 1 more: 2 of 3 gates fail",
        ),
        (
            (replace(CARRIERS_GATE, outcome="fail", by="age >= 60", slice="age >= 60"),),
            "better",
            "late-flight is better overall, but worse for rows with age >= 60: 1 of 1 gate fails",
        ),
        (
            (
                replace(NO_WORSE, outcome="undecided", more_needed=900),
                replace(FLOOR, outcome="undecided", more_needed=2900),
            ),
            "undecided",
            "late-flight: undecided. About 2,900 more rows would settle 2 gates",
        ),
        (
            (replace(NO_WORSE, outcome="undecided", more_needed=1), SIZE),
            "undecided",
            "late-flight: undecided. About 1 more row would settle auc-no-worse",
        ),
        (
            (replace(NO_WORSE, outcome="undecided"), replace(FLOOR, outcome="undecided", more_needed=2900)),
            "undecided",
            "late-flight: undecided: auc-no-worse, auc-floor",
        ),
        (
            (
                replace(NO_WORSE, outcome="undecided", more_needed=90),
                replace(FLOOR, outcome="undecided", more_needed=20),
                SIZE,
            ),
            "worse",
            "late-flight is worse, and 2 of 3 gates are undecided: about 90 more rows would settle them",
        ),
    ],
)
def test_headline__other_verdicts__says_the_answer(results, label, sentence):
    assert headline(make_judgement(verdict=make_verdict(*results, label=label))) == sentence


def test_headline__first_model_that_fails_a_level__says_both():
    failing = make_verdict(replace(FLOOR, delta=None, outcome="fail"), SIZE, label="first", margin=None)

    assert headline(first(verdict=failing)) == "late-flight is a first model, and 1 of 2 gates fails: auc-floor"


def test_headline__too_little_data__says_that_nothing_was_judged():
    judgement = make_judgement(comparison=make_comparison(too_small="12 rows; 30 are needed"))

    assert (answer_of(judgement), headline(judgement)) == (
        "not judged",
        "late-flight was not judged: 12 rows; 30 are needed",
    )


def test_headline__names_without_end__are_cut_so_that_the_answer_stays_in_sight():
    assert len(headline(STORIES["long_names"]())) < 200


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        (
            {},
            "Candidate 9f3c2ab against v1.0.0 in production, on the same 12,377 held-out rows of 59 groups. "
            "On merge it replaces v1.0.0 in production.",
        ),
        (
            {"on_merge": "staging"},
            "Candidate 9f3c2ab against v1.0.0 in production, on the same 12,377 held-out rows of 59 groups. "
            "On merge it enters staging.",
        ),
        (
            {"on_merge": None, "baseline": make_baseline(stage=None, rescored=True)},
            "Candidate 9f3c2ab against v1.0.0, on the same 12,377 held-out rows of 59 groups. "
            "v1.0.0 was scored again on these rows. A merge registers it and promotes nothing.",
        ),
        (
            {"candidate": make_side(dirty=True), "baseline": make_baseline(version=None, stage=None)},
            "Candidate 9f3c2ab+ against 51d0e7a, on the same 12,377 held-out rows of 59 groups. "
            "On merge it enters production.",
        ),
        (
            {"candidate": make_side(commit=None), "comparison": make_comparison(rows=1, groups=None)},
            "Candidate reports/predictions.parquet against v1.0.0 in production, on the same 1 held-out row.",
        ),
    ],
)
def test_context__what_was_compared__is_said_with_what_a_merge_does(parts, sentence):
    assert words(context(make_judgement(**parts))) == sentence


def test_context__undecided_gate__says_whether_it_blocks():
    assert words(context(undecided(blocks=True))).endswith(
        "As it stands, a merge does not promote it; v1.1.0 stays in production."
    )
    assert words(context(undecided(blocks=False))).endswith(
        "On merge it replaces v1.1.0 in production; undecided gates warn here and do not block."
    )


def test_context__first_model__says_why_there_is_nothing_to_compare_with():
    assert words(context(first(baseline_note="There is no registry yet"))) == (
        "Candidate 9f3c2ab is the first model. There is no registry yet. "
        "Judged by itself on 12,377 held-out rows of 59 groups. On merge it enters production."
    )


def test_counts__every_outcome__is_counted_in_words():
    outcomes = ("pass", "fail", "undecided", "not applicable")
    one = [replace(SIZE, outcome=outcome) for outcome in outcomes]

    assert counts(make_verdict(*one)) == "1 passes, 1 fails, 1 is undecided, 1 does not apply"
    assert counts(make_verdict(*one, *one)) == "2 pass, 2 fail, 2 are undecided, 2 do not apply"
    assert counts(make_verdict()) == "no gates"
