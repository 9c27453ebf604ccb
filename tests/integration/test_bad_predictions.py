"""What predictions that cannot be judged get: the file, the column, the rows, what to do; exit 4."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from workbench import Workbench

HEAD = "models:\n  churn:\n    task: binary\n    predictions: predictions.csv\n"
MULTI = HEAD.replace("binary", "multiclass")
NUMBER = HEAD.replace("binary", "regression")
GOOD = "id,y_true,y_score\n1,0,0.1\n2,1,0.9\n3,0,0.2\n"
EVERY_ID = "Rows of two models are paired by id: each row needs one of its own."
MEND = "Leaving such rows out would flatter the model: mend the step that writes them."
NAMED = "positive: LABEL names the label that y_score is the probability of."


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """One repository for all cases: nothing that is refused leaves anything behind."""
    bench = Workbench.make(tmp_path_factory.mktemp("predictions") / "work")
    # Made before any test has its quiet environment, so it must not count on the machine's identity.
    ada = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    bench.git(*ada, "commit", "--quiet", "--allow-empty", "--message", "start")
    return bench


def error(message: str, hint: str = "") -> tuple[int, str]:
    return 4, f"error: {message}\n" + (f"  try: {hint}\n" if hint else "")


def put(place: Workbench, content, path: str = "predictions.csv") -> None:
    if isinstance(content, dict):
        pq.write_table(pa.table(content), place.root / path)
    else:
        place.write(path, content)


def table(*, header: str = "id,y_true,y_score", rows: str) -> str:
    return header + "\n" + rows.replace(" ", "\n") + "\n"


COLUMNS = {
    "names that are near": (HEAD, "id,truth,probability\n1,0,0.5\n", "predictions.csv has no column 'y_true' (it has: id, truth, probability).\n  ci-ml.yaml:3:5  columns.y_true says where it is", "columns: {y_true: truth, y_score: probability}"),
    "score only": (HEAD + "    columns: {y_true: late}\n", "id,late,p\n1,0,0.5\n", "predictions.csv has no column 'y_score' (it has: id, late, p).\n  ci-ml.yaml:5:14  columns.y_score says where it is", "columns: {y_true: late, y_score: p}"),
    "nothing like it": (HEAD, "a,b\n1,0\n", "predictions.csv has no column 'id' (it has: a, b).\n  ci-ml.yaml:3:5  columns.id says where it is", "columns: {id: COLUMN, y_true: COLUMN, y_score: COLUMN}"),
    "spaces in the header": (HEAD, "id, y_true, y_score\n1, 0, 0.5\n", "predictions.csv has no column 'y_true' (it has: id, \" y_true\", \" y_score\").\n  ci-ml.yaml:3:5  columns.y_true says where it is", 'columns: {y_true: " y_true", y_score: " y_score"}'),
    "value of a regression": (NUMBER, "id,y_true,yhat\n1,0,0.5\n", "predictions.csv has no column 'y_pred' (it has: id, y_true, yhat).\n  ci-ml.yaml:3:5  columns.y_pred says where it is", "columns: {y_pred: yhat}"),
    "decision of its own name": (HEAD + "    columns: {y_pred: said}\n", "id,truth,pred\n1,0,0\n", "predictions.csv has no column 'y_true' (it has: id, truth, pred).\n  ci-ml.yaml:5:14  columns.y_true says where it is", "columns: {y_true: truth, y_pred: pred}"),
    "score of one class": (MULTI + "    columns: {y_score: {a: pa, b: pb}}\n", "id,y_true,pa\n1,a,0.5\n", "predictions.csv has no column 'pb' (it has: id, y_true, pa).\n  ci-ml.yaml:5:35  columns.y_score.b says where it is", "Let the step that writes the predictions add 'pb', or take it out of ci-ml.yaml."),
    "group": (HEAD + "    columns: {group: day}\n", GOOD, "predictions.csv has no column 'day' (it has: id, y_true, y_score).\n  ci-ml.yaml:5:22  columns.group says where it is", "Let the step that writes the predictions add 'day', or take it out of ci-ml.yaml."),
    "slice": (HEAD + "    slices: [city]\n", GOOD, "predictions.csv has no column 'city' (it has: id, y_true, y_score).\n  ci-ml.yaml:5:14  slices.0 asks for it", "Let the step that writes the predictions add 'city', or take it out of ci-ml.yaml."),
    "slice of a gate": (HEAD + "    gates: {old: {metric: f1, slice: 'age >= 60', minimum: 0.1}}\n", GOOD, "predictions.csv has no column 'age' (it has: id, y_true, y_score).\n  ci-ml.yaml:5:38  gates.old.slice asks for it", "Let the step that writes the predictions add 'age', or take it out of ci-ml.yaml."),
    "twice": (HEAD, "id,y_true,y_true,y_score\n1,0,0,0.5\n", "predictions.csv has column 'y_true' twice.", "Write each column once."),
    "lists": (HEAD, {"id": [1, 2], "y_true": [0, 1], "y_score": [[0.1], [0.2]]}, "predictions.csv: column 'y_score' holds list<element: double>, which is neither text nor numbers nor dates.", "Write plain values, or leave the column out."),
}  # fmt: skip

VALUES = {
    "ids twice": (HEAD, table(rows="1,0,0.5 1,1,0.5 2,0,0.5 2,1,0.5 3,1,0.5"), "predictions.csv: 2 ids are there more than once in column 'id' (1, 2).", EVERY_ID),
    "one id twice": (HEAD, table(rows="a,0,0.5 a,1,0.5"), "predictions.csv: 1 id is there more than once in column 'id' (a).", EVERY_ID),
    "id missing in CSV": (HEAD, table(rows=",0,0.5 2,1,0.5"), "predictions.csv: 1 row has no id in column 'id'.", EVERY_ID),
    "ids missing in Parquet": (HEAD, {"id": pa.array(["a", None, None]), "y_true": [0, 1, 0], "y_score": [0.1, 0.2, 0.3]}, "predictions.csv: 2 rows have no id in column 'id'.", EVERY_ID),
    "ids all missing": (HEAD, {"id": pa.nulls(2), "y_true": [0, 1], "y_score": [0.1, 0.2]}, "predictions.csv: 2 rows have no id in column 'id'.", EVERY_ID),
    "ids decimal": (HEAD, table(rows="1.5,0,0.5 2,1,0.5"), "predictions.csv: column 'id' holds decimal numbers, which are no ids.", EVERY_ID),
    "id endless": (HEAD, table(rows=f"{'x' * 999},0,0.5 b,1,0.5"), "predictions.csv: column 'id' has an id of 999 characters; 256 are allowed.", "Is a quote missing?"),
    "scores NaN, infinite, missing": (HEAD, table(rows="1,0,nan 2,1,-inf 3,0, 4,1,0.5 5,1,inf"), "predictions.csv: column 'y_score' is not a finite number in 4 of 5 rows (id 1, 2, 3, …).", MEND),
    "scores with decimal commas": (HEAD, 'id,y_true,y_score\n1,0,"0,5"\n2,1,0.5\n', "predictions.csv: column 'y_score' holds text ('0,5') where numbers are needed.", "Decimal commas and units make numbers text: write plain numbers."),
    "scores with a unit": (HEAD, table(rows="1,0,5% 2,1,0.5"), "predictions.csv: column 'y_score' holds text ('5%') where numbers are needed.", "Decimal commas and units make numbers text: write plain numbers."),
    "truth missing": (HEAD, table(rows="1,0,0.5 2,,0.5 3,1,0.5"), "predictions.csv: column 'y_true' is missing in 1 of 3 rows (id 2).", MEND),
    "three labels": (HEAD, table(rows="1,0,0.5 2,1,0.5 3,2,0.5"), "predictions.csv: column 'y_true' has 3 labels; a binary task has two (0, 1, 2).", "task: multiclass, or regression where it is a quantity."),
    "labels unknown": (HEAD, table(rows="1,stays,0.5 2,leaves,0.5"), "predictions.csv: column 'y_true' has the labels leaves, stays; which one is positive?\n  ci-ml.yaml:3:5", NAMED),
    "label misspelled": (HEAD + "    positive: leave\n", table(rows="1,stays,0.5 2,leaves,0.5"), "predictions.csv: column 'y_true' has no label 'leave', the positive one (it has: leaves, stays).\n  ci-ml.yaml:5:15", NAMED),
    "decision outside the task": (HEAD, table(header="id,y_true,y_pred", rows="1,0,0 2,1,0.7"), "predictions.csv: column 'y_pred' has 3 labels; a binary task has two (0, 0.7, 1).", "task: multiclass, or regression where it is a quantity."),
    "class without a score": (MULTI + "    columns: {y_score: {a: pa, b: pb}}\n", table(header="id,y_true,pa,pb", rows="1,a,1,0 2,c,0,1"), "predictions.csv: column 'y_true' has labels outside the task (c); columns.y_score names a, b.", "Give every label a score column: y_score: {label: column, …}."),
    "value missing": (NUMBER, table(header="id,y_true,y_pred", rows="1,0.5,1 2,,1"), "predictions.csv: column 'y_true' is not a finite number in 1 of 2 rows (id 2).", MEND),
    "weight negative": (HEAD + "    columns: {weight: w}\n", table(header="id,y_true,y_score,w", rows="1,0,0.5,1 2,1,0.5,-1"), "predictions.csv: column 'w' is negative in 1 of 2 rows (id 2).", "A weight says how much a row counts: 0 or more."),
    "weights all zero": (HEAD + "    columns: {weight: w}\n", table(header="id,y_true,y_score,w", rows="1,0,0.5,0 2,1,0.5,0"), "predictions.csv: column 'w' holds only weights of 0.", "Some row has to count."),
    "group missing": (HEAD + "    columns: {group: day}\n", table(header="id,y_true,y_score,day", rows="1,0,0.5,mon 2,1,0.5,"), "predictions.csv: column 'day' is missing in 1 of 2 rows (id 2).", MEND),
}  # fmt: skip

FILES = {
    "empty": (HEAD, "", "predictions.csv is empty (0 bytes).", "Did the step that writes it stop early?"),
    "header only": (HEAD, "id,y_true,y_score\n", "predictions.csv has no rows.", "Did the step that writes it find any held-out rows?"),
    "no rows in Parquet": (HEAD, {"id": pa.array([], pa.int64())}, "predictions.csv has no rows.", "Did the step that writes it find any held-out rows?"),
    "cut-off Parquet": (HEAD, b"PAR1" + b"\x00" * 20, "predictions.csv is a damaged Parquet file: Parquet magic bytes not found in footer. Either the file is corrupted or this is not a parquet file.", "Write it again."),
    "semicolons": (HEAD, GOOD.replace(",", ";"), "predictions.csv is separated by semicolons; ci-ml reads commas (first line: 'id;y_true;y_score').", "Write it with commas and a decimal point, or as Parquet."),
    "tabs": (HEAD, GOOD.replace(",", "\t"), "predictions.csv is separated by tabs; ci-ml reads commas (first line: 'id\\ty_true\\ty_score').", "Write it with commas and a decimal point, or as Parquet."),
    "latin-1": (HEAD, (GOOD + "é,1,0.5\n").encode("latin-1"), "predictions.csv:5:1: not UTF-8 (byte 0xe9).", "Save it as UTF-8."),
    "utf-16": (HEAD, GOOD.encode("utf-16"), "predictions.csv:1:1: not UTF-8 (byte 0xff).", "Save it as UTF-8."),
    "ragged": (HEAD, GOOD + "4,1\n", "predictions.csv is not a readable CSV file: row 5 has 2 fields, the header has 3.", ""),
    "quote open": (HEAD + "    slices: [city]\n", 'id,y_true,y_score,city\n1,0,0.1,"A\n2,1,0.9,B\n3,0,0.9,A\n', "predictions.csv:2:9: a quote opens here and never closes, so every row after it would be lost.", 'Inside a quoted field, a quote is written twice (""). Mend the step that writes the file, or write Parquet.'),
}  # fmt: skip

CASES = {f"{kind}: {name}": case for kind, cases in {"columns": COLUMNS, "values": VALUES, "file": FILES}.items() for name, case in cases.items()}  # fmt: skip


@pytest.mark.parametrize(("config", "content", "message", "hint"), CASES.values(), ids=CASES.keys())
def test_evaluate__predictions_that_cannot_be_judged__are_refused(place, config, content, message, hint):
    place.write("ci-ml.yaml", config)
    put(place, content)

    assert place.ci_ml("evaluate").said == error(message, hint)


def test_evaluate__no_predictions__says_what_makes_them(bench):
    bench.write("ci-ml.yaml", HEAD)

    assert bench.ci_ml("evaluate").said == error(
        "predictions.csv does not exist.", "ci-ml train churn  (or change ci-ml.yaml:4:18)"
    )


def test_evaluate__parquet_by_name_only__is_said(bench):
    bench.write("ci-ml.yaml", HEAD.replace("predictions.csv", "p.parquet"))
    bench.write("p.parquet", GOOD)

    assert bench.ci_ml("evaluate").said == error(
        "p.parquet is not a Parquet file (it does not start with PAR1).", "Write it again."
    )


@pytest.mark.parametrize(
    "content",
    ["\ufeff" + GOOD, GOOD.replace("\n", "\r\n"), GOOD.replace(",", " , ").replace(" , y", ",y").replace("id ", "id")],
)
def test_evaluate__unusual_but_valid_csv__is_read(place, content):
    place.write("ci-ml.yaml", HEAD)
    put(place, content)

    done = place.ci_ml("evaluate")

    assert (done.code, done.err) == (0, "")


# Two models on different rows -------------------------------------------------------------------------------------

PAIR = HEAD + "    columns: {group: day, weight: w}\n    slices: [city]\n"
ROWS = [[i, i % 2, i / 80, i % 12, 1, "AB"[i % 2]] for i in range(80)]


def rows(*, leave_out: int = 0, **changes) -> str:
    """Rows as CSV; `changes` name a column and give {row: value}."""
    names = ["id", "y_true", "y_score", "day", "w", "city"]
    found = [list(row) for row in ROWS[: len(ROWS) - leave_out]]
    for name, values in changes.items():
        for row, value in values.items():
            found[row][names.index(name)] = value
    return "\n".join([",".join(names), *(",".join(map(str, row)) for row in found)]) + "\n"


@pytest.mark.parametrize(
    ("old", "new", "differences"),
    [
        (rows(), rows(leave_out=10), "10 ids only in the baseline (70, 71, 72, …)"),
        (rows(leave_out=1), rows(), "1 id only in the candidate (79)"),
        (rows(id={3: 103}), rows(), "1 id only in the baseline (103); 1 id only in the candidate (3)"),
        (rows(id={3: "x"}), rows(), "1 id only in the baseline (x); 1 id only in the candidate (3)"),
        (rows(y_true={0: 1, 5: 0}), rows(), "y_true differs for 2 of 80 ids"),
        (rows(w={0: 2}), rows(), "weight differs for 1 of 80 ids"),
        (rows(day={0: 99}), rows(), "group differs"),
        (rows(city={0: "Z", 1: ""}), rows(), "city differs for 2 of 80 ids"),
        (rows(y_true={0: 1}, w={0: 2}), rows(), "y_true differs for 1 of 80 ids; weight differs for 1 of 80 ids"),
    ],
)
def test_compare__files_on_different_rows__are_not_compared(place, old, new, differences):
    place.write("ci-ml.yaml", PAIR)
    put(place, old, "old.csv")
    put(place, new, "new.csv")

    assert place.ci_ml("compare", "--baseline", "old.csv", "--candidate", "new.csv").said == error(
        f"old.csv was not scored on these rows: {differences}.", "Score both on the same held-out rows."
    )


def test_compare__same_rows_in_another_order_format_and_type__are_compared(place):
    place.write("ci-ml.yaml", PAIR)
    put(place, rows(), "old.csv")
    flipped = ROWS[::-1]
    put(
        place,
        {
            "id": pa.array([str(row[0]) for row in flipped]),
            "y_true": [bool(row[1]) for row in flipped],
            "y_score": [row[2] for row in flipped],
            "day": pa.array([row[3] for row in flipped], pa.int8()),
            "w": pa.array([row[4] for row in flipped], pa.float32()),
            "city": pa.array([row[5] for row in flipped]).dictionary_encode(),
        },
        "new.parquet",
    )

    done = place.ci_ml("compare", "--baseline", "old.csv", "--candidate", "new.parquet")

    assert (done.code, done.err) == (0, "")
    assert "80 rows" in done.out


def test_compare__older_file_without_a_slice_column__borrows_it(place):
    place.write("ci-ml.yaml", PAIR)
    put(place, rows().replace("city", "town"), "old.csv")
    put(place, rows(), "new.csv")

    assert place.ci_ml("compare", "--baseline", "old.csv", "--candidate", "new.csv").code == 0
