"""ci_ml/repository/freshness.py: outputs that were made from other inputs than those that lie here."""

import hashlib
from dataclasses import replace

import pytest

from ci_ml.config import read_config
from ci_ml.errors import DataError
from ci_ml.git.questions import Git
from ci_ml.registry.provenance import Provenance
from ci_ml.repository.freshness import why_not_trained_from, why_outdated
from ci_ml.repository.trees import WorkingTree

MODEL = read_config("models: {m: {task: binary, train: {stage: train}, predictions: p.csv}}").models["m"]
FILES = {"a.py": "1", "p.csv": "2", "params.yaml": "lr: 0.1\n"}


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def lock(cmd: str = "python a.py", lr: str = "0.1", **files: str) -> str:
    return (
        f"schema: '2.0'\nstages:\n  train:\n    cmd: {cmd}\n"
        f"    deps:\n    - path: a.py\n      md5: {md5(files.get('code', '1'))}\n"
        f"    params:\n      params.yaml:\n        lr: {lr}\n"
        f"    outs:\n    - path: p.csv\n      md5: {md5(files.get('out', '2'))}\n"
    )


def why(bench, lock_text: str | None) -> str | None:
    for path, content in FILES.items():
        bench.write(path, content)
    bench.write("dvc.yaml", "stages: {train: {cmd: python a.py, deps: [a.py], params: [lr], outs: [p.csv]}}\n")
    if lock_text is not None:
        bench.write("dvc.lock", lock_text)
    return why_outdated(WorkingTree(Git(bench.root)), MODEL)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (lock(), None),
        (None, None),
        ("schema: '2.0'\nstages: {other: {cmd: x}}\n", None),
        (lock(cmd="python b.py"), "command"),
        (lock(lr="0.2"), "lr in params.yaml"),
        (lock(code="other"), "a.py"),
        (lock(out="other"), "p.csv"),
    ],
)
def test_why_outdated__lock_file__says_what_the_stage_ran_with(bench, text, reason):
    expected = reason and f"dvc.lock says that stage 'train' ran with another {reason}"

    assert why(bench, text) == expected


@pytest.mark.parametrize(
    "text", ["[1]\n", "stages: [1]\n", "stages: {train: {deps: [5]}}\n", "stages: {train: {params: [1]}}\n"]
)
def test_why_outdated__lock_file_that_dvc_did_not_write__is_refused(bench, text):
    with pytest.raises(DataError) as caught:
        why(bench, text)

    assert caught.value.message == "dvc.lock is not as DVC writes it."


def test_why_outdated__model_without_stages__is_never_outdated(bench):
    plain = replace(MODEL, train=None)

    assert why_outdated(WorkingTree(Git(bench.root)), plain) is None


THEN = Provenance(commands=("x",), code={"a.py": "1"}, data={"d.csv": "1"}, parameters={"lr": 1})


@pytest.mark.parametrize(
    ("now", "changed"),
    [
        (THEN, None),
        (replace(THEN, code={"a.py": "2"}), "a.py"),
        (replace(THEN, data={"d.csv": "2"}), "d.csv"),
        (replace(THEN, parameters={"lr": 2}), "lr"),
        (replace(THEN, commands=("y",)), "command"),
        (replace(THEN, code={"a.py": "1", "new.py": "1"}), None),
        (replace(THEN, seconds=1.0, features=("f",)), None),
    ],
)
def test_why_not_trained_from__present_inputs__say_what_changed(now, changed):
    assert why_not_trained_from(THEN, now) == changed
