from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from registry_makers import NOW, STAGES, grow, hexes, moves_drawn, play, registered

from ci_ml.errors import VerificationError
from ci_ml.registry.events import encode
from ci_ml.registry.fold import Folding, extend, fold
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Declined, Deprecated, Promoted, Restored, RolledBack, Vacated, Withdrawn
from ci_ml.registry.summary import summarise

MAIN = "4f" * 20
COMMIT = "5a" * 20


def put(version, stage="production", main_commit=None):
    return Promoted(stage=stage, version=version, replaces=None, commit=COMMIT, main_commit=main_commit)


def history(*payloads):
    return grow(History(model="m"), registered("a", "v1.0.0"), registered("b", "v1.1.0"), *payloads)


def stored(history):
    return [encode(event) for event in history.events]


def at(minutes):
    return NOW + timedelta(minutes=minutes)


# laws


@settings(max_examples=120, deadline=None)
@given(moves_drawn())
def test_fold__any_legal_moves__stored_bytes_lead_to_the_same_history(moves):
    made = play(moves)

    assert fold("m", stored(made)) == made


@settings(max_examples=60, deadline=None)
@given(moves_drawn())
def test_fold__any_prefix__is_the_history_as_it_was_then(moves):
    made = play(moves)
    data = stored(made)
    step = History(model="m")

    for count, event in enumerate(made.events, start=1):
        step = extend(step, event, data[count - 1])
        assert fold("m", data[:count]) == step
        assert step.holders == event.holders == made.events[count - 1].holders


@settings(max_examples=120, deadline=None)
@given(moves_drawn())
def test_history__any_legal_moves__answers_about_the_past_as_it_did_then(moves):
    made = play(moves)
    for count, event in enumerate(made.events, start=1):
        then = made.events[:count]
        # Events of one second are one moment: the last of them counts.
        if count < len(made.events) and made.events[count].at == event.at:
            continue
        for stage in STAGES:
            assert made.holder(stage, at=event.at) == then[-1].holders.get(stage)
    assert all(event.at <= after.at for event, after in pairwise(made.events))


@settings(max_examples=120, deadline=None)
@given(moves_drawn())
def test_history__any_legal_moves__keeps_the_rules(moves):
    made = play(moves)

    assert all(not made.releases[version].withdrawn for version in made.holders.values())
    assert len({release.facts.model.sha256 for release in made.releases.values()}) == len(made.releases)
    held = {stage: tenure.version for tenure in made.tenures if tenure.ended is None for stage in [tenure.stage]}
    assert held == made.holders
    assert made.barred <= {made.releases[version].facts.model.sha256 for version in made.rolled_back}


@settings(max_examples=150, deadline=None)
@given(moves_drawn())
def test_summarise__any_legal_moves__agrees_with_the_whole_history(moves):
    made = play(moves)

    summary = summarise(reversed(made.events))

    if not made.events:
        assert summary is None
        return
    assert summary.holders == made.holders
    assert summary.latest_version == (made.latest.version if made.latest else None)
    assert summary.since == {stage: made.tenure(stage).began for stage in made.holders}
    assert summary.last == made.events[-1]


def test_summarise__long_history__reads_only_what_it_needs():
    made = history(*[Declined(main_commit=MAIN, cause="gates")] * 20, put("v1.1.0"), registered("c", "v1.2.0"))
    looked_at = []

    summarise(looked_at.append(event) or event for event in reversed(made.events))

    assert [event.kind for event in looked_at] == ["registered", "promoted"]


def test_summarise__withdrawn_and_restored_version__stands_again():
    made = history(Withdrawn(version="v1.1.0"))
    assert summarise(reversed(made.events)).latest_version == "v1.0.0"

    made = grow(made, Restored(version="v1.1.0"))
    assert summarise(reversed(made.events)).latest_version == "v1.1.0"


# what follows from events


def test_fold__no_events__is_the_empty_history():
    assert fold("m", []) == History(model="m")


def test_holder__at_a_moment__is_who_held_it_then():
    made = history(put("v1.0.0"), put("v1.1.0"), Vacated(stage="production", version="v1.1.0"))

    assert [made.holder("production", at=at(minutes)) for minutes in (0, 1, 2, 2.5, 3, 4, 99)] == [
        None, None, "v1.0.0", "v1.0.0", "v1.1.0", None, None,
    ]  # fmt: skip
    assert made.holder("production") is None
    assert made.holder("nowhere", at=at(3)) is None


def test_holder__imported_event__counts_from_when_it_really_happened():
    made = history(put("v1.0.0"))
    event = msgspec.structs.replace(made.events[2], occurred_at=at(-1000))
    moved = fold("m", [*stored(made)[:2], encode(event)])

    assert moved.holder("production", at=at(-999)) == "v1.0.0"


def test_earlier_holders__the_one_that_left_last_comes_first():
    made = history(registered("c", "v1.2.0"), put("v1.0.0"), put("v1.1.0"), put("v1.0.0"), put("v1.2.0"))

    assert made.earlier_holders("production") == ("v1.0.0", "v1.1.0")
    assert made.earlier_holders("staging") == ()
    assert made.has_held("production", "v1.1.0")
    assert not made.has_held("staging", "v1.1.0")


def test_latest__is_the_highest_version_that_stands():
    made = history(registered("c", "v1.2.0"), Withdrawn(version="v1.2.0"))

    assert made.latest.version == "v1.1.0"
    assert grow(made, Restored(version="v1.2.0")).latest.version == "v1.2.0"
    assert History(model="m").latest is None


def test_flags__withdrawn_deprecated_restored():
    made = history(Withdrawn(version="v1.0.0"), Deprecated(version="v1.1.0"), Deprecated(version=None))

    assert (made.releases["v1.0.0"].withdrawn, made.releases["v1.1.0"].deprecated, made.deprecated) == (True,) * 3
    made = grow(made, Restored(version="v1.0.0"), Restored(version="v1.1.0"), Restored(version=None))
    assert (made.releases["v1.0.0"].withdrawn, made.releases["v1.1.0"].deprecated, made.deprecated) == (False,) * 3


def test_cursor__is_moved_by_merges_and_refusals_only():
    other = "6b" * 20
    made = history(put("v1.0.0", main_commit=MAIN))
    assert made.cursor == MAIN
    assert grow(made, registered("c", "v1.2.0", main_commit=other), put("v1.1.0")).cursor == MAIN
    assert grow(made, Declined(main_commit=other, cause="gates")).cursor == other


def test_version_of__finds_a_version_by_its_model_file():
    made = history()

    assert made.version_of(made.releases["v1.1.0"].facts.model.sha256).version == "v1.1.0"
    assert made.version_of(hexes("unknown")) is None


def test_holders_after__kinds_without_effect__leave_everything():
    for payload in (
        Withdrawn(version="v1.0.0"),
        {"stage": "production", "version": "v9.0.0"},
        registered("x", "v2.0.0"),
    ):
        folding = Folding(History(model="m", holders={"production": "v1.0.0"}))

        assert folding.holders_after(payload) == {"production": "v1.0.0"}


# what contradicts itself


def tampered(number, **changes):
    """A history of four events whose event `number` says something else, the chain mended behind it."""
    data = stored(history(put("v1.0.0"), put("v1.1.0")))
    event = fold("m", data).events[number - 1]
    data[number - 1] = encode(msgspec.structs.replace(event, **changes))
    return data


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            lambda: tampered(2, reason="altered"),
            "event 3 of m does not follow the one before it: that one was altered or replaced.",
        ),
        (
            lambda: tampered(1, previous=hexes("something")),
            "event 1 of m does not follow the one before it: that one was altered or replaced.",
        ),
        (lambda: tampered(4, at=at(-1)), "event 4 of m is earlier than the one before it."),
        (
            lambda: tampered(4, holders={"production": "v1.0.0"}),
            "event 4 of m names other holders of stages than follow from the events.",
        ),
        (lambda: tampered(4, payload=put("v9.9.9")), "event 4 of m speaks of v9.9.9, which no event registers."),
        (
            lambda: tampered(4, kind="registered", payload=registered("z", "v1.0.0"), holders={"production": "v1.0.0"}),
            "event 4 of m registers v1.0.0 a second time.",
        ),
        (
            lambda: [*stored(history())[:1], *stored(history(put("v1.0.0")))[2:]],
            "event 2 of m says it is event 3 of 'm', schema 1.",
        ),
        (
            lambda: stored(grow(History(model="n"), registered("a", "v1.0.0"))),
            "event 1 of m says it is event 1 of 'n', schema 1.",
        ),
    ],
)
def test_fold__history_that_contradicts_itself__names_the_event(data, message):
    with pytest.raises(VerificationError) as caught:
        fold("m", data())

    assert caught.value.message == message


def test_fold__kind_of_a_later_version__is_kept_and_changes_nothing():
    made = history(put("v1.0.0"))
    later = encode(
        msgspec.structs.replace(
            made.events[-1], sequence=4, previous=made.last_digest, kind="canary", payload={"share": 0.1}
        )
    )

    after = fold("m", [*stored(made), later])

    assert after.events[-1].kind == "canary"
    assert after.holders == made.holders


def test_rolled_back__bars_the_digest_that_left():
    made = history(put("v1.0.0"), put("v1.1.0"), RolledBack(stage="production", version="v1.0.0", left="v1.1.0"))

    assert made.holders == {"production": "v1.0.0"}
    assert made.rolled_back == {"v1.1.0"}
    assert made.barred == {made.releases["v1.1.0"].facts.model.sha256}
