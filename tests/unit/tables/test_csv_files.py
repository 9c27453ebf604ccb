"""ci_ml/tables/csv_files.py: columns typed by what stands in them, and what is wrong with a file that cannot be read."""

import pyarrow as pa
import pytest

from ci_ml.errors import DataError
from ci_ml.tables.csv_files import read_csv


@pytest.fixture
def read(tmp_path):
    def write_and_read(content: str | bytes):
        path = tmp_path / "p.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_csv(path, name="p.csv")

    return write_and_read


def refusal(read, content) -> tuple[str, str]:
    with pytest.raises(DataError) as caught:
        read(content)
    return caught.value.message, caught.value.hint


def test_read_csv__columns__are_typed_by_every_value(read):
    table = read("whole,number,truth,word,code,nothing\n1,1,true,a,01,\n-2,.5,False,NA,10,\n")

    assert table.schema.types == [pa.int64(), pa.float64(), pa.bool_(), pa.string(), pa.string(), pa.string()]
    assert table.to_pylist()[1] == {"whole": -2, "number": 0.5, "truth": False, "word": "NA", "code": "10", "nothing": None}  # fmt: skip


def test_read_csv__only_an_empty_field__is_missing(read):
    assert read("a,b\nnull,NA\n,nan\n").to_pylist() == [{"a": "null", "b": "NA"}, {"a": None, "b": "nan"}]


def test_read_csv__spaces_around_numbers__are_passed_over(read):
    assert read("a,b\n 1 , 0.5\n").to_pylist() == [{"a": 1, "b": 0.5}]


@pytest.mark.parametrize(
    "content",
    [b"\xef\xbb\xbfid,v\n1,2\n", b"id,v\r\n1,2\r\n", b'"id","v"\n"1","2"\n', b"id,v\n1,2", b"id,v\n\n1,2\n\n"],
    ids=["BOM", "CRLF", "quotes", "no last line break", "blank lines"],
)
def test_read_csv__spellings_of_the_same_file__are_the_same_table(read, content):
    assert read(content).to_pylist() == [{"id": 1, "v": 2}]


def test_read_csv__quoted_separators__belong_to_their_field(read):
    assert read('id,"a, b"\n1,"x, ""y"""\n').to_pylist() == [{"id": 1, "a, b": 'x, "y"'}]


def test_read_csv__one_column__is_a_table(read):
    assert read("id\n1\n").to_pylist() == [{"id": 1}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id,a\n1,2\n3\n", "p.csv is not a readable CSV file: row 3 has 1 fields, the header has 2."),
        ("id,a\n1,2\n3,4,5\n", "p.csv is not a readable CSV file: row 3 has 3 fields, the header has 2."),
        ("id,é\n1,2\n".encode("latin-1"), "p.csv:1:4: not UTF-8 (byte 0xe9)."),
        ("id,a\n1,2\n3,né\n".encode("latin-1"), "p.csv:3:4: not UTF-8 (byte 0xe9)."),
        ("id,a\n".encode("utf-16"), "p.csv:1:1: not UTF-8 (byte 0xff)."),
    ],
)
def test_read_csv__fault__is_named_with_its_place(read, content, message):
    assert refusal(read, content)[0] == message


@pytest.mark.parametrize(("separator", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")])
def test_read_csv__another_separator__is_named(read, separator, word):
    header = separator.join(["id", "y_true"])

    assert refusal(read, f"{header}\n1{separator}0\n") == (
        f"p.csv is separated by {word}; ci-ml reads commas (first line: {header!r}).",
        "Write it with commas and a decimal point, or as Parquet.",
    )
