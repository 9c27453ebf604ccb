"""ci_ml/evaluation/rows.py: the digest of rows, and what differs between two sets of them."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from predictions_maker import make_binary, make_multiclass

from ci_ml.errors import DataError
from ci_ml.evaluation.rows import digest_column, digest_rows, explain_difference, pair


def described(predictions, **columns):
    """The predictions with the digests that a reader would have taken."""
    truth = np.array(predictions.classes)[predictions.y_true] if predictions.classes else predictions.y_true
    found = {"id": predictions.ids, "y_true": truth, **columns}
    found |= {} if predictions.sample_weight is None else {"weight": predictions.sample_weight}
    found |= {f"slice:{name}": values for name, values in predictions.slices.items()}
    digests = {name: digest_column(values) for name, values in found.items()}
    return replace(predictions, column_digests=MappingProxyType(digests), rows_digest=digest_rows(digests))


def binary(truth=(0, 1, 1), *, ids=None, **options):
    made = make_binary(list(truth), [0.5] * len(truth), **options)
    return described(made if ids is None else replace(made, ids=np.array(ids)))


def test_digest_column__known_values__never_change():
    # Records of every registry hold such digests: a change here makes every baseline look rescored.
    assert digest_column(np.array([1, -2])) == "fcfe01863dbd4a9dbe2920b3288d51b372df755f80ceb626ed29d9a145b7ebb1"
    assert digest_column(np.array([0.5, np.nan])) == "21e38aaf30000a74ccaa149b2d0de8e4627359fda6678dd6b26788feff6bdb88"
    assert digest_column(np.array([True, False])) == "5eabd7a1bc348c1159dfcb59f4989bee49b18cd5cec0bdbd7aa5daeae649ce96"
    texts = np.array(["a", None, "é"], dtype=object)
    assert digest_column(texts) == "1358b17cad9c25ef301f025ebf8f411d59d7cd033c28d0eeef91cfcf38a44545"
    rows = digest_rows({"id": "a", "y_true": "b"})
    assert rows == "sha256:db352bc1c80b726e5c174d404fb318c162fd2c437be90d8940940ddd54446b62"


def test_digest_column__equal_values_of_another_type__differ():
    columns = [np.array([True, False]), np.array([1, 0]), np.array([1.0, 0.0]), np.array(["1", "0"])]

    assert len({digest_column(values) for values in columns}) == 4


def test_digest_column__width_of_a_number__does_not_matter():
    assert digest_column(np.array([1, 2], np.int8)) == digest_column(np.array([1, 2], np.int64))
    assert digest_column(np.array([0.5], np.float32)) == digest_column(np.array([0.5]))


def test_digest_column__one_number_with_several_encodings__is_one_value():
    assert digest_column(np.array([-0.0])) == digest_column(np.array([0.0]))
    assert digest_column(np.array([np.nan])) == digest_column(np.array([-np.nan]))


def test_digest_column__fixed_width_and_object_text__are_the_same():
    assert digest_column(np.array(["a", "bc"])) == digest_column(np.array(["a", "bc"], dtype=object))


@given(st.lists(st.text(max_size=3) | st.none(), max_size=5), st.lists(st.text(max_size=3) | st.none(), max_size=5))
def test_digest_column__texts_that_differ__never_collide(ours, theirs):
    digests = [digest_column(np.array(values, dtype=object)) for values in (ours, theirs)]

    assert (digests[0] == digests[1]) == (ours == theirs)


def test_digest_rows__order_of_columns__does_not_matter():
    assert digest_rows({"a": "1", "b": "2"}) == digest_rows({"b": "2", "a": "1"})
    assert digest_rows({"a": "1", "b": "2"}) != digest_rows({"a": "2", "b": "1"})


def test_explain_difference__same_rows__is_empty():
    assert explain_difference(binary(), binary()) == []


@pytest.mark.parametrize(
    ("baseline", "words"),
    [
        (binary(ids=[0, 1, 5]), ["1 id only in the baseline (5)", "1 id only in the candidate (2)"]),
        (binary((0, 1, 1, 0)), ["1 id only in the baseline (3)"]),
        (binary((0, 1)), ["1 id only in the candidate (2)"]),
        (
            binary(ids=["a", "b", "c"]),
            ["3 ids only in the baseline (a, b, c)", "3 ids only in the candidate (0, 1, 2)"],
        ),
        (binary(ids=["0", "1", "2"]), ["the ids are of different types (text and numbers)"]),
        (binary((1, 1, 1)), ["y_true differs for 1 of 3 ids"]),
    ],
)
def test_explain_difference__other_rows__are_counted_and_named(baseline, words):
    assert explain_difference(baseline, binary()) == words


def test_explain_difference__weights_groups_and_slices__are_named():
    city = {"city": np.array(["A", None, "C"], dtype=object)}
    town = {"city": np.array(["A", "B", "C"], dtype=object)}
    ours = described(make_binary([0, 1, 1], [0.5] * 3, weight=[1, 1, 1], slices=town), group=np.array(["x", "y", "z"]))
    theirs = described(
        make_binary([0, 1, 1], [0.5] * 3, weight=[1, 2, 3], slices=city), group=np.array(["x", "y", "w"])
    )

    assert explain_difference(theirs, ours) == [
        "group differs",
        "weight differs for 2 of 3 ids",
        "city differs for 1 of 3 ids",
    ]


def test_pair__weights_that_only_the_candidate_has__are_lent():
    assert explain_difference(binary(), binary(weight=[1, 1, 1])) == []
    assert pair(binary(), binary(weight=[1, 2, 3]))[0].sample_weight.tolist() == [1.0, 2.0, 3.0]


def test_pair__slice_that_only_the_candidate_has__is_lent():
    city = {"city": np.array(["A", "B", "C"], dtype=object)}

    old, new = pair(binary(), binary(slices=city))

    assert old.slices["city"].tolist() == ["A", "B", "C"]
    assert old.rows_digest == new.rows_digest


def test_pair__other_rows__are_refused():
    with pytest.raises(DataError) as caught:
        pair(binary((1, 1, 1)), binary())

    assert (caught.value.message, caught.value.hint) == (
        "the two models were not scored on the same rows: y_true differs for 1 of 3 ids.",
        "Score both on the same held-out rows.",
    )


def test_pair__models_that_know_other_classes__get_the_same_columns():
    old = described(make_multiclass([0, 1], [[0.9, 0.1], [0.2, 0.8]], classes=("a", "c")))
    new = described(make_multiclass([0, 2], [[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]], classes=("a", "b", "c")))

    old, new = pair(old, new)

    assert old.classes == new.classes == ("a", "b", "c")
    assert old.y_true.tolist() == new.y_true.tolist() == [0, 2]
    assert old.y_score.tolist() == [[0.9, 0.0, 0.1], [0.2, 0.0, 0.8]]
    assert old.y_pred.tolist() == [0, 2]


def test_explain_difference__truth_of_models_with_other_classes__is_counted():
    old = described(make_multiclass([1, 1], [[0.9, 0.1], [0.2, 0.8]], classes=("a", "c")))
    new = described(make_multiclass([0, 2], [[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]], classes=("a", "b", "c")))

    assert explain_difference(old, new) == ["y_true differs for 1 of 2 ids"]
