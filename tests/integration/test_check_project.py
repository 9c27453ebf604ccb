"""`ci-ml check` looks around: the files, stages and columns that ci-ml.yaml names, each fault with what is there."""

import pytest
from workbench import Workbench, add_model

HEADER = "id,truth,y_score,segment,day\n"
ROWS = "".join(f"{n},{n % 2},0.{n},A,mon\n" for n in range(1, 5))
MODEL = """\
models:
  churn:
    task: binary
    predictions: predictions.csv
"""


def test_check__columns_that_the_predictions_lack__are_named_with_what_was_meant(bench):
    bench.write("predictions.csv", HEADER + ROWS)
    bench.write(
        "ci-ml.yaml",
        MODEL
        + """\
    columns: {y_score: score, group: dya, weight: importance}
    slices: [segmnt, "day == mon", "age >= 60"]
    gates:
      parts: {metric: roc_auc, slice: sgment, minimum: 0.5}
""",
    )
    has = "It has: id, truth, y_score, segment, day."

    assert bench.ci_ml("check").said == (
        2,
        f"""\
error: ci-ml.yaml has 7 faults:
  ci-ml.yaml:5:14: models.churn.columns.y_true is 'y_true', which is no column of predictions.csv.
    Add columns: {{y_true: truth}}. {has}
  ci-ml.yaml:5:24: models.churn.columns.y_score is 'score', which is no column of predictions.csv.
    Did you mean 'y_score'? {has}
  ci-ml.yaml:5:38: models.churn.columns.group is 'dya', which is no column of predictions.csv.
    Did you mean 'day'? {has}
  ci-ml.yaml:5:51: models.churn.columns.weight is 'importance', which is no column of predictions.csv.
    {has}
  ci-ml.yaml:6:14: models.churn.slices.0 is 'segmnt', which is no column of predictions.csv.
    Did you mean 'segment'? {has}
  ci-ml.yaml:6:36: models.churn.slices.2 is 'age', which is no column of predictions.csv.
    {has}
  ci-ml.yaml:8:39: models.churn.gates.parts.slice is 'sgment', which is no column of predictions.csv.
    Did you mean 'segment'? {has}
""",
    )


def test_check__column_that_nothing_stands_for__says_what_to_fill_in(bench):
    bench.write("predictions.csv", "id,a,b,y_score\n1,0,1,0.5\n")
    bench.write("ci-ml.yaml", MODEL)

    assert bench.ci_ml("check").said == (
        2,
        "error: ci-ml.yaml:3:5: models.churn.columns.y_true is 'y_true', which is no column of predictions.csv.\n"
        "  try: Add columns: {y_true: COLUMN}. It has: id, a, b, y_score.\n",
    )


def test_check__misspelt_columns_key__is_not_followed_by_faults_of_its_defaults(bench):
    bench.write("predictions.csv", "key,late,p\n1,0,0.5\n")
    bench.write("ci-ml.yaml", MODEL + "    column: {id: key}\n")

    code, said = bench.ci_ml("check").said

    assert (code, said.splitlines()[0]) == (2, "error: ci-ml.yaml:5:5: models.churn has no key 'column'.")
    assert "no column of" not in said


@pytest.mark.parametrize("content", [None, b"", b"id;y_true;y_score\n1;0;0.5\n", b"\xff\xfe"])
def test_check__predictions_missing_or_unreadable__still_passes(bench, content):
    if content is not None:
        bench.write("predictions.csv", content)
    bench.write("ci-ml.yaml", MODEL)

    done = bench.ci_ml("check")

    assert (done.code, done.out.splitlines()[-1]) == (0, "ci-ml.yaml is valid: 1 model.")
    assert done.err == "" or done.err.startswith("warning: ci-ml.yaml:4:18: predictions.csv")


def test_check__parquet__is_read_too(bench):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"id": [1], "y_true": [0], "y_scor": [0.5]}), bench.root / "p.parquet")
    bench.write("ci-ml.yaml", MODEL.replace("predictions.csv", "p.parquet") + "    columns: {y_score: y_score}\n")

    assert bench.ci_ml("check").said == (
        2,
        "error: ci-ml.yaml:5:24: models.churn.columns.y_score is 'y_score', which is no column of p.parquet.\n"
        "  try: Did you mean 'y_scor'? It has: id, y_true, y_scor.\n",
    )


@pytest.mark.parametrize(
    ("task", "header", "columns"),
    [
        ("binary", "id,y_true,y_score", ""),
        ("binary", "id,y_true,y_pred", ""),
        ("multiclass", "id,y_true,y_pred", ""),
        ("multiclass", "id,y_true,p_a,p_b", "    columns: {y_score: {a: p_a, b: p_b}}\n"),
        ("regression", "id,y_true,y_pred", ""),
    ],
)
def test_check__columns_that_a_task_takes__are_all_it_asks_for(bench, task, header, columns):
    bench.write("predictions.csv", f"{header}\n")
    bench.write("ci-ml.yaml", MODEL.replace("binary", task) + columns)

    assert bench.ci_ml("check").said == (0, "")


def test_check__files_and_stages_that_are_not_there__are_named_with_what_is(bench):
    bench.write("dvc.yaml", "stages:\n  train: {cmd: python train.py, outs: [m.txt]}\n")
    bench.write("params.yaml", "lr: 1\n")
    bench.write("card.yaml", "purpos: x\n")
    bench.write(
        "ci-ml.yaml",
        MODEL
        + """\
    train: {stage: trian}
    predict: {command: python p.py, inputs: ["data/*.csv", params.yaml]}
    params: [parms.yaml]
    card: card.yaml
""",
    )

    code, said = bench.ci_ml("check").said

    assert code == 2
    assert [line for line in said.splitlines() if line.startswith(("  ci-ml", "  card"))] == [
        "  ci-ml.yaml:5:20: models.churn.train.stage cannot be run: dvc.yaml has no stage 'trian'.",
        "  ci-ml.yaml:6:46: models.churn.predict.inputs.0 is 'data/*.csv', which matches nothing that git or DVC tracks.",
        "  ci-ml.yaml:7:14: models.churn.params.0 is parms.yaml, which does not exist.",
        "  card.yaml:1:1: the file has no key 'purpos'.",
    ]


def test_check__everything_is_there__passes_without_a_word(bench: Workbench):
    add_model(bench)
    assert bench.ci_ml("check").said == (0, "")
    model = MODEL.replace("binary", "regression").replace("churn", "a-model-with-a-name-that-is-long")
    bench.write("ci-ml.yaml", model)

    done = bench.ci_ml("check")

    assert (done.code, done.err) == (0, "")
    assert all(len(line) <= 80 for line in done.out.splitlines()), done.out
