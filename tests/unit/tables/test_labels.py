"""ci_ml/tables/labels.py: which label is which, however a file spells it."""

import numpy as np
import pytest

from ci_ml.errors import DataError
from ci_ml.tables.labels import as_labels, check_binary, list_some, positive_spellings

NAMED = "positive: LABEL names the label that y_score is the probability of."


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.array([0, 1]), ["0", "1"]),
        (np.array([0.0, 1.0, np.nan]), ["0", "1", None]),
        (np.array([0.5]), ["0.5"]),
        (np.array([np.inf]), ["inf"]),
        (np.array([True, False]), ["true", "false"]),
        (np.array([True, None], dtype=object), ["true", None]),
        (np.array(["TRUE", "Yes", None], dtype=object), ["true", "Yes", None]),
    ],
)
def test_as_labels__any_type__is_text_or_missing(values, expected):
    assert as_labels(values) == expected


@pytest.mark.parametrize(
    ("positive", "spellings"),
    [
        (None, {"1", "true"}),
        (1, {"1", "true"}),
        (True, {"1", "true"}),
        ("1", {"1", "true"}),
        (0, {"0", "false"}),
        (False, {"0", "false"}),
        ("yes", {"yes"}),
        (2, {"2"}),
        (2.0, {"2"}),
        (0.5, {"0.5"}),
    ],
)
def test_positive_spellings__label__is_found_in_every_format(positive, spellings):
    assert positive_spellings(positive) == spellings


@pytest.mark.parametrize(
    ("found", "positive"),
    [
        ({"0", "1"}, None),
        ({"true", "false"}, 1),
        ({"0"}, None),
        ({"1"}, None),
        ({"-1", "1"}, None),
        ({"no", "yes"}, "yes"),
        ({"no"}, "yes"),
        ({"yes"}, "yes"),
        ({"1", "2"}, 2),
    ],
)
def test_check_binary__labels_of_a_binary_task__are_taken(found, positive):
    check_binary(found, positive=positive, where="p: column 'y'", place="c:1:1")


@pytest.mark.parametrize(
    ("found", "positive", "message", "hint"),
    [
        ({"no", "yes"}, None, "p: column 'y' has the labels no, yes; which one is positive?\n  c:1:1", NAMED),
        ({"no"}, None, "p: column 'y' has only the label no; is it positive?\n  c:1:1", NAMED),
        ({"no", "yes"}, "ja", "p: column 'y' has no label 'ja', the positive one (it has: no, yes).\n  c:1:1", NAMED),
        (
            {"0", "1", "2", "3"},
            None,
            "p: column 'y' has 4 labels; a binary task has two (0, 1, 2, …).",
            "task: multiclass, or regression where it is a quantity.",
        ),
        ({"1", "true"}, None, "p: column 'y' spells the positive label in two ways (1, true).", "Write one of them."),
    ],
)
def test_check_binary__other_labels__are_refused_with_what_to_say(found, positive, message, hint):
    with pytest.raises(DataError) as caught:
        check_binary(found, positive=positive, where="p: column 'y'", place="c:1:1")

    assert (caught.value.message, caught.value.hint) == (message, hint)


def test_list_some__many_or_long_values__are_cut():
    assert list_some(["a", 1, "x" * 50, "b"]) == f"a, 1, {'x' * 40}, …"
