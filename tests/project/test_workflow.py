"""The project's own CI: what a host runs is what a person runs, with the least permissions."""

import re

import pytest
from ruamel.yaml import YAML
from source_code import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CI = YAML(typ="safe", pure=True).load(ROOT / ".github" / "workflows" / "ci.yml")


def steps(workflow: dict) -> list[dict]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflow__any__starts_without_permissions_and_pins_what_it_uses(path):
    workflow = YAML(typ="safe", pure=True).load(path)

    assert workflow["permissions"] == {}
    assert all("permissions" in job and "timeout-minutes" in job for job in workflow["jobs"].values())
    for step in steps(workflow):
        if "uses" in step:
            assert re.fullmatch(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}", step["uses"])
        if "checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False
        assert "${{" not in step.get("run", ""), "values reach a script through env: only"


def test_workflow__ci__runs_the_one_script():
    assert [step["run"] for step in steps(CI) if "run" in step] == [".ci/run"]


def test_ci_run__tests__are_the_command_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "\nmake test\n" in script
    assert "CI_ML_STRICT=1" in script
    assert "make test" in readme
    assert "make demo" in readme
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100
