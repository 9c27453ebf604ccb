"""ci_ml/delivery/next_step.py: the first step that is missing, whatever else is missing too."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ci_ml.delivery.next_step import mend_configuration, next_step
from ci_ml.delivery.status import CopyStatus, HeldStage, ModelStatus, ProjectStatus

COPY = CopyStatus(branch="main", commit="9f3c2ab", changed=(), remote="origin", unpushed=0)
MODEL = ModelStatus(
    name="churn",
    place="ci-ml.yaml:2:3",
    goal="production",
    has_train=True,
    has_artifact=True,
    outputs="current",
    version="v1.0.0",
)


HELD = HeldStage(stage="production", version="v1.0.0", since=datetime(2027, 1, 31, tzinfo=UTC))


def step(model: ModelStatus, **copy: object) -> str:
    return next_step(ProjectStatus(copy=replace(COPY, **copy), main="main", models=(model,))).do


@pytest.mark.parametrize(
    ("differs", "expected"),
    [
        ({"outputs": "missing"}, "ci-ml train churn"),
        ({"outputs": "outdated", "untracked": ("train.py",)}, "git add -A"),
        ({"outputs": "missing", "has_train": False}, "add train: COMMAND to ci-ml.yaml (ci-ml.yaml:2:3)"),
        ({"has_artifact": False, "version": None}, "add artifact: PATH to ci-ml.yaml (ci-ml.yaml:2:3)"),
        ({"version": None}, "ci-ml gate churn"),
    ],
)
def test_next_step__model_that_is_not_ready__comes_before_anything_of_git(differs, expected):
    assert step(replace(MODEL, **differs), changed=("a",), unpushed=3) == expected


@pytest.mark.parametrize(
    ("copy", "expected"),
    [
        ({"commit": None}, 'git add -A && git commit -m "Add ci-ml"'),
        ({"changed": ("a",), "unpushed": 1}, 'git add -A && git commit -m "..."'),
        ({"unpushed": 1}, "git push"),
        ({"unpushed": 1, "branch": "try"}, "git push -u origin try"),
        ({"branch": "try", "remote": None}, "git switch main && git merge --no-ff try"),
        ({"branch": None}, "git switch main"),
        ({}, "git switch -c NAME"),
    ],
)
def test_next_step__model_that_is_in_production__is_led_by_git(copy, expected):
    assert step(replace(MODEL, stages=(HELD,)), **copy) == expected


def test_next_step__model_that_is_only_registered__needs_no_stage():
    assert step(replace(MODEL, goal=None)) == "git switch -c NAME"


def test_next_step__two_models__is_that_of_the_first_that_needs_one():
    models = (replace(MODEL, goal=None), replace(MODEL, name="late", outputs="missing"))

    assert next_step(ProjectStatus(copy=COPY, main="main", models=models)).do == "ci-ml train late"


def test_next_step__configuration_that_does_not_fit__comes_first():
    status = ProjectStatus(copy=replace(COPY, commit=None), main="main", models=(MODEL,), faults=("a: b.", "c: d."))

    assert next_step(status) == mend_configuration("a: b. and 1 more")
