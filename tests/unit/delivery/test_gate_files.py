"""ci_ml/delivery/gate_files.py: what gates ask of files."""

import json

import pytest
from workbench import CONFIG, add_model, train_and_gate


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
