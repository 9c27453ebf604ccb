"""Train, gate, report, merge, promote: the loop on real git, whichever way a change reaches main."""

import json
import subprocess
import sys

import pytest
from workbench import (
    BETTER,
    CONFIG,
    FIRST,
    WORSE,
    Done,
    Workbench,
    add_model,
    grow_rows,
    merge,
    propose,
    set_weights,
    start_registry,
    train_and_gate,
)

NEARLY = [1.5, 1.4]
OTHER = [1.4, 1.5]
NOTHING = "churn: nothing to do: main brought nothing new since the last time\n"


@pytest.fixture(scope="module")
def started(tmp_path_factory) -> Workbench:
    folder = tmp_path_factory.mktemp("started")
    bench = Workbench.make(folder / "work", remote=folder / "origin.git")
    start_registry(bench)
    return bench


@pytest.fixture
def bench(started, tmp_path) -> Workbench:
    """v1.0.0 in production, its model in git."""
    return started.copy(tmp_path)


def promote(bench: Workbench) -> Done:
    return bench.ci_ml("promote", "--merged")


def holder(bench: Workbench, model: str = "churn") -> str:
    return bench.ci_ml("registry", "which", f"{model}@production").out.strip()


def events(bench: Workbench, model: str = "churn") -> list[dict]:
    """Oldest first."""
    return json.loads(bench.ci_ml("registry", "history", model, "--format", "json").out)["events"][::-1]


def kinds(bench: Workbench) -> list[str]:
    return [event["kind"] for event in events(bench)]


@pytest.mark.parametrize("how", ["merge", "squash", "rebase", "push"])
def test_promote_merged__better_model__is_promoted_however_it_was_merged(bench, how):
    judged = propose(bench, "better", BETTER)
    if how in ("rebase", "squash"):
        bench.git("switch", "--quiet", "main")
        bench.write("README.md", "meanwhile on main\n")
        bench.commit("docs")
        bench.push("main")
    commit = merge(bench, "better", how)

    done = promote(bench)

    assert judged.code == 0
    assert (done.code, done.out) == (0, f"churn v1.1.0 is in production (was v1.0.0), from commit {commit[:7]}\n")
    assert events(bench)[-1]["payload"]["main_commit"] == commit
    assert kinds(bench) == ["registered", "promoted", "registered", "promoted"]
    assert holder(bench) == "v1.1.0"


def test_promote_merged__twice__does_nothing_the_second_time(bench):
    propose(bench, "better", BETTER)
    merge(bench, "better")
    promote(bench)
    before = bench.git("ls-remote", "origin")

    done = promote(bench)

    assert done.said == (0, "")
    assert done.out == NOTHING
    assert bench.git("ls-remote", "origin") == before


def test_promote_merged__first_model__is_registered_promoted_and_deployed(bench):
    assert kinds(bench) == ["registered", "promoted"]
    (path,) = sorted((bench.root / ".ci-ml" / "forge" / "deployments").iterdir())
    deployment = json.loads(path.read_text())
    assert (deployment["ref"], deployment["environment"]) == (bench.head(), "production")
    assert deployment["payload"] == {
        "model": "churn",
        "version": "v1.0.0",
        "registry": bench.head("origin/model-registry"),
    }
    tags = subprocess.run(["git", "tag", "--list"], cwd=bench.remote, capture_output=True, text=True, check=True).stdout
    assert tags.split() == ["churn#production#1", "churn@v1.0.0"]


def test_promote_merged__several_merges_in_one_push__are_taken_in_order(bench):
    for number, weights in enumerate((NEARLY, BETTER)):
        propose(bench, f"b{number}", weights)
        merge(bench, f"b{number}", "squash")

    done = promote(bench)

    assert [line.split(",")[0] for line in done.out.splitlines()] == [
        "churn v1.1.0 is in production (was v1.0.0)",
        "churn v1.2.0 is in production (was v1.1.0)",
    ]


def test_promote_merged__only_documents_changed__is_no_event(bench):
    bench.write("README.md", "words\n")
    bench.commit("docs")
    bench.push("main")

    assert promote(bench).out == NOTHING
    assert kinds(bench) == ["registered", "promoted"]


def test_promote_merged__gate_that_fails__is_declined_and_gets_no_version(bench):
    assert propose(bench, "worse", WORSE).code == 10
    commit = merge(bench, "worse")

    done = promote(bench)

    assert done.code == 10
    assert done.out.startswith(
        f"churn: commit {commit[:7]} is declined: floor: On 600 rows of 60 groups, roc_auc is at most "
    )
    assert (kinds(bench)[-1], events(bench)[-1]["payload"]["cause"], holder(bench)) == ("declined", "gates", "v1.0.0")
    assert promote(bench).out == NOTHING


def test_promote_merged__never_trained__is_stale_and_no_event_until_it_is_trained(bench):
    bench.git("switch", "--quiet", "--create", "untrained")
    set_weights(bench, BETTER)
    bench.commit("untrained")
    commit = merge(bench, "untrained")

    for _ in range(2):
        assert (promote(bench).code, promote(bench).out) == (
            11,
            f"churn: commit {commit[:7]} is stale: its model was never judged; "
            "check it out, then: ci-ml train churn && ci-ml gate churn\n",
        )
    assert kinds(bench) == ["registered", "promoted"]

    # What the message says helps: the model is committed after the merge that it was trained from.
    assert train_and_gate(bench).code == 0
    bench.commit("train on main")
    bench.push("main")
    assert promote(bench).out == f"churn v1.1.0 is in production (was v1.0.0), from commit {bench.head()[:7]}\n"


def test_promote_merged__stale_one_that_was_replaced__is_superseded(bench):
    bench.git("switch", "--quiet", "--create", "untrained")
    set_weights(bench, NEARLY)
    bench.commit("untrained")
    old = merge(bench, "untrained")
    propose(bench, "better", BETTER)
    new = merge(bench, "better")

    done = promote(bench)

    assert (done.code, done.out) == (
        0,
        f"churn: commit {old[:7]} is superseded: a later merge replaced it before it was trained\n"
        f"churn v1.1.0 is in production (was v1.0.0), from commit {new[:7]}\n",
    )
    assert [event["payload"].get("cause") for event in events(bench)[2:]] == ["superseded", None, None]


def test_promote_merged__revert_after_a_rollback__does_not_bring_it_back(bench):
    propose(bench, "better", BETTER)
    merge(bench, "better", "squash")
    promote(bench)
    bench.ci_ml("rollback", "churn", "production", "--reason", "complaints")
    assert holder(bench) == "v1.0.0"
    # Main goes back to the first model, and then forward to what was rolled back.
    bench.git("revert", "--no-edit", "HEAD")
    bench.git("revert", "--no-edit", "HEAD")
    bench.push("main")

    done = promote(bench)

    assert (done.code, done.out.splitlines()[-1]) == (
        10,
        f"churn: commit {bench.head()[:7]} is declined: v1.1.0 was rolled back, and does not return by a merge",
    )
    assert (holder(bench), kinds(bench)[-1]) == ("v1.0.0", "declined")
    # Only an explicit promote brings it back.
    assert bench.ci_ml("promote", "churn", "v1.1.0", "production", "--force", "--reason", "mended upstream").code == 0
    assert holder(bench) == "v1.1.0"


def test_promote_merged__champion_moved_since_the_judging__is_judged_again(bench):
    propose(bench, "better", BETTER)
    merge(bench, "better")
    promote(bench)
    # Judged against v1.1.0, which is rolled back before the merge.
    judged = propose(bench, "other", OTHER)
    assert "against v1.1.0 in production" in judged.out
    bench.ci_ml("rollback", "churn", "production", "--reason", "complaints")
    commit = merge(bench, "other")

    done = promote(bench)

    assert done.code == 0
    assert done.out == f"churn v1.2.0 is in production (was v1.0.0), from commit {commit[:7]}\n"
    assert done.err == ""


def test_promote_merged__worse_than_the_champion_that_came_meanwhile__is_declined(bench):
    first = propose(bench, "small", [1.5, 0.2])
    assert first.code == 0
    bench.git("switch", "--quiet", "main")
    propose(bench, "better", BETTER)
    merge(bench, "better", "squash")
    promote(bench)
    # The small one replaces the better one on main, though it was judged against v1.0.0 only.
    bench.git("merge", "--quiet", "--no-commit", "--strategy=ours", "small")
    bench.git("checkout", "--quiet", "small", "--", "params.json", "model.json", "predictions.csv", "ci-ml.lock")
    bench.commit("Merge small")
    bench.push("main")

    done = promote(bench)

    assert done.code == 10
    assert "is declined: no-worse: On 600 rows of 60 groups, roc_auc is worse by at least " in done.out
    assert holder(bench) == "v1.1.0"


# A model that git does not hold -----------------------------------------------------------------------------------


@pytest.fixture
def on_dvc(remote_bench, tmp_path) -> Workbench:
    """v1.0.0 in production, its model on a DVC remote and ignored by git; a gate looks at its size."""
    config = CONFIG + "      size: {file: model.json, max_size_mb: 1}\n"
    start_registry(remote_bench, dvc_remote=tmp_path / "storage", config=config)
    return remote_bench


def test_promote_merged__fresh_clone__takes_the_model_from_the_dvc_remote(on_dvc, tmp_path):
    propose(on_dvc, "better", BETTER)
    commit = merge(on_dvc, "better")
    clone = on_dvc.clone(tmp_path / "clone")

    done = promote(clone)

    assert (done.code, done.out) == (0, f"churn v1.1.0 is in production (was v1.0.0), from commit {commit[:7]}\n")
    assert not (clone.root / "model.json").exists()
    facts = events(clone)[-2]["payload"]
    address = facts["model"]["md5"]
    assert (tmp_path / "storage" / "files" / "md5" / address[:2] / address[2:]).read_text() == json.dumps(
        {"weights": BETTER}
    )


def test_promote_merged__fresh_clone_and_a_moved_champion__is_judged_again_from_the_dvc_remote(on_dvc, tmp_path):
    propose(on_dvc, "better", BETTER)
    merge(on_dvc, "better")
    promote(on_dvc)
    propose(on_dvc, "other", OTHER)
    on_dvc.ci_ml("rollback", "churn", "production", "--reason", "complaints")
    commit = merge(on_dvc, "other")

    done = promote(on_dvc.clone(tmp_path / "clone"))

    assert (done.code, done.out) == (0, f"churn v1.2.0 is in production (was v1.0.0), from commit {commit[:7]}\n")


def test_gate__fresh_clone__compares_with_production_from_the_dvc_remote(on_dvc, tmp_path):
    clone = on_dvc.clone(tmp_path / "clone")
    set_weights(clone, BETTER)

    judged = train_and_gate(clone)

    assert (judged.code, "against v1.0.0 in production" in judged.out) == (0, True)


def test_promote_merged__model_lost_from_the_remote__is_an_error_and_nothing_is_written(on_dvc, tmp_path):
    propose(on_dvc, "better", BETTER)
    commit = merge(on_dvc, "better")
    for path in (tmp_path / "storage" / "files").rglob("*/*"):
        path.unlink() if path.is_file() else None
    clone = on_dvc.clone(tmp_path / "clone")

    done = promote(clone)

    assert (done.code, done.out) == (4, "")
    assert done.err.startswith(f"error: commit {commit[:7]} cannot be settled: predictions.csv (sha256 ")
    assert kinds(clone) == ["registered", "promoted"]


def test_loop__dvc_pipeline__trains_judges_and_promotes(remote_bench, tmp_path):
    """The whole way with DVC's own stages, once: `dvc repro`, the run cache, `dvc.lock`, a fresh clone."""
    bench = remote_bench
    stages = (
        "stages:\n"
        "  train: {cmd: python train.py, deps: [train.py], params: [{params.json: [weights]}], outs: [model.json]}\n"
        "  predict: {cmd: python predict.py, deps: [predict.py, model.json, rows.csv], outs: [predictions.csv]}\n"
    )
    config = CONFIG.replace("{command: python train.py, inputs: [train.py]}", "{stage: train}")
    config = config.replace("{command: python predict.py, inputs: [predict.py, rows.csv]}", "{stage: predict}")
    config = "\n".join(line for line in config.splitlines() if "params:" not in line) + "\n"
    dvc = [sys.executable, "-m", "dvc"]
    subprocess.run([*dvc, "init", "--quiet"], cwd=bench.root, check=True)
    bench.write("dvc.yaml", stages)
    start_registry(bench, dvc_remote=tmp_path / "storage", config=config)
    judged = propose(bench, "better", BETTER)
    merge(bench, "better")
    clone = bench.clone(tmp_path / "clone")

    done = promote(clone)

    assert judged.code == 0
    assert done.out.startswith("churn v1.1.0 is in production (was v1.0.0), from commit ")
    assert bench.git("ls-files", "dvc.lock") == "dvc.lock"
    # What was pushed is what DVC itself finds.
    subprocess.run([*dvc, "pull", "--quiet"], cwd=clone.root, check=True)
    assert json.loads((clone.root / "model.json").read_text()) == {"weights": BETTER}


# Held-out rows that change ----------------------------------------------------------------------------------------


def test_gate__rows_changed__scores_production_again_with_its_own_code(bench):
    grow_rows(bench, seed=7)
    set_weights(bench, BETTER)
    bench.write("predict.py", (bench.root / "predict.py").read_text() + "\n# today's code\n")
    bench.ci_ml("train")

    done = bench.ci_ml("gate")

    assert done.code == 0
    assert done.err.splitlines()[0] == "The held-out rows changed: scoring v1.0.0 on today's rows ..."
    assert "against v1.0.0 in production" in done.out
    judgement = json.loads((bench.root / ".ci-ml" / "churn" / "judgement.json").read_text())
    assert judgement["baseline"]["rescored"] is True
    assert bench.git("worktree", "list").count("\n") == 0
    assert bench.git("status", "--porcelain", "--ignored").splitlines()[-1] == "!! .ci-ml/"


def test_gate__rows_changed_on_both_sides_of_a_merge__are_promoted(bench):
    bench.git("switch", "--quiet", "--create", "rows")
    grow_rows(bench, seed=7)
    set_weights(bench, BETTER)
    assert train_and_gate(bench).code == 0
    bench.commit("new rows")
    bench.push("rows")
    merge(bench, "rows")

    assert promote(bench).out.startswith("churn v1.1.0 is in production (was v1.0.0)")


def without_predict() -> str:
    """The configuration of a model whose training scores the rows as well."""
    config = "\n".join(line for line in CONFIG.splitlines() if "predict:" not in line) + "\n"
    return config.replace("{command: python train.py, inputs: [train.py]}", "{command: python train.py && python predict.py, inputs: ['*.py', rows.csv]}")  # fmt: skip


def test_gate__rows_changed_and_no_predict__says_the_line_to_add(remote_bench):
    start_registry(remote_bench, config=without_predict())
    grow_rows(remote_bench, seed=7, rows=500)
    remote_bench.ci_ml("train")

    assert remote_bench.ci_ml("gate").said == (
        4,
        "error: v1.0.0 was not scored on these rows: 500 ids only in the candidate (700000, 700001, 700002, …).\n"
        "  try: add predict: {stage: NAME} or predict: COMMAND to the model (ci-ml.yaml:3:5), and ci-ml scores "
        "the baseline on today's rows with its own code.\n",
    )


def test_gate__line_added_as_the_message_says__scores_production_by_it(remote_bench):
    start_registry(remote_bench, config=without_predict())
    grow_rows(remote_bench, seed=7)
    remote_bench.write("ci-ml.yaml", CONFIG)
    remote_bench.ci_ml("train")

    done = remote_bench.ci_ml("gate")

    assert (done.code, "against v1.0.0 in production" in done.out) == (0, True)
    assert "scoring v1.0.0 on today's rows" in done.err


def test_gate__predict_added_after_the_baseline__says_whose_commit_lacks_it_and_what_to_do(remote_bench):
    # The first model was scored by its training: neither ci-ml.yaml nor the code of its commit has a predict step.
    config = without_predict().replace("python predict.py", "python score.py").replace("'*.py'", "train.py, score.py")
    add_model(remote_bench, config=config)
    (remote_bench.root / "predict.py").rename(remote_bench.root / "score.py")
    train_and_gate(remote_bench)
    first = remote_bench.commit("first model")
    remote_bench.push("main")
    assert remote_bench.ci_ml("promote", "--merged").code == 0
    grow_rows(remote_bench, seed=7)
    (remote_bench.root / "score.py").rename(remote_bench.root / "predict.py")
    remote_bench.write("ci-ml.yaml", CONFIG)
    remote_bench.commit("predict")
    remote_bench.ci_ml("train")

    done = remote_bench.ci_ml("--quiet", "gate")

    assert done.said == (
        4,
        "error: v1.0.0 was not scored on these rows: 600 ids only in the candidate (700000, 700001, 700002, …).\n"
        f"  Its commit {first[:12]} has no predict: in ci-ml.yaml, and today's does not run there:\n"
        "  inputs: 'predict.py' matches nothing that git or DVC tracks.\n"
        "  try: Keep the rows that v1.0.0 was judged on until a version takes its place whose own commit has predict:.\n"
        "       To look now, score it yourself: ci-ml compare churn --baseline FILE.\n",
    )


def test_gate__old_step_cannot_read_todays_rows__carries_its_words(bench):
    grow_rows(bench, seed=7)
    bench.write("rows.csv", (bench.root / "rows.csv").read_text().replace("x1,x2", "age,income"))
    bench.write(
        "predict.py", (bench.root / "predict.py").read_text().replace('"x1"', '"age"').replace('"x2"', '"income"')
    )
    bench.ci_ml("train")

    done = bench.ci_ml("gate")

    assert done.code == 4
    # Its output was on the screen a moment ago: one trace is enough.
    assert done.err.endswith("KeyError: 'x1'\nerror: the command failed with exit code 1: python predict.py\n")
    assert done.err.count("Traceback") == 1
    quiet = bench.ci_ml("--quiet", "gate").err
    assert quiet.startswith("error: the command failed with exit code 1: python predict.py\n  ")
    assert quiet.endswith("KeyError: 'x1'\n")


# What the reviewer sees -------------------------------------------------------------------------------------------


def test_report__judged_change__is_a_comment_a_check_and_a_page(bench):
    propose(bench, "better", BETTER)

    done = bench.ci_ml("report")

    folder = bench.root / ".ci-ml" / "forge" / "changes" / "better"
    assert done.out.splitlines()[0] == "comment  .ci-ml/forge/changes/better/comment-churn.md"
    assert (folder / "comment-churn.md").read_text().splitlines()[1].startswith("### ✅ churn is better: ")
    check = json.loads((folder / "check-churn.json").read_text())
    assert (check["conclusion"], check["head_sha"]) == ("success", bench.head("main"))
    assert "<html" in (folder / "report-churn.html").read_text()


def test_report__failing_change__is_a_failing_check(bench):
    propose(bench, "worse", WORSE)
    bench.ci_ml("report")

    check = json.loads((bench.root / ".ci-ml/forge/changes/worse/check-churn.json").read_text())
    assert check["conclusion"] == "failure"
    assert check["output"]["title"] == "churn is worse, and 2 of 2 gates fail: floor, no-worse"


def test_compare__committed_change__is_reproduced_from_its_commit(bench):
    propose(bench, "better", BETTER)
    commit = bench.head()
    bench.git("switch", "--quiet", "main")

    done = bench.ci_ml("compare", "churn", "--candidate", commit[:10], "--slice", "segment=A")

    assert done.code == 0
    assert "segment=A" in done.out
    assert bench.ci_ml("compare", "--candidate", "v1.0.0").code == 0


def test_gate__same_model__is_no_worse_than_itself(bench):
    set_weights(bench, FIRST)

    judged = bench.ci_ml("gate")

    assert (judged.code, judged.out.splitlines()[-1]) == (0, "No worse: 2 of 2 gates pass.")


# A configuration that changes beside the model --------------------------------------------------------------------


def test_gate__column_renamed_in_the_same_change__reads_production_by_its_old_name(bench):
    bench.write("predict.py", (bench.root / "predict.py").read_text().replace('"y_score"', '"chance"').replace('"id", "y_true"', '"key", "late"'))  # fmt: skip
    bench.write("ci-ml.yaml", CONFIG.replace("{group: day}", "{id: key, y_true: late, y_score: chance, group: day}"))
    set_weights(bench, BETTER)

    judged = train_and_gate(bench)

    assert (judged.code, judged.err) == (0, "")
    assert "against v1.0.0 in production" in judged.out


def test_gate__group_weight_and_slice_added_in_the_same_change__are_lent_and_judged_beside_mains_rules(remote_bench):
    plain = CONFIG.replace("    columns: {group: day}\n    slices: [segment]\n", "")
    add_columns = '\nrows = [r.rstrip("\\n") for r in open("predictions.csv")]\n'
    start_registry(remote_bench, config=plain)
    predict = (remote_bench.root / "predict.py").read_text()
    remote_bench.write("predict.py", predict + add_columns + 'open("predictions.csv", "w").write("\\n".join([rows[0] + ",shift,w,kind"] + [f"{r},{n % 50},{1 + n % 3},{n % 2}" for n, r in enumerate(rows[1:])]) + "\\n")\n')  # fmt: skip
    remote_bench.write("ci-ml.yaml", plain.replace("    gates:", "    columns: {group: shift, weight: w}\n    slices: [kind]\n    gates:"))  # fmt: skip
    set_weights(remote_bench, BETTER)

    judged = train_and_gate(remote_bench)

    assert (judged.code, judged.err) == (0, "")
    lines = judged.out.splitlines()
    assert lines[0].endswith("600 rows")  # main has no groups yet
    assert "  columns.group  – → shift" in lines
    assert "  columns.weight  – → w" in lines
