"""Commits by hand: each is an id, its parents, and git's letter for what happened to a file."""

import subprocess

import pytest

from ci_ml.hashing import object_id
from ci_ml.registry.verification.additions import Added, Commit, TreeChange, blob_id, walk
from ci_ml.registry.verification.findings import wrong
from ci_ml.registry.verification.layout import ATTRIBUTES_CONTENT

PLAIN, GONE = "100644", "000000"
ATTRIBUTES = blob_id(ATTRIBUTES_CONTENT, like="0" * 40)
CARD = "models/churn/versions/v1.0.0/card.md"


def id_of(number):
    return f"{number:012d}" + "c" * 28


def event(number, *, model="churn", end=""):
    return f"models/{model}/events/0000/{number:08d}.json{end}"


def added(*paths):
    return [TreeChange(PLAIN, f"blob of {path}", "A", path) for path in paths]


def removed(*paths):
    return [TreeChange(GONE, "0" * 40, "D", path) for path in paths]


def changed(path, *, mode=PLAIN, blob="another"):
    return [TreeChange(mode, blob, "M", path)]


def line(*commits):
    """Commits, each with the one before as its parent, from lists of changes."""
    return [
        Commit(id_of(number), (id_of(number - 1),) if number > 1 else (), changes)
        for number, changes in enumerate(commits, start=1)
    ]


def findings(*commits, **more):
    return walk(line(*commits), **more).findings


HONEST = (
    [
        TreeChange(PLAIN, ATTRIBUTES, "A", ".gitattributes"),
        *added("README.md", "models/churn/README.md", event(1), CARD),
    ],
    [*added(event(2), event(2, end=".sig"), event(3)), *changed("README.md"), *changed("models/churn/README.md")],
    added(event(4), event(1, model="fraud")),
)


def test_walk__honest_line__finds_nothing_and_knows_who_added_what():
    found = walk(line(*HONEST))

    assert found.findings == []
    assert found.commits == {id_of(1), id_of(2), id_of(3)}
    assert [found.maker("churn", number) for number in (1, 3, 4, 5)] == [id_of(1), id_of(2), id_of(3), None]
    assert found.added["fraud"] == {1: Added(id_of(3), f"blob of {event(1, model='fraud')}")}
    assert found.blobs("churn") == [f"blob of {event(number)}" for number in (1, 2, 3, 4)]


def test_walk__older_commits_are_not_here__nobody_is_known_to_have_added_their_events():
    found = walk(line(added(event(1), event(2)), added(event(3))), boundary=[id_of(1)])

    assert found.findings == []
    assert (found.maker("churn", 2), found.maker("churn", 3)) == (None, id_of(2))


def test_walk__merge__is_wrong():
    side = Commit(id_of(4), (id_of(3), id_of(9)), [])

    assert walk([*line(*HONEST), side]).findings == [
        wrong("merge", "commit 000000000004", "has 2 parents; the registry's branch is one line of commits")
    ]


def test_walk__second_beginning__is_wrong():
    assert walk([*line(*HONEST), Commit(id_of(4), (), [])]).findings == [
        wrong("merge", "commit 000000000004", "is a second beginning of the branch")
    ]


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        (
            changed(event(2)),
            wrong("altered", "event 2 of churn", f"commit 000000000004 changed {event(2)}"),
        ),
        (removed(event(2)), wrong("dropped", "event 2 of churn", "commit 000000000004 removed it")),
        (removed(event(4)), wrong("cut_off", "event 4 of churn", "commit 000000000004 removed it")),
        (
            removed(event(1), event(2), event(3), event(4)),
            wrong("model_removed", "churn", "commit 000000000004 removed the whole model, 4 events"),
        ),
        (
            removed(event(1, model="fraud")),
            wrong("model_removed", "fraud", "commit 000000000004 removed the whole model, 1 event"),
        ),
        (
            added(event(6)),
            wrong("reordered", "event 6 of churn", "commit 000000000004 added it where event 5 was due"),
        ),
        (
            changed(event(2), mode="120000"),
            wrong("mode", event(2), "is a symbolic link since commit 000000000004"),
        ),
        (
            changed(CARD, mode="100600"),
            wrong("mode", CARD, "is no plain file since commit 000000000004"),
        ),
        (
            changed(".gitattributes"),
            wrong("attributes", ".gitattributes", "commit 000000000004 changed it, so that checkouts differ"),
        ),
        (removed(".gitattributes"), wrong("attributes", ".gitattributes", "commit 000000000004 removed it")),
        (added("setup.py"), wrong("stray", "setup.py", "belongs nowhere; commit 000000000004 put it there")),
        (changed(CARD), wrong("evidence", CARD, "commit 000000000004 changed it")),
        (removed(CARD), wrong("evidence", CARD, "commit 000000000004 removed it")),
        (
            removed(event(2, end=".sig")),
            wrong("signature", event(2, end=".sig"), "commit 000000000004 removed it"),
        ),
        (
            changed(event(2, end=".sig")),
            wrong("signature", event(2, end=".sig"), "commit 000000000004 changed it"),
        ),
        (
            added(event(3, end=".sig")),
            wrong(
                "signature",
                event(3, end=".sig"),
                "commit 000000000004 added it, and not the event that it belongs to",
            ),
        ),
    ],
    ids=lambda value: value.kind if hasattr(value, "weight") else "",
)
def test_walk__commit_that_does_not_only_add__is_named(changes, finding):
    assert finding in findings(*HONEST, changes)


def test_walk__no_plain_file_any_more__an_event_is_altered_too():
    assert [(f.kind, f.where) for f in findings(*HONEST, changed(event(2), mode="120000"))] == [
        ("mode", event(2)),
        ("altered", "event 2 of churn"),
    ]
    assert [(f.kind, f.where) for f in findings(*HONEST, changed(CARD, mode="120000"))] == [("mode", CARD)]


def test_walk__stray_that_is_removed_again__is_no_further_fault():
    assert len(findings(*HONEST, added("setup.py"), removed("setup.py"))) == 1


def test_walk__event_that_comes_back__is_not_as_if_nothing_had_happened():
    assert findings(*HONEST, removed(event(2)), added(event(2))) == [
        wrong("dropped", "event 2 of churn", "commit 000000000004 removed it"),
        wrong("inserted", "event 2 of churn", "commit 000000000005 put it back after it was removed"),
    ]


def test_walk__two_events_removed_from_the_end__are_cut_off():
    assert [(f.kind, f.where) for f in findings(*HONEST, removed(event(3), event(4)))] == [
        ("cut_off", "event 3 of churn"),
        ("cut_off", "event 4 of churn"),
    ]


def test_walk__one_model__passes_over_the_files_of_others_and_not_those_of_all():
    last = [*changed(event(1, model="fraud")), *added("setup.py")]

    assert findings(*HONEST, last, only="churn") == [
        wrong("stray", "setup.py", "belongs nowhere; commit 000000000004 put it there")
    ]


@pytest.mark.parametrize(("algorithm", "digits"), [("sha1", 40), ("sha256", 64)])
def test_object_id__of_a_file__is_what_git_calls_it(algorithm, digits, tmp_path):
    subprocess.run(["git", "init", "-q", f"--object-format={algorithm}", str(tmp_path)], check=True)
    asked = subprocess.run(
        ["git", "hash-object", "--stdin"], input=ATTRIBUTES_CONTENT, cwd=tmp_path, capture_output=True, check=True
    )

    assert object_id("blob", ATTRIBUTES_CONTENT, like="0" * digits) == asked.stdout.decode().strip()
