"""ci_ml/tables/predictions.py: what each task makes of a file, and that the format of the file does not matter."""

import csv
import datetime
import io
import math

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_ml.config import Columns, read_config
from ci_ml.errors import CiMlError, DataError
from ci_ml.tables.predictions import read_predictions


def config_of(task: str, more: str = ""):
    return read_config(f"models:\n  m:\n    task: {task}\n    predictions: p.csv\n{more}")


def read(path, task: str = "binary", more: str = "", **options):
    return read_predictions(path, config=config_of(task, more), model_name="m", **options)


@pytest.fixture
def place(tmp_path):
    """Write a file and return its path: text as it is, columns as Parquet."""

    def write(content):
        path = tmp_path / "p.csv"
        if isinstance(content, dict):
            pq.write_table(pa.table(content), path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_read_predictions__rows_in_any_order__are_sorted_by_id(place):
    found = read(place("id,y_true,y_score\n10,1,0.9\n9,0,0.2\n-1,1,0.5\n"))

    assert found.ids.tolist() == [-1, 9, 10]
    assert found.y_true.tolist() == [True, False, True]
    assert found.y_score.tolist() == [0.5, 0.2, 0.9]
    assert found.y_pred.tolist() == [True, False, True]
    assert (found.classes, found.sample_weight, found.group, found.cost) == ((), None, None, None)


def test_read_predictions__threshold__decides_at_and_above(place):
    found = read(place("id,y_true,y_score\n1,1,0.3\n2,0,0.29\n"), more="    threshold: 0.3\n")

    assert found.y_pred.tolist() == [True, False]


@pytest.mark.parametrize(
    ("labels", "positive", "expected"),
    [
        ("0 1", "", [False, True]),
        ("0.0 1.0", "", [False, True]),
        ("false true", "", [False, True]),
        ("False True", "", [False, True]),
        ("False True", "    positive: 1\n", [False, True]),
        ("1 2", "    positive: 2\n", [False, True]),
        ("1 2", "    positive: 2.0\n", [False, True]),
        ("0 1", "    positive: '1'\n", [False, True]),
        ("0 1", "    positive: false\n", [True, False]),
        ("stays leaves", "    positive: leaves\n", [False, True]),
        ("-1 1", "", [False, True]),
        ("0 0", "", [False, False]),
        ("1 1", "", [True, True]),
        ("stays stays", "    positive: leaves\n", [False, False]),
    ],
)
def test_read_predictions__labels_of_a_binary_task__are_positive_or_not(place, labels, positive, expected):
    first, second = labels.split()

    found = read(place(f"id,y_true,y_score\n1,{first},0.1\n2,{second},0.2\n"), more=positive)

    assert found.y_true.tolist() == expected


def test_read_predictions__decisions_without_scores__are_read_by_their_usual_name(place):
    found = read(place("id,y_true,y_pred\n1,0,1\n2,1,1\n"))

    assert (found.y_score, found.y_pred.tolist()) == (None, [True, True])


def test_read_predictions__scores_and_decisions__are_both_kept(place):
    found = read(place("id,y_true,p,d\n1,0,0.9,0\n2,1,0.1,1\n"), more="    columns: {y_score: p, y_pred: d}\n")

    assert (found.y_score.tolist(), found.y_pred.tolist()) == ([0.9, 0.1], [False, True])


def test_read_predictions__several_classes_with_scores__are_codes_in_the_order_of_labels(place):
    found = read(
        place("id,y_true,pb,pa,p1\n1,b,0.2,0.5,0.3\n2,1,0.1,0.1,0.8\n"),
        "multiclass",
        "    columns: {y_score: {b: pb, a: pa, 1: p1}}\n",
    )

    assert found.classes == ("1", "a", "b")
    assert found.y_true.tolist() == [2, 0]
    assert found.y_score.tolist() == [[0.3, 0.5, 0.2], [0.8, 0.1, 0.1]]
    assert found.y_pred.tolist() == [1, 0]


def test_read_predictions__several_classes_by_decision__are_those_that_occur(place):
    found = read(place("id,y_true,y_pred\n1,b,a\n2,c,c\n"), "multiclass")

    assert (found.classes, found.y_true.tolist(), found.y_pred.tolist()) == (("a", "b", "c"), [1, 2], [0, 2])


def test_read_predictions__classes_true_and_false__are_found_however_spelled(place):
    found = read(
        place("id,y_true,t,f,n\n1,True,1,0,0\n2,False,0,1,0\n"),
        "multiclass",
        "    columns: {y_score: {true: t, False: f, never: n}}\n",
    )

    assert (found.classes, found.y_true.tolist()) == (("false", "never", "true"), [2, 0])


def test_read_predictions__regression__keeps_values(place):
    found = read(place("id,y_true,y_pred\n1,0.5,1\n2,-3,1e2\n"), "regression")

    assert (found.y_true.tolist(), found.y_pred.tolist(), found.y_score) == ([0.5, -3.0], [1.0, 100.0], None)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["2013-02-28", "2013-01-31"], ("2013-01-31", "2013-02-28")),
        (["2013-02-28 07:00:00", "2013-01-31T23:59:00Z"], ("2013-01-31", "2013-02-28")),
        ([datetime.date(2013, 2, 28), datetime.date(2013, 1, 31)], ("2013-01-31", "2013-02-28")),
        (["2013-02-28", "later"], None),
        (["28.2.2013", "31.1.2013"], None),
        ([7, 8], None),
    ],
)
def test_read_predictions__groups_that_are_dates__say_from_when_to_when(place, days, expected):
    content = {"id": [1, 2], "y_true": [0, 1], "y_score": [0.1, 0.9], "day": days}

    found = read(place(content), more="    columns: {group: day}\n")

    assert found.dates == expected
    assert found.take(np.array([True, False])).dates is None


def test_read_predictions__weight_group_slices_and_cost__come_along(place):
    found = read(
        place("id,y_true,y_score,w,day,age,city\n2,1,0.5,0.5,mon,61,\n1,0,0.5,2,tue,59,A\n"),
        more="    columns: {weight: w, group: day}\n    slices: [city, 'age >= 60']\n    cost: {false_negative: 5}\n",
    )

    assert found.sample_weight.tolist() == [2.0, 0.5]
    assert found.group.tolist() == [1, 0]
    assert {name: values.tolist() for name, values in found.slices.items()} == {"city": ["A", None], "age": [59, 61]}
    assert found.cost == (1.0, 5.0)
    assert set(found.column_digests) == {"id", "y_true", "weight", "group", "slice:city", "slice:age"}


def test_read_predictions__slice_column_that_an_older_file_lacks__may_be_lent(place):
    path = place("id,y_true,y_score\n1,0,0.5\n2,1,0.5\n")

    assert dict(read(path, more="    slices: [city]\n", lend_slices=True).slices) == {}
    with pytest.raises(DataError):
        read(path, more="    slices: [city]\n")


@pytest.mark.parametrize(
    ("header", "then", "now"),
    [
        ("key,late,p,day", Columns(id="key", y_true="late", y_score="p", group="day"), "    columns: {group: shift}\n"),
        ("id,y_true,y_score,day", Columns(group="day"), "    columns: {y_true: late, y_score: p, group: shift}\n"),
        ("id,late,p,shift", Columns(id="key", y_score="x"), "    columns: {y_true: late, y_score: p, group: shift}\n"),
    ],
)
def test_read_predictions__columns_renamed_since__are_found_by_either_name(place, header, then, now):
    found = read(place(f"{header}\n1,0,0.25,a\n2,1,0.5,b\n"), more=now, older=then)

    assert (found.ids.tolist(), found.y_true.tolist(), found.y_score.tolist()) == ([1, 2], [False, True], [0.25, 0.5])
    assert found.group.tolist() == [0, 1]


def test_read_predictions__scores_of_classes_renamed_since__are_found_by_label(place):
    path = place("id,y_true,pa,pb\n1,a,0.75,0.25\n2,b,0.5,0.5\n")
    older = Columns(y_score={"a": "pa", "b": "pb"})

    found = read(path, "multiclass", "    columns: {y_score: {a: score_a, b: score_b}}\n", older=older)

    assert found.y_score.tolist() == [[0.75, 0.25], [0.5, 0.5]]


def test_read_predictions__group_that_only_today_has__is_lent_and_never_another_column(place):
    path = place("id,y_true,y_score,group\n1,0,0.5,x\n2,1,0.5,y\n")

    found = read(path, more="    columns: {group: shift, weight: w}\n", older=Columns(), lend_slices=True)

    assert (found.group, found.sample_weight, set(found.column_digests)) == (None, None, {"id", "y_true"})


def test_read_predictions__text_with_leading_zeros__stays_apart(place):
    found = read(place("id,y_true,y_score\n007,0,0.5\n7,1,0.5\n"))

    assert found.ids.tolist() == ["007", "7"]


def test_read_predictions__identifiers_too_long_for_a_number__stay_whole(place):
    long = "12345678901234567890"

    assert read(place(f"id,y_true,y_score\n{long},0,0.5\n{long[:-1]}1,1,0.5\n")).ids.tolist() == [long, f"{long[:-1]}1"]
    assert read(place({"id": pa.array([int(long), 5], pa.uint64()), "y_true": [0, 1], "y_score": [0.1, 0.2]})).ids.tolist() == [long, "5"]  # fmt: skip


@pytest.mark.parametrize("kind", [pa.decimal128(38, 0), pa.int32(), pa.float64(), pa.string()])
def test_read_predictions__whole_number_identifiers__are_the_same_in_any_type(place, kind):
    ids = pa.array([3, 1, 2]).cast(kind)

    assert read(place({"id": ids, "y_true": [0, 1, 1], "y_score": [0.1, 0.2, 0.3]})).ids.tolist() == [1, 2, 3]


# The rows digest is of the rows, not of the file ---------------------------------------------------------------


def digest(path) -> str:
    more = "    columns: {weight: weight, group: group}\n    slices: [part]\n"
    return read(path, "regression", more).rows_digest


def base(**columns):
    rows = {
        "id": [1, 2, 3],
        "y_true": [0.5, 1.0, 2.0],
        "y_pred": [0.0, 1.0, 2.0],
        "weight": [1.0, 2.0, 1.5],
        "group": ["a", "b", "a"],
        "part": ["x", "y", None],
    }
    return rows | columns


@pytest.mark.parametrize(
    "column",
    [{"id": [1, 2, 4]}, {"y_true": [0.5, 1.0, 2.1]}, {"weight": [1.0, 2.0, 1.6]}, {"group": ["a", "b", "b"]}, {"part": ["x", "y", "z"]}],
)  # fmt: skip
def test_rows_digest__another_value_that_describes_a_row__is_another_digest(place, column):
    assert digest(place(base(**column))) != digest(place(base()))


def test_rows_digest__other_predictions_or_another_order__is_the_same_digest(place):
    swapped = {name: values[::-1] for name, values in base(y_pred=[9.0, 9.0, 9.0]).items()}

    assert digest(place(swapped)) == digest(place(base()))


def as_csv(columns: dict[str, list]) -> str:
    """As pandas, polars or the csv module would write it: missing is empty, floats in their shortest form."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([["" if cell is None else cell for cell in row] for row in zip(*columns.values(), strict=True)])
    return file.getvalue()


WORDS = st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), max_size=5)
EDGES = st.sampled_from(["", "7", "007", "1.0", "1.5", "-1", "true", "False", "2013-01-02", "NA", "null", "nan", "1e3", "0x1", "+1", " 5"])  # fmt: skip
MOMENTS = st.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1))  # noqa: DTZ001 as files have them
TYPES = {
    "text": (pa.string(), WORDS | EDGES),
    "large text": (pa.large_string(), WORDS | EDGES),
    "categories": (pa.dictionary(pa.int8(), pa.string()), st.sampled_from(["a", "b", "01"])),
    "int8": (pa.int8(), st.integers(-128, 127)),
    "int32": (pa.int32(), st.integers(-(2**31), 2**31 - 1)),
    "int64": (pa.int64(), st.integers(-(2**53), 2**53)),
    "floats": (pa.float64(), st.floats(allow_nan=False, allow_infinity=False)),
    "whole floats": (pa.float64(), st.integers(-1000, 1000).map(float)),
    "decimals": (pa.decimal128(8, 2), st.decimals(-1000, 1000, places=2)),
    "truth": (pa.bool_(), st.booleans()),
    "dates": (pa.date32(), MOMENTS.map(datetime.datetime.date)),
    "seconds": (pa.timestamp("s"), MOMENTS.map(lambda m: m.replace(microsecond=0))),
    "microseconds": (pa.timestamp("us"), MOMENTS),
    "midnights": (pa.timestamp("ns"), MOMENTS.map(lambda m: m.replace(hour=0, minute=0, second=0, microsecond=0))),
    "UTC": (pa.timestamp("us", "UTC"), MOMENTS.map(lambda m: m.replace(tzinfo=datetime.UTC))),
    "times": (pa.time64("us"), st.times()),
    "nothing": (pa.null(), st.none()),
}


@settings(max_examples=30)
@given(data=st.data())
def test_column_digests__same_data_as_csv_and_as_parquet__are_the_same(tmp_path_factory, data):
    folder = tmp_path_factory.getbasetemp()
    columns, arrays = base(), base()
    for kind, (arrow, values) in TYPES.items():
        columns[kind] = data.draw(
            st.lists(values | st.none() if data.draw(st.booleans()) else values, min_size=3, max_size=3)
        )
        arrays[kind] = pa.array(columns[kind], arrow)
    pq.write_table(pa.table(arrays), folder / "digest.parquet")
    (folder / "digest.csv").write_text(as_csv(columns), encoding="utf-8")
    more = f"    columns: {{weight: weight, group: group}}\n    slices: {list(TYPES)}\n"

    ours, theirs = (read(folder / f"digest.{end}", "regression", more) for end in ("csv", "parquet"))

    assert [
        name for name in theirs.slices if ours.column_digests[f"slice:{name}"] != theirs.column_digests[f"slice:{name}"]
    ] == []
    assert ours.rows_digest == theirs.rows_digest


@pytest.mark.parametrize("kind", [pa.string(), pa.int32(), pa.float32(), pa.dictionary(pa.int8(), pa.string())])
def test_rows_digest__identifiers_groups_and_labels_of_another_type__are_the_same_rows(place, kind):
    plain = {"id": [1, 2, 3], "y_true": [0, 1, 1], "y_score": [0.1, 0.2, 0.3], "group": [5, 5, 6]}
    text = {name: pa.array(map(str, plain[name])) for name in ("id", "y_true", "group")}
    cast = {name: values.cast(pa.int64()).cast(kind) if not pa.types.is_dictionary(kind) else values.dictionary_encode() for name, values in text.items()}  # fmt: skip
    more = "    columns: {group: group}\n"

    ours = read(place(as_csv(plain)), more=more).rows_digest

    assert read(place({**plain, **cast}), more=more).rows_digest == ours


# Whatever the bytes, the user gets predictions or a message ------------------------------------------------------

HEADER = "id,y_true,y_score,y_pred,g,w,s"
CELLS = st.sampled_from(
    ["", "nan", "inf", "1e400", "007", "9" * 25, "0,5", '"', "\n", "\r", "true", "2013-01-01", "é", "\x00", ",", '""', "1", "0"]
) | st.text(max_size=3)  # fmt: skip
CONFIGS = [
    *(config_of(task, "    columns: {group: g, weight: w}\n    slices: [s, 's > 3']\n") for task in ("binary", "multiclass", "regression")),
    config_of("multiclass", "    columns: {y_score: {a: w, 0: y_score}}\n"),
]  # fmt: skip


def stays_calm(path, content: bytes) -> None:
    path.write_bytes(content)
    for config in CONFIGS:
        try:
            found = read_predictions(path, config=config, model_name="m")
        except CiMlError as error:
            assert error.message
        else:
            assert len(found) > 0
            assert all(math.isfinite(score) for score in np.ravel(found.y_score if found.y_score is not None else 0))


@settings(max_examples=40)
@given(st.binary(max_size=60))
def test_read_predictions__any_bytes__are_read_or_refused_in_words(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "fuzz"
    for start in (b"", b"PAR1", HEADER.encode() + b"\n"):
        stays_calm(path, start + content)


@settings(max_examples=60)
@given(st.lists(st.lists(CELLS, min_size=7, max_size=7).map(",".join), min_size=1, max_size=4))
def test_read_predictions__any_csv_cells__are_read_or_refused_in_words(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "fuzz"
    stays_calm(path, "\n".join([HEADER, *rows]).encode("utf-8", "surrogatepass"))


@settings(max_examples=60)
@given(st.data())
def test_read_predictions__damaged_parquet__is_read_or_refused_in_words(tmp_path_factory, data):
    names = data.draw(st.lists(st.sampled_from(HEADER.split(",")), min_size=3, unique=True))
    columns = {}
    for name in names:
        arrow, values = TYPES[data.draw(st.sampled_from(sorted(TYPES)))]
        columns[name] = pa.array(data.draw(st.lists(values | st.none(), min_size=2, max_size=2)), arrow)
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file)
    content = bytearray(file.getvalue())
    content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "fuzz"
    stays_calm(path, bytes(content))
    stays_calm(path, bytes(content)[: data.draw(st.integers(0, len(content)))])
