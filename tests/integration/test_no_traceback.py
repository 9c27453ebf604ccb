"""Whatever lies in a repository, every command answers in words: an exit code of 1 fails these tests in `workbench`."""

import pytest
from workbench import BETTER, CONFIG, Workbench, add_model, set_weights, train_and_gate

STAGES = CONFIG.replace("{command: python train.py, inputs: [train.py]}", "{stage: train}").replace("{command: python predict.py, inputs: [predict.py, rows.csv]}", "{stage: predict}")  # fmt: skip
FEATURES = CONFIG.replace("params: [params.json]", "params: [params.json]\n    features: features.yaml")
COMMANDS = [
    ["check"], ["doctor"], ["init"], ["evaluate"], ["compare", "--slice", "segment=A"], ["compare", "--baseline", "HEAD"], ["gate"],
    ["report"], ["register", "--force", "--reason", "x"], ["promote", "--merged"], ["promote", "churn", "v1.0.0", "staging"],
    ["rollback", "churn", "staging", "--reason", "x"], ["registry", "show"], ["registry", "which", "churn@staging"], ["train"],
    ["pull", "churn@v1.0.0", "--output", "pulled"], ["checkout", "churn@v1.0.0"],
]  # fmt: skip


def files(contents: dict[str, str | bytes]):
    def spoil(bench: Workbench) -> None:
        for path, content in contents.items():
            bench.write(path, content)

    return spoil


def folder_for(path: str):
    def spoil(bench: Workbench) -> None:
        bench.remove(path)
        bench.write(f"{path}/inside", "")

    return spoil


def link_to_itself(path: str):
    def spoil(bench: Workbench) -> None:
        bench.remove(path)
        (bench.root / path).symlink_to(path)

    return spoil


def junk_registry(bench: Workbench) -> None:
    """A branch of that name which somebody else filled."""
    tree = bench.git("write-tree")
    bench.git("update-ref", "refs/heads/model-registry", bench.git("commit-tree", tree, "-m", "junk"))


def broken_event(bench: Workbench) -> None:
    bench.git("switch", "--quiet", "model-registry")
    bench.write("models/churn/events/0000/00000001.json", "{")
    bench.commit("edited")
    bench.git("switch", "--quiet", "main")


SPOILED = {
    "configuration that is no YAML": files({"ci-ml.yaml": "models: [\n"}),
    "configuration that is binary": files({"ci-ml.yaml": b"\x00\xff\xfe"}),
    "configuration that is a folder": folder_for("ci-ml.yaml"),
    "configuration of another model": files({"ci-ml.yaml": CONFIG.replace("churn", "other")}),
    "configuration of another task": files({"ci-ml.yaml": "models: {churn: {task: multiclass, predictions: predictions.csv, artifact: model.json}}\n"}),
    "stages without a pipeline": files({"ci-ml.yaml": STAGES}),
    "stages in a broken pipeline": files({"ci-ml.yaml": STAGES, "dvc.yaml": "stages: {train: [1], predict: {}}\n"}),
    "pipeline without a DVC repository": files({"ci-ml.yaml": STAGES, "dvc.yaml": "stages: {train: {cmd: 'x ${y}'}, predict: {cmd: y}}\n"}),
    "lock file of something else": files({"ci-ml.yaml": STAGES, "dvc.yaml": "stages: {train: {cmd: 'true'}, predict: {cmd: 'true', deps: [rows.csv]}}\n", "dvc.lock": "[1]\n"}),
    "pointer without a digest": files({"rows.csv.dvc": "outs: 5\n"}),
    "store that is nowhere": files({".dvc/config": "[core]\n    remote = gone\n"}),
    "store settings that are binary": files({".dvc/config": b"\xff\xfe[core"}),
    "store that is a file": files({".dvc/config": "[core]\n    remote = s\n['remote \"s\"']\n    url = ../rows.csv\n"}),
    "parameters that are no JSON": files({"params.json": "{"}),
    "parameters without end": files({"params.json": "[" * 50_000}),
    "features that are none": files({"ci-ml.yaml": FEATURES, "features.yaml": "5\n"}),
    "predictions that are binary": files({"predictions.csv": b"PAR1\x00\x01"}),
    "predictions with three labels": files({"predictions.csv": "id,y_true,y_score,day,segment\n1,0,0,1,A\n2,1,0,1,A\n3,2,0,1,A\n"}),
    "predictions of one row": files({"predictions.csv": "id,y_true,y_score,day,segment\n1,0,0.5,1,A\n"}),
    "predictions of one class": files({"predictions.csv": "id,y_true,y_score,day,segment\n" + "".join(f"{n},0,0.5,{n},A\n" for n in range(50))}),
    "predictions with wild scores": files({"predictions.csv": "id,y_true,y_score,day,segment\n" + "".join(f"{n},{n % 2},{(-1) ** n}e308,{n},A\n" for n in range(80))}),
    "predictions with an endless name": files({"predictions.csv": "id,y_true,y_score,day,segment\n" + "".join(f"{n},{n % 2},0.5,{n},{'x' * 3000}\n" for n in range(80))}),
    "predictions that are a folder": folder_for("predictions.csv"),
    "predictions that lead nowhere": link_to_itself("predictions.csv"),
    "model that is a folder": folder_for("model.json"),
    "training record that is none": files({".ci-ml/churn/training.json": "[]"}),
    "judgement that is none": files({".ci-ml/churn/judgement.json": b"\xff"}),
    "registry that is something else": junk_registry,
    "registry with a broken event": broken_event,
}  # fmt: skip


@pytest.fixture(scope="module")
def registered(tmp_path_factory) -> Workbench:
    """A model, registered here without a remote, and a newer one judged."""
    bench = Workbench.make(tmp_path_factory.mktemp("registered") / "work")
    add_model(bench, rows=120)
    train_and_gate(bench)
    bench.commit("first")
    assert bench.ci_ml("register").code == 0
    set_weights(bench, BETTER)
    train_and_gate(bench)
    bench.commit("better")
    return bench


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED.keys())
def test_every_command__spoiled_repository__answers_in_words(registered, tmp_path, spoil):
    bench = registered.copy(tmp_path)
    spoil(bench)

    for command in COMMANDS:
        done = bench.ci_ml("--quiet", *command)
        assert done.code in (0, 2, 3, 4, 5, 6, 10, 11, 13), (command, done)
        if done.code in (2, 3, 4, 5, 6, 13) and command != ["doctor"]:
            assert done.err.startswith(("error: ", "warning: ")), (command, done)
