"""ci_ml/config/__init__.py: from the simple case to the full shape, and where each key stands."""

import pytest
from gate_maker import make_gate

from ci_ml.config import Columns, Registry, Step, read_config
from ci_ml.config.shape import Cost, Fairness, Labels, Monitor, OnMerge, RetrainPolicy
from ci_ml.errors import ConfigError

SIMPLE = """\
models:
  churn:
    task: binary
    train: python train.py
    predictions: predictions.csv
"""
FULL = """\
models:
  late-flight:
    task: binary
    train: {stage: train}
    predict: {command: python predict.py, inputs: [predict.py, "./rows/*.csv"]}
    artifact: ./models//late_flight.txt
    predictions: reports/predictions.parquet
    columns: {id: flight_id, y_true: late, y_score: probability, group: date, weight: null, latency_ms: null}
    positive: true
    threshold: 0.4
    slices: [carrier, "age >= 60"]
    fairness: {by: [origin]}
    cost: {false_positive: 1, false_negative: 5}
    metrics: [roc_auc, log_loss, expected_cost]
    baseline: 1.10
    gates:
      floor: {metric: roc_auc, minimum: 0.65}
      size: {file: models/late_flight.txt, max_size_mb: 50, undecided: block}
    undecided: block
    stages: [dev, production]
    on_merge: {promote: dev}
    monitor:
      current: data/incoming/*.parquet
      timestamp: scheduled_at
      labels: {column: late, mature_after_days: 1}
      retrain: {confirm: 2 of 3, cooldown_days: 14, max_per_month: 2, max_gpu_hours_per_month: 20}
    card: docs/card.md
    features: features.yaml
    params: [params.yaml]
registry:
  remote: upstream
  branch: trunk
  sign: true
  allowed_signers: .signers
  revoked_keys: .revoked
  signed_since: 2027-01-31
  signers: {production: [ann@example.com, bob@example.com]}
  approvals: {production: 2}
"""


def test_read_config__simple_case__is_filled_with_documented_defaults():
    name, model = read_config(SIMPLE).model(None)

    assert name == "churn"
    assert model.train == Step(command="python train.py")
    assert model.predict is None
    assert model.artifact is None
    assert model.columns == Columns(id="id", y_true="y_true")
    assert model.shown_metrics == ("roc_auc", "average_precision", "log_loss", "brier_score")
    assert model.main_metric == "roc_auc"
    assert (model.stages, model.merge_stage, model.baseline_or_default) == (
        ("staging", "production"),
        "production",
        "production",
    )
    assert (dict(model.gates), model.undecided, model.threshold) == ({}, "warn", 0.5)
    assert read_config(SIMPLE).registry == Registry(remote="origin", branch=None)


def test_read_config__full_shape__is_read_to_the_last_key():
    config = read_config(FULL)
    model = config.models["late-flight"]

    assert model.train == Step(stage=("train",))
    assert model.predict == Step(command="python predict.py", inputs=("predict.py", "rows/*.csv"))
    assert (model.artifact, model.predictions) == ("models/late_flight.txt", "reports/predictions.parquet")
    assert model.columns == Columns(id="flight_id", y_true="late", y_score="probability", group="date")
    assert (model.positive, model.threshold, model.slices) == (True, 0.4, ("carrier", "age >= 60"))
    assert (model.fairness, model.cost) == (Fairness(by=("origin",)), Cost(false_positive=1, false_negative=5))
    assert model.shown_metrics == ("roc_auc", "log_loss", "expected_cost")
    assert (model.baseline, model.undecided) == ("1.10", "block")
    assert dict(model.gates) == {
        "floor": make_gate(metric="roc_auc", minimum=0.65),
        "size": make_gate(file="models/late_flight.txt", max_size_mb=50, undecided="block"),
    }
    assert (model.stages, model.on_merge) == (("dev", "production"), OnMerge(promote="dev"))
    assert model.monitor == Monitor(
        current="data/incoming/*.parquet",
        timestamp="scheduled_at",
        labels=Labels(column="late", mature_after_days=1),
        retrain=RetrainPolicy(confirm="2 of 3", cooldown_days=14, max_per_month=2, max_gpu_hours_per_month=20),
    )
    assert (model.card, model.features, model.params) == ("docs/card.md", "features.yaml", ("params.yaml",))
    assert config.registry == Registry(
        remote="upstream",
        branch="trunk",
        sign=True,
        allowed_signers=".signers",
        revoked_keys=".revoked",
        signed_since="2027-01-31",
        signers={"production": ("ann@example.com", "bob@example.com")},
        approvals={"production": 2},
    )


def test_read_config__merge_that_only_registers__compares_with_the_last_stage():
    model = read_config(SIMPLE + "    on_merge: {promote: null}\n").models["churn"]

    assert (model.merge_stage, model.baseline_or_default) == (None, "production")


@pytest.mark.parametrize(
    ("lines", "metrics"),
    [
        ("    columns: {y_pred: p}\n", ("accuracy", "f1")),
        (
            "    cost: {false_negative: 2}\n",
            ("roc_auc", "average_precision", "log_loss", "brier_score", "expected_cost"),
        ),
    ],
)
def test_read_config__what_the_columns_allow__decides_the_default_metrics(lines, metrics):
    assert read_config(SIMPLE + lines).models["churn"].shown_metrics == metrics


def test_model__one_of_several_not_named__is_refused():
    two = SIMPLE + "  other: {task: regression, predictions: other.csv}\n"

    with pytest.raises(ConfigError) as caught:
        read_config(two).model(None)

    assert (caught.value.message, caught.value.hint) == (
        "ci-ml.yaml names several models: churn, other.",
        "Say which one.",
    )


def test_model__unknown_name__says_what_there_is():
    with pytest.raises(ConfigError) as caught:
        read_config(SIMPLE).model("chrun")

    assert (caught.value.message, caught.value.hint) == ("ci-ml.yaml has no model 'chrun'.", "It has: churn.")


def test_locate__key_that_the_file_does_not_spell_out__is_the_nearest_above():
    config = read_config(FULL)

    assert config.locate("models", "late-flight", "columns", "y_score") == "ci-ml.yaml:8:53"
    assert config.locate("models", "late-flight", "columns", "y_pred") == "ci-ml.yaml:8:14"
    assert config.locate("models", "late-flight", "gates", "floor", "slice") == "ci-ml.yaml:17:14"
