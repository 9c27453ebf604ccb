"""Two models in one repository, one of them with a monorepo's name: each is judged and promoted by itself."""

import json
import posixpath
import re
from urllib.parse import unquote

import pytest
from workbench import BETTER, CONFIG, FIRST, PREDICT, TRAIN, WORSE, Workbench, add_model, write_rows

NAME = "models/churn:classifier"
FOLDER = "services/churn"
# The same model again in a folder of its own.
SECOND = (
    CONFIG.split("\n", 1)[1]
    .replace("  churn:", f'  "{NAME}":')
    .replace("python train.py", f"cd {FOLDER} && python train.py")
    .replace("python predict.py", f"cd {FOLDER} && python predict.py")
    .replace("inputs: [train.py]", f"inputs: [{FOLDER}/train.py]")
    .replace("inputs: [predict.py, rows.csv]", f"inputs: [{FOLDER}/predict.py, {FOLDER}/rows.csv]")
    .replace("params.json", f"{FOLDER}/params.json")
    .replace("artifact: model.json", f"artifact: {FOLDER}/model.json")
    .replace("predictions: predictions.csv", f"predictions: {FOLDER}/predictions.csv")
)


def set_second(bench: Workbench, weights: list[float]) -> None:
    bench.write(f"{FOLDER}/params.json", json.dumps({"weights": weights}))


def train_and_gate(bench: Workbench, *names: str) -> list[int]:
    for name in names:
        assert bench.ci_ml("--quiet", "train", name).code == 0
    return [bench.ci_ml("--quiet", "gate", name).code for name in names]


def promote(bench: Workbench, *arguments: str):
    return bench.ci_ml("promote", "--merged", *arguments)


@pytest.fixture(scope="module")
def started(tmp_path_factory) -> Workbench:
    folder = tmp_path_factory.mktemp("started")
    bench = Workbench.make(folder / "work", remote=folder / "origin.git")
    add_model(bench, config=CONFIG + SECOND)
    bench.write(f"{FOLDER}/train.py", TRAIN)
    bench.write(f"{FOLDER}/predict.py", PREDICT)
    set_second(bench, FIRST)
    write_rows(bench, path=f"{FOLDER}/rows.csv", seed=2)
    assert train_and_gate(bench, "churn", NAME) == [0, 0]
    commit = bench.commit("two models")
    bench.push("main")
    done = promote(bench)
    assert done.code == 0
    assert done.out == "".join(f"{n} v1.0.0 is in production, from commit {commit[:7]}\n" for n in ("churn", NAME))
    return bench


@pytest.fixture
def bench(started, tmp_path) -> Workbench:
    """Both models in production as v1.0.0."""
    return started.copy(tmp_path)


def versions(bench: Workbench) -> list[str]:
    return [bench.ci_ml("registry", "which", f"{name}@production").out.strip() for name in ("churn", NAME)]


def test_commands__model_not_named__ask_which(bench):
    for command in ("train", "gate", "compare", "evaluate", "report", "register"):
        assert bench.ci_ml(command).said == (
            2,
            f"error: ci-ml.yaml names several models: churn, {NAME}.\n  try: Say which one.\n",
        )


def test_promote_merged__one_model_changed__leaves_the_other_alone(bench):
    set_second(bench, BETTER)
    assert train_and_gate(bench, NAME) == [0]
    commit = bench.commit("better classifier")
    bench.push("main")

    done = promote(bench)

    assert (done.code, done.out) == (
        0,
        "churn: nothing to do: main brought nothing new since the last time\n"
        f"{NAME} v1.1.0 is in production (was v1.0.0), from commit {commit[:7]}\n",
    )
    assert versions(bench) == ["v1.0.0", "v1.1.0"]


def test_promote_merged__one_fails_and_one_passes__both_are_answered(bench):
    bench.write("params.json", json.dumps({"weights": WORSE}))
    set_second(bench, BETTER)
    assert train_and_gate(bench, "churn", NAME) == [10, 0]
    commit = bench.commit("both")
    bench.push("main")

    done = promote(bench)

    assert done.code == 10
    assert done.out.startswith("churn: commit ")
    assert done.out.splitlines()[-1] == f"{NAME} v1.1.0 is in production (was v1.0.0), from commit {commit[:7]}"
    assert versions(bench) == ["v1.0.0", "v1.1.0"]
    assert promote(bench).code == 0


def test_promote_merged__one_named__is_the_only_one(bench):
    set_second(bench, BETTER)
    bench.write("params.json", json.dumps({"weights": BETTER}))
    train_and_gate(bench, "churn", NAME)
    bench.commit("both better")
    bench.push("main")

    assert promote(bench, NAME).out.startswith(f"{NAME} v1.1.0 is in production")
    assert versions(bench) == ["v1.0.0", "v1.1.0"]
    assert promote(bench).out.splitlines()[0].startswith("churn v1.1.0 is in production")


def test_promote_merged__trouble_with_one__does_not_hold_up_the_other(bench):
    set_second(bench, BETTER)
    train_and_gate(bench, NAME)
    bench.git("rm", "--quiet", "--cached", "model.json")
    bench.write(".gitignore", "/model.json\n")
    bench.write("params.json", json.dumps({"weights": BETTER}))
    train_and_gate(bench, "churn")
    commit = bench.commit("model no longer in git")
    bench.push("main")

    done = promote(bench)

    assert done.code == 4
    assert done.out.startswith(f"{NAME} v1.1.0 is in production")
    assert done.err.startswith(
        f"error: commit {commit[:7]} cannot be settled: model.json is neither on a DVC remote nor in git"
    )


def test_registry__monorepo_name__is_a_folder_a_row_and_a_tag(bench):
    files = bench.git("ls-tree", "-r", "--name-only", "origin/model-registry").splitlines()

    assert "models/models%2Fchurn=classifier/events/0000/00000001.json" in files
    table = bench.ci_ml("registry", "show").out.splitlines()
    assert [line.split()[0] for line in table if not line.startswith(" ")] == ["MODEL", "churn", NAME]
    assert "models/churn=classifier@v1.0.0" in bench.git("ls-remote", "--tags", "origin")
    assert bench.ci_ml("rollback", NAME, "production", "--reason", "x").code == 5


def test_report__monorepo_name__has_files_of_its_own(bench):
    bench.ci_ml("report", NAME)

    assert sorted(path.name for path in (bench.root / ".ci-ml/forge/changes/main").iterdir()) == [
        "check-models%2Fchurn%3Aclassifier.json",
        "comment-models%2Fchurn%3Aclassifier.md",
        "report-models%2Fchurn%3Aclassifier.html",
    ]


def test_gate__other_model_s_outputs__are_no_inputs(bench):
    """Without `inputs:` a command reads all that git tracks, but not what the repository's models make."""
    config = (bench.root / "ci-ml.yaml").read_text()
    bench.write("ci-ml.yaml", config.replace("{command: python train.py, inputs: [train.py]}", "python train.py"))
    train_and_gate(bench, "churn")
    before = json.loads((bench.root / ".ci-ml/churn/judgement.json").read_text())["inputs"]
    bench.write(f"{FOLDER}/model.json", "{}")
    bench.write(f"{FOLDER}/predictions.csv", "id\n")
    train_and_gate(bench, "churn")

    assert json.loads((bench.root / ".ci-ml/churn/judgement.json").read_text())["inputs"] == before


@pytest.mark.parametrize("name", ["churn", NAME])
def test_whole_loop__plain_and_monorepo_name__every_command_takes_either(bench, tmp_path, name):
    folder = name.replace("/", "%2F").replace(":", "=")
    in_tag = name.replace(":", "=")
    first = bench.head()

    def run(*words: str, code: int = 0) -> str:
        done = bench.ci_ml(*words)
        assert done.code == code, (words, done)
        return done.out

    set_second(bench, BETTER)
    bench.write("params.json", json.dumps({"weights": BETTER}))
    assert train_and_gate(bench, name) == [0]
    for command in ("evaluate", "compare"):
        assert "roc_auc" in run(command, name), command
    assert all((bench.root / line.split()[-1]).is_file() for line in run("report", name).splitlines())
    commit = bench.commit("better")
    bench.push("main")
    assert run("register", name) == f"registered {name} v1.1.0\n"
    assert run("promote", name, "v1.1.0", "staging") == f"{name} v1.1.0 is in staging\n"
    assert run("promote", name, "v1.1.0", "production") == f"{name} v1.1.0 is in production (was v1.0.0)\n"
    assert run("registry", "vacate", name, "staging") == f"{name}: nothing holds staging any more (was v1.1.0)\n"
    back = run("rollback", name, "production", "--reason", "worse")
    assert f"{name}: production is back at v1.0.0 (was v1.1.0)" in back.splitlines()
    assert run("registry", "which", f"{name}@production") == "v1.0.0\n"
    assert run("registry", "which", f"{name}@production", "--at", "2013-07-01T11:59:59", code=4) == ""
    assert run("registry", "withdraw", name, "v1.1.0", "--reason", "leak") == f"{name} v1.1.0 is withdrawn\n"
    assert run("registry", "restore", name, "v1.1.0") == f"{name} v1.1.0 is restored\n"
    assert run("registry", "deprecate", name) == f"{name} as a whole is deprecated\n"
    assert run("registry", "restore", name) == f"{name} as a whole is restored\n"
    assert run("registry", "show", name).splitlines()[1].startswith("v1.1.0")
    assert "restored the model" in run("registry", "history", name)
    assert json.loads(run("registry", "log", name, "--format", "json"))
    assert "roc_auc" in run("registry", "diff", name, "v1.0.0", "v1.1.0")
    run("registry", "verify", name)
    run("registry", "verify")
    assert run("registry", "import", name) == f"{name}: nothing to import, its tags are ci-ml's own.\n"

    # Lost tags come back, on the commits of the releases.
    bench.git("push", "--quiet", "origin", f":refs/tags/{in_tag}@v1.0.0", f":refs/tags/{in_tag}#production#4")
    assert run("registry", "tags", name, "--repair").splitlines()[-1] == "2 tags written to origin."
    there = bench.git("ls-remote", "--tags", "origin", f"refs/tags/{in_tag}@v1.*").split()
    assert f"refs/tags/{in_tag}@v1.0.0" in there
    assert {first, commit} <= set(there)

    # A deployer has a clone of his own, and fetches by name.
    assert run("pull", f"{name}@production", "--output", str(tmp_path / "pulled.json"))
    assert run("checkout", f"{name}@v1.0.0", "--into", str(tmp_path / "restored"))
    assert run("checkout", f"{name}@production")

    # Every link of the pages leads to a file of the branch.
    files = set(bench.git("ls-tree", "-r", "--name-only", "origin/model-registry").splitlines())
    for page, here in (("README.md", ""), (f"models/{folder}/README.md", f"models/{folder}/")):
        text = bench.git("show", f"origin/model-registry:{page}")
        links = re.findall(r"\]\(([^)#]+)\)", text)
        assert links
        for link in links:
            assert posixpath.normpath(here + unquote(link)) in files, (page, link)


def test_init__monorepo_name__writes_a_configuration_that_reads_it_back(tmp_path):
    bench = Workbench.make(tmp_path / "work")
    bench.write("train.py", TRAIN)
    bench.commit("start")

    assert bench.ci_ml("init", "--model", NAME).code == 0
    assert NAME in bench.ci_ml("check").out
