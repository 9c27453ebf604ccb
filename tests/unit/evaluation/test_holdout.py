"""ci_ml/evaluation/holdout.py and ci_ml/gates/holdout.py: what became of the held-out rows, and whether it may."""

from dataclasses import replace

import numpy as np
import pytest
from comparison_maker import make_comparison
from predictions_maker import make_binary

from ci_ml.evaluation.holdout import row_changes
from ci_ml.evaluation.results import RowChanges
from ci_ml.gates.holdout import refused_rows

TRUTH, SCORE = [1, 0, 1, 0], [0.9, 0.2, 0.8, 0.1]


def rows(ids=(1, 2, 3, 4), truth=TRUTH, **more):
    made = make_binary(truth, SCORE[: len(truth)])
    labels = more.pop("group_labels", None)
    return replace(
        made, ids=np.array(ids), group_labels=None if labels is None else np.array(labels, dtype=object), **more
    )


def test_row_changes__same_rows__are_none():
    changes = row_changes(rows(), rows())

    assert changes == RowChanges(before=4, after=4)
    assert not changes.any


def test_row_changes__added_and_removed__are_counted_by_id():
    changes = row_changes(rows(), rows(ids=(2, 3, 4, 5)))

    assert (changes.added, changes.removed, changes.examples) == (1, 1, ("1", "2", "3"))
    assert changes.altered == {"truth": 3}  # the rows moved on by one


def test_row_changes__ids_as_text__are_the_same_ids():
    assert not row_changes(rows(), rows(ids=("1", "2", "3", "4"))).any


@pytest.mark.parametrize(
    ("old", "new", "altered"),
    [
        ({}, {"truth": [1, 1, 1, 0]}, {"truth": 1}),
        ({"sample_weight": np.ones(4)}, {"sample_weight": np.array([1, 1, 2, 0.5])}, {"weight": 2}),
        ({"group_labels": ["a", "a", "b", "b"]}, {"group_labels": ["a", "c", "c", "c"]}, {"group": 3}),
        (
            {"slices": {"s": np.array(["x", "y", None, "z"], dtype=object)}},
            {"slices": {"s": np.array(["x", None, None, "z"], dtype=object)}},
            {"slice": 1},
        ),
        (
            {"slices": {"s": np.array([1.0, np.nan, 3.0, 4.0])}},
            {"slices": {"s": np.array([1.0, np.nan, np.nan, 4.0])}},
            {"slice": 1},
        ),
        ({}, {"sample_weight": np.ones(4)}, {}),  # nothing to compare with: main's rules judge without it
    ],
)
def test_row_changes__altered_cells__are_counted_by_kind(old, new, altered):
    assert row_changes(rows(**old), rows(**new)).altered == altered


@pytest.mark.parametrize(
    ("mode", "changes", "said"),
    [
        ("grows", {"added": 5}, ()),
        ("moves", {"added": 5, "removed": 5, "altered": {"truth": 2}}, ()),
        (
            "fixed",
            {"added": 1},
            ("1 row was added since the baseline was judged; the rows stay as they are (holdout: fixed).",),
        ),
        (
            "grows",
            {"removed": 2, "altered": {"truth": 1}, "examples": ("7",)},
            (
                "2 rows were taken away and the truth of 1 row was altered since the baseline was judged (such as id 7); "
                "rows may be added (holdout: grows), no others may go or change.",
            ),
        ),
    ],
)
def test_refused_rows__each_mode__says_what_may_not_be(mode, changes, said):
    found = RowChanges(before=100, after=100, **changes)

    assert refused_rows(mode, found, make_comparison()) == said


def test_refused_rows__too_few_are_left__stop_the_change_though_they_may_move():
    comparison = replace(make_comparison(), too_small="12 rows; 30 are needed")

    assert refused_rows("moves", RowChanges(before=600, after=12, removed=588), comparison) == (
        "On these rows nothing can be judged (12 rows; 30 are needed); on the baseline's 600 rows it could.",
    )
    assert refused_rows("moves", RowChanges(before=12, after=12), comparison) == ()
    assert refused_rows("moves", None, comparison) == ()
