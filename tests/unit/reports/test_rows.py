"""Tables of levels, slices and changes, and the one line that sums each up."""

from dataclasses import replace

from makers import (
    CARRIERS,
    CHANGES,
    DELTAS,
    failing,
    first,
    make_comparison,
    make_delta,
    make_judgement,
    make_slice,
    multiclass,
    regression,
)

from ci_ml.registry.differences import Difference
from ci_ml.reports.rows import change_rows, changes_summary, level_rows, levels_summary, slice_tables, slices_summary


def test_level_rows__every_shown_metric__is_there_main_one_first():
    rows = level_rows(make_comparison(main_metric="log_loss"))

    assert [
        (r.metric, r.figures.baseline, r.figures.candidate, r.figures.change, r.figures.interval, r.direction)
        for r in rows
    ] == [
        ("log_loss", "0.470", "0.431", "-0.039", "", "lower is better"),
        ("roc_auc", "0.669", "0.746", "+0.077", "[+0.054, +0.097]", "higher is better"),
        ("average_precision", "0.334", "0.447", "+0.113", "", "higher is better"),
        ("brier_score", "0.148", "0.135", "-0.013", "", "lower is better"),
    ]
    assert levels_summary(rows) == "log_loss 0.470 → 0.431, and 3 more"


def test_level_rows__metric_that_cannot_be_estimated__says_why():
    row = level_rows(multiclass().comparison)[1]

    assert (row.metric, row.figures.candidate, row.figures.change, row.reason) == (
        "roc_auc_ovr",
        "",
        "",
        "class 'boat' has no row with that label",
    )


def test_level_rows__first_model__shows_levels_alone():
    rows = level_rows(first().comparison)

    assert [(r.figures.baseline, r.figures.candidate, r.figures.interval) for r in rows][:2] == [
        ("", "0.746", "[0.731, 0.760]"),
        ("", "0.447", ""),
    ]
    assert levels_summary(rows) == "roc_auc 0.746, and 3 more"


def test_slice_tables__judged_slices__come_worst_first_and_small_ones_last():
    (table,) = slice_tables(failing())

    assert [row.value for row in table.rows][:2] == ["AA", "UA"]
    assert [(row.value, row.rows, row.too_small) for row in table.rows[-3:]] == [
        ("VX", 98, "22 positive and 76 negative rows; 30 of each are needed"),
        ("AS", 31, "4 positive and 27 negative rows; 30 of each are needed"),
        ("HA", 15, "2 positive and 13 negative rows; 30 of each are needed"),
    ]


def test_slice_tables__summary__counts_who_gains_and_names_who_loses():
    (worse,) = slice_tables(failing())
    (better,) = slice_tables(make_judgement())
    (level,) = slice_tables(first())
    (condition,) = slice_tables(regression())

    assert [table.summary for table in (worse, better, level, condition)] == [
        "9 judged, 3 too small to judge; worse for 1 (AA), better for 6, no clear change for 2",
        "9 judged, 3 too small to judge; all better",
        "9 judged, 3 too small to judge; least: AA",
        "1 judged; no clear change",
    ]


def test_slice_tables__several_columns__have_a_table_each():
    origin = make_slice("JFK", 4000, make_delta("roc_auc", 0.66, 0.74, 0.04, 0.11), by="origin")
    tables = slice_tables(make_judgement(comparison=make_comparison(slices=(*CARRIERS, origin))))

    assert [(table.by, table.metric) for table in tables] == [("carrier", "roc_auc"), ("origin", "roc_auc")]
    assert (
        slices_summary(tables) == "by carrier, 9 judged, 3 too small to judge; all better; by origin, 1 judged; better"
    )


def test_slice_tables__slice_gated_by_another_metric__shows_that_metric():
    both = make_slice("AA", 900, make_delta("roc_auc", 0.6, 0.7, 0.05, 0.15))
    loss = make_delta("log_loss", 0.5, 0.4)
    slices = (make_slice("AA", 900, None, deltas={**both.deltas, "log_loss": loss}, scores={}),)
    base = make_judgement(comparison=make_comparison(slices=slices))
    gated = base.verdict.results[2]

    verdict = replace(base.verdict, results=(replace(gated, metric="log_loss"),))

    assert [table.metric for table in slice_tables(replace(base, verdict=verdict))] == ["log_loss"]


def test_changes_summary__kinds_of_change__are_counted_and_what_stayed_is_named():
    assert changes_summary(CHANGES) == "the features, 1 parameter, 1 code file; same data"
    assert changes_summary(CHANGES[2:3]) == "nothing that is recorded; same data"
    assert (
        changes_summary(tuple(Difference(kind="parameter", what=str(i), baseline="1", candidate="2") for i in range(3)))
        == "3 parameters"
    )


def test_change_rows__one_side_without_a_value__is_left_empty():
    (row,) = change_rows((Difference(kind="parameter", what="seed", baseline=None, candidate="7"),))

    assert (row.baseline, row.candidate, row.same) == ("", "7", False)


def test_level_rows__scores_and_deltas__name_the_same_metrics_once():
    assert len(level_rows(make_comparison())) == len(DELTAS)
