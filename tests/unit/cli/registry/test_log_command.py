"""`ci-ml registry log` over real branches: all that is stored, from every kind of clone."""

import hashlib
import json
from datetime import timedelta

import pytest
from registry_makers import MODEL, NOW, append, clone, fill, make_remote, plant, play_long, promoting, run_git
from workbench import ci_ml

from ci_ml.git.questions import Git
from ci_ml.registry.events import encode

FIRST = f"models/{MODEL}/events/0000/00000001.json"


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """A remote with three events of one model and one of another; only to be read."""
    bare, git = make_remote(tmp_path_factory.mktemp("registry"))
    log = fill(git, versions=2)
    append(log, promoting("v1.0.1"), at=NOW + timedelta(days=1))
    fill(git, model="models/churn:classifier", versions=1)
    return bare, git


def records(folder, *arguments):
    done = ci_ml("registry", "log", *arguments, "--format", "jsonl", folder=folder)
    assert (done.code, done.err) == (0, "")
    return [json.loads(line) for line in done.out.splitlines()]


def spoil(git: Git, path: str, content: bytes, mode: str = "100644") -> None:
    """Another content of one file, in a commit on the local branch."""
    (git.root / "spoiled").write_bytes(content)
    blob = run_git(git.root, "hash-object", "-w", "spoiled")
    run_git(git.root, "read-tree", "model-registry")
    run_git(git.root, "update-index", "--add", "--cacheinfo", f"{mode},{blob},{path}")
    commit = run_git(git.root, "commit-tree", run_git(git.root, "write-tree"), "-p", "model-registry", "-m", "spoiled")
    run_git(git.root, "update-ref", "refs/heads/model-registry", commit)


def test_log__full_clone__is_every_event_with_digest_and_commit_model_by_model(registry):
    bare, git = registry
    found = records(git.root)

    assert [(one["model"], one["sequence"]) for one in found] == [
        (MODEL, 1),
        (MODEL, 2),
        (MODEL, 3),
        ("models/churn:classifier", 1),
    ]
    for one in found:
        stored = run_git(bare, "show", f"model-registry:{one['path']}") + "\n"
        assert one["sha256"] == hashlib.sha256(stored.encode()).hexdigest()
        assert one["size"] == len(stored.encode())
        assert one["event"] == json.loads(stored)
        assert one["commit"] == run_git(bare, "log", "--format=%H", "model-registry", "--", one["path"])
    assert records(git.root, MODEL) == found[:3]


def test_log__shallow_clone_and_remote__are_the_same_but_for_what_only_old_commits_tell(registry, tmp_path):
    bare, git = registry
    runner = clone(bare, tmp_path / "runner", "--depth=1", "--single-branch", "--no-tags")
    untold = [{**one, "commit": None} for one in records(git.root)]

    assert records(runner.root) == untold
    assert records(tmp_path, "--remote", str(bare)) == untold


def test_log__json__is_the_same_as_one_document(registry):
    bare, git = registry
    done = ci_ml("registry", "log", "--format", "json", folder=git.root)

    assert json.loads(done.out) == {
        "schema": 1,
        "registry": run_git(bare, "rev-parse", "model-registry"),
        "events": records(git.root),
    }


def test_log__table__has_a_line_an_event(registry):
    lines = ci_ml("registry", "log", MODEL, folder=registry[1].root).out.splitlines()

    assert [line.split()[:3] for line in lines] == [
        ["EVENT", "AT", "KIND"],
        ["1", "2013-03-01T12:00:00Z", "registered"],
        ["2", "2013-03-01T12:00:00Z", "registered"],
        ["3", "2013-03-02T12:00:00Z", "promoted"],
    ]
    assert max(map(len, lines)) <= 80


def test_log__kind_of_a_newer_writer__is_shown_where_others_stop(bench):
    plant(Git(bench.root), play_long(2))
    newer = json.loads(encode(play_long(1).events[0])) | {"schema": 7, "kind": "teleported"}
    spoil(Git(bench.root), FIRST, json.dumps(newer).encode())

    assert bench.ci_ml("registry", "history").code == 3
    assert [one["event"]["kind"] for one in records(bench.root)] == ["teleported", "promoted"]
    # The commit is the one that wrote these bytes, not the one that put an event there first.
    assert [one["commit"] for one in records(bench.root)] == [
        bench.head("model-registry"),
        bench.head("model-registry^"),
    ]


def test_log__damaged_event__is_named_and_the_others_are_shown(bench):
    plant(Git(bench.root), play_long(3))
    spoil(Git(bench.root), FIRST, b"{")

    done = bench.ci_ml("registry", "log", "--format", "jsonl")
    found = [json.loads(line) for line in done.out.splitlines()]

    assert [one["event"] is None for one in found] == [True, False, False]
    assert done.said == (
        13,
        f"error: 1 of these cannot be read, the first is {FIRST}: it is no JSON: "
        "Expecting property name enclosed in double quotes: line 1 column 2 (char 1).\n"
        "  try: ci-ml registry verify says what is wrong.\n",
    )


def test_log__empty_registry__is_an_empty_answer(bench):
    bench.commit()

    assert records(bench.root) == []
    assert json.loads(bench.ci_ml("registry", "log", "--format", "json").out)["events"] == []
