"""What a merge must not do: promote what failed, what was not trained, what nobody can fetch; or stop for good."""

import json
import os
import shutil

import pytest
from workbench import (
    BETTER,
    CONFIG,
    FIRST,
    WORSE,
    Workbench,
    merge,
    propose,
    set_weights,
    start_registry,
    train_and_gate,
)


def production(bench):
    return bench.ci_ml("registry", "which", "churn@production").out.strip()


def promote(bench):
    """(exit code, results in order)"""
    done = bench.ci_ml("--quiet", "promote", "--merged", "--format", "json")
    return done.code, [outcome["result"] for outcome in json.loads(done.out)["outcomes"]]


def test_promote_merged__failing_model_whose_baseline_is_a_branch__is_declined(remote_bench):
    # Once merged, the branch names the very commit that is judged: compared with itself, any model passes.
    start_registry(remote_bench)
    remote_bench.write("ci-ml.yaml", CONFIG.replace("    gates:", "    baseline: main\n    gates:"))
    remote_bench.commit("compare with main")
    remote_bench.push("main")
    assert propose(remote_bench, "worse", WORSE).code == 10
    merge(remote_bench, "worse")

    assert promote(remote_bench) == (10, ["declined"])
    assert production(remote_bench) == "v1.0.0"


def test_gate__outputs_of_other_parameters__are_refused(remote_bench):
    start_registry(remote_bench)
    set_weights(remote_bench, BETTER)

    assert remote_bench.ci_ml("gate").said == (
        4,
        "error: predictions.csv is not what these inputs make: params.json:weights changed since it was made.\n"
        "  try: ci-ml train churn\n",
    )


def test_promote_merged__parameters_that_nothing_was_trained_with__are_stale(remote_bench):
    start_registry(remote_bench)
    set_weights(remote_bench, BETTER)
    remote_bench.commit("better weights, not trained")
    remote_bench.push("main")

    assert promote(remote_bench) == (11, ["stale"])


def test_register__after_the_gates_changed__asks_for_a_new_judging(remote_bench):
    start_registry(remote_bench)
    propose(remote_bench, "better", BETTER)
    remote_bench.write("ci-ml.yaml", CONFIG.replace("minimum: 0.6", "minimum: 0.99"))
    remote_bench.commit("a stricter gate")

    assert remote_bench.ci_ml("register").said == (
        4,
        "error: the baseline or the rules of churn changed since ci-ml gate judged it.\n  try: ci-ml gate churn\n",
    )


def test_gate__against_another_baseline__leaves_the_record_that_merges_rely_on(remote_bench):
    start_registry(remote_bench)
    assert propose(remote_bench, "worse", WORSE).code == 10
    remote_bench.ci_ml("gate", "--baseline", "predictions.csv")
    merge(remote_bench, "worse")

    assert promote(remote_bench) == (10, ["declined"])


def test_promote_merged__gates_made_stricter_with_the_merge__judges_again_and_declines(remote_bench):
    start_registry(remote_bench)
    assert propose(remote_bench, "better", BETTER).code == 0
    remote_bench.write("ci-ml.yaml", CONFIG.replace("minimum: 0.6", "minimum: 0.99"))
    remote_bench.commit("a stricter gate")
    merge(remote_bench, "better", "squash")

    assert promote(remote_bench) == (10, ["declined"])


def test_promote_merged__commit_that_is_not_on_main__is_refused_and_main_goes_on(remote_bench):
    start_registry(remote_bench)
    propose(remote_bench, "better", BETTER)
    commit = remote_bench.head()
    remote_bench.git("switch", "--quiet", "--detach")

    assert remote_bench.ci_ml("promote", "--merged").said == (
        2,
        f"error: commit {commit[:12]} is not on origin/main: what is not merged is not promoted.\n  try: git switch main\n",
    )
    merge(remote_bench, "better")
    assert promote(remote_bench) == (0, ["promoted"])


def test_promote_merged__broken_commit_between_two_good_ones__holds_nothing_up(remote_bench):
    start_registry(remote_bench)
    remote_bench.remove("params.json")
    remote_bench.commit("params.json is gone")
    set_weights(remote_bench, BETTER)
    train_and_gate(remote_bench)
    remote_bench.commit("and back, better")
    remote_bench.push("main")

    assert promote(remote_bench) == (0, ["superseded", "promoted"])


def test_promote_merged__two_merges_of_which_one_changes_the_command__are_each_found_by_their_own_inputs(remote_bench):
    start_registry(remote_bench)
    propose(remote_bench, "better", BETTER)
    merge(remote_bench, "better")
    remote_bench.write("ci-ml.yaml", CONFIG.replace("python train.py", "python -u train.py"))
    train_and_gate(remote_bench)
    remote_bench.commit("another command")
    remote_bench.push("main")

    assert promote(remote_bench) == (0, ["promoted", "nothing"])
    assert production(remote_bench) == "v1.1.0"


def test_promote_merged__outputs_committed_after_the_code_and_rebased__are_found_where_they_are(remote_bench):
    start_registry(remote_bench)
    remote_bench.git("switch", "--quiet", "--create", "two-commits")
    set_weights(remote_bench, BETTER)
    remote_bench.commit("code")
    train_and_gate(remote_bench)
    remote_bench.commit("outputs")
    merge(remote_bench, "two-commits", "rebase")

    assert promote(remote_bench) == (0, ["promoted"])
    event = json.loads(remote_bench.ci_ml("registry", "history", "churn", "--format", "json").out)["events"][0]
    assert event["payload"]["commit"] == remote_bench.head()


def test_promote_merged__older_commit_again__has_nothing_to_do(remote_bench):
    start_registry(remote_bench)
    older = remote_bench.head()
    propose(remote_bench, "better", BETTER)
    merge(remote_bench, "better")
    promote(remote_bench)

    done = remote_bench.ci_ml("promote", "--merged", "--until", older)

    assert (done.code, done.out) == (0, "churn: nothing to do: main brought nothing new since the last time\n")
    assert production(remote_bench) == "v1.1.0"


def test_promote_merged__rewritten_main__says_how_to_begin_again(remote_bench):
    start_registry(remote_bench)
    propose(remote_bench, "better", BETTER)
    merge(remote_bench, "better", "squash")
    promote(remote_bench)
    cursor = remote_bench.head()
    remote_bench.git("commit", "--quiet", "--amend", "--message", "the same, in other words")
    remote_bench.git("push", "--quiet", "--force", "origin", "main")
    commit = remote_bench.head()

    assert remote_bench.ci_ml("promote", "--merged").said == (
        4,
        f"error: commit {cursor[:12]} is not in the history of {commit[:12]}.\n"
        "  try: was the branch rewritten? ci-ml promote --merged --since REV begins again after REV\n",
    )
    assert remote_bench.ci_ml("promote", "--merged", "--since", "HEAD~1").code == 0


def test_promote_merged__two_models_of_which_one_is_in_trouble__settles_the_other_and_says_both(remote_bench):
    second = CONFIG.split("models:\n")[1].replace("  churn:", "  other:").replace("python train.py", "python gone.py")
    start_registry(remote_bench)
    propose(remote_bench, "better", BETTER)
    remote_bench.write("ci-ml.yaml", CONFIG + second.replace("inputs: [train.py]", "inputs: [gone.py]"))
    remote_bench.commit("a second model that lacks its script")
    merge(remote_bench, "better")

    done = remote_bench.ci_ml("promote", "--merged")

    assert done.code == 11
    assert production(remote_bench) == "v1.1.0"
    assert "churn v1.1.0 is in production (was v1.0.0)" in done.out
    assert "other: commit" in done.out and "is stale" in done.out


def test_promote_merged__registering_only__takes_every_merge(remote_bench):
    config = CONFIG.replace("    gates:", "    on_merge: {promote: null}\n    gates:")
    start_registry(remote_bench, config=config)
    for number, weights in enumerate(([1.5, 0.7], BETTER)):
        assert propose(remote_bench, f"branch-{number}", weights).code == 0
        merge(remote_bench, f"branch-{number}", "squash")

    assert promote(remote_bench) == (0, ["registered", "registered"])
    assert promote(remote_bench) == (0, ["nothing"])


def test_register__judged_before_there_was_a_remote_store__uploads_what_it_registers(remote_bench, tmp_path):
    start_registry(remote_bench)
    remote_bench.write(".gitignore", "model.json\npredictions.csv\n.dvc/tmp\n")
    remote_bench.git("rm", "--quiet", "--cached", "model.json", "predictions.csv")
    set_weights(remote_bench, BETTER)
    train_and_gate(remote_bench)
    store = tmp_path / "store"
    remote_bench.write(".dvc/config", f"[core]\n    remote = storage\n['remote \"storage\"']\n    url = {store}\n")
    remote_bench.commit("keep outputs in a store")

    assert remote_bench.ci_ml("register").code == 0
    files = [path for path in store.rglob("*") if path.is_file()]
    assert len([path for path in files if "md5" in path.parts]) == 2


@pytest.mark.parametrize("key", ["inputs", "model"])
def test_promote_merged__record_of_something_else__is_no_record(remote_bench, key, tmp_path):
    start_registry(remote_bench, dvc_remote=tmp_path / "store")
    propose(remote_bench, "better", BETTER)
    judged = max((tmp_path / "store/ci-ml/records/churn").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    content = json.loads(judged.read_text())
    if key == "inputs":
        content["provenance"]["parameters"]["params.json:weights"] = FIRST
    else:
        content["judgement"]["model"] = "other"
    judged.write_text(json.dumps(content))
    merge(remote_bench, "better")

    code, err = remote_bench.ci_ml("promote", "--merged").said

    assert code == 13
    assert (
        "is one of other inputs.\n  try: Somebody changed the store: ci-ml gate churn writes the record anew.\n" in err
    )
    assert production(remote_bench) == "v1.0.0"


def test_promote_merged__digest_in_a_record_that_is_a_path__deletes_nothing(remote_bench, tmp_path):
    start_registry(remote_bench, dvc_remote=tmp_path / "store")
    propose(remote_bench, "better", BETTER)
    precious = tmp_path / "precious.txt"
    precious.write_text("mine")
    for record in (tmp_path / "store/ci-ml/records/churn").iterdir():
        content = json.loads(record.read_text())
        content["judgement"]["candidate"]["predictions"]["sha256"] = f"..{precious}"
        record.write_text(json.dumps(content))
    merge(remote_bench, "better")

    code, err = remote_bench.ci_ml("promote", "--merged").said

    assert (code, err.splitlines()[-1]) == (4, "  try: Run ci-ml gate again.")
    assert precious.read_text() == "mine"


def test_promote_merged__damaged_cache__is_only_a_copy(remote_bench, tmp_path):
    start_registry(remote_bench, dvc_remote=tmp_path / "store")
    propose(remote_bench, "better", BETTER)
    for path in (remote_bench.root / ".ci-ml/cache").rglob("*"):
        if path.is_file():
            path.write_bytes(b"damaged")
    merge(remote_bench, "better")

    assert promote(remote_bench) == (0, ["promoted"])
    assert remote_bench.ci_ml("compare", "--baseline", "v1.0.0", "--candidate", "v1.1.0").code == 0


def test_gate__untracked_files_that_training_writes__are_no_inputs(remote_bench):
    start_registry(remote_bench)
    config = CONFIG.replace("{command: python train.py, inputs: [train.py]}", "python train.py && date > notes.txt")
    remote_bench.write("ci-ml.yaml", config)
    remote_bench.git("switch", "--quiet", "--create", "better")
    set_weights(remote_bench, BETTER)
    judged = train_and_gate(remote_bench)
    remote_bench.git("commit", "--quiet", "--all", "--message", "better; the notes stay here")
    merge(remote_bench, "better")

    assert judged.said == (
        0,
        "warning: notes.txt: in no commit, so no input of this model. If training reads it, git add it first.\n",
    )
    assert promote(remote_bench) == (0, ["promoted"])


def test_gate__file_named_like_the_stage__is_not_the_baseline(remote_bench):
    start_registry(remote_bench)
    remote_bench.write("production", "id,y_true,y_score\n1,1,0.5\n")

    assert "against v1.0.0 in production" in remote_bench.ci_ml("gate").out


def test_promote_merged__version_registered_by_hand_before_its_merge__is_promoted_by_it(remote_bench):
    start_registry(remote_bench)
    propose(remote_bench, "better", BETTER)
    assert remote_bench.ci_ml("register").code == 0
    merge(remote_bench, "better")

    assert promote(remote_bench) == (0, ["promoted"])
    assert production(remote_bench) == "v1.1.0"


def test_promote_merged__all_by_hand_until_now__takes_the_first_merge(remote_bench):
    start_registry(remote_bench, config=CONFIG.replace("    gates:", "    on_merge: {promote: null}\n    gates:"))
    for stage in ("staging", "production"):
        assert remote_bench.ci_ml("promote", "churn", "v1.0.0", stage).code == 0
    remote_bench.write("ci-ml.yaml", CONFIG)
    remote_bench.commit("from now on a merge promotes")
    remote_bench.push("main")
    propose(remote_bench, "better", BETTER)
    assert remote_bench.ci_ml("register").code == 0
    merge(remote_bench, "better")

    assert promote(remote_bench) == (0, ["promoted"])


def test_promote__version_that_was_rolled_back__comes_back_by_hand(remote_bench):
    start_registry(remote_bench)
    propose(remote_bench, "better", BETTER)
    merge(remote_bench, "better")
    promote(remote_bench)
    assert remote_bench.ci_ml("rollback", "churn", "production", "--reason", "too eager").code == 0

    assert remote_bench.ci_ml("promote", "churn", "v1.1.0", "production").code == 0
    assert production(remote_bench) == "v1.1.0"


def test_rollback__blank_reason__is_no_reason(remote_bench):
    start_registry(remote_bench)

    assert remote_bench.ci_ml("rollback", "churn", "production", "--reason", "  ").said == (
        2,
        'error: a rollback needs a reason.\n  try: --reason "what went wrong"\n',
    )


def test_gate__predictions_edited_after_training__are_refused(remote_bench):
    start_registry(remote_bench)
    path = remote_bench.root / "predictions.csv"
    path.write_text(path.read_text().replace("0.4", "0.9"))

    assert remote_bench.ci_ml("gate").said == (
        4,
        "error: predictions.csv is not the file that ci-ml train made from these inputs.\n  try: ci-ml train churn\n",
    )


def test_train__new_model_beside_old_predictions__is_refused(remote_bench):
    start_registry(remote_bench)
    remote_bench.write("ci-ml.yaml", CONFIG.replace("    predict:", "    # predict:"))
    os.utime(remote_bench.root / "predictions.csv", (1, 1))

    assert remote_bench.ci_ml("--quiet", "train").said == (
        4,
        "error: training ended well, but predictions.csv is older than it: no step wrote it.\n"
        "  try: predict: COMMAND names the step that scores the held-out rows.\n",
    )


def test_compare__one_slice__keeps_every_gate(remote_bench):
    gate = "      segments: {metric: roc_auc, slice: segment, max_regression: 0.05}\n"
    start_registry(remote_bench, config=CONFIG + gate)
    propose(remote_bench, "better", BETTER)

    out = remote_bench.ci_ml("compare", "--baseline", "v1.0.0", "--slice", "day").out

    assert "segments" in out.partition("by slice")[0]
    assert "day=0" in out and "segment=A " not in out.partition("by slice")[2]


@pytest.fixture
def merged_unpushed(remote_bench):
    """A better model, judged and merged into the local main alone."""
    remote_bench.commit("before there was a model")
    start_registry(remote_bench)
    propose(remote_bench, "better", BETTER)
    remote_bench.git("switch", "--quiet", "main")
    remote_bench.git("merge", "--quiet", "--no-ff", "--message", "Merge better", "better")
    remote_bench.commit("notes")  # main goes on
    return remote_bench


def test_promote_merged__main_that_was_never_pushed__is_refused_and_nothing_is_written(merged_unpushed):
    before = merged_unpushed.head("origin/model-registry")

    done = merged_unpushed.ci_ml("promote", "--merged")

    commit = merged_unpushed.head()[:12]
    assert done.said == (
        2,
        f"error: commit {commit} is not on origin/main: what is not merged is not promoted.\n"
        "  try: git push origin main\n",
    )
    merged_unpushed.git("fetch", "--quiet", "origin")
    assert merged_unpushed.head("origin/model-registry") == before


@pytest.mark.parametrize("clone", ["whole", "shallow", "of one commit", "no remote"])
def test_promote_merged__commit_that_is_pushed_or_cannot_be_told__is_promoted_without_a_word(
    merged_unpushed, clone, tmp_path
):
    merged = merged_unpushed.head("HEAD^")
    merged_unpushed.push(f"{merged}:main")
    bench = merged_unpushed
    if clone == "shallow":
        bench = bench.clone(tmp_path / "shallow", "--depth=2")
    elif clone == "of one commit":  # as a forge's runner checks it out
        bench = Workbench.make(tmp_path / "runner", remote=None)
        bench.git("remote", "add", "origin", f"file://{merged_unpushed.remote}")
        bench.git("fetch", "--quiet", "--depth=2", "origin", merged)
        bench.git("checkout", "--quiet", merged)
    elif clone == "no remote":
        bench.git("branch", "--quiet", "model-registry", "origin/model-registry")
        bench.git("remote", "remove", "origin")
    if clone in ("shallow", "of one commit"):
        assert bench.git("rev-parse", "--is-shallow-repository") == "true"
        shutil.copytree(merged_unpushed.root / ".ci-ml" / "records", bench.root / ".ci-ml" / "records")
        merged_unpushed.push("main")  # meanwhile main goes on

    done = bench.ci_ml("--quiet", "promote", "--merged", "--until", merged)

    assert done.out == f"churn v1.1.0 is in production (was v1.0.0), from commit {merged[:7]}\n"
    assert done.said == (0, "")


def test_promote_merged__store_is_away__is_an_error_and_settles_nothing(remote_bench, tmp_path):
    start_registry(remote_bench, dvc_remote=tmp_path / "store")
    propose(remote_bench, "better", BETTER)
    commit = merge(remote_bench, "better")
    clone = remote_bench.clone(tmp_path / "clone")
    (tmp_path / "store").rename(tmp_path / "away")

    done = clone.ci_ml("promote", "--merged")

    assert done.said == (
        3,
        f"error: the DVC remote {tmp_path / 'store'} is not there: what was judged cannot be told.\n"
        "  try: Mount it, or name another: dvc remote modify NAME url URL\n",
    )
    (tmp_path / "store").mkdir()  # a mount point without what is mounted there
    assert clone.ci_ml("promote", "--merged").code == 3
    (tmp_path / "store").rmdir()
    (tmp_path / "away").rename(tmp_path / "store")
    assert clone.ci_ml("promote", "--merged").out == (
        f"churn v1.1.0 is in production (was v1.0.0), from commit {commit[:7]}\n"
    )
