"""A change is judged by the rules that were on main before it, wherever and however it is checked out."""

import json
import os
from unittest.mock import patch

import pytest
from workbench import BETTER, CONFIG, WORSE, propose, set_weights, start_registry, train_and_gate

LOOSE = CONFIG.replace("minimum: 0.6", "minimum: 0.01").replace("max_regression: 0.01", "max_regression: 0.9")


@pytest.fixture
def bench(remote_bench):
    start_registry(remote_bench)
    return remote_bench


def test_gate__change_loosens_its_own_gates__is_judged_by_mains_and_says_so(bench):
    bench.git("switch", "--quiet", "--create", "loose")
    bench.write("ci-ml.yaml", LOOSE)
    set_weights(bench, WORSE)

    judged = train_and_gate(bench)

    base = bench.head("origin/main")[:7]
    assert judged.code == 10
    said = judged.out.split("\n\n")[1]
    assert said == (
        f"This change alters 2 rules. It is judged by main's rules ({base}) and by its\n"
        "own; the stricter answer stands.\n"
        "  gates.floor.minimum  0.6 → 0.01\n"
        "  gates.no-worse.max_regression  0.01 → 0.9\n"
        "Otherwise by its own rules: floor: fail; by the change's own rules: pass\n"
        "Otherwise by its own rules: no-worse: fail; by the change's own rules: pass"
    )
    told = json.loads(bench.ci_ml("compare", "--format", "json").out)
    assert [(change["key"], change["before"], change["after"]) for change in told["base"]["changes"]] == [
        ("gates.floor.minimum", "0.6", "0.01"),
        ("gates.no-worse.max_regression", "0.01", "0.9"),
    ]
    assert "| `gates.floor.minimum` | `0.6` | `0.01` |" in bench.ci_ml("compare", "--format", "markdown").out


def test_gate__change_tightens__counts_at_once(bench):
    bench.git("switch", "--quiet", "--create", "tight")
    bench.write("ci-ml.yaml", CONFIG.replace("minimum: 0.6", "minimum: 0.99"))
    set_weights(bench, BETTER)

    assert train_and_gate(bench).code == 10


def test_gate__rules_alone_change__has_nothing_to_judge(bench):
    bench.git("switch", "--quiet", "--create", "rules")
    bench.write("ci-ml.yaml", LOOSE)

    judged = bench.ci_ml("gate")

    assert judged.code == 0
    assert "rules changed, nothing to judge" in judged.out.lower()


def test_gate__branch_calls_itself_main__is_judged_by_the_rules_of_the_default_branch(bench):
    bench.git("switch", "--quiet", "--create", "mine")
    bench.write("ci-ml.yaml", "registry: {branch: mine}\n" + LOOSE)
    set_weights(bench, WORSE)
    bench.commit("mine")
    bench.push("mine")

    assert train_and_gate(bench).code == 10


def test_gate__tag_called_main__decides_nothing(bench):
    bench.git("switch", "--quiet", "--create", "loose")
    bench.write("ci-ml.yaml", LOOSE)
    set_weights(bench, WORSE)
    bench.commit("loose")
    bench.git("tag", "main")
    bench.git("tag", "origin/main")

    assert train_and_gate(bench).code == 10


def test_gate__history_of_its_own__is_judged_by_main_as_it_is(bench):
    bench.git("checkout", "--quiet", "--orphan", "alone")
    bench.write("ci-ml.yaml", LOOSE)
    set_weights(bench, WORSE)
    bench.commit("alone")

    assert train_and_gate(bench).code == 10


def test_gate__checkout_of_one_commit__fetches_what_it_lacks(bench, tmp_path):
    propose(bench, "loose", WORSE)
    bench.write("ci-ml.yaml", LOOSE)
    bench.commit("loose")
    bench.push("loose")
    job = bench.clone(tmp_path / "job", "--depth=1", "--branch=loose")

    assert train_and_gate(job).code == 10


def test_gate__test_merge_of_a_host__has_main_as_its_base(bench, tmp_path):
    propose(bench, "loose", WORSE)
    bench.write("ci-ml.yaml", LOOSE)
    bench.commit("loose")
    bench.git("switch", "--quiet", "--detach", "main")
    bench.git("merge", "--quiet", "--no-ff", "--message", "Merge", "loose")
    bench.git("push", "--quiet", "origin", "HEAD:refs/pull/7/merge")
    job = bench.clone(tmp_path / "job", "--depth=1")
    job.git("fetch", "--quiet", "--depth=1", "origin", "refs/pull/7/merge")
    job.git("checkout", "--quiet", "--detach", "FETCH_HEAD")

    assert train_and_gate(job).code == 10


def test_gate__remote_gone_from_a_checkout_that_never_had_main__is_no_reason_to_pass(bench, tmp_path):
    propose(bench, "loose", WORSE)
    bench.write("ci-ml.yaml", LOOSE)
    bench.commit("loose")
    bench.push("loose")
    job = bench.clone(tmp_path / "job", "--depth=1", "--branch=loose")
    assert job.ci_ml("--quiet", "train").code == 0
    job.git("remote", "set-url", "origin", str(tmp_path / "nowhere"))

    assert job.ci_ml("gate").code in (3, 7)


def test_gate__on_main_after_a_push__has_what_main_was_before(bench, tmp_path):
    before = bench.head()
    bench.write("ci-ml.yaml", LOOSE)
    set_weights(bench, WORSE)
    train_and_gate(bench)
    after = bench.commit("straight to main")
    bench.push("main")
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"before": before, "after": after}), encoding="utf-8")
    variables = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": str(event)}

    with patch.dict(os.environ, variables):
        assert bench.ci_ml("gate").code == 10


@pytest.mark.parametrize(
    ("edits", "code"),
    [
        ([("minimum: 0.6", "minimum: 0.01"), ("positive", "positive")], 0),
        ([("    columns:", "    positive: 0\n    columns:")], 10),
    ],
)
def test_gate__other_positive_label__never_turns_the_champion_round(bench, edits, code):
    bench.git("switch", "--quiet", "--create", "label")
    text = CONFIG
    for old, new in edits:
        text = text.replace(old, new)
    bench.write("ci-ml.yaml", text)
    set_weights(bench, BETTER if code == 0 else WORSE)

    judged = train_and_gate(bench)

    assert judged.code == code
    assert "0.745" in judged.out  # the champion's roc_auc, as it was judged
    assert "0.255" not in judged.out
