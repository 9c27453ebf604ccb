"""`ci-ml registry vacate`, `withdraw`, `deprecate`, `restore` as they are typed; none of them needs a ci-ml.yaml."""

import json

import pytest
from registry_makers import append as put
from registry_makers import fill, make_remote, promoting
from workbench import ci_ml


@pytest.fixture
def folder(tmp_path):
    """A clone of a registry in which v1.0.0 of late-flight is in staging and v1.0.1 is nowhere."""
    git = make_remote(tmp_path)[1]
    log = fill(git)
    put(log, promoting("v1.0.0"))
    return git.root


def test_vacate__held_stage__is_empty_afterwards(folder):
    done = ci_ml("registry", "vacate", "late-flight", "staging", "--reason", "no traffic", folder=folder)

    assert (done.code, done.out) == (0, "late-flight: nothing holds staging any more (was v1.0.0)\n")
    assert ci_ml("registry", "which", "late-flight@staging", folder=folder).code == 4
    again = ci_ml("registry", "vacate", "late-flight", "staging", folder=folder)
    assert (again.code, again.out) == (0, "nothing holds staging of late-flight.\n")


def test_vacate__unknown_stage__names_those_that_there_are(folder):
    done = ci_ml("registry", "vacate", "late-flight", "stagin", folder=folder)

    assert done.said == (2, "error: there is no stage 'stagin'.\n  try: Stages: staging.\n")


def test_withdraw__holder__is_refused_and_the_other_is_not(folder):
    held = ci_ml("registry", "withdraw", "late-flight", "1.0.0", "--reason", "leak", folder=folder)
    free = ci_ml("registry", "withdraw", "late-flight", "1.0.1", "--reason", "leak", "--format", "json", folder=folder)

    assert held.code == 5
    assert (free.code, json.loads(free.out)["changed"], json.loads(free.out)["version"]) == (0, True, "v1.0.1")
    shown = json.loads(ci_ml("registry", "show", "late-flight", "--format", "json", folder=folder).out)
    assert [(v["version"], v["withdrawn"]) for v in shown["versions"]] == [("v1.0.1", True), ("v1.0.0", False)]


def test_deprecate_and_restore__model_and_version__say_which(folder):
    said = [
        ci_ml("registry", verb, "late-flight", *version, folder=folder).out
        for verb in ("deprecate", "restore")
        for version in ([], ["v1.0.1"])
    ]

    assert said == [
        "late-flight as a whole is deprecated\n",
        "late-flight v1.0.1 is deprecated\n",
        "late-flight as a whole is restored\n",
        "late-flight v1.0.1 is restored\n",
    ]


@pytest.mark.parametrize("verb", ["deprecate", "restore"])
def test_deprecate_and_restore__empty_version__is_not_the_whole_model(folder, verb):
    """As from a shell variable that nobody set."""
    done = ci_ml("registry", verb, "late-flight", "", folder=folder)

    assert done.said == (2, "error: late-flight has no version 'v'.\n  try: Its newest: v1.0.1, v1.0.0.\n")


@pytest.mark.parametrize("verb", ["vacate", "withdraw", "deprecate", "restore"])
def test_moving__unknown_model__names_those_that_there_are(folder, verb):
    done = ci_ml("registry", verb, "late-fligth", "v1.0.0", "--reason", "x", folder=folder)

    assert done.said == (2, "error: the registry has no model 'late-fligth'.\n  try: It has: late-flight.\n")
