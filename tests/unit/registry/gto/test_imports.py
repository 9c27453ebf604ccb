"""Histories that begin with tags of GTO's."""

from datetime import UTC, datetime, timedelta
from random import Random

import msgspec
import pytest
from gto_worlds import begin, go_on, original, own_tags, raw_tags
from registry_makers import NOW, STAGES, facts, fails, grow, hexes, registered

from ci_ml.errors import RegistryConflict, VerificationError
from ci_ml.registry import lifecycle, moves
from ci_ml.registry.events import encode
from ci_ml.registry.fold import Folding, fold
from ci_ml.registry.gto.adopting import Remark, adopt, foretell, in_order, sort_tags
from ci_ml.registry.gto.imports import imported_tags
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Imported, Vacated
from ci_ml.registry.summary import summarise
from ci_ml.registry.versions import next_version

ONE, TWO, THREE = (hexes(name, 40) for name in ("one", "two", "three"))


def tag(name, commit=ONE, day=1, **changes):
    """An annotated tag of a day in January."""
    time = datetime(2013, 1, day, 12, tzinfo=UTC)
    fields = {
        "tag": name,
        "object": hexes(name, 40),
        "target": commit,
        "annotated": True,
        "tagger": "Bea <bea@example.com>",
        "time": f"{int(time.timestamp())} +0100",
        "message": "why\n",
    }
    return Imported(**{**fields, **changes})


def lightweight(name, commit=ONE):
    return tag(name, commit, object=commit, annotated=False, tagger=None, time=None, message=None)


def history(*tags, model="m"):
    return begin(model, tags)


USUAL = (
    tag("m@v0.0.1", ONE, 1),
    tag("m@v0.1.0-rc.1", TWO, 2),
    tag("m#prod#1", ONE, 3),
    tag("m#prod#2", TWO, 5),
    tag("m#prod!#3", TWO, 8),
)


def at(day):
    return datetime(2013, 1, day, 18, tzinfo=UTC)


def test_import__usual_registry__stages_and_past_come_out_as_gto_shows_them():
    made = history(*USUAL)

    assert list(made.releases) == ["v0.0.1", "v0.1.0-rc.1"]
    assert {r.version: (r.commit, r.facts, r.why) for r in made.releases.values()} == {
        "v0.0.1": (ONE, None, "imported"),
        "v0.1.0-rc.1": (TWO, None, "imported"),
    }
    assert made.holders == {"prod": "v0.0.1"}  # the stage fell back
    days = [made.holder("prod", at=at(day)) for day in (2, 3, 4, 5, 7, 8, 30)]
    assert days == [None, "v0.0.1", "v0.0.1", "v0.1.0-rc.1", "v0.1.0-rc.1", "v0.0.1", "v0.0.1"]
    assert all(event.at == NOW for event in made.events)
    assert imported_tags(made) == {payload.tag: payload.object for payload in USUAL}


def test_import__stored_bytes__lead_to_the_same_history():
    for seed in range(20):
        rng = Random(f"import {seed}")
        commits = [ONE, TWO, THREE, hexes("four", 40)]
        made = begin("m", raw_tags(rng, "m", commits, count=20, crowded=seed % 2 == 0))
        made = go_on(made, rng, [*commits, *(hexes(n, 40) for n in range(5))], moves_made=10)

        assert fold("m", [encode(event) for event in made.events]) == made
        summary = summarise(reversed(made.events))
        assert summary.holders == made.holders
        assert summary.latest_version == (made.latest.version if made.latest else None)
        assert summary.since == {stage: made.tenure(stage).began for stage in made.holders}


def test_holders_after__what_is_foreseen__is_what_comes():
    for seed in range(20):
        rng = Random(f"ahead {seed}")
        tags = in_order(raw_tags(rng, "m", [ONE, TWO, THREE], count=20, crowded=seed % 2 == 0))
        made = begin("m", tags)
        folding = Folding(History(model="m"))
        for event, payload in zip(made.events, tags, strict=True):
            folding.holders_after(rng.choice(tags))  # asked, and never added
            assert folding.holders_after(payload) == folding.holders_after(payload) == event.holders
            folding.add(event, made.events[event.sequence].previous if event.sequence < len(tags) else "")


def test_import__deregistered_version__is_withdrawn_and_comes_back_as_in_gto():
    gone = history(*USUAL[:4], tag("m@v0.1.0-rc.1!", TWO, 6))
    assert (gone.holders, gone.releases["v0.1.0-rc.1"].withdrawn) == ({"prod": "v0.0.1"}, True)

    back = history(*USUAL[:4], tag("m@v0.1.0-rc.1!", TWO, 6), tag("m@v0.1.0-rc.1#9", TWO, 7))
    assert (back.holders, back.releases["v0.1.0-rc.1"].withdrawn) == ({"prod": "v0.1.0-rc.1"}, False)


def test_import__deprecated_model__is_so_until_something_happens():
    assert history(*USUAL, tag("m@deprecated", ONE, 9)).deprecated
    assert not history(*USUAL, tag("m@deprecated", ONE, 9), tag("m#dev", ONE, 10)).deprecated


def test_import__stage_of_a_commit_without_version__is_held_by_a_version_named_after_it():
    made = history(tag("m#prod#1", THREE, 1))
    assert made.holders == {"prod": f"v0.0.0-g{THREE}"}
    assert made.releases[f"v0.0.0-g{THREE}"].commit == THREE

    named = history(tag("m#prod#1", THREE, 1), tag("m@v2.0.0", THREE, 4))
    assert named.holders == {"prod": "v2.0.0"}
    assert list(named.releases) == ["v2.0.0"]
    assert named.holder("prod", at=at(2)) == "v2.0.0"


def test_import__two_versions_on_a_commit__are_both_there():
    made = history(
        tag("m@v1.0.0-rc.1", ONE, 1),
        tag("m@v1.0.0", ONE, 2),
        tag("m#prod#1", ONE, 3, message="Assigning stage prod to artifact m version v1.0.0-rc.1"),
        tag("m#dev#2", ONE, 4),
    )

    assert {r.version: r.commit for r in made.releases.values()} == {"v1.0.0-rc.1": ONE, "v1.0.0": ONE}
    assert made.holders == {"prod": "v1.0.0-rc.1", "dev": "v1.0.0"}
    # A stage tag on that commit would stop GTO in the whole repository, so none is written.
    moved = grow(made, Vacated(stage="prod", version="v1.0.0-rc.1"))
    assert own_tags(moved) == ()


def test_foretell__tags_without_effect_or_certainty__say_why():
    tags = in_order(
        [
            tag("m@v1.0.0", ONE, 1),
            tag("m@v1.1.0", ONE, 2),
            tag("m#prod#1", ONE, 3),
            lightweight("m@v9.0.0"),
            tag("m@created", ONE, 4),
            tag("m#dev", ONE, 5, target_type="tree"),
            tag(f"m#{'x' * 65}", ONE, 6),
        ]
    )

    outlook = foretell(tags)
    assert (outlook.versions, outlook.stages) == (("v1.0.0", "v1.1.0"), {"prod": "v1.1.0"})
    assert list(outlook.remarks) == [
        Remark(tag="m@v9.0.0", what="without effect: it is lightweight, and GTO counts only annotated tags"),
        Remark(tag="m#prod#1", what="taken for v1.1.0: its commit carries several versions, and there GTO stops"),
        Remark(tag="m@created", what="without effect: @created means nothing, and GTO stops at it"),
        Remark(tag="m#dev", what="without effect: it leads to a tree, not to a commit"),
        Remark(tag=f"m#{'x' * 65}", what="without effect: its version or stage is too long"),
    ]
    made = history(*tags)
    assert len(made.events) == 7
    assert made.holders == {"prod": "v1.1.0"}


def test_sort_tags__by_model__names_what_only_looks_like_gtos():
    tags = [tag(name) for name in ("b@v1.0.0", "a/b=c#prod", "A/b=c@v1.0.0", "m@1.0.0", "v1.0.0", "b#dev")]
    tags.append(tag("x" * 201 + "@v1.0.0"))

    found = sort_tags(tags)

    assert {model: [payload.tag for payload in own] for model, own in found.models.items()} == {
        "A/b:c": ["A/b=c@v1.0.0"],
        "b": ["b@v1.0.0", "b#dev"],
    }
    assert found.left_alone == (
        Remark(tag="a/b=c#prod", what="'a/b:c' differs from 'A/b:c' only in case"),
        Remark(tag="m@1.0.0", what="GTO does not read it"),
        Remark(tag="x" * 201 + "@v1.0.0", what=f"'{'x' * 79}…' cannot be a model's name: it is longer than 200 bytes"),
    )


def test_adopt__again__has_nothing_to_do_and_later_tags_are_refused():
    made = moves_on(history(*USUAL))
    tags = [*USUAL, *(tag(own.name, own.target) for own in own_tags(made))]

    assert adopt(made, in_order(tags)).note == "m: nothing to import, its tags are there already."
    assert fails(RegistryConflict, lambda: adopt(made, in_order([*tags, tag("m#prod#99", TWO, 20)]))) == (
        "m has 7 events already, and tags can only begin a history: m#prod#99 would come after them.",
        "ci-ml registry history m shows what is there; ci-ml promote does what the tags say.",
    )
    ours = grow(History(model="m"), registered("a", "v1.0.0"))
    assert adopt(ours, [tag(own.name) for own in own_tags(ours)]).note == (
        "m: nothing to import, its tags are ci-ml's own."
    )


def moves_on(made):
    """A version of ci-ml's own after an import, promoted to prod."""
    for decide in (
        lambda h: moves.register(h, facts("new", commit=THREE)),
        lambda h: moves.promote(h, h.latest.version, "prod", stages=("prod",), expected_holder=h.holder("prod")),
    ):
        made = grow(made, *[draft.payload for draft in decide(made).drafts])
    return made


def test_implied_tags__after_an_import__go_on_where_gto_stopped():
    made = moves_on(history(*USUAL, lightweight("m@v0.2.0"), lightweight("m#prod#41")))
    made = grow(made, Vacated(stage="prod", version=made.holders["prod"]))

    found = own_tags(made)
    # v0.2.0 is taken by a lightweight tag, and 41 is the highest number; the candidate was never taken out of prod.
    assert [(one.name, one.target) for one in found] == [
        ("m@v0.2.0#42", THREE),
        ("m#prod!#43", ONE),
        ("m#prod#44", THREE),
        ("m#prod!#45", THREE),
    ]


def test_implied_tags__stage_with_many_who_never_left__are_taken_out_only_when_it_is_vacated():
    made = moves_on(history(*USUAL[:4]))
    assert [one.name for one in own_tags(made)][1:] == ["m#prod!#3", "m#prod#4"]

    vacated = grow(made, Vacated(stage="prod", version=made.holders["prod"]))
    assert [(one.name, one.target) for one in own_tags(vacated)][3:] == [("m#prod!#5", THREE), ("m#prod!#6", ONE)]


def test_implied_tags__clock_of_the_import_is_ahead__come_after_it():
    made = moves_on(history(*USUAL, tag("m#dev", ONE, 1, time="2000000000 +0000")))

    assert [one.at.timestamp() - 2_000_000_000 for one in own_tags(made)] == [1, 2, 3]


def test_next_version__after_an_import__follows_the_highest():
    made = history(tag("m@v2.3.0", ONE, 1), tag("m@v2.10.0", TWO, 2), tag("m@v2.9.0", THREE, 3))

    assert next_version(made, facts("x")) == ("v2.11.0", "minor", "what the version before was made from is not known")
    assert next_version(history(tag("m@v3.0.0-rc.1")), facts("x"))[0] == "v3.1.0"


def test_register__commit_that_an_imported_version_once_lay_on__is_refused():
    made = history(tag("m@v1.0.0", ONE, 1), tag("m@v1.0.0#2", TWO, 2))
    assert made.releases["v1.0.0"].commit == TWO

    for commit in (ONE, TWO):
        assert fails(RegistryConflict, lambda c=commit: moves.register(made, facts("new", commit=c)))[0] == (
            f"commit {commit[:7]} is v1.0.0 of m already, with another model file."
        )


def test_rollback__to_an_imported_version_on_a_shared_commit__is_no_return_of_what_was_left():
    made = history(tag("m@v1.0.0", ONE, 1), tag("m#prod#1", ONE, 2), tag("m@v1.1.0", TWO, 3), tag("m#prod#2", TWO, 4))

    back = moves.rollback(made, "prod", reason="worse", expected_holder="v1.1.0")

    assert back.version == "v1.0.0"


def test_withdraw__imported_version__needs_it_out_of_its_stage():
    made = history(*USUAL)

    assert fails(RegistryConflict, lambda: lifecycle.withdraw(made, "v0.0.1", reason="leak"))[0] == (
        "m v0.0.1 holds prod; what runs somewhere cannot be withdrawn."
    )
    assert lifecycle.withdraw(made, "v0.1.0-rc.1", reason="leak").drafts


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (lambda event: msgspec.structs.replace(event, holders={"prod": "v0.0.1"}), "names other holders of stages"),
        (lambda event: msgspec.structs.replace(event, occurred_at=NOW), "has another time than its tag"),
        (lambda event: msgspec.structs.replace(event, payload=tag("other@v0.0.1")), "is no tag of this model"),
    ],
)
def test_fold__imported_event_that_contradicts_its_tag__is_refused(change, fault):
    event = change(history(USUAL[0]).events[0])

    with pytest.raises(VerificationError, match=fault):
        fold("m", [encode(event)])


def test_fold__import_after_other_events__is_refused():
    ours = grow(History(model="m"), registered("a", "v1.0.0"))
    late = msgspec.structs.replace(history(USUAL[0]).events[0], sequence=2, previous=ours.last_digest)

    with pytest.raises(VerificationError) as caught:
        Folding(ours).add(late, "digest")
    assert caught.value.message == "event 2 of m is imported after events of ci-ml's own."


def test_original__imported_event__gives_the_tag_back():
    event = history(USUAL[2]).events[0]

    assert original(event.payload).at == event.moment == datetime(2013, 1, 3, 12, tzinfo=UTC)


def test_promote__after_an_import__keeps_the_order_of_stages():
    made = history(*USUAL)

    hint = fails(
        RegistryConflict,
        lambda: moves.promote(made, "v0.1.0-rc.1", "production", stages=STAGES, expected_holder=None),
    )[1]
    assert hint == "ci-ml promote m v0.1.0-rc.1 staging   (or --force with --reason)"
    assert timedelta(0) < NOW - made.tenure("prod").began.moment
