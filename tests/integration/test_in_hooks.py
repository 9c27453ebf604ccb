"""`ci-ml gate` as a hook of git's: it judges, and what is committed is what would have been committed without it."""

import subprocess
import sys

import pytest
from workbench import BETTER, Workbench, grow_rows, set_weights, start_registry

CHANGED = ["ci-ml.lock", "model.json", "params.json", "predictions.csv", "rows.csv"]


@pytest.fixture
def changed(tmp_path) -> Workbench:
    """A better model on other held-out rows, trained and not committed: the older one must be scored again."""
    bench = Workbench.make(tmp_path / "work", remote=tmp_path / "remote.git")
    start_registry(bench)
    bench.write(".gitignore", ".ci-ml/\n")
    bench.commit("ignore records")
    grow_rows(bench, seed=2)
    set_weights(bench, BETTER)
    assert bench.ci_ml("--quiet", "train").code == 0
    return bench


def install(bench: Workbench, name: str, script: str = "gate") -> None:
    """A hook that judges, notes the exit code, and lets git go on."""
    gate = f'"{sys.executable}" -m ci_ml --quiet gate > "{bench.root.parent}/said" 2>&1'
    body = script.replace("gate", f'{gate}; echo $? > "{bench.root.parent}/code"')
    hook = bench.root / ".git" / "hooks" / name
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\n{body}\nexit 0\n")
    hook.chmod(0o755)


def judged(bench: Workbench) -> str:
    return (bench.root.parent / "code").read_text().strip() + (bench.root.parent / "said").read_text() * (
        (bench.root.parent / "code").read_text() != "0\n"
    )


def in_commit(bench: Workbench, revision: str = "HEAD") -> list[str]:
    return bench.git("show", "--name-only", "--format=", revision).splitlines()


@pytest.mark.parametrize("hook", ["pre-commit", "commit-msg", "prepare-commit-msg", "post-commit"])
def test_gate__in_a_hook_of_commit__takes_nothing_out_of_it(changed, hook):
    install(changed, hook)

    changed.commit("better")

    assert judged(changed).startswith("0")
    assert in_commit(changed) == CHANGED
    assert changed.git("status", "--porcelain") == ""
    assert len(changed.git("worktree", "list").splitlines()) == 1


@pytest.mark.parametrize(
    "options", [["--all"], ["--only", *CHANGED], ["--include", *CHANGED]], ids=["all", "only", "include"]
)
def test_gate__in_a_pre_commit_hook__commit_of_files_not_staged_is_whole(changed, options):
    install(changed, "pre-commit")

    changed.git("commit", "--quiet", "--message", "better", *options)

    assert judged(changed).startswith("0")
    assert in_commit(changed) == CHANGED
    assert changed.git("status", "--porcelain") == ""


def test_gate__in_a_pre_commit_hook__staged_and_unstaged_stay_apart(changed):
    install(changed, "pre-commit")
    changed.write("notes.txt", "one\n")
    changed.git("add", "notes.txt", *CHANGED)
    changed.write("notes.txt", "two\n")

    changed.git("commit", "--quiet", "--message", "better")

    assert judged(changed).startswith("0")
    assert in_commit(changed) == sorted(["notes.txt", *CHANGED])
    assert changed.git("show", "HEAD:notes.txt") == "one"
    assert changed.git("status", "--porcelain") == "M notes.txt"


def test_gate__hook_that_stashes_first__loses_nothing(changed):
    install(changed, "pre-commit", "git stash push --quiet --keep-index\ngate\ngit stash pop --quiet")
    changed.git("add", *CHANGED)
    changed.write("train.py", (changed.root / "train.py").read_text() + "# not yet\n")

    changed.git("commit", "--quiet", "--message", "better")

    assert judged(changed).startswith("0")
    assert in_commit(changed) == CHANGED
    assert changed.git("status", "--porcelain") == "M train.py"


def test_gate__in_a_linked_worktree__commit_there_is_whole(changed):
    install(changed, "pre-commit")
    linked = Workbench(changed.root.parent / "linked", changed.remote)
    changed.git("worktree", "add", "--quiet", str(linked.root), "-b", "linked")
    for name in CHANGED:
        linked.write(name, (changed.root / name).read_bytes())
    assert linked.ci_ml("--quiet", "train").code == 0

    linked.commit("better")

    assert judged(linked).startswith("0")
    assert in_commit(linked) == CHANGED
    assert linked.git("status", "--porcelain") == ""


def test_gate__in_hooks_of_merge_and_push__both_go_on(changed):
    changed.git("switch", "--quiet", "--create", "better")
    changed.commit("better")
    changed.git("switch", "--quiet", "main")
    for hook in ("pre-merge-commit", "post-merge", "pre-push"):
        install(changed, hook)
    changed.git("merge", "--quiet", "--no-ff", "--message", "merge", "better")

    assert judged(changed).startswith("0")
    assert in_commit(changed, "HEAD^2") == CHANGED
    (changed.root.parent / "code").unlink()
    changed.push("main")
    assert judged(changed).startswith("0")
    assert subprocess.check_output(["git", "rev-parse", "main"], cwd=changed.remote, text=True).strip() == (
        changed.head()
    )


def test_promote_merged__git_hands_its_variables_on__works_on_the_repository_it_is_in(changed, tmp_path, monkeypatch):
    changed.commit("better")
    changed.push("main")
    assert changed.ci_ml("--quiet", "gate").code == 0
    subprocess.run(["git", "init", "--quiet", str(tmp_path / "elsewhere")], check=True)
    for name in ("GIT_DIR", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        monkeypatch.setenv(name, str(tmp_path / "elsewhere" / ".git"))

    done = changed.ci_ml("promote", "--merged")

    assert done.code == 0, done
    assert changed.ci_ml("registry", "which", "churn@production").out == "v1.1.0\n"


def test_train__git_hands_its_variables_on__commands_do_not_get_them(bench, monkeypatch):
    bench.write("show.py", "import os\nprint(*sorted(n for n in os.environ if n.startswith('GIT_INDEX')), 'seen')\n")
    bench.write("ci-ml.yaml", "models: {m: {task: binary, train: python show.py, predictions: show.py}}\n")
    bench.commit()
    monkeypatch.setenv("GIT_INDEX_FILE", "/elsewhere/index")

    done = bench.ci_ml("train")

    assert "GIT_INDEX_FILE" not in done.err + done.out
    assert "seen" in done.err + done.out
