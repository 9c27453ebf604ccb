"""ci_ml/delivery/judging_rules.py: what is part of a judging, and what a retraining is held to."""

import pytest
from gate_maker import make_gate
from workbench import add_model, train_and_gate

from ci_ml.config import read_config
from ci_ml.delivery.judging_rules import judging_digest, retraining_gates

HEAD = "models:\n  m:\n    task: binary\n    predictions: p.csv\n"


def digest(more: str = "") -> str:
    return judging_digest(read_config(HEAD + more).models["m"])


@pytest.mark.parametrize(
    "more",
    [
        "    columns: {group: day}\n",
        "    positive: yes\n",
        "    threshold: 0.6\n",
        "    slices: [age]\n",
        "    cost: {false_negative: 2}\n",
        "    metrics: [log_loss]\n",
        "    gates: {g: {metric: f1, minimum: 0.5}}\n",
        "    undecided: block\n",
        "    baseline: staging\n",
        "    on_merge: {promote: staging}\n",
    ],
)
def test_judging_digest__anything_that_can_change_a_verdict__changes_it(more):
    assert digest(more) != digest()


@pytest.mark.parametrize(
    "more",
    [
        "    train: make\n",
        "    artifact: m.bin\n",
        "    card: c.md\n",
        "    undecided: warn\n",
        "    params: [p.yaml]\n",
    ],
)
def test_judging_digest__anything_else__leaves_it(more):
    assert digest(more) == digest()


def test_judging_digest__gates__is_what_earlier_versions_stored():
    # Else every recorded judging were stale after an upgrade. A later rule's key is in it only where it is given.
    gates = (
        "      floor: {metric: roc_auc, minimum: 0.65}\n      size: {file: m.txt, max_size_mb: 50, undecided: block}\n"
    )
    head = "models:\n  m:\n    task: binary\n    predictions: p.csv\n    gates:\n"

    assert judging_digest(read_config(head + gates).models["m"]) == (
        "sha256:19ba8aaac80b3698d944ecbd83172e3a691611931805c25686e49c520f1c57b2"
    )


def test_retraining_gates__main_metric__must_improve_and_undecided_blocks():
    model = read_config(HEAD + "    metrics: [log_loss, roc_auc]\n").models["m"]

    assert retraining_gates(model) == {
        "retraining-better": make_gate(metric="log_loss", min_improvement=0.0, undecided="block")
    }


def test_gate__retraining__must_be_better_than_itself_and_is_not(bench):
    add_model(bench)
    train_and_gate(bench)
    bench.commit()
    bench.ci_ml("register")
    bench.ci_ml("promote", "churn", "v1.0.0", "staging")
    bench.ci_ml("promote", "churn", "v1.0.0", "production")

    plain, retraining = bench.ci_ml("gate"), bench.ci_ml("gate", "--retraining")

    assert (plain.code, retraining.code) == (0, 10)
    assert "retraining-better" in retraining.out
