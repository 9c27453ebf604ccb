"""ci_ml/forge/local.py: what a host would show, as files."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ci_ml.forge.local import LocalForge

NOW = datetime(2013, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def forge(tmp_path) -> LocalForge:
    return LocalForge(tmp_path / "forge")


def test_publish_comment__again__replaces_it_in_place(forge):
    first = forge.publish_comment(change="better", model="m", body="one")
    second = forge.publish_comment(change="better", model="m", body="two é")

    assert first == second == forge.folder / "changes" / "better" / "comment-m.md"
    assert second.read_text(encoding="utf-8") == "two é"


def test_publish_report__page__lies_beside_the_comment_that_links_to_it(forge):
    comment = forge.publish_comment(change="a/b", model="models/churn:m", body="")
    page = forge.publish_report(change="a/b", model="models/churn:m", page="<html>")

    assert page.parent == comment.parent == forge.folder / "changes" / "a%2Fb"
    assert page.name == "report-models%2Fchurn%3Am.html"


def test_publish_check__answer__is_what_a_host_takes(forge):
    path = forge.publish_check(change="c", model="m", commit="ab", conclusion="failure", title="worse", summary="# why")

    assert json.loads(path.read_text()) == {
        "name": "ci-ml / m",
        "head_sha": "ab",
        "status": "completed",
        "conclusion": "failure",
        "output": {"title": "worse", "summary": "# why"},
    }


def test_publish_deployment__each_promotion__has_one_that_waits(forge):
    facts = {"model": "m", "stage": "production", "commit": "ab", "registry_head": "cd", "at": NOW}
    first = forge.publish_deployment(version="v1.0.0", **facts)
    second = forge.publish_deployment(version="v1.0.0", **facts)

    assert [path.name for path in (first, second)] == ["0001-m-production.json", "0002-m-production.json"]
    assert json.loads(first.read_text()) == {
        "ref": "ab",
        "environment": "production",
        "task": "promote",
        "payload": {"model": "m", "version": "v1.0.0", "registry": "cd"},
        "state": "queued",
        "created_at": "2013-03-04T05:06:07+00:00",
    }


@example("..")
@example(".")
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300))
def test_publish_comment__any_branch_name__stays_inside_the_folder(tmp_path_factory, name):
    forge = LocalForge(tmp_path_factory.getbasetemp() / "forge")

    path = forge.publish_comment(change=name, model=name, body=name)

    assert path.resolve().is_relative_to(forge.folder / "changes")
    assert path.parent.resolve() != forge.folder / "changes"
    assert path.read_bytes().decode() == name
