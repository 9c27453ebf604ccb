import numpy as np
import pytest
from predictions_maker import make_binary

from ci_ml.conditions import slice_column
from ci_ml.errors import ConfigError
from ci_ml.evaluation.slices import cut

COLUMNS = {
    "carrier": np.array(["UA", "AA", "UA", None, "UA", "AA"], dtype=object),
    "age": np.array([70.0, 60.0, 59.9, np.nan, 18.0, 64.0]),
    "code": np.array([3, 10, 3, 3, 2, 10]),
    "ratio": np.array([1.0, 1.5, 1.0, np.nan, 1.5, 1.5]),
    "night": np.array([True, False, True, True, False, True]),
    "maybe": np.array([True, None, True, False, False, True], dtype=object),
    "name": np.array(["b", "", "b", "a", "a", "b"]),
    "day": np.array(["2013-02-01", "2013-02-02", "NaT", "2013-02-03", "2013-02-01", "2013-02-02"], dtype="datetime64[D]"),
}  # fmt: skip
ROWS = make_binary([0, 1, 0, 1, 0, 1], [0.1] * 6, slices=COLUMNS)


def rows_of(by):
    return {value: rows.tolist() for value, rows in cut(ROWS, by)}


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("carrier", {"UA": [0, 2, 4], "AA": [1, 5], "(missing)": [3]}),
        ("code", {"3": [0, 2, 3], "10": [1, 5], "2": [4]}),
        ("ratio", {"1.5": [1, 4, 5], "1": [0, 2], "(missing)": [3]}),
        ("night", {"true": [0, 2, 3, 5], "false": [1, 4]}),
        ("maybe", {"true": [0, 2, 5], "false": [3, 4], "(missing)": [1]}),
        ("name", {"b": [0, 2, 5], "a": [3, 4], "(missing)": [1]}),
        ("day", {"2013-02-01": [0, 4], "2013-02-02": [1, 5], "(missing)": [2], "2013-02-03": [3]}),
    ],
)
def test_cut__column__gives_a_slice_per_value_most_rows_first(by, expected):
    found = rows_of(by)

    assert found == expected
    assert list(found) == list(expected)


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("age >= 60", [0, 1, 5]),
        ("age>=60", [0, 1, 5]),
        ("age < 60", [2, 4]),
        ("age != 60", [0, 2, 4, 5]),
        ("age == 6e1", [1]),
        ("age > -1", [0, 1, 2, 4, 5]),
        ("age <= 18.0", [4]),
        ("code == 3", [0, 2, 3]),
        ("carrier == AA", [1, 5]),
        ("carrier == 'AA'", [1, 5]),
        ('carrier != "AA"', [0, 2, 4]),
        ("night == true", [0, 2, 3, 5]),
        ("night != True", [1, 4]),
        ("maybe == false", [3, 4]),
        ("name > a", [0, 2, 5]),
        ("day >= 2013-02-02", [1, 3, 5]),
    ],
)
def test_cut__condition__gives_one_slice_without_rows_whose_value_is_missing(by, rows):
    assert rows_of(by) == {"true": rows}


def test_cut__condition_that_no_row_meets__is_a_slice_without_rows():
    assert rows_of("age > 1000") == {"true": []}


@pytest.mark.parametrize(
    ("by", "column"),
    [
        ("carrier", "carrier"),
        (" carrier ", "carrier"),
        ("age >= 60", "age"),
        ("age>=60", "age"),
        ("flight id == 'a > b'", "flight id"),
        ("x<-1", "x"),
    ],
)
def test_slice_column__any_form__is_the_column(by, column):
    assert slice_column(by) == column


@pytest.mark.parametrize("by", ["age >=", ">= 60", "age = 60", "age => 60", "age === 60", "age >> 60", "age =", "<"])
def test_slice_column__broken_condition__says_how_to_write_one(by):
    with pytest.raises(ConfigError) as caught:
        slice_column(by)

    assert caught.value.message == f"slice '{by}' is neither a column nor a condition."
    assert caught.value.hint == ("A condition is a column, one of == != < <= > >=, and a number or text: age >= 60.")


def test_cut__unknown_column__suggests_the_nearest():
    with pytest.raises(ConfigError) as caught:
        cut(ROWS, "carier == AA")

    assert caught.value.message == "slice 'carier == AA' names no column of the predictions: 'carier'."
    assert caught.value.hint == ("Did you mean 'carrier'? Columns: carrier, age, code, ratio, night, maybe, name, day.")


@pytest.mark.parametrize(
    ("by", "holds"),
    [
        ("carrier >= 60", "text"),
        ("age == old", "numbers"),
        ("night > 0", "true or false"),
        ("night == maybe", "true or false"),
        ("day > 60", "times"),
    ],
)
def test_cut__comparison_of_two_kinds__says_what_the_column_holds(by, holds):
    column = by.split()[0]
    with pytest.raises(ConfigError) as caught:
        cut(ROWS, by)

    assert caught.value.message == f"slice '{by}' cannot be cut: column '{column}' holds {holds}."


def test_cut__text_that_is_no_time__says_how_to_write_one():
    with pytest.raises(ConfigError) as caught:
        cut(ROWS, "day > monday")

    assert caught.value.message == "slice 'day > monday' cannot be cut: 'monday' is no time."


def test_cut__column_without_any_value__is_one_missing_slice():
    rows = make_binary([0, 1], [0.1, 0.2], slices={"empty": np.array([None, None], dtype=object)})

    assert [(value, found.tolist()) for value, found in cut(rows, "empty")] == [("(missing)", [0, 1])]
