"""`ci-ml status`: whoever types what it says under Next, and nothing else, brings a model into production."""

import json

import pytest
from workbench import BETTER, CONFIG, WORSE, Workbench, add_model, set_weights, start_registry

from ci_ml.cli.main import COMMANDS


def next_of(bench: Workbench) -> str:
    done = bench.ci_ml("status")
    assert (done.code, done.err) == (0, "")
    assert all(len(line) <= 80 for line in done.out.splitlines()), done.out
    (line,) = (line for line in done.out.splitlines() if line.startswith("Next: "))
    return line.removeprefix("Next: ")


def type_it(bench: Workbench, command: str) -> None:
    for part in command.replace('"..."', '"work"').split(" && "):
        program, *arguments = part.split(" ", 2)
        if program == "ci-ml":
            done = bench.ci_ml(*part.split()[1:])
            assert done.code == 0, done
        elif part.startswith("git commit -m "):
            bench.git("commit", "--quiet", "-m", arguments[-1].removeprefix("-m ").strip('"'))
        else:
            bench.git(*part.split()[1:])


def test_status__no_configuration__says_init(bench):
    done = bench.ci_ml("status")

    assert (done.code, done.out, done.err) == (
        0,
        "Next: ci-ml init\n      there is no ci-ml.yaml: this writes one from what it finds\n",
        "",
    )


def test_status__followed_step_by_step__leads_to_production_and_back_to_work(tmp_path):
    bench = Workbench.make(tmp_path / "work", remote=tmp_path / "remote.git")
    add_model(bench)
    said = []
    for _ in range(9):
        said.append(next_of(bench))
        if said[-1].startswith("git switch -c"):
            break
        type_it(bench, said[-1].replace("git push", "git push --quiet -u origin main"))

    assert said == [
        'git add -A && git commit -m "Add ci-ml"',
        "ci-ml train churn",
        "ci-ml gate churn",
        'git add -A && git commit -m "..."',
        "git push",
        "ci-ml promote --merged",
        "git switch -c NAME",
    ]
    rows = bench.ci_ml("status").out.splitlines()
    assert rows[0] == f"main at {bench.head()[:7]}, all pushed"
    assert rows[2].split() == ["MODEL", "IN", "USE", "SINCE", "LIES", "HERE", "JUDGED"]
    assert rows[3].split()[:3] == ["churn", "v1.0.0", "production"]
    assert rows[3].split()[4] == "v1.0.0"


@pytest.fixture
def released(tmp_path):
    bench = Workbench.make(tmp_path / "work", remote=tmp_path / "remote.git")
    start_registry(bench)
    return bench


def test_status__change_on_a_branch__is_led_to_a_merge(released):
    released.git("switch", "--quiet", "--create", "better")
    set_weights(released, BETTER)

    assert next_of(released) == "ci-ml train churn"
    assert "outdated: params.json:weights" in " ".join(released.ci_ml("status").out.split())
    for expected in ("ci-ml train churn", "ci-ml gate churn", 'git add -A && git commit -m "..."'):
        assert next_of(released) == expected
        type_it(released, expected)
    assert next_of(released) == "git push -u origin better"
    released.push("better")
    assert next_of(released) == "git switch main && git merge --no-ff better"


def test_status__gate_failed__points_at_the_report(released):
    released.git("switch", "--quiet", "--create", "worse")
    set_weights(released, WORSE)
    released.ci_ml("train")
    assert released.ci_ml("gate").code == 10

    assert next_of(released) == "ci-ml report churn"


def test_status__rules_changed_since__asks_to_judge_again(bench):
    add_model(bench)
    bench.commit()
    bench.ci_ml("train")
    bench.ci_ml("gate")
    bench.write("ci-ml.yaml", CONFIG.replace("minimum: 0.6", "minimum: 0.5"))

    assert next_of(bench) == "ci-ml gate churn"
    assert json.loads(bench.ci_ml("status", "--format", "json").out)["models"]["churn"]["judged"]["current"] is False


def test_status__rolled_back__says_that_no_merge_brings_it_back(released):
    set_weights(released, BETTER)
    for command in ("train", "gate"):
        assert released.ci_ml(command).code == 0
    released.commit()
    released.push("main")
    released.ci_ml("promote", "--merged")
    released.ci_ml("rollback", "churn", "production", "--reason", "worse")

    assert next_of(released) == "ci-ml promote churn v1.1.0 production"


def test_status__no_artifact__names_the_place_to_add_it(bench):
    add_model(bench, config=CONFIG.replace("    artifact: model.json\n", ""))
    bench.commit()
    bench.ci_ml("train")

    assert next_of(bench) == "add artifact: PATH to ci-ml.yaml (ci-ml.yaml:3:5)"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("models: []\n", "ci-ml.yaml:1:9: models is a list; it takes a mapping."),
        ("models: {m: {tsk: binary, x: 1, predictions: p}}\n", "ci-ml.yaml has 2 faults"),
    ],
)
def test_status__configuration_is_wrong__says_check(bench, text, why):
    bench.write("ci-ml.yaml", text)

    assert next_of(bench) == "ci-ml check"
    assert bench.ci_ml("status").out.splitlines()[-1] == f"      {why}"
    assert json.loads(bench.ci_ml("status", "--format", "json").out)["next"] == {"do": "ci-ml check", "why": why}


def test_status__column_misspelt__says_check(bench):
    add_model(bench)
    bench.ci_ml("train")
    bench.write("ci-ml.yaml", CONFIG.replace("[segment]", "[segmnt]"))

    assert next_of(bench) == "ci-ml check"


def test_status__json__carries_the_same_facts(released):
    done = released.ci_ml("status", "--format", "json")
    facts = json.loads(done.out)

    assert (done.code, facts["schema"], facts["branch"], facts["remote"], facts["unpushed"]) == (
        0,
        1,
        "main",
        "origin",
        0,
    )
    churn = facts["models"]["churn"]
    assert churn["stages"]["production"]["version"] == churn["version"] == churn["latest"] == "v1.0.0"
    assert (churn["outputs"], churn["delivered"], churn["judged"]["passes"]) == ("current", True, True)
    assert facts["next"]["do"] == "git switch -c NAME"


def test_status__remote_is_gone__answers_from_what_was_fetched(released):
    released.git("remote", "set-url", "origin", str(released.root / "nowhere.git"))

    assert next_of(released) == "git switch -c NAME"


def test_status__many_models__fit_the_screen(bench):
    names = [f"a-model-with-a-long-name-{number}" for number in range(12)]
    head, entry = CONFIG.split("  churn:\n")
    bench.write("ci-ml.yaml", head + "".join(f"  {name}:\n{entry}" for name in names))
    bench.write("params.json", "{}")

    next_of(bench)


def test_status__main_branch_of_another_name__is_found(tmp_path):
    bench = Workbench.make(tmp_path / "work")
    bench.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    add_model(bench)
    bench.commit()
    for command in ("train", "gate"):
        assert bench.ci_ml(command).code == 0
    bench.commit()

    assert next_of(bench) == "ci-ml promote --merged"


def test_commands__status__is_one():
    assert COMMANDS["status"] == "status"
