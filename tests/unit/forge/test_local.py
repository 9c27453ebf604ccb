"""ci_ml/forge/local.py: what a host would show, as files."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ci_ml.forge.base import (
    Annotation,
    Change,
    Check,
    Comment,
    Deployment,
    Forge,
    Issue,
    Published,
    PullRequest,
    ReportPage,
)
from ci_ml.forge.local import LocalForge

NOW = datetime(2013, 3, 4, 5, 6, 7, tzinfo=UTC)
BETTER = Change(branch="better")


@pytest.fixture
def forge(tmp_path) -> LocalForge:
    return LocalForge(tmp_path, "forge")


def read(forge: LocalForge, place: Published) -> str:
    return (forge.root / place.where).read_bytes().decode()


def test_local_forge__any__is_a_forge(forge):
    def takes(forge: Forge) -> Forge:
        return forge

    assert takes(forge) is forge


def test_publish_comment__again__replaces_it_in_place(forge):
    first = forge.publish_comment(Comment(change=BETTER, models=("m",), body="one"))
    second = forge.publish_comment(Comment(change=BETTER, models=("m",), body="two é"))

    assert first == second == Published(where="forge/changes/better/comment-m.md", link="comment-m.md")
    assert read(forge, second) == "two é"


def test_publish_comment__set_of_models__has_one_whatever_their_order(forge):
    one = forge.publish_comment(Comment(change=BETTER, models=("b", "a/c"), body="one"))
    two = forge.publish_comment(Comment(change=BETTER, models=("a/c", "b"), body="two"))

    assert one.where == two.where == "forge/changes/better/comment-a%2Fc%2Cb.md"


def test_comment__marker__is_its_first_line():
    assert Comment(change=BETTER, models=("m",), body="<!-- m -->\n### x\n").marker == "<!-- m -->"


def test_find_comment__change_and_models__is_the_body_that_was_published(forge):
    forge.publish_comment(Comment(change=BETTER, models=("m",), body="one\r\né"))

    assert forge.find_comment(BETTER, ("m",)) == "one\r\né"
    assert forge.find_comment(BETTER, ("n",)) is None
    assert forge.find_comment(Change(branch="worse"), ("m",)) is None


def test_publish_report__page__lies_beside_the_comment_that_links_to_it(forge):
    change = Change(branch="a/b")
    comment = forge.publish_comment(Comment(change=change, models=("models/churn:m",), body=""))
    page = forge.publish_report(ReportPage(change=change, models=("models/churn:m",), html="<html>"))

    assert page.where == "forge/changes/a%2Fb/report-models%2Fchurn%3Am.html"
    assert page.link == "report-models%252Fchurn%253Am.html"
    assert page.where.rpartition("/")[0] == comment.where.rpartition("/")[0]
    assert read(forge, page) == "<html>"


def test_publish_check__answer__is_what_a_host_takes(forge):
    check = Check(
        change=Change(branch="c"),
        models=("m",),
        commit="ab",
        conclusion="failure",
        title="worse",
        summary="# why",
        annotations=(Annotation(path="ci-ml.yaml", line=14, level="failure", title="auc", message="worse"),),
    )

    assert json.loads(read(forge, forge.publish_check(check))) == {
        "name": "ci-ml / m",
        "head_sha": "ab",
        "status": "completed",
        "conclusion": "failure",
        "output": {
            "title": "worse",
            "summary": "# why",
            "annotations": [
                {
                    "path": "ci-ml.yaml",
                    "start_line": 14,
                    "end_line": 14,
                    "annotation_level": "failure",
                    "title": "auc",
                    "message": "worse",
                }
            ],
        },
    }


def test_publish_deployment__each_promotion__has_one_that_waits(forge):
    promotion = Deployment(model="m", stage="production", version="v1.0.0", commit="ab", registry_head="cd", at=NOW)
    first = forge.publish_deployment(promotion)
    second = forge.publish_deployment(promotion)

    assert [first.where, second.where] == [
        "forge/deployments/0001-m-production.json",
        "forge/deployments/0002-m-production.json",
    ]
    assert json.loads(read(forge, first)) == {
        "ref": "ab",
        "environment": "production",
        "task": "promote",
        "payload": {"model": "m", "version": "v1.0.0", "registry": "cd"},
        "state": "queued",
        "created_at": "2013-03-04T05:06:07+00:00",
    }


def test_publish_issue__same_key_again__is_the_same_issue_brought_up_to_date(forge):
    forge.publish_issue(Issue(key="drift of m", title="Drift", body="one"))
    place = forge.publish_issue(Issue(key="drift of m", title="Drift", body="two", labels=("ci-ml", "drift")))

    assert place.where == "forge/issues/drift%20of%20m.md"
    assert read(forge, place) == "# Drift\n\nLabels: ci-ml, drift\n\ntwo"
    assert len(list((forge.root / "forge" / "issues").iterdir())) == 1


def test_publish_pull_request__branch__says_what_it_asks_for(forge):
    request = PullRequest(branch="ci-ml/retrain-m", base="main", title="Retrain m", body="It drifted.")
    place = forge.publish_pull_request(request)

    assert place.where == "forge/pull-requests/ci-ml%2Fretrain-m.md"
    assert read(forge, place) == "# Retrain m\n\nci-ml/retrain-m into main\n\nIt drifted."


@example("..")
@example(".")
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_publish__any_name__stays_inside_the_folder(tmp_path_factory, name):
    forge = LocalForge(tmp_path_factory.getbasetemp(), "forge")

    comment = forge.publish_comment(Comment(change=Change(branch=name), models=(name,), body=name))
    issue = forge.publish_issue(Issue(key=name, title="", body=name))

    path = forge.root / comment.where
    assert path.resolve().is_relative_to(forge.root / "forge" / "changes")
    assert path.parent.resolve() != forge.root / "forge" / "changes"
    assert path.read_bytes().decode() == name
    assert (forge.root / issue.where).resolve().parent == forge.root / "forge" / "issues"
