"""ci_ml/tables/arrow_tables.py: Parquet or CSV by content, and files that are neither."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ci_ml.errors import DataError
from ci_ml.tables.arrow_tables import read_table

TABLE = pa.table({"id": [1, 2], "v": ["a", "b"]})


def refusal(path) -> tuple[str, str]:
    with pytest.raises(DataError) as caught:
        read_table(path, name="p", made_by="ci-ml train m")
    return caught.value.message, caught.value.hint


def test_read_table__content__decides_what_it_is_not_the_name(tmp_path):
    pq.write_table(TABLE, tmp_path / "a.csv")
    (tmp_path / "b.txt").write_text("id,v\n1,a\n2,b\n")

    assert read_table(tmp_path / "a.csv", name="p").equals(TABLE)
    assert read_table(tmp_path / "b.txt", name="p").equals(TABLE)


def test_read_table__no_such_file__says_what_makes_it(tmp_path):
    assert refusal(tmp_path / "no.csv") == ("p does not exist.", "ci-ml train m")


def test_read_table__folder__is_not_one_file(tmp_path):
    assert refusal(tmp_path) == ("p is a folder; ci-ml reads one file.", "Write one Parquet or CSV file.")


def test_read_table__nothing_in_it__asks_what_stopped(tmp_path):
    (tmp_path / "p.csv").touch()

    assert refusal(tmp_path / "p.csv") == ("p is empty (0 bytes).", "Did the step that writes it stop early?")


@pytest.mark.parametrize("name", ["p.csv", "p.parquet"])
def test_read_table__header_only__asks_for_the_rows(tmp_path, name):
    pq.write_table(TABLE.slice(0, 0), tmp_path / "p.parquet")
    (tmp_path / "p.csv").write_text("id,v\n")

    assert refusal(tmp_path / name) == ("p has no rows.", "Did the step that writes it find any held-out rows?")


def test_read_table__parquet_by_name_only__is_said(tmp_path):
    (tmp_path / "p.parquet").write_text("id,v\n1,a\n")

    assert refusal(tmp_path / "p.parquet") == (
        "p is not a Parquet file (it does not start with PAR1).",
        "Write it again.",
    )


def test_read_table__cut_off_parquet__is_damaged(tmp_path):
    pq.write_table(TABLE, tmp_path / "p.parquet")
    content = (tmp_path / "p.parquet").read_bytes()
    (tmp_path / "p.parquet").write_bytes(content[:-10])

    message, hint = refusal(tmp_path / "p.parquet")

    assert message.startswith("p is a damaged Parquet file: Parquet magic bytes not found in footer.")
    assert hint == "Write it again."
