"""A row per gate: what was held to what, with numbers that fit together."""

from dataclasses import replace

import pytest
from makers import (
    CARRIERS_GATE,
    FLOOR,
    NO_WORSE,
    SIZE,
    failing,
    files,
    first,
    make_delta,
    make_judgement,
    make_verdict,
    multiclass,
)

from ci_ml.evaluation.results import Interval
from ci_ml.gates.verdict import GateResult
from ci_ml.reports.gate_rows import gate_rows


def row_of(result: GateResult, **parts):
    (row,) = gate_rows(make_judgement(verdict=make_verdict(result), **parts))
    return row


def test_gate_rows__order__is_failing_then_undecided_then_as_configured():
    results = (
        FLOOR,
        replace(NO_WORSE, gate="a", outcome="not applicable"),
        replace(NO_WORSE, gate="b", outcome="undecided"),
        replace(NO_WORSE, gate="c", outcome="fail"),
        SIZE,
        replace(NO_WORSE, gate="d", outcome="fail"),
    )

    rows = gate_rows(make_judgement(verdict=make_verdict(*results)))

    assert [row.gate for row in rows] == ["c", "d", "b", "auc-floor", "size", "a"]


@pytest.mark.parametrize(
    ("result", "held"),
    [
        (FLOOR, "roc_auc at least 0.65"),
        (replace(FLOOR, rule="maximum", metric="log_loss"), "log_loss at most 0.65"),
        (NO_WORSE, "roc_auc, no worse by more than 0.002"),
        (replace(NO_WORSE, threshold=0.0), "roc_auc, no worse"),
        (replace(NO_WORSE, rule="min_improvement"), "roc_auc, better by more than 0.002"),
        (replace(NO_WORSE, rule="min_improvement", threshold=0.0), "roc_auc, better"),
        (CARRIERS_GATE, "roc_auc of each carrier, no worse by more than 0.02; least: AA, 1,286 rows"),
        (replace(CARRIERS_GATE, slice=None, slice_rows=None), "roc_auc of each carrier, no worse by more than 0.02"),
        (
            replace(CARRIERS_GATE, by="age >= 60", slice="age >= 60", slice_rows=611),
            "roc_auc where age >= 60, no worse by more than 0.02; 611 rows",
        ),
        (SIZE, "late_flight.txt at most 50 MB"),
        (replace(NO_WORSE, threshold=0.00669123, share=0.01), "roc_auc, no worse by more than 1 %"),
        (replace(NO_WORSE, threshold=0.0, share=0.01, outcome="not applicable"), "roc_auc, no worse by more than 1 %"),
    ],
)
def test_gate_rows__each_rule__says_what_is_held_to_what(result, held):
    assert row_of(result).held == held


def test_gate_rows__change__has_numbers_interval_and_strip():
    row = row_of(NO_WORSE)

    assert (row.figures.baseline, row.figures.candidate, row.figures.change, row.figures.interval, row.strip) == (
        "0.669",
        "0.746",
        "+0.077",
        "[+0.054, +0.097]",
        "·········╎│···├─●─┤·",
    )


def test_gate_rows__level__has_the_interval_of_the_level_and_no_strip():
    row = row_of(FLOOR)

    assert (row.figures.candidate, row.figures.interval, row.figures.change, row.strip, row.is_change) == (
        "0.746",
        "[0.731, 0.760]",
        "",
        "",
        False,
    )


def test_gate_rows__lower_is_better__shows_the_change_and_draws_the_gain():
    row = gate_rows(multiclass())[1]

    assert (row.figures.change, row.figures.interval) == ("-0.028", "[-0.039, -0.017]")
    assert row.drawn is not None
    assert (row.drawn.low, row.drawn.high, row.drawn.marks) == (0.0173, 0.0391, (-0.002,))
    assert row.strip.index("●") > row.strip.index("│")


def test_gate_rows__size_of_the_model__is_compared_with_the_baselines_own_file():
    assert [(row.figures.baseline, row.figures.candidate) for row in gate_rows(files())] == [
        ("1.1 MB", "1.2 MB"),
        ("0.669", "0.746"),
        ("", "31.25"),
    ]


def test_gate_rows__interval_that_misses_the_margin_by_a_hair__shows_the_hair():
    delta = make_delta("roc_auc", 0.7, 0.69, -0.02004, -0.001)
    row = row_of(
        replace(NO_WORSE, threshold=0.02, delta=delta, observed=0.69, interval=Interval(low=-0.02004, high=-0.001))
    )

    assert row.figures.interval == "[-0.02004, -0.00100]"


def test_gate_rows__failing_slice__says_where_to_look_closer():
    row = gate_rows(failing())[0]

    assert (row.why, row.advice, row.command, row.blocks) == (
        "For carrier=AA (3,090 rows), roc_auc is worse by at least 0.066; up to 0.020 is allowed.",
        "Look closer:",
        "ci-ml compare late-flight --candidate 51d0e7a --slice carrier=AA",
        True,
    )


def test_gate_rows__slice_with_a_shells_own_characters__is_quoted_in_the_command():
    row = row_of(replace(CARRIERS_GATE, outcome="fail", slice="carrier=$(rm -rf x)"))

    assert row.command == "ci-ml compare late-flight --candidate 9f3c2ab --slice 'carrier=$(rm -rf x)'"


def test_gate_rows__what_passes_or_does_not_apply__needs_no_advice():
    rows = gate_rows(first())

    assert [(row.why, row.advice, row.command) for row in rows] == [
        ("", "", ""),
        ("", "", ""),
        ("There is no baseline to compare with.", "", ""),
        ("There is no baseline to compare with.", "", ""),
    ]


def test_gate_rows__undecided__blocks_only_where_that_is_asked_for():
    waiting = replace(NO_WORSE, outcome="undecided")

    assert [row_of(replace(waiting, blocks=b)).blocks for b in (True, False)] == [True, False]
    assert row_of(replace(NO_WORSE, blocks=True)).blocks is False
