"""`ci-ml train`: run what the configuration names, and write down what it took."""

import json
import os

import pytest
from workbench import BETTER, CONFIG, PREDICT, TRAIN, add_model, set_weights

PLAIN = CONFIG.replace("{command: python train.py, inputs: [train.py]}", "python train.py").replace("{command: python predict.py, inputs: [predict.py, rows.csv]}", "python predict.py")  # fmt: skip


def record(bench) -> dict:
    return json.loads((bench.root / ".ci-ml" / "churn" / "training.json").read_text())


def test_train__two_commands__run_in_order_and_are_recorded(bench):
    add_model(bench)
    commit = bench.commit()

    done = bench.ci_ml("train")

    assert done.code == 0
    assert [line[:58].strip() for line in done.out.splitlines()] == [
        "python train.py",
        "python predict.py",
        "predictions.csv",
        "model.json",
    ]
    assert done.err.splitlines()[0].startswith("Training churn on ")
    found = record(bench)
    assert (found["schema"], found["model"], found["commit"]) == (1, "churn", commit)
    assert [step["command"] for step in found["steps"]] == ["python train.py", "python predict.py"]
    assert set(found["outputs"]) == {"predictions.csv", "model.json"}
    assert found["provenance"]["parameters"] == {"params.json:weights": [1.5, 0.0]}
    assert found["provenance"]["seconds"] > 0
    assert "python" in found["machine"]
    assert "numpy" in found["packages"]
    assert bench.git("status", "--porcelain") == "?? ci-ml.lock\n?? model.json\n?? predictions.csv"


def test_train__json__is_the_record_and_nothing_else(bench):
    add_model(bench)

    done = bench.ci_ml("--quiet", "train", "--format", "json")

    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out) == record(bench)


def test_train__output_of_the_steps__goes_to_stderr(bench):
    add_model(bench)
    bench.write("train.py", "print('epoch 1')\n" + TRAIN)

    done = bench.ci_ml("train")

    assert "epoch 1" in done.err.splitlines()
    assert "epoch 1" not in done.out


def test_train__old_predictions_beside_a_new_model__are_refused(bench):
    add_model(bench)
    bench.ci_ml("train")
    os.utime(bench.root / "predictions.csv", (1, 1))
    bench.write("predict.py", "")

    assert bench.ci_ml("--quiet", "train").said == (
        4,
        "error: training ended well, but predictions.csv is older than it: no step wrote it.\n"
        "  try: predict: COMMAND names the step that scores the held-out rows.\n",
    )


def test_train__step_that_writes_one_of_its_inputs__is_warned_of(bench):
    add_model(bench, config=PLAIN)
    bench.write("train.py", TRAIN + "open('state.txt', 'a').write('x')\n")
    bench.write("state.txt", "")
    bench.commit()

    assert bench.ci_ml("--quiet", "train").said == (
        0,
        "warning: state.txt changed while training ran. If the training writes it, name what it reads: "
        "train: {command: …, inputs: [GLOBS]}; if you changed it, train again.\n",
    )


def test_gate__inputs_that_changed_since_training__ask_for_training(bench):
    add_model(bench)
    bench.ci_ml("train")
    set_weights(bench, BETTER)

    assert bench.ci_ml("gate").said == (
        4,
        "error: predictions.csv is not what these inputs make: params.json:weights changed since it was made.\n"
        "  try: ci-ml train churn\n",
    )


def test_gate__training_by_hand__needs_no_record(bench):
    add_model(bench)
    bench.ci_ml("train")
    bench.remove(".ci-ml")

    assert bench.ci_ml("gate").code == 0


@pytest.mark.parametrize("source", ["", PREDICT])
def test_train__interrupted_before_it_ended__leaves_no_record(bench, source):
    add_model(bench)
    bench.write("predict.py", source + "\nraise SystemExit(1)\n")

    assert bench.ci_ml("train").code == 4
    assert not (bench.root / ".ci-ml" / "churn" / "training.json").exists()
