"""ci_ml/config/describe.py: what a configuration means, and which keys wait for a later version."""

from ci_ml.config import read_config
from ci_ml.config.describe import describe, inert_keys

HEAD = "models:\n  churn:\n    task: binary\n    predictions: predictions.csv\n"


def test_describe__simple_case__says_every_default():
    assert describe(read_config(HEAD)) == {
        "registry": {"remote": "origin", "branch": "the default branch"},
        "models": {
            "churn": {
                "task": "binary",
                "train": "none",
                "predict": "none",
                "artifact": "none: compare and gate work, register and promote need one",
                "predictions": "predictions.csv",
                "columns": "id: id; y_true: y_true; y_score or y_pred: as the file has it",
                "positive": "1 or true",
                "threshold": "0.5",
                "metrics": "roc_auc, average_precision, log_loss, brier_score",
                "slices": "none",
                "baseline": "production",
                "stages": "staging → production",
                "on merge": "promote to production",
                "undecided": "warn",
                "gate": "no-regression: roc_auc may regress by at most 1 % of the baseline (default)",
            }
        },
    }


def test_describe__steps_and_gates__are_said_in_words():
    facts = describe(
        read_config(
            HEAD
            + "    train: {stage: [prepare, fit]}\n    predict: python predict.py\n    on_merge: {promote: null}\n"
            + "    gates:\n      a: {metric: recall, slice: age, minimum: 0.5}\n"
            + "      b: {file: m.json, key: test.auc, maximum: 1}\n      c: {file: m.bin, max_size_mb: 2.5}\n"
        )
    )["models"]["churn"]

    assert facts["train"] == "DVC stage prepare, fit"
    assert facts["predict"] == "python predict.py"
    assert facts["on merge"] == "register only"
    assert facts["gate a"] == "recall of each age: minimum 0.5"
    assert facts["gate b"] == "m.json test.auc: maximum 1"
    assert facts["gate c"] == "m.bin: max_size_mb 2.5"


def test_inert_keys__nothing_for_later__is_empty():
    assert inert_keys(read_config(HEAD + "    fairness: {by: []}\nregistry: {approvals: {}}\n")) == []


def test_inert_keys__everything_for_later__is_named_with_its_place():
    later = (
        "    monitor: {current: data/*.csv}\n    fairness: {by: [age]}\n    card: card.yaml\n"
        "    columns: {latency_ms: ms}\n    train: {estimator: lightgbm}\n"
    )
    why = "is read, but this version does not act on it"

    assert inert_keys(read_config(HEAD + later)) == [
        ("ci-ml.yaml:5:14", "models.churn.monitor", why),
        ("ci-ml.yaml:6:15", "models.churn.fairness", why),
        ("ci-ml.yaml:8:27", "models.churn.columns.latency_ms", why),
        ("ci-ml.yaml:9:24", "models.churn.train.estimator", why),
    ]
