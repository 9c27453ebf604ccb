"""ci_ml/tables/columns.py: columns as arrays, and the one form that values have in any file."""

import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_ml.errors import DataError
from ci_ml.tables.columns import column, settle


def take(values, kind=None):
    return column(pa.table({"c": pa.array(values, kind)}), "c", of="p.parquet")


@pytest.mark.parametrize(
    ("values", "kind", "dtype", "expected"),
    [
        ([1, 2], pa.int8(), "int64", [1, 2]),
        ([1, 2], pa.uint64(), "int64", [1, 2]),
        ([2**64 - 1, 2], pa.uint64(), "object", ["18446744073709551615", "2"]),
        ([1.5, 2.5], pa.float32(), "float64", [1.5, 2.5]),
        ([1.5, 2.5], pa.float16(), "float64", [1.5, 2.5]),
        ([True, False], pa.bool_(), "bool", [True, False]),
        ([True, None], pa.bool_(), "object", [True, None]),
        (["a", None], pa.string(), "object", ["a", None]),
        (["a", "a"], pa.large_string(), "object", ["a", "a"]),
        ([10**20, 1], pa.decimal128(38, 0), "object", ["100000000000000000000", "1"]),
        ([datetime.date(2013, 1, 2)], pa.date32(), "object", ["2013-01-02"]),
        ([datetime.date(2013, 1, 2)], pa.date64(), "object", ["2013-01-02"]),
        ([datetime.timedelta(seconds=2)], pa.duration("ms"), "int64", [2000]),
    ],
)
def test_column__type__is_the_plainest_that_holds_it(values, kind, dtype, expected):
    found = take(values, kind)

    assert (found.dtype, found.tolist()) == (np.dtype(dtype), expected)


def test_column__missing_numbers__are_nan():
    np.testing.assert_array_equal(take([1, None], pa.int32()), [1.0, np.nan])
    np.testing.assert_array_equal(take([None, None], pa.null()), [np.nan, np.nan])


def test_column__value_stored_once__is_spelled_out():
    encoded = pa.array(["a", "b", "a"]).dictionary_encode()
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["x", "y"]))

    table = pa.table({"d": encoded, "r": runs})

    assert column(table, "d", of="").tolist() == ["a", "b", "a"]
    assert column(table, "r", of="").tolist() == ["x", "x", "y"]


def test_column__several_chunks__are_one_array():
    table = pa.table({"c": pa.chunked_array([[1, 2], [3]])})

    assert column(table, "c", of="").tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("values", "kind", "word"),
    [
        ([[1], [2]], pa.list_(pa.int64()), "list<item: int64>"),
        ([{"a": 1}], pa.struct([("a", pa.int64())]), "struct<a: int64>"),
        ([b"\xff"], pa.binary(), "binary"),
    ],
)
def test_column__lists_structures_bytes__are_refused(values, kind, word):
    with pytest.raises(DataError) as caught:
        take(values, kind)

    assert caught.value.message == f"p.parquet: column 'c' holds {word}, which is neither text nor numbers nor dates."


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "2"], [1, 2]),
        (["1.0", "2.0"], [1, 2]),
        (["1.5", None], [1.5, np.nan]),
        (["true", "False"], [True, False]),
        (["true", None], [True, None]),
        (["true", "1"], ["true", "1"]),
        (["007", "8"], ["007", "8"]),
        (["0x10", "8"], ["0x10", "8"]),
        (["12345678901234567890", "1"], ["12345678901234567890", "1"]),
        (["a", ""], ["a", None]),
        (["NA", "b"], ["NA", "b"]),
        (["2013-01-02T03:04:05.500000Z", "2013-01-02 03:04:05+00:00"], ["2013-01-02 03:04:05.5Z", "2013-01-02 03:04:05Z"]),
        (["2013-01-02 00:00:00", "2013-01-03"], ["2013-01-02", "2013-01-03"]),
        (["2013-01-02 00:00:00", "2013-01-03 10:00:00"], ["2013-01-02 00:00:00", "2013-01-03 10:00:00"]),
        (["2013-01-02 10:20:30-05:00"], ["2013-01-02 10:20:30-0500"]),
        (["10:20:30.100"], ["10:20:30.1"]),
        (["2013-01-02 00:00:00", "x"], ["2013-01-02 00:00:00", "x"]),
        ([None, None], [np.nan, np.nan]),
    ],
)  # fmt: skip
def test_settle__text__is_what_a_file_without_types_would_say(values, expected):
    found = settle(np.array(values, dtype=object)).tolist()

    assert [type(value) for value in found] == [type(value) for value in expected]
    assert all(a == b or (a != a and b != b) for a, b in zip(found, expected, strict=True))


def test_settle__whole_floats__are_whole_numbers_where_floats_are_exact():
    assert settle(np.array([1.0, -2.0])).dtype.kind == "i"
    assert settle(np.array([1.0, 2.0**53])).dtype.kind == "f"
    assert settle(np.array([1.0, np.nan])).dtype.kind == "f"
    assert settle(np.array([1.0, np.inf])).dtype.kind == "f"


@given(
    st.lists(st.text(max_size=6) | st.none() | st.sampled_from(["1", "1.0", "true", "2013-01-02 00:00:00"]), min_size=1)
)
def test_settle__twice__is_the_same_as_once(values):
    once = settle(np.array(values, dtype=object))

    np.testing.assert_array_equal(settle(once), once)
