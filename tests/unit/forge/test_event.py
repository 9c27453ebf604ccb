"""ci_ml/forge/event.py: what GitHub tells a job. Values as GitHub sets them; the files hold the keys of its own examples."""

import json
from pathlib import Path

import pytest

from ci_ml.errors import MachineError
from ci_ml.forge.event import Event, read_event

HEAD, BASE, MERGE = "a1" * 20, "b2" * 20, "c3" * 20
OURS, THEIRS = (
    {"full_name": "team/flights", "id": 1, "fork": False},
    {"full_name": "eve/flights", "id": 2, "fork": True},
)
RUN = {
    "CI": "true",
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "ada",
    "GITHUB_API_URL": "https://api.github.com",
    "GITHUB_OUTPUT": "/runner/output",
    "GITHUB_REPOSITORY": "team/flights",
    "GITHUB_RUN_ID": "7",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_SHA": MERGE,
    "GITHUB_STEP_SUMMARY": "/runner/summary",
}
FACTS = {
    "in_ci": True,
    "actor": "ada",
    "run_id": "7",
    "run_url": "https://github.com/team/flights/actions/runs/7",
    "repository": "team/flights",
    "server_url": "https://github.com",
    "api_url": "https://api.github.com",
    "commit": MERGE,
    "summary": Path("/runner/summary"),
    "outputs": Path("/runner/output"),
}


@pytest.fixture
def run(tmp_path):
    """The event of a run with this payload, under these variables."""

    def read(payload: object, name: str, **environ: str) -> Event:
        path = tmp_path / "event.json"
        path.write_text(json.dumps(payload), encoding="utf-8")
        return read_event({**RUN, "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(path), **environ})

    return read


def of_pull_request(head_repository: object) -> dict[str, object]:
    return {
        "action": "synchronize",
        "number": 41,
        "pull_request": {
            "number": 41,
            "head": {"ref": "better", "sha": HEAD, "label": "x:better", "repo": head_repository},
            "base": {"ref": "main", "sha": BASE, "label": "team:main", "repo": OURS},
            "merge_commit_sha": MERGE,
            "merged": False,
        },
        "repository": OURS,
    }


ON_PULL_REQUEST = {"GITHUB_REF": "refs/pull/41/merge", "GITHUB_HEAD_REF": "better", "GITHUB_BASE_REF": "main"}
OF_41 = {"head": HEAD, "head_branch": "better", "base": BASE, "base_branch": "main", "pull_request": 41}


def test_read_event__no_ci__is_empty():
    assert read_event({"PATH": "/bin", "GITHUB_SHA": ""}) == Event()


def test_read_event__pull_request__tells_the_test_merge_from_its_sides(run):
    assert run(of_pull_request(OURS), "pull_request", **ON_PULL_REQUEST, GITHUB_TOKEN="secret") == Event(
        **FACTS, **OF_41, name="pull_request", ref="refs/pull/41/merge", head_repository="team/flights", has_token=True
    )


@pytest.mark.parametrize(("repository", "name"), [(THEIRS, "eve/flights"), (None, None)])
def test_read_event__pull_request_of_a_fork__is_one_even_where_the_fork_is_gone(run, repository, name):
    event = run(of_pull_request(repository), "pull_request", **ON_PULL_REQUEST)

    assert (event.is_fork, event.head_repository, event.has_token) == (True, name, False)


def test_read_event__pull_request_target__has_the_number_though_its_ref_is_the_base(run):
    event = run(of_pull_request(OURS), "pull_request_target", **{**ON_PULL_REQUEST, "GITHUB_REF": "refs/heads/main"})

    assert event == Event(
        **FACTS, **OF_41, name="pull_request_target", ref="refs/heads/main", head_repository="team/flights"
    )


def test_read_event__push__has_the_commit_before(run):
    payload = {"ref": "refs/heads/main", "before": BASE, "after": MERGE, "commits": [], "repository": OURS}

    event = run(payload, "push", GITHUB_REF="refs/heads/main")

    assert event == Event(**FACTS, name="push", ref="refs/heads/main", head=MERGE, head_branch="main", base=BASE)


def test_read_event__first_push_of_a_branch__has_no_commit_before(run):
    event = run({"before": "0" * 40, "after": MERGE}, "push", GITHUB_REF="refs/heads/a/b")

    assert (event.base, event.head_branch) == (None, "a/b")


def test_read_event__push_of_a_tag__is_on_no_branch(run):
    event = run({"before": "0" * 40, "after": MERGE}, "push", GITHUB_REF="refs/tags/refs/heads/x")

    assert (event.head, event.head_branch) == (MERGE, None)


def test_read_event__merge_group__has_the_queue_as_its_branch(run):
    queue = "gh-readonly-queue/main/pr-104-" + BASE
    payload = {
        "action": "checks_requested",
        "merge_group": {
            "head_sha": HEAD, "head_ref": f"refs/heads/{queue}", "base_sha": BASE, "base_ref": "refs/heads/main",
            "head_commit": {"id": HEAD},
        },
    }  # fmt: skip

    event = run(payload, "merge_group", GITHUB_REF=f"refs/heads/{queue}")

    assert (event.head, event.head_branch, event.base, event.base_branch) == (HEAD, queue, BASE, "main")
    assert (event.pull_request, event.is_fork) == (None, False)


@pytest.mark.parametrize(("repository", "is_fork"), [(OURS, False), (THEIRS, True)])
def test_read_event__workflow_run__trusts_the_run_and_no_number(run, repository, is_fork):
    payload = {
        "action": "completed",
        "workflow_run": {
            "id": 3, "event": "pull_request", "head_branch": "better", "head_sha": HEAD, "head_repository": repository,
            "pull_requests": [{"number": 12, "head": {"ref": "better", "sha": HEAD}, "base": {"ref": "main", "sha": BASE}}],
        },
    }  # fmt: skip

    event = run(payload, "workflow_run", GITHUB_REF="refs/heads/main")

    assert (event.head, event.head_branch, event.is_fork) == (HEAD, "better", is_fork)
    assert (event.commit, event.pull_request) == (MERGE, None)


@pytest.mark.parametrize("name", ["schedule", "workflow_dispatch"])
def test_read_event__no_change_at_all__has_neither_head_nor_base(run, name):
    event = run({"schedule": "0 4 * * *", "inputs": None}, name, GITHUB_REF="refs/heads/main")

    assert event == Event(**FACTS, name=name, ref="refs/heads/main")


def test_read_event__no_payload__says_what_the_variables_say():
    event = read_event({"GITHUB_REF": "refs/pull/41/merge", "GITHUB_HEAD_REF": "better", "GH_TOKEN": "secret"})

    assert event == Event(ref="refs/pull/41/merge", head_branch="better", pull_request=41, has_token=True)


@pytest.mark.parametrize("ref", ["refs/pull/x/merge", "refs/pull", "refs/heads/pull/4/merge", "pull/4/merge"])
def test_read_event__other_ref__is_no_pull_request(ref):
    assert read_event({"GITHUB_REF": ref}).pull_request is None


def test_read_event__enterprise_server__has_its_own_addresses():
    event = read_event({**RUN, "GITHUB_SERVER_URL": "https://git.corp", "GITHUB_API_URL": "https://git.corp/api/v3"})

    assert (event.run_url, event.api_url) == (
        "https://git.corp/team/flights/actions/runs/7",
        "https://git.corp/api/v3",
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"{", "is not an event as GitHub sends it: Input data was truncated"),
        (b"[]", "is not an event as GitHub sends it: Expected `object`, got `array`"),
        (b"\xff", "is not an event as GitHub sends it: JSON is malformed: invalid character (byte 0)"),
        (
            b'{"pull_request": {"number": "41"}}',
            "is not an event as GitHub sends it: Expected `int`, got `str` - at `$.pull_request.number`",
        ),
        (b"[" * 100_000, "is not an event as GitHub sends it: Expected `object`, got `array`"),
        (b" " * (25 * 1024 * 1024 + 1), "has more than 25 MB"),
    ],
)
def test_read_event__file_that_is_no_event__is_refused(tmp_path, content, what):
    path = tmp_path / "event.json"
    path.write_bytes(content)

    with pytest.raises(MachineError) as caught:
        read_event({"GITHUB_EVENT_PATH": str(path)})

    assert caught.value.message == f"{path}, which GITHUB_EVENT_PATH names, {what}."
    assert caught.value.hint == "In a container of your own, mount that file too, or unset GITHUB_EVENT_PATH."


def test_read_event__file_that_is_not_there__is_named():
    with pytest.raises(MachineError) as caught:
        read_event({"GITHUB_EVENT_PATH": "/nowhere/event.json"})

    assert caught.value.message == (
        "/nowhere/event.json, which GITHUB_EVENT_PATH names, cannot be read: No such file or directory."
    )
