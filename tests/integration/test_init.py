"""`ci-ml init` in repositories of every kind: what it writes passes `ci-ml check`, and nothing is overwritten."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbench import Workbench, add_model, ci_ml

EMPTY = """\
# What ci-ml trains, judges and promotes here. Every key: docs/configuration.md, or `ci-ml check`.
models:
  work:
    task: binary          # a guess: binary, multiclass or regression
    # train: python train.py      # the command that writes the predictions
    # predict: python predict.py  # scores an older model when the held-out rows change
    # artifact: models/model.txt  # fill in the model file: register and promote need it
    predictions: predictions.csv   # one row per held-out row: id, y_true, y_score
    # columns: {group: day}     # rows of one day or customer are not independent
    # Without gates, the main metric may get worse by at most 1 % of the production model's. Your own:
    # gates:
    #   no-worse: {metric: roc_auc, max_regression: 0.002}
    # undecided: block            # stop a change that the held-out rows cannot decide
"""


def checks(bench) -> None:
    done = bench.ci_ml("check")
    assert (done.code, done.err) == (0, ""), done


def test_init__empty_repository__writes_a_commented_start(bench):
    done = bench.ci_ml("init")

    assert (done.code, done.err) == (
        0,
        "Fill in train: in line 5; nothing was found that it could be.\n"
        "Fill in artifact: in line 7; nothing was found that it could be.\n"
        "Next: ci-ml check. After that ci-ml status says what comes next, each time.\n",
    )
    assert done.out == "wrote ci-ml.yaml for model 'work' (no training script found; predictions.csv expected)\n"
    assert (bench.root / "ci-ml.yaml").read_text() == EMPTY
    checks(bench)


def test_init__typed_in_a_folder__writes_to_the_root(bench):
    bench.write("src/x.py", "")

    assert bench.ci_ml("init", folder=bench.root / "src").code == 0
    assert (bench.root / "ci-ml.yaml").is_file()


def test_init__git_attributes__store_model_and_predictions_as_they_are(bench):
    bench.write("dvc.yaml", "stages:\n  train: {cmd: x, outs: [models/a b.pkl, p/predictions.csv]}\n")
    bench.write(".gitattributes", "*.csv text\n/p/predictions.csv -text")

    assert bench.ci_ml("init").code == 0

    assert (bench.root / ".gitattributes").read_text() == (
        '*.csv text\n/p/predictions.csv -text\n"/models/a b.pkl" -text\n'
    )
    assert bench.git("check-attr", "text", "--", "models/a b.pkl", "p/predictions.csv").count("text: unset") == 2


def test_init__configuration_is_there__is_not_touched(bench):
    bench.write("ci-ml.yaml", "mine\n")

    assert bench.ci_ml("init").said == (
        2,
        "error: ci-ml.yaml is already there; it was not touched.\n  try: ci-ml check reads it.\n",
    )
    assert (bench.root / "ci-ml.yaml").read_text() == "mine\n"


def test_init__print__shows_it_beside_the_one_that_is_there(bench):
    bench.write("ci-ml.yaml", "mine\n")

    done = bench.ci_ml("init", "--print")

    assert (done.code, done.out, done.err) == (0, EMPTY, "")
    assert (bench.root / "ci-ml.yaml").read_text() == "mine\n"


def test_init__name_that_tags_cannot_carry__is_refused_before_anything_is_written(bench):
    assert bench.ci_ml("init", "--model", "my model").said == (
        2,
        "error: 'my model' cannot be a model's name: tags cannot carry it.\n"
        "  try: Letters, digits, '-', '_' and '/' in between; for a monorepo 'folder:name'.\n",
    )
    assert not (bench.root / "ci-ml.yaml").exists()


def test_init__monorepo_name__is_kept(bench):
    assert bench.ci_ml("init", "--model", "models/churn:classifier").code == 0
    checks(bench)
    assert '  "models/churn:classifier":\n' in (bench.root / "ci-ml.yaml").read_text()


def test_init__repository_with_a_script_and_predictions__is_ready_to_gate(bench):
    add_model(bench)
    bench.remove("ci-ml.yaml")
    bench.write("train.py", (bench.root / "train.py").read_text() + (bench.root / "predict.py").read_text())
    bench.git("add", "--all")

    assert bench.ci_ml("init").code == 0
    checks(bench)
    assert bench.ci_ml("train").code == 0
    assert bench.ci_ml("gate").code == 0
    lines = (bench.root / "ci-ml.yaml").read_text().splitlines()
    assert "    train: python train.py" in lines
    assert "    artifact: model.json" in lines
    assert "    params: params.json" in lines


def test_init__repository_with_a_pipeline__names_its_stages(bench):
    bench.write(
        "dvc.yaml",
        "stages:\n  fit: {cmd: python fit.py, deps: [a.csv], outs: [models/m.txt]}\n"
        "  score: {cmd: python score.py, deps: [models/m.txt], outs: [predictions.csv]}\n",
    )

    assert bench.ci_ml("init").code == 0
    checks(bench)
    lines = (bench.root / "ci-ml.yaml").read_text().splitlines()
    assert lines[4:8] == [
        "    train: {stage: fit}",
        "    predict: {stage: score}",
        "    artifact: models/m.txt",
        "    predictions: predictions.csv   # one row per held-out row: id, y_true, y_score",
    ]


@pytest.mark.parametrize(
    ("header", "rows", "lines"),
    [
        (
            "row_id,truth,proba,day",
            ["{n},{n2},0.{n},mon"] * 60,
            ["    task: binary", "    columns: {id: row_id, y_true: truth, y_score: proba, group: day}"],
        ),
        (
            "id,label,score",
            ["{n},stay,0.5", "{n},leave,0.4"] * 30,
            ["    task: binary          # a guess: binary, multiclass or regression", "    columns: {y_true: label, y_score: score}", "    positive: stay"],
        ),
        (
            "id,y_true,p_cat,p_dog,p_no",
            ["{n},cat,0.5,0.3,0.2", "{n},dog,0.2,0.7,0.1", "{n},no,0.3,0.3,0.4"] * 40,
            ["    task: multiclass", '    columns: {y_score: {cat: p_cat, dog: p_dog, "no": p_no}}'],
        ),
        (
            "id,target,prediction",
            ["{n},{n}.5,{n}.25"] * 60,
            ["    task: regression", "    columns: {y_true: target, y_pred: prediction}"],
        ),
    ],
    ids=["binary", "binary with words", "multiclass", "regression"],
)  # fmt: skip
def test_init__predictions_in_odd_columns__can_be_gated_at_once(bench, header, rows, lines):
    content = "\n".join([header, *(row.format(n=n, n2=n % 2) for n, row in enumerate(rows))]) + "\n"
    bench.write("predictions.csv", content)

    assert bench.ci_ml("init").code == 0
    checks(bench)
    assert [line for line in (bench.root / "ci-ml.yaml").read_text().splitlines() if line in lines] == lines
    done = bench.ci_ml("gate")
    assert (done.code, done.err) == (0, "")


def settings_of(bench) -> list[str]:
    """The lines of ci-ml.yaml that count, below the model's name."""
    lines = (bench.root / "ci-ml.yaml").read_text().splitlines()[3:]
    return [line.strip() for line in lines if not line.strip().startswith("#")]


@pytest.mark.parametrize(
    ("script", "artifact"),
    [
        ('booster.save_model("models/churn.txt")\n', "models/churn.txt"),
        ("joblib.dump(model, './out/clf.joblib')\n", "out/clf.joblib"),
        ('torch.save(net, "weights.pt")\nopen("metrics.json", "w")\n', "weights.pt"),
        ('json.dump(m, open("model.json", "w"))\nopen("model_metrics.json", "w")\n', "model.json"),
        ('open("/tmp/model.pkl", "wb")\nopen("../model.pkl", "wb")\n', None),
        ('open("scaler.pkl", "wb")\nopen("notes.txt", "w")\nopen(f"model-{n}.pkl", "wb")\n', None),
    ],
)
def test_init__training_script__says_where_the_model_goes(bench, script, artifact):
    bench.write("src/train_model.py", script)
    bench.write("tests/train.py", "")
    bench.write("params.json", "{}")
    bench.write("params.toml", "")

    assert bench.ci_ml("init").code == 0
    checks(bench)
    found = settings_of(bench)
    assert "train: python src/train_model.py" in found
    assert "params: [params.json, params.toml]" in found
    assert [line for line in found if line.startswith("artifact")] == ([f"artifact: {artifact}"] if artifact else [])


def test_init__script_that_writes_predictions__names_the_file(bench):
    bench.write("train.py", 'frame.to_parquet("out/holdout_preds.parquet")\n')
    bench.write("score_rows.py", "")

    bench.ci_ml("init")

    assert settings_of(bench)[1:] == [
        "train: python train.py",
        "predict: python score_rows.py",
        "predictions: out/holdout_preds.parquet   # one row per held-out row: id, y_true, y_score",
    ]


def test_init__stage_called_score__is_proposed_for_predict(bench):
    bench.write(
        "dvc.yaml",
        "stages:\n  train: {cmd: a, outs: [models/m.lgb, models/encoder.pkl]}\n"
        "  score: {cmd: b, deps: [models/m.lgb], outs: [out.parquet]}\n",
    )

    bench.ci_ml("init")

    assert settings_of(bench)[1:4] == ["train: {stage: train}", "predict: {stage: score}", "artifact: models/m.lgb"]


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        ("flight_id,species,predicted", "{n},{kind},rose", ["task: multiclass", "columns: {id: flight_id, y_pred: predicted, y_true: species}"]),
        ("id,price,predicted", "{n},{n}.25,{n}.5", ["task: regression", "columns: {y_pred: predicted, y_true: price}"]),
        ("id,ground_truth,pred_proba", "{n},{bit},0.5", ["task: binary", "columns: {y_true: ground_truth, y_score: pred_proba}"]),
        ("customer_id,label,score", "{n},{bit},0.5", ["task: binary", "columns: {id: customer_id, y_true: label, y_score: score}"]),
        ("kind_id,label,score", "{bit},{bit},0.5", ["task: binary", "columns: {y_true: label, y_score: score}"]),
    ],
)  # fmt: skip
def test_init__predictions__say_task_and_columns(bench, header, row, expected):
    rows = (row.format(n=n, bit=n % 2, kind=["rose", "iris", "lily"][n % 3]) for n in range(30))
    bench.write("predictions.csv", "\n".join([header, *rows]) + "\n")

    bench.ci_ml("init")

    assert [line for line in settings_of(bench) if line.startswith(("task", "columns"))] == expected


HOSTILE = ["y_true", "y_score", "truth", "p", "no", "null", "a: b", "#", "{x}", "é\n", "'", '"', " id", "id", "1.0", "- x", "*a", "&a", "\x07", "x" * 80, "\u2028", "p_a", "p_b"]  # fmt: skip
NAMES = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
CELLS = st.sampled_from(["0", "1", "a", "b", "no", "1.5", "true", "", "x: y", '"', "é"]) | st.text(
    st.characters(exclude_categories=["Cs"]), max_size=4
)


@settings(max_examples=40)
@given(data=st.data())
def test_init__any_columns_and_labels__write_what_check_accepts(tmp_path_factory, data):
    bench = Workbench.make(
        tmp_path_factory.mktemp("init") / data.draw(st.sampled_from(["work", "a b", "né", "-", "no", "1.0"]))
    )
    names = data.draw(st.lists(NAMES, min_size=1, max_size=6))
    rows = data.draw(st.lists(st.lists(CELLS, min_size=len(names), max_size=len(names)), max_size=5))
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerows([names, *rows])
    bench.write(data.draw(st.sampled_from(["predictions.csv", "reports/my predictions: v1.csv"])), file.getvalue())

    assert bench.ci_ml("init").code == 0
    checked = bench.ci_ml("check")
    if checked.code:  # what init writes holds, but a file need not have the columns that any model needs
        faults = [line for line in checked.err.splitlines() if "ci-ml.yaml:" in line]
        assert faults, checked
        assert all(", which is no column of " in line for line in faults), checked
    assert bench.ci_ml("evaluate").code in (0, 2, 4)


def test_init__no_repository__is_refused(tmp_path):
    assert ci_ml("init", folder=tmp_path).said == (
        3,
        f"error: {tmp_path} is not inside a git repository.\n  try: git init, or change folder.\n",
    )
