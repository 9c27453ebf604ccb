"""ci_ml/delivery/judging.py: what is part of a judging, and what file gates look at."""

import json

import pytest
from gate_maker import make_gate
from workbench import CONFIG, add_model, train_and_gate

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


def gate_with(bench, gates: str):
    add_model(bench, config=CONFIG.partition("    gates:")[0] + f"    gates:\n{gates}")
    bench.write("metrics.json", json.dumps({"test": {"auc": 0.9, "name": "x", "flag": True}}))
    bench.write("metrics.yaml", "auc: 0.5\n")
    return train_and_gate(bench)


def test_gate__numbers_of_files__are_read_from_json_and_yaml(bench):
    done = gate_with(
        bench,
        "      json: {file: metrics.json, key: test.auc, minimum: 0.8}\n"
        "      yaml: {file: metrics.yaml, key: auc, minimum: 0.8}\n"
        "      size: {file: model.json, max_size_mb: 0.000001}\n",
    )

    assert done.code == 10
    assert [line.split()[:2] for line in done.out.splitlines()[2:5]] == [
        ["FAIL", "yaml"],
        ["FAIL", "size"],
        ["pass", "json"],
    ]


@pytest.mark.parametrize(
    ("gate", "message", "hint"),
    [
        ("{file: none.json, key: auc, minimum: 1}", "gate g looks at none.json, which is not in the working copy.", "Does training make it?"),
        ("{file: metrics.json, key: test.acc, minimum: 1}", "gate g: metrics.json has no number at 'test.acc'.", "key: takes a dotted path such as test.auc"),
        ("{file: metrics.json, key: test.name, minimum: 1}", "gate g: metrics.json has no number at 'test.name'.", "key: takes a dotted path such as test.auc"),
        ("{file: metrics.json, key: test.flag, minimum: 1}", "gate g: metrics.json has no number at 'test.flag'.", "key: takes a dotted path such as test.auc"),
        ("{file: train.py, key: auc, minimum: 1}", "train.py:4:37: not valid YAML: mapping values are not allowed here.", ""),
    ],
)  # fmt: skip
def test_gate__file_that_does_not_hold_the_number__is_refused(bench, gate, message, hint):
    done = gate_with(bench, f"      g: {gate}\n")

    assert done.said == (4, f"error: {message}\n" + (f"  try: {hint}\n" if hint else ""))


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
