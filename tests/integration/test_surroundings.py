"""ci-ml in repositories and on machines that are not as they should be: it works, or says what is missing."""

import json
import os
import subprocess
import sys
import time

import pytest
from workbench import (
    BETTER,
    CONFIG,
    WORSE,
    Workbench,
    add_model,
    ci_ml,
    grow_rows,
    set_weights,
    start_registry,
    train_and_gate,
)

NO_REMOTE = "There is no remote: the local branch model-registry is the registry.\n"
COMMANDS = [["check"], ["train"], ["evaluate"], ["compare"], ["gate"], ["report"], ["register"], ["promote", "--merged"], ["registry", "show"], ["init"]]  # fmt: skip


def error(code: int, message: str, hint: str = "") -> tuple[int, str]:
    return code, f"error: {message}\n" + (f"  try: {hint}\n" if hint else "")


@pytest.fixture
def judged(bench) -> Workbench:
    """A model trained, judged and committed; nothing registered, no remote."""
    add_model(bench)
    train_and_gate(bench)
    bench.commit("first")
    return bench


# The repository ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: " ".join(c))
def test_any_command__no_repository__is_refused(tmp_path, command):
    assert ci_ml(*command, folder=tmp_path).said == error(
        3, f"{tmp_path} is not inside a git repository.", "git init, or change folder."
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: " ".join(c))
def test_any_command__no_git_on_the_path__is_refused(bench, monkeypatch, tmp_path, command):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert bench.ci_ml(*command).said == error(3, "git is not installed.", "Install git 2.30 or later.")


def test_gate__no_commit_yet__works_and_names_the_file(bench):
    add_model(bench)

    done = train_and_gate(bench)

    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == "churn  candidate predictions.csv  no baseline  600 rows of 60 groups"
    assert bench.ci_ml("promote", "--merged").said == error(2, "there is no commit yet.", "git commit")
    bench.write(".gitignore", "*\n")
    assert bench.ci_ml("register").said == error(
        3,
        "the working copy has changes that are in no commit (there is no commit yet).",
        "git commit them: a version pins a commit that everybody can check out.",
    )


def test_register__dirty_checkout__is_refused_and_names_files(judged):
    for number in range(7):
        judged.write(f"new{number}.txt", "")
    judged.write("train.py", "pass\n")

    assert judged.ci_ml("register").said == error(
        3,
        "the working copy has changes that are in no commit (train.py, new0.txt, new1.txt, new2.txt, new3.txt, …).",
        "git commit them: a version pins a commit that everybody can check out.",
    )


def test_register__no_remote__works_and_says_where_the_registry_is(judged):
    done = judged.ci_ml("register")

    assert (done.code, done.out, done.err) == (0, "registered churn v1.0.0\n", NO_REMOTE)
    assert judged.head("model-registry")
    assert judged.ci_ml("registry", "show").code == 0


def test_register__no_identity__commits_as_ci_ml(judged, monkeypatch):
    for name in [name for name in os.environ if name.startswith(("GIT_AUTHOR_", "GIT_COMMITTER_"))]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("USER", raising=False)

    assert judged.ci_ml("register").code == 0
    assert judged.git("log", "-1", "--format=%an <%ae>", "model-registry") == "ci-ml <ci-ml@localhost.invalid>"
    assert json.loads(judged.ci_ml("registry", "history", "churn", "--format", "json").out)["events"][0]["recorded_by"] == "ci-ml"  # fmt: skip


def test_register__identity_in_the_environment__is_the_one_recorded(judged):
    assert judged.ci_ml("register").code == 0
    assert judged.git("log", "-1", "--format=%an <%ae>", "model-registry") == "Ada <ada@example.org>"
    assert json.loads(judged.ci_ml("registry", "history", "churn", "--format", "json").out)["events"][0]["recorded_by"] == "Ada"  # fmt: skip


def test_loop__shallow_clone__works(remote_bench, tmp_path):
    start_registry(remote_bench)
    remote_bench.commit("more")
    remote_bench.push("main")
    clone = remote_bench.clone(tmp_path / "clone", "--depth=1")

    assert clone.ci_ml("registry", "which", "churn@production").out == "v1.0.0\n"
    set_weights(clone, BETTER)
    done = train_and_gate(clone)
    assert (done.code, done.err) == (0, "")
    assert "against v1.0.0 in production" in done.out
    clone.commit("better")
    assert clone.ci_ml("register").out == "registered churn v1.1.0\n"


def test_loop__clone_of_a_single_branch_without_tags__sees_the_registry(remote_bench, tmp_path):
    start_registry(remote_bench)
    clone = remote_bench.clone(tmp_path / "clone", "--single-branch", "--no-tags")

    assert clone.ci_ml("registry", "which", "churn@production").said == (0, "")
    assert (
        clone.ci_ml("promote", "--merged").out == "churn: nothing to do: main brought nothing new since the last time\n"
    )


def test_loop__detached_head__works(judged):
    judged.git("switch", "--quiet", "--detach")

    assert judged.ci_ml("gate").code == 0
    assert judged.ci_ml("report").out == (
        "comment  .ci-ml/forge/changes/detached/comment-churn.md\n"
        "check    .ci-ml/forge/changes/detached/check-churn.json\n"
        "report   .ci-ml/forge/changes/detached/report-churn.html\n"
    )
    assert judged.ci_ml("promote", "--merged").said == (0, NO_REMOTE)
    assert judged.ci_ml("registry", "which", "churn@production").out == "v1.0.0\n"


def test_loop__typed_in_a_folder__is_that_of_the_whole_repository(judged):
    folder = judged.root / "deep" / "er"
    folder.mkdir(parents=True)

    assert ci_ml("train", folder=folder).code == 0
    assert ci_ml("gate", folder=folder).out == judged.ci_ml("gate").out
    assert ci_ml("report", folder=folder).out.startswith("comment  .ci-ml/forge/changes/main/comment-churn.md\n")
    # What is typed is found from where it is typed; what the configuration names, from the root.
    assert ci_ml("compare", "--baseline", "../../predictions.csv", folder=folder).code == 0
    assert ci_ml("report", "--output", "page.html", folder=folder).out == "page.html\n"
    assert (folder / "page.html").is_file()
    (judged.root / "predictions.csv").unlink()
    assert ci_ml("gate", folder=folder).said == error(
        4, "predictions.csv does not exist.", "ci-ml train churn  (or change ci-ml.yaml:8:18)"
    )


def test_loop__spaces_and_accents_everywhere__work(tmp_path):
    bench = Workbench.make(tmp_path / "mein Projekt é" / "ärger, 'quoted'", remote=tmp_path / "or igin.git")
    config = CONFIG.replace("predictions.csv", "out put/vorhersagen é.csv").replace("command: python predict.py", "command: python 'pré dict.py'").replace("inputs: [predict.py,", "inputs: ['pré dict.py',")  # fmt: skip
    add_model(bench, config=config)
    bench.write(
        "pré dict.py", (bench.root / "predict.py").read_text().replace("predictions.csv", "out put/vorhersagen é.csv")
    )
    bench.write("out put/keep", "")

    assert train_and_gate(bench).code == 0
    bench.commit("erste")
    bench.push("main")
    assert bench.ci_ml("promote", "--merged").out.startswith("churn v1.0.0 is in production, from commit ")
    grow_rows(bench, seed=4)
    done = train_and_gate(bench)
    assert (done.code, "against v1.0.0" in done.out) == (0, True)


# What training leaves ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("predict", "message", "hint"),
    [
        ("raise SystemExit('out of memory')", "the command failed with exit code 1: python predict.py\n  out of memory", ""),
        ("pass", "training ended well, but there is no predictions.csv.", "ci-ml.yaml:8:18 says where it should be."),
        ("import os; open('predictions.csv', 'w').close(); os.remove('model.json')", "training ended well, but there is no model.json.", "ci-ml.yaml:7:15 says where it should be."),
    ],
)  # fmt: skip
def test_train__step_that_does_not_do_its_work__is_refused(bench, predict, message, hint):
    add_model(bench)
    bench.write("predict.py", predict)

    assert bench.ci_ml("--quiet", "train").said == error(4, message, hint)


def test_gate__artifact_missing__says_what_makes_it(judged):
    judged.remove("model.json")

    assert judged.ci_ml("gate").said == error(4, "model.json does not exist.", "ci-ml train churn")


def test_train__stage_that_fails__carries_its_words(bench):
    subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet"], cwd=bench.root, check=True)
    bench.write("dvc.yaml", "stages: {fit: {cmd: echo no such column && exit 7, outs: [model.json]}}\n")
    bench.write("ci-ml.yaml", "models: {m: {task: binary, train: {stage: fit}, predictions: p.csv}}\n")

    done = bench.ci_ml("--quiet", "train")

    assert done.code == 4
    assert done.err.startswith("error: dvc repro failed with exit code 255: dvc repro fit\n")
    assert "  no such column\n" in done.err


def test_train__stage_that_is_not_there__is_refused(bench):
    bench.write("ci-ml.yaml", "models: {m: {task: binary, train: {stage: fit}, predictions: p.csv}}\n")
    bench.write("p.csv", "id,y_true,y_score\n1,0,0.5\n")

    assert bench.ci_ml("gate").said == error(
        2, "ci-ml.yaml names DVC stages, but there is no dvc.yaml.", "dvc stage add writes one."
    )


# What may be registered and promoted ------------------------------------------------------------------------------


def test_register__never_judged__is_refused(judged):
    set_weights(judged, BETTER)
    judged.ci_ml("train")
    judged.commit("untried")

    assert judged.ci_ml("register").said == error(
        4, f"the inputs of churn at {judged.head()[:7]} were never judged.", "ci-ml gate churn"
    )


@pytest.mark.parametrize("path", ["predictions.csv", "model.json"])
def test_register__file_that_changed_since__is_refused(judged, path):
    content = (judged.root / path).read_text()
    judged.write(path, content.replace("0.4", "0.3") if path == "predictions.csv" else content + "\n")
    judged.commit("touched")

    assert judged.ci_ml("register").said == error(
        4, f"{path} is not the file that ci-ml train made from these inputs.", "ci-ml train churn"
    )


def test_register__rules_that_changed_since__are_refused(judged):
    judged.write("ci-ml.yaml", CONFIG.replace("minimum: 0.6", "minimum: 0.7"))
    judged.commit("stricter")

    assert judged.ci_ml("register").said == error(
        4, "the baseline or the rules of churn changed since ci-ml gate judged it.", "ci-ml gate churn"
    )


def test_register__gate_that_fails__needs_force_and_a_reason(bench):
    add_model(bench, weights=WORSE)
    assert train_and_gate(bench).code == 10
    bench.commit("bad")

    assert bench.ci_ml("register").said == (
        10,
        "warning: churn was not registered: floor: fail\n"
        "  try: ci-ml report shows why; --force with --reason registers it all the same\n",
    )
    assert bench.ci_ml("register", "--force").said == error(
        2, "--force needs a reason.", '--reason "why it is registered although gates fail"'
    )
    assert bench.ci_ml("register", "--force", "--reason", "the only one we have").out == "registered churn v1.0.0\n"
    history = json.loads(bench.ci_ml("registry", "history", "churn", "--format", "json").out)
    assert history["events"][0]["reason"] == "the only one we have"


def test_register__model_that_no_clone_could_fetch__is_refused(bench):
    add_model(bench)
    bench.write(".gitignore", "model.json\n")
    train_and_gate(bench)
    bench.commit("model is ignored")

    assert bench.ci_ml("register").said == error(
        4,
        "model.json is neither on a DVC remote nor in git, so no other clone could fetch it.",
        "dvc remote add -d storage URL && ci-ml gate churn   (or git add model.json)",
    )


def test_register__twice__is_one_version(judged):
    assert judged.ci_ml("register").out == "registered churn v1.0.0\n"
    assert judged.ci_ml("register").out == "churn: this model file is v1.0.0 already.\n"


@pytest.mark.parametrize(
    ("arguments", "code", "message", "hint"),
    [
        (["promote"], 2, "promote takes MODEL VERSION STAGE, or --merged.", "ci-ml promote --help"),
        (["promote", "--merged", "churn", "v1.0.0"], 2, "--merged takes at most a MODEL, no VERSION, STAGE or --force.", ""),
        (["promote", "churn", "v1.0.0", "staging", "--until", "HEAD"], 2, "--until and --since go with --merged.", ""),
        (["promote", "churn", "v9.0.0", "staging"], 2, "churn has no version 'v9.0.0'.", "Its newest: v1.0.0."),
        (["promote", "churn", "1.0.0", "prod"], 2, "there is no stage 'prod'.", "Stages, in their order: staging, production."),
        (["promote", "churn", "1.0.0", "production"], 5, "churn v1.0.0 never held staging, the stage before production.", "ci-ml promote churn v1.0.0 staging   (or --force with --reason)"),
        (["rollback", "churn", "staging"], 2, "a rollback needs a reason.", '--reason "what went wrong"'),
        (["promote", "other", "v1.0.0", "staging"], 2, "ci-ml.yaml has no model 'other'.", "It has: churn."),
        (["gate", "other"], 2, "ci-ml.yaml has no model 'other'.", "It has: churn."),
        (["gate", "--baseline", "nope"], 2, "'nope' is no stage (staging, production), no version of 'churn', no revision that git knows and no file.", ""),
        (["compare", "--candidate", "staging"], 2, "'staging' holds no version of 'churn'.", "ci-ml registry show"),
    ],
)  # fmt: skip
def test_command__request_that_cannot_be__is_refused(judged, arguments, code, message, hint):
    judged.ci_ml("register")

    assert judged.ci_ml(*arguments).said == error(code, message, hint)


# What is not installed --------------------------------------------------------------------------------------------

BLOCKED = """
import json, sys

for name in sys.argv[1].split(","):
    sys.modules[name] = None  # as good as not installed
import contextlib, io
from ci_ml.cli.main import run

answers = []
for arguments in json.loads(sys.argv[2]):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(["--quiet", "-C", sys.argv[3], *arguments])
    answers.append([code, err.getvalue()])
print(json.dumps(answers))
"""


def without(bench: Workbench, modules: str, *commands: list[str]) -> list[tuple[int, str]]:
    """The answers of commands in a fresh process that lacks some packages."""
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, modules, json.dumps(commands), str(bench.root)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [tuple(answer) for answer in json.loads(done.stdout)]


def test_base_install__judging__names_the_extra_and_the_rest_works(judged):
    judged.ci_ml("register")
    light = [
        ["check"],
        ["train"],
        ["report"],
        ["report", "--format", "html"],
        ["registry", "show"],
        ["promote", "churn", "v1.0.0", "staging"],
    ]
    drift = ["drift", "--reference", "rows.csv", "--current", "rows.csv"]
    heavy = [["evaluate"], ["compare"], ["gate"], ["register"], drift]

    answers = without(judged, "numpy,scipy,pyarrow,dvc,lightgbm", *light, *heavy)

    assert [(code, err) for code, err in answers[: len(light)] if (code, err) != (0, "")] == []
    for code, err in answers[len(light) :]:
        assert (code, err.startswith("error: ")) == (3, True)
        assert "which is not installed.\n  try: pip install 'ci-ml[evaluate]'" in err


def test_base_install__merge_that_was_judged__is_not_believed_and_nothing_is_written(judged):
    ((code, err),) = without(judged, "numpy,scipy,pyarrow,dvc", ["promote", "--merged"])

    assert code == 3
    assert err.startswith("error: judging what was merged needs '")
    assert (
        judged.ci_ml("registry", "show").out == "The registry is empty.\n"
        or "churn" not in judged.ci_ml("registry", "show").out
    )


def test_no_dvc__stages__name_the_extra(bench):
    bench.write("dvc.yaml", "stages: {fit: {cmd: 'echo ${x}'}}\n")
    bench.write("ci-ml.yaml", "models: {m: {task: binary, train: {stage: fit}, predictions: p.csv}}\n")
    bench.write("p.csv", "id,y_true,y_score\n1,0,0.5\n")

    train, gate = without(bench, "dvc", ["train"], ["gate"])

    assert train == error(3, "running DVC stages needs 'dvc', which is not installed.", "pip install 'ci-ml[train]'")
    assert gate == error(
        3,
        "dvc.yaml with ${…} in it needs 'dvc', which is not installed.",
        "pip install 'ci-ml[train]'  (from a path or a git URL: see README)",
    )


@pytest.mark.parametrize("command", [("promote", "churn", "v1.0.0", "staging"), ("registry", "verify")], ids=" ".join)
def test_command__cancelled_while_git_fetches__ends_at_once(judged, command, tmp_path):
    reached = tmp_path / "reached"
    ssh = judged.write("ssh.sh", f"#!/bin/sh\ntouch {reached}\nexec sleep 60\n")
    ssh.chmod(0o755)
    judged.git("remote", "add", "origin", "ssh://nowhere/repository.git")
    process = subprocess.Popen(
        [sys.executable, "-m", "ci_ml", "-C", str(judged.root), *command],
        env=os.environ | {"GIT_SSH_COMMAND": str(ssh)},
        stderr=subprocess.DEVNULL,
    )
    while not reached.exists():
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(0.5)

    began = time.monotonic()
    process.terminate()
    assert process.wait(timeout=30) == 130
    assert time.monotonic() - began < 10
