"""Outputs belong to the inputs beside them: what the lock says is held against them in every clone."""

import json
import signal
import subprocess
import sys
import time

import pytest
from workbench import (
    BETTER,
    CONFIG,
    TRAIN,
    WORSE,
    add_model,
    merge,
    propose,
    set_weights,
    start_registry,
    train_and_gate,
)


@pytest.fixture
def bench(remote_bench):
    start_registry(remote_bench)
    return remote_bench


def lock(bench):
    return json.loads((bench.root / "ci-ml.lock").read_text())["models"]["churn"]


def test_train__that_ends_well__locks_inputs_and_outputs(bench):
    assert sorted(lock(bench)["outputs"]) == ["model.json", "predictions.csv"]
    assert "unfinished" not in lock(bench)
    assert bench.git("ls-files", "ci-ml.lock") == "ci-ml.lock"


def test_gate__model_changed_by_hand__is_refused_in_a_fresh_clone_too(bench, tmp_path):
    bench.git("switch", "--quiet", "--create", "garbage")
    bench.write("model.json", '{"weights": [0, 0]}')
    bench.commit("garbage")
    bench.push("garbage")
    clone = bench.clone(tmp_path / "clone", "--branch=garbage")

    for where in (bench, clone):
        done = where.ci_ml("gate")
        assert done.code == 4
        assert done.err.startswith("error: model.json is not the file that ")
        assert done.err.endswith("  try: ci-ml train churn\n")


def test_gate__parameters_changed_and_nothing_trained__names_inputs_then_and_now(bench, tmp_path):
    bench.git("switch", "--quiet", "--create", "untrained")
    then = lock(bench)["inputs"].removeprefix("sha256:")[:12]
    set_weights(bench, WORSE)
    bench.commit("untrained")
    bench.push("untrained")
    clone = bench.clone(tmp_path / "clone", "--branch=untrained")

    done = clone.ci_ml("gate")

    assert done.code == 4
    assert done.err.startswith(f"error: ci-ml.lock has outputs of other inputs (then {then}, now ")


def test_gate__training_failed__refuses_what_it_left_until_it_ends_well(bench, tmp_path):
    bench.git("switch", "--quiet", "--create", "half")
    bench.write("train.py", TRAIN + "raise SystemExit(3)\n")
    assert bench.ci_ml("train").code != 0
    bench.commit("half")
    bench.push("half")
    clone = bench.clone(tmp_path / "clone", "--branch=half")

    for where in (bench, clone):
        done = where.ci_ml("gate")
        assert done.code == 4
        assert "did not end well, so model.json and predictions.csv may be of nothing whole" in done.err

    bench.write("train.py", TRAIN)
    assert train_and_gate(bench).code == 0


def test_gate__training_was_killed__refuses_what_it_left(bench):
    bench.write("train.py", TRAIN + "import time\ntime.sleep(60)\n")
    bench.write("model.json", "old")
    process = subprocess.Popen([sys.executable, "-m", "ci_ml", "train"], cwd=bench.root, stderr=subprocess.DEVNULL)
    for _ in range(200):
        if (bench.root / "model.json").read_text() != "old":
            break
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()

    assert "did not end well" in bench.ci_ml("gate").err


def test_gate__no_lock__is_judged_and_said_to_be_made_elsewhere(bench, tmp_path):
    bench.git("rm", "--quiet", "ci-ml.lock")
    bench.commit("no lock")
    bench.git("push", "--quiet", "origin", "main")
    clone = bench.clone(tmp_path / "clone")

    done = clone.ci_ml("gate", "--format", "markdown")

    assert done.code == 0
    assert "Made elsewhere: no lock file says from what." in done.out.splitlines()[3]


def test_require_made_here__no_lock__is_refused_by_gate_and_not_promoted(bench, tmp_path):
    bench.write("ci-ml.yaml", "registry: {require: [made_here]}\n" + CONFIG)
    bench.commit("require")
    bench.push("main")
    bench.git("switch", "--quiet", "--create", "elsewhere")
    set_weights(bench, BETTER)
    assert bench.ci_ml("--quiet", "train").code == 0
    bench.git("rm", "--quiet", "--cached", "ci-ml.lock")
    bench.remove("ci-ml.lock")
    bench.commit("made elsewhere")
    bench.push("elsewhere")
    clone = bench.clone(tmp_path / "clone", "--branch=elsewhere")

    done = clone.ci_ml("gate")

    assert done.code == 10
    assert "STOP: It was made elsewhere" in done.out
    merge(bench, "elsewhere")
    promoted = bench.clone(tmp_path / "job").ci_ml("promote", "--merged")
    assert promoted.code == 10
    assert "is declined: It was made elsewhere" in promoted.out


def test_lock__conflict_left_in_it__is_named_with_what_to_do(bench):
    (bench.root / "ci-ml.lock").write_text("<<<<<<< ours\n{}\n=======\n{}\n>>>>>>> theirs\n")

    assert bench.ci_ml("gate").said[0] == 4
    assert "Take one side of a merge conflict whole" in bench.ci_ml("gate").err


def test_forced__version__asks_for_force_again_at_the_next_stage(remote_bench):
    stages = CONFIG.replace(
        "    gates:\n", "    stages: [staging, production]\n    on_merge: {promote: null}\n    gates:\n"
    )
    add_model(remote_bench, config=stages, weights=WORSE)
    train_and_gate(remote_bench)
    remote_bench.commit("bad")
    remote_bench.push("main")
    assert remote_bench.ci_ml("register", "--force", "--reason", "to look at it").code == 0

    refused = remote_bench.ci_ml("promote", "churn", "v1.0.0", "staging")

    assert refused.said == (
        5,
        "error: churn v1.0.0 was let in by force: a further stage asks for it again.\n"
        "  try: ci-ml promote churn v1.0.0 staging --force --reason WORDS\n",
    )
    assert remote_bench.ci_ml("promote", "churn", "v1.0.0", "staging", "--force", "--reason", "a try").code == 0
    assert remote_bench.ci_ml("promote", "churn", "v1.0.0", "production").code == 5
    assert "registered v1.0.0 by force" in remote_bench.ci_ml("registry", "history", "churn").out


def test_undecided__what_was__is_said_at_the_promotion_and_in_the_history(bench):
    bench.write("ci-ml.yaml", CONFIG.replace("minimum: 0.6", "minimum: 0.74"))
    bench.commit("a floor of doubt")
    bench.push("main")
    bench.ci_ml("promote", "--merged")
    judged = propose(bench, "doubt", [1.5, 0.01])
    assert (judged.code, "undecided" in judged.out) == (0, True)
    commit = merge(bench, "doubt")

    promoted = bench.ci_ml("promote", "--merged")

    assert promoted.out == f"churn v1.1.0 is in production (was v1.0.0), from commit {commit[:7]}; undecided: floor\n"
    assert "registered v1.1.0, undecided: floor" in bench.ci_ml("registry", "history", "churn").out
