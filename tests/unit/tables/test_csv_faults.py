"""ci_ml/tables/csv_faults.py: what would be read over, and lose rows, is refused with its place."""

import csv
import io

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ci_ml.errors import DataError
from ci_ml.tables.csv_faults import refuse_bad_bytes
from ci_ml.tables.csv_files import read_csv

HEADER = "id,y_true,y_score,note"
ROWS = [f"{i},{i % 2},0.{i % 10},{'AB'[i % 2]}" for i in range(400)]


@pytest.fixture
def read(tmp_path):
    def write_and_read(content: str | bytes) -> pa.Table:
        path = tmp_path / "p.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_csv(path, name="p.csv")

    return write_and_read


def with_row(number: int, text: str, *, more: dict[int, str] | None = None) -> str:
    rows = list(ROWS)
    for index, row in {number: text, **(more or {})}.items():
        rows[index] = row
    return "\n".join([HEADER, *rows]) + "\n"


def refusal(read, content) -> str:
    with pytest.raises(DataError) as caught:
        read(content)
    return caught.value.message


def test_read_csv__quote_that_never_closes__is_named_where_it_opens(read):
    assert refusal(read, with_row(150, '150,0,0.0,"A')) == (
        "p.csv:152:11: a quote opens here and never closes, so every row after it would be lost."
    )


def test_read_csv__quote_that_closes_inside_a_later_field__is_named_with_both_places(read):
    assert refusal(read, with_row(150, '150,0,0.0,"A', more={300: '300,0,0.0,"A"'})) == (
        "p.csv:152:11: the quote that opens here closes at 302:11, where no field ends: rows between are lost."
    )


@pytest.mark.parametrize(
    ("opens", "closes"), [('150,0,0.0,"A', '300,0,0.0,A"'), ('150,0,0.0,"A', '151,1,0.1,B"')], ids=["150 rows", "one"]
)
def test_read_csv__rows_between_two_stray_quotes__are_not_a_note(read, opens, closes):
    last = int(closes.split(",")[0])

    assert refusal(read, with_row(150, opens, more={last: closes})) == (
        f"p.csv:152:11: the quoted field that begins here holds {last - 149:,} lines, and "
        "they are rows of this table: a quote too many swallowed them."
    )


def test_read_csv__rows_swallowed_in_a_column_of_the_middle__are_found_too(read):
    content = 'id,note,y_true\n1,a,0\n2,"b,1\n3,b,0\n4,b",1\n5,c,0\n'

    assert refusal(read, content).startswith("p.csv:3:3: the quoted field that begins here holds 3 lines")


@pytest.mark.parametrize(
    "note",
    [
        "first\nsecond",
        "Dear Ada,\nall is well, here and there,\nyours",
        "1,1\n2,2",
        "a,b\nc,d,e,f",
        "\n",
        'say ""no"",\nor ""yes""',
    ],
)
def test_read_csv__note_of_several_lines__is_one_field(read, note):
    table = read(with_row(150, f'150,0,0.0,"{note}"'))

    assert (table.num_rows, table.column("note")[150].as_py()) == (400, note.replace('""', '"'))


def test_read_csv__note_of_several_lines_anywhere_in_a_large_file__is_one_field(read):
    notes = [f'{i},"{"x" * 90}\n{i}"' for i in range(30_000)]  # more than one of Arrow's blocks

    table = read("\n".join(["id,note", *notes]) + "\n")

    assert table.column("id").to_pylist() == list(range(30_000))


@pytest.mark.parametrize("size", ['5"', '6" pipe', 'a"b"c'])
def test_read_csv__quote_inside_an_unquoted_field__is_a_character(read, size):
    assert read(with_row(150, f"150,0,0.0,{size}")).column("note")[150].as_py() == size


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,note\n1,a\0\n", "p.csv:2:4: a NUL byte, which is no text."),
        ("id,note\n1,a\n\ufeffid,note\n2,b\n", "p.csv:3:1: a second byte-order mark, as where two files were joined."),
        ("\ufeff\ufeffid,note\n1,a\n", "p.csv:1:1: a second byte-order mark, as where two files were joined."),
        ("id,note\n1,a\nid,note\n2,b\n", "p.csv: row 3 says the header again, as where two files were joined."),
        ("id,note\n1,é\n".encode() + "2,é\n".encode("latin-1"), "p.csv:3:3: not UTF-8 (byte 0xe9)."),
        ("id,note\n1,a\n  \n2,b\n", "p.csv is not a readable CSV file: row 3 has 1 fields, the header has 2."),
    ],
    ids=["NUL", "BOM within", "two BOMs", "two headers", "two encodings", "a line of spaces"],
)
def test_read_csv__what_two_files_or_a_damaged_one_leave__is_refused(read, content, message):
    assert refusal(read, content) == message


def test_read_csv__blank_lines_before_the_header__leave_codes_text(read):
    assert read("\n\ncode,y\n007,1\n").column("code").to_pylist() == ["007"]


def test_read_csv__line_break_in_a_name__leaves_codes_text(read):
    assert read('"zip\ncode",y\n007,1\n').column(0).to_pylist() == ["007"]


@given(st.text(alphabet="ab\",\n\r é'", max_size=40))
@example('a,"b"\r\n"c""d",e\n')
@example('"a\n"b')
@example('a"b,"c')
@example('""",')
def test_refuse_bad_bytes__any_text__goes_by_the_strict_rules_of_csv(text):
    content = f"x,y\n{text}"
    try:
        list(csv.reader(io.StringIO(content, newline=""), strict=True))
        good = True
    except csv.Error:
        good = False

    try:
        refuse_bad_bytes(content.encode(), name="p.csv")
        passed = True
    except DataError:
        passed = False

    assert passed == good


@given(st.lists(st.lists(st.text(alphabet='ab",\n é', max_size=6), min_size=2, max_size=2), min_size=1, max_size=8))
def test_read_csv__what_csv_writes__comes_back_as_it_was(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "p.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "y", "z"], *([number, *row] for number, row in enumerate(rows))])

    table = read_csv(path, name="p.csv")

    assert [[row["y"] or "", row["z"] or ""] for row in table.to_pylist()] == rows
