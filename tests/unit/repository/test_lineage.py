"""ci_ml/repository/lineage.py and inputs.py: what a model is made from, as a tree says it."""

import os

import pytest
from workbench import Workbench

from ci_ml.config import Model, Step, read_config
from ci_ml.errors import CiMlError, ConfigError
from ci_ml.git.questions import Git
from ci_ml.repository.lineage import data_inputs, feature_names, trace
from ci_ml.repository.trees import CommitTree, WorkingTree

POINTER = "outs:\n- md5: {md5}\n  size: {size}\n  path: {path}\n"
RAW = "d41d8cd98f00b204e9800998ecf8427e"


def model_of(step: str = "train: python train.py", more: str = ""):
    return read_config(
        f"models:\n  m:\n    task: binary\n    predictions: p.csv\n    artifact: m.bin\n    {step}\n{more}"
    ).models["m"]


def traced(bench: Workbench, model):
    """The provenance of the commit made of the working copy, which must be that of the working copy too."""
    bench.git("add", "--all")
    working = trace(WorkingTree(Git(bench.root)), model)
    committed = trace(CommitTree(Git(bench.root), bench.commit()), model)
    assert working == committed
    return committed


def refusal(bench, model) -> tuple[str, str]:
    with pytest.raises(CiMlError) as caught:
        trace(WorkingTree(Git(bench.root)), model)
    return caught.value.message, caught.value.hint


def blob(bench, path: str) -> str:
    return f"git:{bench.git('hash-object', path)}"


def test_trace__plain_command__reads_everything_tracked_but_documents_and_outputs(bench):
    for path in ("train.py", "lib/f.py", "rows.csv", "README.md", "docs/a.rst", ".github/w.yml", "LICENSE", "ci-ml.yaml", "p.csv", "m.bin", "uv.lock"):  # fmt: skip
        bench.write(path, path)
    bench.write("data.csv.dvc", POINTER.format(md5=RAW, size=0, path="data.csv"))
    bench.write(".gitignore", "data.csv\n")

    found = traced(bench, model_of())

    assert found.commands == ("python train.py",)
    assert found.code == {path: blob(bench, path) for path in ("train.py", "lib/f.py", "rows.csv", "uv.lock")}
    assert found.data == {"data.csv": f"md5:{RAW}"}
    assert found.environment == {}


def test_trace__inputs__are_globs_and_lock_files_stand_apart(bench):
    for path in ("train.py", "lib/f.py", "lib/g.txt", "uv.lock", "requirements.txt"):
        bench.write(path, path)

    found = traced(bench, model_of("train: {command: make, inputs: [train.py, 'lib/*.py']}"))

    assert set(found.code) == {"train.py", "lib/f.py"}
    assert found.environment == {path: blob(bench, path) for path in ("uv.lock", "requirements.txt")}


def test_trace__glob_that_matches_nothing__is_refused(bench):
    bench.write("train.py", "")

    assert refusal(bench, model_of("train: {command: make, inputs: ['src/*.py']}")) == (
        "inputs: 'src/*.py' matches nothing that git or DVC tracks.",
        "git add the file, or dvc add it where it is data.",
    )


def test_trace__folder_that_dvc_tracks__is_one_pointer_for_all_its_files(bench):
    bench.write("train.py", "")
    bench.write("data/raw.dvc", POINTER.format(md5=f"{RAW}.dir", size=3, path="raw"))
    bench.write("dvc.yaml", "stages: {train: {cmd: x, deps: [data/raw, data/raw/a.csv, train.py], outs: [m.bin]}}\n")

    found = traced(bench, model_of("train: {stage: train}"))

    assert found.data == {"data/raw": f"md5:{RAW}.dir", "data/raw/a.csv": f"md5:{RAW}.dir"}
    assert traced(bench, model_of("train: {command: make, inputs: [train.py, data/raw/*]}")).data == {"data/raw": f"md5:{RAW}.dir"}  # fmt: skip


def test_trace__folder_in_git__is_its_files_and_the_pointers_among_them(bench):
    bench.write("data/a.csv", "1")
    bench.write("data/deep/b.csv", "2")
    bench.write("data/big.csv.dvc", POINTER.format(md5=RAW, size=0, path="big.csv"))
    bench.write("dvc.yaml", "stages: {train: {cmd: x, deps: [data/]}}\n")

    found = traced(bench, model_of("train: {stage: train}"))

    assert found.code == {path: blob(bench, path) for path in ("data/a.csv", "data/deep/b.csv")}
    assert found.data == {"data/big.csv": f"md5:{RAW}"}


def test_trace__stages__what_one_makes_for_another_is_no_input(bench):
    bench.write("prepare.py", "")
    bench.write("raw.csv", "")
    bench.write(
        "dvc.yaml",
        "stages:\n"
        "  prepare: {cmd: python prepare.py, deps: [prepare.py, raw.csv], outs: [clean]}\n"
        "  train: {cmd: make, deps: [clean/train.csv], outs: [m.bin]}\n"
        "  predict: {cmd: score, deps: [m.bin, clean/test.csv], outs: [p.csv]}\n",
    )

    found = traced(bench, model_of("train: {stage: train}\n    predict: {stage: predict}"))

    assert found.commands == ("python prepare.py", "make", "score")
    assert (set(found.code), found.data) == ({"prepare.py", "raw.csv"}, {})


def test_trace__file_that_neither_git_nor_dvc_tracks__is_known_here_only(bench):
    bench.write(".gitignore", "local.csv\n")
    bench.write("local.csv", "x")
    bench.write("dvc.yaml", "stages: {train: {cmd: x, deps: [local.csv, /data/far.csv]}}\n")
    model = model_of("train: {stage: train}")
    sha = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"

    assert trace(WorkingTree(Git(bench.root)), model).data["local.csv"] == f"sha256:{sha}"
    assert trace(CommitTree(Git(bench.root), bench.commit()), model).data["local.csv"] == "missing"


def test_trace__parameters__are_flat_names_from_every_format(bench):
    bench.write("params.yaml", "lr: 0.1\ntree: {depth: 3, leaves: [1, 2]}\nempty: {}\nwhen: 2013-01-02\n")
    bench.write("conf.json", '{"a": {"b": null}}')
    bench.write("p.toml", '[x]\ny = "z"\n')
    bench.write("dvc.yaml", "stages: {train: {cmd: x, params: [tree, when, empty, {conf.json: [a.b]}, {p.toml: }]}}\n")

    assert traced(bench, model_of("train: {stage: train}")).parameters == {
        "tree.depth": 3,
        "tree.leaves": [1, 2],
        "when": "2013-01-02",
        "empty": {},
        "conf.json:a.b": None,
        "p.toml:x.y": "z",
    }


def test_trace__params_files__count_without_a_pipeline(bench):
    bench.write("train.py", "")
    bench.write("params.yaml", "lr: 0.1\n")
    bench.write("more.json", '{"lr": 2}')

    found = traced(bench, model_of(more="    params: [params.yaml, more.json]\n"))

    assert found.parameters == {"lr": 0.1, "more.json:lr": 2}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "the parameter file params.yaml does not exist."),
        ({"params.yaml": "a: 1\n"}, "params.yaml has no parameter 'tree.depth', which dvc.yaml names."),
        ({"params.yaml": "tree: 5\n"}, "params.yaml has no parameter 'tree.depth', which dvc.yaml names."),
        (
            {"params.yaml": "tree: [\n"},
            "params.yaml:2:1: not valid YAML: expected the node content, but found '<stream end>'.",
        ),
    ],
)
def test_trace__parameter_that_is_not_there__is_refused(bench, files, message):
    bench.write("dvc.yaml", "stages: {train: {cmd: x, params: [tree.depth]}}\n")
    for path, content in files.items():
        bench.write(path, content)

    assert refusal(bench, model_of("train: {stage: train}"))[0] == message


@pytest.mark.parametrize("pointer", ["", "outs: []\n", "outs:\n- path: data.csv\n", "5\n"])
def test_trace__pointer_without_a_digest__is_refused(bench, pointer):
    bench.write("train.py", "")
    bench.write("data.csv.dvc", pointer)
    bench.git("add", "--all")

    assert refusal(bench, model_of()) == ("data.csv.dvc names no md5.", "dvc add data.csv")


def test_trace__data_that_changed_after_dvc_add__are_refused(bench):
    bench.write("train.py", "")
    bench.write("data.csv", "changed")
    bench.write("data.csv.dvc", POINTER.format(md5=RAW, size=0, path="data.csv"))
    bench.write(".gitignore", "data.csv\n")
    bench.git("add", "--all")

    assert refusal(bench, model_of()) == (
        "data.csv is not what data.csv.dvc says: it changed after it was added.",
        "dvc add data.csv",
    )


def test_trace__data_as_their_pointer_says__are_not_read_again(bench, monkeypatch):
    bench.write("train.py", "")
    bench.write("data.csv", "changed")
    bench.write("data.csv.dvc", POINTER.format(md5=RAW, size=7, path="data.csv"))
    bench.write(".gitignore", "data.csv\n")
    bench.git("add", "--all")
    os.utime(bench.root / "data.csv", (1, 1))

    assert trace(WorkingTree(Git(bench.root)), model_of()).data == {"data.csv": f"md5:{RAW}"}


def test_data_inputs__rows_that_predicting_reads__are_data_in_dvc_in_git_and_outside(bench):
    for path in ("predict.py", "rows.csv", "lookup.json", "sub/more.parquet", "train.csv"):
        bench.write(path, "")
    bench.write("big.csv.dvc", POINTER.format(md5=RAW, size=0, path="big.csv"))
    bench.git("add", "--all")
    step = "predict: {command: x, inputs: [predict.py, rows.csv, lookup.json, 'sub/*', big.csv]}"

    assert sorted(data_inputs(WorkingTree(Git(bench.root)), model_of(step))) == [
        "big.csv",
        "rows.csv",
        "sub/more.parquet",
    ]
    assert data_inputs(WorkingTree(Git(bench.root)), model_of()) == ()


def test_data_inputs__stage__leaves_out_what_stages_make(bench):
    for path in ("predict.py", "rows.csv", "raw.csv"):
        bench.write(path, "")
    bench.write(
        "dvc.yaml",
        "stages:\n"
        "  train: {cmd: t, deps: [raw.csv], outs: [m.bin, feature.csv]}\n"
        "  predict: {cmd: p, deps: [m.bin, feature.csv, rows.csv, predict.py], outs: [p.csv]}\n",
    )

    assert data_inputs(WorkingTree(Git(bench.root)), model_of("predict: {stage: predict}")) == ("rows.csv",)


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("[age, city]\n", ("age", "city")),
        ("features: [{name: age, type: int}, city]\n", ("age", "city")),
        ("age: int\ncity: text\n", ("age", "city")),
        ("[1, 2]\n", ("1", "2")),
    ],
)
def test_feature_names__file__may_list_them_in_several_ways(bench, content, names):
    bench.write("features.yaml", content)

    assert feature_names(WorkingTree(Git(bench.root)), model_of(more="    features: features.yaml\n")) == names


def test_feature_names__lightgbm_text_model__says_them_itself(bench):
    bench.write("m.bin", "tree\nversion=v4\nfeature_names=age city\nmax_feature_idx=1\n")

    assert feature_names(WorkingTree(Git(bench.root)), model_of()) == ("age", "city")


@pytest.mark.parametrize("content", [b"\x80\x04pickle", b"", b"tree\n"])
def test_feature_names__any_other_model__says_none(bench, content):
    bench.write("m.bin", content)

    assert feature_names(WorkingTree(Git(bench.root)), model_of()) == ()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "features: f.yaml does not exist."),
        ("", "features: f.yaml holds no names."),
        ("5\n", "features: f.yaml holds no names."),
    ],
)
def test_feature_names__file_without_names__is_refused(bench, content, message):
    if content is not None:
        bench.write("f.yaml", content)

    with pytest.raises(CiMlError) as caught:
        feature_names(WorkingTree(Git(bench.root)), model_of(more="    features: f.yaml\n"))

    assert caught.value.message == message


def test_trace__input_in_a_submodule__names_the_submodule(bench, tmp_path):
    other = Workbench.make(tmp_path / "other")
    other.write("rows.csv", "id\n1\n")
    other.commit()
    bench.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other.root), "vendor/data")
    model = Model(task="binary", predictions="p.csv", train=Step(command="x", inputs=("vendor/data/*.csv",)))

    with pytest.raises(ConfigError) as caught:
        trace(WorkingTree(Git(bench.root)), model)

    assert caught.value.message == (
        "inputs: 'vendor/data/*.csv' lies in the submodule vendor/data, whose files git does not track here."
    )
