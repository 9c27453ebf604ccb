"""ci_ml/config/rule_changes.py: what is a rule, and what a change alters of them."""

import dataclasses

import pytest

from ci_ml.config import Model, read_config
from ci_ml.config.rule_changes import OTHER_KEYS, RULE_KEYS, RuleChange, rule_changes, rules_digest, with_rules

HEAD = "models:\n  m:\n    task: binary\n    predictions: p.csv\n"


def model(more: str = "") -> Model:
    return read_config(HEAD + more).models["m"]


def test_keys__of_a_model__each_is_a_rule_or_said_to_be_none():
    named = {field.name for field in dataclasses.fields(Model)}

    assert sorted((*RULE_KEYS, *OTHER_KEYS)) == sorted(named)


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ("", "    threshold: 0.4\n", [("threshold", "0.5", "0.4")]),
        ("", "    positive: 0\n", [("positive", None, "0")]),
        ("    columns: {group: day}\n", "", [("columns.group", "day", None)]),
        ("    slices: [a, b]\n", "    slices: [a]\n", [("slices", "[a, b]", "[a]")]),
        ("", "    holdout: moves\n", [("holdout", "grows", "moves")]),
        (
            "    gates: {g: {metric: f1, minimum: 0.5}}\n",
            "    gates: {g: {metric: f1, minimum: 0.4}}\n",
            [("gates.g.minimum", "0.5", "0.4")],
        ),
        (
            "    gates: {g: {metric: f1, minimum: 0.5}}\n",
            "    gates: {G: {metric: f1, minimum: 0.5}}\n",
            [("gates.g", "{metric: f1, minimum: 0.5}", None), ("gates.G", None, "{metric: f1, minimum: 0.5}")],
        ),
        ("    artifact: m\n    train: make\n    card: c.yaml\n", "", []),
    ],
)
def test_rule_changes__each_key__is_named_with_both_values(before, after, changes):
    assert rule_changes(model(before), model(after)) == tuple(
        RuleChange(key=key, before=old, after=new) for key, old, new in changes
    )


def test_rules_digest__same_rules_written_otherwise__is_the_same():
    one = "    columns: {group: day}\n    slices: [a]\n    threshold: 0.5\n"
    other = "    slices:\n      - a\n    columns:\n      group: day\n    train: make\n"

    assert rules_digest(model(one)) == rules_digest(model(other)) != rules_digest(model())


def test_with_rules__of_another__keeps_where_its_own_files_lie():
    own = model("    artifact: new.txt\n    threshold: 0.1\n")

    both = with_rules(own, model("    artifact: old.txt\n    threshold: 0.7\n"))

    assert (both.artifact, both.threshold) == ("new.txt", 0.7)


def test_with_rules__model_file_has_another_name__is_what_a_gate_on_it_looks_at():
    gates = "    gates:\n      size: {file: old.txt, max_size_mb: 1}\n      other: {file: x.json, key: a, minimum: 1}\n"

    both = with_rules(model("    artifact: new.txt\n"), model("    artifact: old.txt\n" + gates))

    assert {name: gate.file for name, gate in both.gates.items()} == {"size": "new.txt", "other": "x.json"}
