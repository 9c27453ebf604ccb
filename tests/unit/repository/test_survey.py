"""ci_ml/repository/survey.py: what a repository says about its model before anybody configured it."""

import csv
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ci_ml.git.questions import Git
from ci_ml.repository.survey import Contents, survey

DVC = """\
stages:
  prepare: {cmd: python prepare.py, deps: [raw.csv], outs: [clean.csv]}
  train: {cmd: python train.py, deps: [clean.csv], outs: [models/m.txt], metrics: [metrics.json]}
  score: {cmd: python score.py, deps: [models/m.txt], outs: [out/predictions.parquet]}
"""


def look(bench, name=None):
    return survey(Git(bench.root), name)


def contents(bench, columns: dict[str, list]) -> Contents:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    bench.write("predictions.csv", file.getvalue())
    return look(bench).contents


def test_survey__empty_repository__is_named_after_its_folder(bench):
    found = look(bench)

    assert (found.name, found.predictions, found.predictions_found, found.artifact) == (
        "work",
        "predictions.csv",
        False,
        None,
    )
    assert (found.train_command, found.train_stages, found.contents) == (None, (), Contents())
    assert found.summary == "no training script found; predictions.csv expected"


@pytest.mark.parametrize(
    ("folder", "name"),
    [("my model!", "my-model"), ("...", "model"), ("-x_", "x"), ("é", "model"), ("a" * 150, "a" * 100)],
)
def test_survey__folder_s_name__becomes_one_that_tags_can_carry(tmp_path, folder, name):
    from workbench import Workbench

    assert look(Workbench.make(tmp_path / folder)).name == name


@pytest.mark.parametrize("script", ["train.py", "src/train.py", "scripts/train.py", "main.py"])
def test_survey__training_script__is_the_command(bench, script):
    bench.write(script, "")
    bench.write("params.yaml", "")
    bench.write("models/model.pkl", "")

    found = look(bench, "churn")

    assert (found.name, found.train_command, found.params) == ("churn", f"python {script}", ("params.yaml",))
    assert found.artifact == "models/model.pkl"


def test_survey__dvc_stages__are_told_apart_by_what_they_make(bench):
    bench.write("dvc.yaml", DVC)
    bench.write("train.py", "")

    found = look(bench)

    assert (found.train_stages, found.predict_stages, found.train_command) == (("train",), ("score",), None)
    assert (found.artifact, found.predictions) == ("models/m.txt", "out/predictions.parquet")
    assert found.summary == "DVC stages train, score; out/predictions.parquet expected"


def test_survey__broken_dvc_file__is_not_ours_to_explain(bench):
    bench.write("dvc.yaml", "stages: [\n")
    bench.write("train.py", "")

    assert look(bench).train_command == "python train.py"


def test_survey__predictions_in_a_folder__are_found(bench):
    bench.write("reports/test_predictions.csv", "id,y_true,y_score\n1,0,0.5\n2,1,0.5\n")
    bench.write("reports/predict.py", "")

    found = look(bench)

    assert (found.predictions, found.predictions_found) == ("reports/test_predictions.csv", True)


def test_survey__ignored_predictions_in_a_usual_place__are_found(bench):
    bench.write(".gitignore", "*.parquet\n")
    pq.write_table(pa.table({"id": [1, 2], "y": [0, 1], "p": [0.1, 0.2]}), bench.root / "predictions.parquet")

    found = look(bench)

    assert found.predictions == "predictions.parquet"
    assert found.contents == Contents(task_is_guess=False, columns={"id": "id", "y_true": "y", "y_score": "p"})


IDS = [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            {"Row_ID": IDS, "Truth": [0, 1, 0, 1], "Proba": [0.1] * 4, "customer": list("abcd")},
            Contents(task_is_guess=False, columns={"id": "Row_ID", "y_true": "Truth", "y_score": "Proba", "group": "customer"}),
        ),
        (
            {"id": IDS, "label": ["stay", "leave", "stay", "stay"], "score": [0.1] * 4},
            Contents(task_is_guess=True, columns={"id": "id", "y_true": "label", "y_score": "score"}, positive="stay"),
        ),
        (
            {"id": IDS, "y_true": [0, 1, 0, 1], "prediction": [0.1, 0.2, 0.3, 0.4]},
            Contents(task_is_guess=False, columns={"id": "id", "y_true": "y_true", "y_score": "prediction"}),
        ),
        (
            {"id": IDS, "y_true": [0, 1, 0, 1], "prediction": [0, 1, 1, 1]},
            Contents(task_is_guess=False, columns={"id": "id", "y_true": "y_true", "y_pred": "prediction"}),
        ),
        (
            {"id": IDS, "y_true": list("abca"), "proba_a": [0.2] * 4, "proba_b": [0.2] * 4, "proba_c": [0.6] * 4},
            Contents(
                task="multiclass",
                task_is_guess=False,
                columns={"id": "id", "y_true": "y_true"},
                score_columns={"a": "proba_a", "b": "proba_b", "c": "proba_c"},
            ),
        ),
        (
            {"id": IDS, "target": [1, 2, 3, 1], "pred": [1, 2, 3, 3]},
            Contents(task="multiclass", columns={"id": "id", "y_true": "target", "y_pred": "pred"}),
        ),
        (
            {"id": IDS, "actual": [1.5, 2.5, 3.0, 1.0], "yhat": [1, 2, 3, 3]},
            Contents(task="regression", task_is_guess=False, columns={"id": "id", "y_true": "actual", "y_pred": "yhat"}),
        ),
        (
            {"id": range(12), "actual": range(12), "yhat": range(12)},
            Contents(task="regression", task_is_guess=False, columns={"id": "id", "y_true": "actual", "y_pred": "yhat"}),
        ),
        ({"id": IDS, "what": IDS}, Contents(columns={"id": "id"})),
        ({"id": IDS, "y_true": ["", "", "", ""]}, Contents(task_is_guess=False, columns={"id": "id", "y_true": "y_true"})),
    ],
)  # fmt: skip
def test_survey__columns_of_predictions__say_the_task(bench, columns, expected):
    assert contents(bench, columns) == expected


def test_survey__label_that_is_also_an_id__takes_no_column_twice(bench):
    found = contents(bench, {"id": IDS, "y_true": ["id", "b", "x", "b"], "b": [0.2] * 4, "x": [0.2] * 4})

    assert (found.task, found.score_columns) == ("multiclass", {})


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"PAR1", b"id;y\n1;2\n", b"id,y_true\n"])
def test_survey__predictions_that_cannot_be_read__are_left_to_the_gate(bench, content):
    bench.write("predictions.csv", content)

    assert look(bench).contents == Contents()
