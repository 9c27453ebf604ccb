"""A project in a folder of a larger repository: one ci-ml.yaml at the root, commands typed anywhere."""

import json
import subprocess
import sys

import pytest
from workbench import BETTER, CONFIG, FIRST, Workbench, add_model, grow_rows, merge, train_and_gate

FOLDER = "models/churn"
IN_FOLDER = CONFIG.replace("    task: binary\n", f"    task: binary\n    folder: {FOLDER}\n")


def move(bench: Workbench, folder: str = FOLDER) -> None:
    """The project goes to a folder; its ci-ml.yaml stays at the root."""
    (bench.root / folder).mkdir(parents=True)
    for file in sorted(bench.root.glob("*.*")):
        if file.name != "ci-ml.yaml" and not file.name.startswith("."):
            file.rename(bench.root / folder / file.name)


@pytest.fixture
def bench(tmp_path) -> Workbench:
    return Workbench.make(tmp_path / "work", remote=tmp_path / "remote.git")


@pytest.fixture
def project(bench) -> Workbench:
    add_model(bench, config=IN_FOLDER)
    move(bench)
    bench.write("README.md", "many projects")
    bench.write("other/train.py", "raise SystemExit('not mine')")
    return bench


def start(bench: Workbench) -> None:
    assert train_and_gate(bench).code == 0
    bench.commit("first model")
    bench.push("main")
    done = bench.ci_ml("promote", "--merged")
    assert done.code == 0, done


@pytest.mark.parametrize("typed_in", ["", FOLDER, f"{FOLDER}/deeper", "other"])
def test_folder__commands_typed_anywhere__train_judge_and_promote_the_model_there(project, tmp_path, typed_in):
    place = project.root / typed_in
    place.mkdir(exist_ok=True)

    for command in (["check"], ["--quiet", "train"], ["--quiet", "gate"]):
        done = project.ci_ml(*command, folder=place)
        assert done.code == 0, done
    project.commit("first model")
    project.push("main")
    promoted = project.ci_ml("promote", "--merged", folder=place)
    pulled = project.clone(tmp_path / "clone").ci_ml("pull", "churn@production", "--format", "json", "-o", "got.json")

    assert promoted.code == 0, promoted
    assert json.loads(pulled.out)["version"] == "v1.0.0"
    assert (tmp_path / "clone" / "got.json").read_bytes() == (project.root / FOLDER / "model.json").read_bytes()


def test_folder__what_the_registry_records__starts_at_the_root(project):
    start(project)

    event = project.ci_ml("registry", "log", "--format", "json").out
    assert f'"path": "{FOLDER}/model.json"' in event
    assert f'"path": "{FOLDER}/predictions.csv"' in event


def test_folder__project_that_moves_there__is_compared_with_the_model_from_before(bench):
    add_model(bench)
    start(bench)
    bench.git("switch", "--quiet", "--create", "mono")
    move(bench)
    bench.write("ci-ml.yaml", IN_FOLDER)
    bench.write(f"{FOLDER}/params.json", json.dumps({"weights": BETTER}))
    grow_rows(bench, seed=1, path=f"{FOLDER}/rows.csv")  # so the older model must be scored again, where it was then

    judged = train_and_gate(bench)
    bench.commit("move")
    merge(bench, "mono")

    assert judged.code == 0, judged
    promoted = bench.ci_ml("promote", "--merged")
    assert "churn v1.1.0 is in production (was v1.0.0)" in promoted.out, promoted


def test_folder__rows_that_change__let_the_older_model_be_scored_in_its_folder(project):
    start(project)
    grow_rows(project, seed=1, path=f"{FOLDER}/rows.csv")

    assert train_and_gate(project).code == 0


def test_folder__command_without_inputs__reads_the_folder_alone(project):
    project.write("ci-ml.yaml", IN_FOLDER.replace("{command: python train.py, inputs: [train.py]}", "python train.py"))
    project.commit("its inputs are what git tracks")
    start(project)
    project.write("other/train.py", "something else")
    project.commit("another project")
    project.push("main")

    assert "main brought nothing new" in project.ci_ml("promote", "--merged").out


def test_folder__of_two_models_with_the_same_names_inside__keep_apart(bench):
    models = [
        IN_FOLDER.replace("churn", name).removeprefix("models:\n").replace("models/churn", f"models/{name}")
        for name in ("one", "two")
    ]
    for name, weights in (("one", FIRST), ("two", BETTER)):
        add_model(bench, weights=weights)
        move(bench, f"models/{name}")
    bench.write("ci-ml.yaml", "models:\n" + "".join(models))
    bench.write("models/one/requirements.txt", "numpy==2.1.0\n")

    for name in ("one", "two"):
        assert bench.ci_ml("--quiet", "train", name).code == 0
        assert bench.ci_ml("--quiet", "gate", name).code == 0
    bench.commit("two models")
    bench.push("main")
    assert bench.ci_ml("promote", "--merged").code == 0
    bench.write("models/one/requirements.txt", "numpy==2.2.0\n")
    bench.commit("another NumPy, for one of them")
    bench.push("main")

    again = bench.ci_ml("promote", "--merged").out
    assert "one: commit" in again
    assert "two: nothing to do" in again


@pytest.mark.parametrize("folder", ["..", "../x", "/srv/x", "a/../../x", ".", "-x"])
def test_folder__outside_the_repository__is_refused(bench, folder):
    add_model(bench, config=IN_FOLDER.replace(FOLDER, folder))

    done = bench.ci_ml("check")

    assert done.code == 2
    assert f"ci-ml.yaml:4:13: models.churn.folder is '{folder}'; it takes a " in done.err


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda root, outside: None, "models/churn is no folder here"),
        (lambda root, outside: (root / FOLDER).symlink_to(outside), "models/churn is a link out of the repository"),
    ],
    ids=["not there", "link"],
)
def test_folder__that_is_none_here__is_named_by_check_and_train(bench, tmp_path, make, said):
    add_model(bench, config=IN_FOLDER)
    (bench.root / "models").mkdir()
    make(bench.root, tmp_path)

    assert f"models.churn.folder {said}" in bench.ci_ml("check").err
    assert bench.ci_ml("train").said[0] in (2, 4)


def test_configuration__in_a_folder_only__is_named_with_what_to_do(bench):
    bench.write(f"{FOLDER}/ci-ml.yaml", CONFIG)

    for typed_in in (bench.root, bench.root / FOLDER):
        assert bench.ci_ml("check", folder=typed_in).said == (
            2,
            f"error: {FOLDER}/ci-ml.yaml is not read: a repository has one ci-ml.yaml, at its root ({bench.root}).\n"
            f"  try: git mv {FOLDER}/ci-ml.yaml there, and give each of its models a line: folder: {FOLDER}\n",
        )


def test_configuration__in_the_folder_beside_the_root_s__is_not_passed_over(project):
    project.write(f"{FOLDER}/ci-ml.yaml", CONFIG)

    assert project.ci_ml("gate", folder=project.root / FOLDER).said == (
        2,
        f"error: {FOLDER}/ci-ml.yaml is not read: a repository has one ci-ml.yaml, at its root ({project.root}).\n"
        f"  try: Move its models to the one there, and give each of its models a line: folder: {FOLDER}\n",
    )
    assert project.ci_ml("check", folder=project.root / "other").code == 0


def test_init__in_a_folder_with_a_project__writes_its_folder(bench):
    add_model(bench)
    bench.remove("ci-ml.yaml")
    move(bench)

    done = bench.ci_ml("init", folder=bench.root / FOLDER)

    assert (done.code, bench.ci_ml("check").code) == (0, 0), done
    assert (
        f"  churn:\n    task: binary          # a guess: binary, multiclass or regression\n    folder: {FOLDER}\n"
        in (bench.root / "ci-ml.yaml").read_text()
    )
    assert (bench.root / ".gitattributes").read_text().endswith(f"/{FOLDER}/predictions.csv -text\n")


# DVC ----------------------------------------------------------------------------------------------------------------

PIPELINE = """\
stages:
  train: {cmd: python train.py, deps: [train.py, params.json], outs: [model.json: {cache: false}]}
  predict: {cmd: python predict.py, deps: [predict.py, model.json, rows.csv], outs: [predictions.csv: {cache: false}]}
"""


@pytest.mark.parametrize("subdir", [True, False], ids=["dvc init --subdir", "dvc init"])
@pytest.mark.parametrize("stages", [["train", "predict"], ["dvc.yaml:train", "dvc.yaml:predict"]])
def test_folder__stages_of_its_dvc_yaml__run_there(project, subdir, stages):
    where, options = (project.root / FOLDER, ["--subdir"]) if subdir else (project.root, [])
    subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet", *options], cwd=where, check=True)
    train, predict = stages
    config = IN_FOLDER.replace("{command: python train.py, inputs: [train.py]}", f'{{stage: "{train}"}}')
    config = config.replace("{command: python predict.py, inputs: [predict.py, rows.csv]}", f'{{stage: "{predict}"}}')
    project.write("ci-ml.yaml", config)
    project.write(f"{FOLDER}/dvc.yaml", PIPELINE)
    project.commit("start")

    start(project)
    project.write(f"{FOLDER}/params.json", json.dumps({"weights": BETTER}))

    judged = train_and_gate(project)
    assert judged.code == 0, judged
