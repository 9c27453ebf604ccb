"""`ci-ml report`, and the formats that judging commands print."""

import json

import pytest
from workbench import add_model, train_and_gate


@pytest.fixture
def judged(bench):
    add_model(bench)
    train_and_gate(bench)
    return bench


def test_report__nothing_judged__names_the_command_that_judges(bench):
    add_model(bench)

    assert bench.ci_ml("report").said == (4, "error: there is no judgement of 'churn' yet.\n  try: ci-ml gate churn\n")


def test_report__record_of_something_else__is_refused(judged):
    judged.write(".ci-ml/churn/judgement.json", "{}")

    done = judged.ci_ml("report")

    assert (done.code, done.err.splitlines()[0]) == (
        4,
        "error: .ci-ml/churn/judgement.json is not a record of ci-ml: Object missing required field `model`.",
    )


@pytest.mark.parametrize(
    ("style", "start"),
    [
        ("markdown", "<!-- ci-ml:report churn -->\n### "),
        ("html", "<!doctype html>"),
        ("json", "{"),
        ("table", "churn  candidate "),
    ],
)
def test_report__format__is_printed_instead_of_published(judged, style, start):
    done = judged.ci_ml("report", "--format", style)

    assert (done.code, done.err) == (0, "")
    assert done.out.lower().startswith(start.lower())
    assert not (judged.root / ".ci-ml" / "forge").exists()


@pytest.mark.parametrize(
    ("name", "start"), [("r.html", "<!doctype html>"), ("r.json", "{"), ("r.md", "<!-- ci-ml:report")]
)
def test_report__output__takes_its_format_from_the_ending(judged, name, start):
    done = judged.ci_ml("report", "--output", f"out/{name}")

    assert (done.code, done.out) == (0, f"out/{name}\n")
    assert (judged.root / "out" / name).read_text().lower().startswith(start)


def test_report__pull_request_of_a_host__is_filed_under_its_branch(judged, monkeypatch):
    monkeypatch.setenv("GITHUB_HEAD_REF", "feature/../x")

    assert (
        judged.ci_ml("report").out.splitlines()[0] == "comment  .ci-ml/forge/changes/feature%2F..%2Fx/comment-churn.md"
    )


@pytest.mark.parametrize("command", ["gate", "compare", "evaluate"])
def test_judging__json_and_markdown__are_whole_documents(judged, command):
    as_json = judged.ci_ml("--quiet", command, "--format", "json")
    as_markdown = judged.ci_ml("--quiet", command, "--format", "markdown")

    assert (as_json.code, as_markdown.code) == (0, 0)
    assert isinstance(json.loads(as_json.out), dict)
    assert "|" in as_markdown.out


def test_check__json__is_the_configuration_with_its_defaults(judged):
    answer = json.loads(judged.ci_ml("check", "--format", "json").out)

    assert (answer["schema"], answer["registry"]["remote"]) == (1, "origin")
    assert answer["models"]["churn"]["metrics"] == ["roc_auc", "average_precision", "log_loss", "brier_score"]
    assert answer["models"]["churn"]["on_merge"] == {"promote": "production"}
