"""Our tags, read by GTO itself."""

import json
import subprocess
import sys
from importlib.util import find_spec
from random import Random

import pytest
from registry_makers import (
    NOW,
    clone,
    commit_change,
    grow,
    make_remote,
    make_repository,
    play,
    registered,
    run_git,
)

from ci_ml.registry.gto.tags import Tag, implied_tags
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Promoted, RolledBack, Vacated
from ci_ml.repository.event_log.tags import write_tags

needs_gto = pytest.mark.skipif(find_spec("gto") is None, reason="gto is not installed: pip install 'gto>=1.10,<2'")

# What GTO's own functions say of each repository named on the command line; one process, for its import is slow.
ASK_GTO = """
import json, sys
from gto.api import history, show
answers = []
for folder in sys.argv[1:]:
    events = [(e["event"], e["version"], e["stage"]) for e in history(folder, ascending=True)]
    answers.append({"show": show(folder, deprecated=True), "history": events})
print(json.dumps(answers))
"""


def ask_gto(*folders):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ASK_GTO, *map(str, folders)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def tags(history):
    return implied_tags(history, witness=lambda sequence: f"{sequence:040x}")


def stage_history(history):
    """The log's stage moves as GTO's events: every version leaves before another enters."""
    moves = []
    for tenure in history.tenures:
        moves.append((tenure.began.sequence, 1, "assignment", tenure.version, tenure.stage))
        if tenure.ended:
            moves.append((tenure.ended.sequence, 0, "unassignment", tenure.version, tenure.stage))
    return [[kind, version, stage] for _, _, kind, version, stage in sorted(moves)]


def without_echoes(events):
    """GTO's stage moves, but for those that say again who holds what, or that nobody does, when a model is restored."""
    held, moves = {}, []
    for kind, version, stage in events:
        if stage is None or (kind == "assignment") == (held.get(stage) == version):
            continue
        held[stage] = version if kind == "assignment" else None
        moves.append([kind, version, stage])
    return moves


@needs_gto
def test_write_tags__histories_of_every_kind__gto_agrees_on_stages_versions_and_order(tmp_path):
    rng, folders, histories = Random(20130301), [], []
    for number in range(14):
        git = make_repository(tmp_path / str(number))
        commits = [git.head(), *(commit_change(git, f"change {n}") for n in range(4))]
        moves = [(rng.randrange(10), rng.randrange(6), rng.randrange(2)) for _ in range(30)]
        made = play([(0, 0, 0), (0, 1, 0), *moves], commits=commits, model="models/churn:classifier")
        assert write_tags(git, None, tags(made)) is None
        folders.append(git.root)
        histories.append(made)

    for made, answer in zip(histories, ask_gto(*folders), strict=True):
        (state,) = answer["show"].values()
        assert {stage: version for stage, version in state["stage"].items() if version} == made.holders
        assert state["active"] == (not made.deprecated)
        assert state["version"] == (made.latest.version if made.latest else None)
        assert without_echoes(answer["history"]) == stage_history(made)
    assert sum(len(made.rolled_back) for made in histories) > 3
    assert len({len(made.tenures) for made in histories}) > 3


@needs_gto
def test_write_tags__same_second_and_lagging_clock__gto_still_shows_the_last_holder(tmp_path):
    git = make_repository(tmp_path / "r")
    first, second = git.head(), commit_change(git, "second")

    def put(version, commit):
        return Promoted(stage="production", version=version, replaces=None, commit=commit)

    made = grow(History(model="m"), registered("a", "v1.0.0", commit=first), registered("b", "v1.1.0", commit=second))
    made = grow(made, put("v1.0.0", first), at=NOW)
    made = grow(made, put("v1.1.0", second), at=NOW)  # GTO alone would answer v1.0.0
    back = RolledBack(stage="production", version="v1.0.0", left="v1.1.0")
    made = grow(made, back, at=NOW.replace(year=2012))
    write_tags(git, None, tags(made))
    answer_before = ask_gto(git.root)[0]["show"]
    made = grow(made, Vacated(stage="production", version="v1.0.0"))
    write_tags(git, None, tags(made))

    assert answer_before["m"]["stage"] == {"production": "v1.0.0"}
    assert ask_gto(git.root)[0]["show"]["m"]["stage"] == {}


@needs_gto
def test_write_tags__deprecated_and_restored_model__gto_agrees(tmp_path):
    from ci_ml.registry.payloads import Deprecated, Restored

    git = make_repository(tmp_path / "r")
    made = grow(
        History(model="m"),
        registered("a", "v1.0.0", commit=git.head()),
        Promoted(stage="production", version="v1.0.0", replaces=None, commit=git.head()),
        Deprecated(version=None),
    )
    write_tags(git, None, tags(made))
    deprecated = ask_gto(git.root)[0]["show"]["m"]["active"]
    write_tags(git, None, tags(grow(made, Restored(version=None))))

    assert (deprecated, ask_gto(git.root)[0]["show"]["m"]["active"]) == (False, True)


def one_tag(git, name="m@v1.0.0", **more):
    fields = {
        "name": name,
        "target": git.head(),
        "message": "Register\n\nwhy\n",
        "tagger": "Ann <ann@example.com>",
        "at": NOW,
        "sequence": 1,
    }
    return Tag(**{**fields, **more})


def test_write_tags__any_machine__writes_the_same_object(tmp_path):
    git = make_repository(tmp_path / "r")

    write_tags(git, None, [one_tag(git)])

    # `git cat-file -p` shows the object as it is.
    assert run_git(git.root, "cat-file", "-p", "m@v1.0.0") + "\n" == one_tag(git).content.decode()
    assert run_git(git.root, "cat-file", "-t", "m@v1.0.0") == "tag"
    assert run_git(git.root, "fsck", "--strict") == ""


def test_write_tags__twice__is_the_same_as_once(tmp_path):
    bare, git = make_remote(tmp_path)

    assert [write_tags(git, "origin", [one_tag(git)]) for _ in range(2)] == [None, None]
    assert run_git(bare, "tag", "--list") == "m@v1.0.0"


def test_write_tags__name_that_is_taken__is_left_alone_and_said(tmp_path):
    bare, git = make_remote(tmp_path)
    run_git(git.root, "tag", "m@v1.0.0")
    run_git(git.root, "push", "--quiet", "origin", "m@v1.0.0")

    both = [write_tags(git, remote, [one_tag(git)]) for remote in (None, "origin")]

    assert [refused.warning for refused in both] == [
        "this repository did not take the tag m@v1.0.0: the name is taken. "
        "The registry itself is complete; only tools that read GTO's tags miss this.",
        "origin did not take the tag m@v1.0.0: [rejected] (already exists). "
        "The registry itself is complete; only tools that read GTO's tags miss this.",
    ]
    assert run_git(bare, "cat-file", "-t", "m@v1.0.0") == "commit"


def test_write_tags__some_refused__the_others_arrive(tmp_path):
    bare, git = make_remote(tmp_path)
    hook = bare / "hooks" / "update"
    hook.write_text('#!/bin/sh\ncase "$1" in *production*) echo "no such tags"; exit 1;; esac\n')
    hook.chmod(0o755)
    wanted = [one_tag(git, f"m#{stage}#{number}") for number, stage in enumerate(["staging", *["production"] * 4], 1)]

    refused = write_tags(git, "origin", wanted)

    assert refused.warning == (
        "origin did not take the tags m#production#2, m#production#3, m#production#4 and 1 more: "
        "[remote rejected] (hook declined), no such tags. "
        "The registry itself is complete; only tools that read GTO's tags miss this."
    )
    assert run_git(bare, "tag", "--list") == "m#staging#1"
    # A refused tag stays nowhere: GTO would number the next one after it.
    assert run_git(git.root, "tag", "--list") == "m#staging#1"


def test_write_tags__remote_out_of_reach__is_a_warning(tmp_path):
    bare, git = make_remote(tmp_path)
    bare.rename(tmp_path / "gone")

    refused = write_tags(git, "origin", [one_tag(git)])

    assert refused is not None
    assert refused.warning.startswith("origin did not take the tag m@v1.0.0: fatal: ")
    assert refused.remedy == "To write them later: ci-ml registry tags --repair"


def test_write_tags__commit_of_a_branch_that_is_gone__is_fetched_and_the_clone_stays_complete(tmp_path):
    bare, git = make_remote(tmp_path)
    commit = commit_change(git, "gone")
    run_git(git.root, "push", "--quiet", "origin", "HEAD:refs/heads/gone")
    run_git(git.root, "push", "--quiet", "origin", ":refs/heads/gone")
    fresh = clone(bare, tmp_path / "fresh")
    history = grow(History(model="m"), registered("a", "v1.0.0", commit=commit))

    assert not write_tags(fresh, "origin", tags(history))

    assert run_git(bare, "rev-parse", "m@v1.0.0^{commit}") == commit
    assert not fresh.is_shallow()
