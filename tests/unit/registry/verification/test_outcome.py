import pytest
from registry_makers import NOW, facts

from ci_ml.registry.event_builder import seal
from ci_ml.registry.history import History
from ci_ml.registry.moves import register
from ci_ml.registry.verification.additions import Added, Walk
from ci_ml.registry.verification.continuity import Continuity
from ci_ml.registry.verification.findings import missing, unchecked, wrong
from ci_ml.registry.verification.outcome import (
    Verification,
    check_boundary,
    check_commands,
    check_lost_models,
    check_twins,
    check_witnesses,
    in_order,
)

FIRST, SECOND, OTHER = ("1" * 40, "2" * 40, "3" * 40)
WALK = Walk(commits={FIRST, SECOND})
SHALLOW = Walk(commits={SECOND}, boundary=frozenset({SECOND}))


@pytest.mark.parametrize(
    ("findings", "failed", "failed_where_complete"),
    [
        ((), False, False),
        ((missing("tag", "tag a", "b"),), False, False),
        ((unchecked("tree", "a", "b"),), False, True),
        ((unchecked("tree", "a", "b"), wrong("tag", "tag a", "b")), True, True),
    ],
)
def test_failed__what_is_wrong_fails__and_what_is_unchecked_where_completeness_is_asked_for(
    findings, failed, failed_where_complete
):
    found = Verification(head=FIRST, findings=findings)

    assert (found.failed(complete=False), found.failed(complete=True)) == (failed, failed_where_complete)


def test_of__one_weight__leaves_out_the_others():
    tag, tree = missing("tag", "tag a", "b"), wrong("tree", "a", "b")

    assert Verification(head=FIRST, findings=(tag, tree)).of("wrong") == (tree,)


def test_in_order__findings_of_any_order__come_once_and_by_kind():
    altered, tag, other = wrong("altered", "event 2 of a", "x"), wrong("tag", "tag b", "x"), wrong("tag", "tag a", "x")

    assert in_order([tag, altered, other, tag]) == (altered, tag, other)


def test_check_witnesses__commits_of_the_branch_in_any_length__find_nothing():
    assert list(check_witnesses(WALK, {FIRST: "tag a", SECOND[:7]: "witness 2222222"})) == []


@pytest.mark.parametrize("id", [OTHER, OTHER[:7]])
def test_check_witnesses__commit_that_is_not_on_the_branch__is_cut_off(id):
    assert list(check_witnesses(WALK, {id: "tag a"})) == [
        wrong("cut_off", "tag a", f"names {id[:12]}, which the branch does not contain: rewritten or cut off")
    ]


def test_check_witnesses__shallow_clone__cannot_tell():
    assert list(check_witnesses(SHALLOW, {FIRST: "tag a"})) == [
        unchecked("witness", "tag a", "names 111111111111, which may lie before what this clone has")
    ]


def commands(*, makers):
    """Two models registered by one command, and which commit added each."""
    found = []
    for model in ("churn", "fraud"):
        drafts = register(History(model=model), facts(model)).drafts
        events = seal(History(model=model), drafts, id="command-1", at=NOW, recorded_by="Ann").events
        found.append(Continuity(history=None, events=events))
    added = {model: {1: Added(maker, "blob")} for model, maker in zip(("churn", "fraud"), makers, strict=True)}
    return check_commands(Walk(added=added), found)


def test_check_commands__one_commit_for_all_of_a_command__finds_nothing():
    assert list(commands(makers=(FIRST, FIRST))) == []


def test_check_commands__two_commits_of_one_command__is_doubled():
    assert list(commands(makers=(FIRST, SECOND))) == [
        wrong("doubled", "event 1 of fraud", "has the id of a command that commit 111111111111 recorded")
    ]


def test_check_twins__names_that_differ_in_case__are_named():
    assert list(check_twins(["churn", "fraud", "Churn"])) == [
        wrong("twin", "churn", "differs from 'Churn' only in case")
    ]
    assert list(check_twins(["churn", "fraud"])) == []


def test_check_boundary__shallow_clone__says_what_to_type():
    assert list(check_boundary(WALK, "model-registry")) == []
    assert list(check_boundary(SHALLOW, "model-registry")) == [
        unchecked(
            "boundary",
            "branch model-registry",
            "commits before 222222222222 are not here, so nobody can tell whether each only added: "
            "git fetch --unshallow REMOTE model-registry",
        )
    ]


def test_check_lost_models__files_without_any_event__are_strays():
    walk = Walk(added={"churn": {1: Added(FIRST, "blob")}})

    assert list(check_lost_models(walk, {"fraud", "churn"})) == [
        wrong("stray", "fraud", "has a page or evidence, and no event")
    ]
