"""ci_ml/repository/pipeline.py: DVC stages as a tree defines them, read without DVC where that is possible."""

import subprocess
import sys
from types import MappingProxyType

import pytest

from ci_ml.errors import CiMlError
from ci_ml.git.questions import Git
from ci_ml.repository.pipeline import Stage, all_stages, maker_of, resolve_stages
from ci_ml.repository.trees import CommitTree, WorkingTree

FULL = """\
stages:
  prepare:
    cmd: python prepare.py
    deps: [prepare.py, data/raw]
    outs: [data/clean]
  train:
    cmd:
      - python train.py
      - python report.py
    wdir: src
    deps: [train.py, ../data/clean/train.csv, {../extra.csv: {cache: false}}]
    params: [lr, {../conf.json: [model.depth, seed]}, {all.toml: }]
    outs: [{../model.bin: {cache: false}}]
    metrics: [metrics.json]
    plots: [{plots/: {x: step}}]
  unrelated:
    cmd: "true"
"""
TRAIN = Stage(
    name="train",
    command="python train.py && python report.py",
    folder="src",
    deps=("src/train.py", "data/clean/train.csv", "extra.csv"),
    params=(("src/params.yaml", "lr"), ("conf.json", "model.depth"), ("conf.json", "seed"), ("src/all.toml", None)),
    outs=("model.bin", "src/metrics.json", "src/plots"),
)


def resolve(bench, *names):
    return resolve_stages(WorkingTree(Git(bench.root)), names)


def refusal(bench, *names) -> tuple[str, str]:
    with pytest.raises(CiMlError) as caught:
        resolve(bench, *names)
    return caught.value.message, caught.value.hint


def test_resolve_stages__plain_file__is_read_with_every_path_from_the_root(bench):
    bench.write("dvc.yaml", FULL)

    prepare, train = resolve(bench, "train")

    assert (prepare.name, prepare.deps, prepare.outs) == ("prepare", ("prepare.py", "data/raw"), ("data/clean",))
    assert train == TRAIN


def test_resolve_stages__several_names__come_once_each_after_those_they_need(bench):
    bench.write("dvc.yaml", FULL)

    assert [stage.name for stage in resolve(bench, "train", "prepare", "unrelated", "train")] == [
        "prepare",
        "train",
        "unrelated",
    ]
    assert all_stages(WorkingTree(Git(bench.root)), "dvc.yaml") == ("prepare", "train", "unrelated")


def test_resolve_stages__file_in_a_folder__is_addressed_as_dvc_does(bench):
    bench.write("models/churn/dvc.yaml", "stages: {fit: {cmd: make, deps: [a.py], outs: [../m.bin]}}\n")

    (fit,) = resolve(bench, "models/churn/dvc.yaml:fit")

    assert fit == Stage(
        name="models/churn/dvc.yaml:fit",
        command="make",
        folder="models/churn",
        deps=("models/churn/a.py",),
        params=(),
        outs=("models/m.bin",),
    )


def test_resolve_stages__commit__is_read_as_it_was(bench):
    bench.write("dvc.yaml", FULL)
    commit = bench.commit()
    bench.write("dvc.yaml", "stages: {train: {cmd: other}}\n")

    assert resolve_stages(CommitTree(Git(bench.root), commit), ("train",))[1] == TRAIN


def test_maker_of__file_inside_an_output_or_around_it__is_made_by_its_stage():
    made = Stage(name="s", command="c", folder="", deps=(), params=(), outs=("data/out",))
    makers = MappingProxyType({"data/out": made})

    assert maker_of("data/out", makers) is made
    assert maker_of("data/out/part.csv", makers) is made
    assert maker_of("data", makers) is made
    assert maker_of("data/outer", makers) is None


NOT_DVC = ("dvc.yaml: stage 'train' is not as DVC writes stages.", "dvc stage list dvc.yaml says more.")


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        (None, ("ci-ml.yaml names DVC stages, but there is no dvc.yaml.", "dvc stage add writes one.")),
        ("", ("dvc.yaml has no stages.", "dvc stage add writes one.")),
        ("stages: []\n", ("dvc.yaml has no stages.", "dvc stage add writes one.")),
        ("stages: {}\n", ("dvc.yaml has no stages.", "dvc stage add writes one.")),
        ("stages: {fit: {cmd: x}, score: {cmd: y}}\n", ("dvc.yaml has no stage 'train'.", "It has: fit, score.")),
        ("stages: {train: {cmd: }}\n", NOT_DVC),
        ("stages: {train: {cmd: [1]}}\n", NOT_DVC),
        ("stages: {train: x}\n", NOT_DVC),
        ("stages: {train: {cmd: x, deps: 5}}\n", NOT_DVC),
        ("stages: {train: {cmd: x, deps: a.csv}}\n", NOT_DVC),
        ("stages: {train: {cmd: x, params: [5]}}\n", NOT_DVC),
        ("stages: [\n", ("dvc.yaml:2:1: not valid YAML: expected the node content, but found '<stream end>'.", "")),
        (
            "stages: {train: {cmd: x, deps: [a], outs: [b]}, back: {cmd: x, deps: [b], outs: [a]}}\n",
            ("stages depend on each other: train → back → train.", ""),
        ),
    ],
)
def test_resolve_stages__fault__is_explained(bench, text, refused):
    if text is not None:
        bench.write("dvc.yaml", text)

    assert refusal(bench, "train") == refused


def test_resolve_stages__templates_and_loops__are_resolved_by_dvc_itself(bench):
    subprocess.run([sys.executable, "-m", "dvc", "init", "--quiet"], cwd=bench.root, check=True)
    bench.write("params.yaml", "lr: 0.1\nname: churn\nparts: {a: 1, b: 2}\n")
    bench.write(
        "dvc.yaml",
        "stages:\n"
        "  train:\n"
        "    cmd: python train.py --lr ${lr}\n"
        "    deps: ['data/${name}.csv']\n"
        "    params: [lr, {conf.json: [seed]}, {all.toml: }]\n"
        "    outs: ['models/${name}.bin']\n"
        "  score:\n"
        "    foreach: '${parts}'\n"
        "    do: {cmd: 'score ${key} ${item}', wdir: sub, deps: ['../models/${name}.bin'], outs: ['out-${key}.csv']}\n",
    )
    bench.write("sub/keep", "")
    bench.write("conf.json", '{"seed": 1}')
    bench.write("all.toml", "x = 1\n")
    tree = CommitTree(Git(bench.root), bench.commit())
    bench.write("params.yaml", "lr: 0.2\nname: churn\nparts: {a: 1}\n")

    train, score = resolve(bench, "score@a")

    # What a template used is in the command and the paths, so it need not be a parameter as well.
    assert train == Stage(
        name="train",
        command="python train.py --lr 0.2",
        folder="",
        deps=("data/churn.csv",),
        params=(("params.yaml", "lr"), ("conf.json", "seed"), ("all.toml", None)),
        outs=("models/churn.bin",),
    )
    assert (score.command, score.folder, score.deps, score.outs) == (
        "score a 1",
        "sub",
        ("models/churn.bin",),
        ("sub/out-a.csv",),
    )
    # The commit still has its own parameters, and a second part.
    assert resolve_stages(tree, ("score@b",))[0].command == "python train.py --lr 0.1"


def test_resolve_stages__templates_without_a_dvc_repository__carry_dvc_s_words(bench):
    bench.write("dvc.yaml", "stages: {train: {cmd: 'x ${lr}'}}\n")

    message, hint = refusal(bench, "train")

    assert message.startswith("DVC cannot resolve dvc.yaml: you are not inside of a DVC repository")
    assert hint == "dvc stage list -v"
