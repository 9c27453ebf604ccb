"""`ci-ml drift`: two files compared, from wherever the command is typed."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

WINTER = "carrier,delay,origin\n" + "".join(f"{'AB'[n % 2]},{n % 7},JFK\n" for n in range(200))
APRIL = "carrier,delay,weather\n" + "".join(f"{'ABC'[n % 3]},{n % 7 + 5},rain\n" for n in range(300))


@pytest.fixture
def windows(bench):
    bench.write("data/winter.csv", WINTER)
    bench.write("data/april.csv", APRIL)
    return bench


def test_drift__two_windows__are_a_table_of_what_moved(windows):
    done = windows.ci_ml("drift", "--reference", "data/winter.csv", "--current", "data/april.csv")

    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == "200 reference rows, 300 current rows"
    moved = [line.split()[0] for line in done.out.splitlines()[3:5]]
    assert moved == ["delay", "carrier"]
    assert done.out.splitlines()[5:7] == [
        "Not compared, not in the current data: origin.",
        "Not compared, not in the reference: weather.",
    ]


def test_drift__typed_in_a_folder__finds_files_from_there(windows):
    folder = windows.root / "data"

    assert windows.ci_ml("drift", "--reference", "winter.csv", "--current", "april.csv", folder=folder).code == 0


def test_drift__json__has_every_column_whatever_top_says(windows):
    done = windows.ci_ml("drift", "--reference", "data/winter.csv", "--current", "data/april.csv", "--top", "1", "--format", "json")  # fmt: skip

    answer = json.loads(done.out)
    assert (answer["schema"], [c["column"] for c in answer["columns"]]) == (
        1,
        ["delay", "carrier", "origin", "weather"],
    )


def test_drift__chosen_columns__are_the_only_ones(windows):
    done = windows.ci_ml("drift", "--reference", "data/winter.csv", "--current", "data/april.csv", "--column", "delay", "--column", "delay", "--format", "json")  # fmt: skip

    assert [c["column"] for c in json.loads(done.out)["columns"]] == ["delay"]


def test_drift__unknown_column__is_refused(windows):
    done = windows.ci_ml("drift", "--reference", "data/winter.csv", "--current", "data/april.csv", "--column", "x")

    assert done.said == (4, "error: neither data/winter.csv nor data/april.csv has a column 'x'.\n")


def test_drift__missing_file__is_refused(windows):
    done = windows.ci_ml("drift", "--reference", "data/winter.csv", "--current", "none.csv")

    assert done.said == (4, "error: none.csv does not exist.\n")


def test_drift__column_of_lists__is_left_out_unless_asked_for(windows):
    pq.write_table(pa.table({"delay": [1, 2], "tags": [["a"], ["b"]]}), windows.root / "new.parquet")

    done = windows.ci_ml("drift", "--reference", "data/winter.csv", "--current", "new.parquet")
    asked = windows.ci_ml("drift", "--reference", "data/winter.csv", "--current", "new.parquet", "--column", "tags")

    assert done.said == (0, "warning: new.parquet: column 'tags' holds list<element: string>, which is neither text nor numbers nor dates.\n")  # fmt: skip
    assert asked.code == 4


def test_drift__outside_a_repository__works(tmp_path):
    from workbench import ci_ml

    (tmp_path / "a.csv").write_text(WINTER)

    assert ci_ml("drift", "--reference", "a.csv", "--current", "a.csv", folder=tmp_path).code == 0
