"""ci_ml/delivery/release_facts.py: what the registry pins of a judged model."""

import hashlib
import json

import pytest
from workbench import CONFIG, Workbench, add_model, train_and_gate

from ci_ml.config import read_config
from ci_ml.delivery.release_facts import io_schema


def registered(bench: Workbench) -> dict:
    """What the newest version pins."""
    events = json.loads(bench.ci_ml("registry", "history", "churn", "--format", "json").out)["events"]
    return next(event["payload"] for event in events if event["kind"] == "registered")


@pytest.fixture
def judged(bench) -> Workbench:
    add_model(bench, config=CONFIG.replace("    slices:", "    features: features.json\n    slices:"))
    bench.write("features.json", '["x1", "x2"]\n')
    bench.write("requirements.txt", "numpy==2.1.0\n")
    bench.write("services/churn/uv.lock", "version = 1\n")
    train_and_gate(bench)
    bench.commit("first")
    return bench


def test_facts_of__registration__pins_everything_a_model_follows_from(judged):
    assert judged.ci_ml("register").code == 0

    pins = registered(judged)

    missing = [name for name in ("tree", "model", "predictions", "rows", "features", "parameters", "environment", "code", "inputs", "io_schema", "evaluation", "verdict") if not pins[name]]  # fmt: skip
    assert missing == []
    assert pins["tree"] == judged.git("rev-parse", "HEAD^{tree}")
    assert pins["lock_files"] == {
        "requirements.txt": hashlib.sha256(b"numpy==2.1.0\n").hexdigest(),
        "services/churn/uv.lock": hashlib.sha256(b"version = 1\n").hexdigest(),
    }


def schema(text: str) -> str:
    config = read_config(f"models: {{m: {{predictions: p.csv, {text}}}}}", name="ci-ml.yaml")
    return io_schema(config.models["m"])


BINARY = "task: binary"
CLASSES = "task: multiclass, columns: {y_score: {a: p_a, b: p_b}}"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (BINARY, "task: regression", False),
        (BINARY, BINARY + ", positive: yes", False),
        (BINARY, BINARY + ", positive: 1", True),
        (BINARY, BINARY + ", columns: {y_score: probability, id: key}, threshold: 0.3", True),
        (CLASSES, "task: multiclass, columns: {y_score: {b: other, a: column}}", True),
        (CLASSES, "task: multiclass, columns: {y_score: {a: p_a, b: p_b, c: p_c}}", False),
    ],
)
def test_io_schema__two_models__differ_where_their_answers_mean_something_else(one, other, same):
    assert (schema(one) == schema(other)) is same
