from datetime import timedelta
from functools import cache
from random import Random

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from registry_makers import NOW, grow, moves_drawn, play, registered

from ci_ml.registry.events import encode
from ci_ml.registry.fold import fold
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Deprecated, Promoted, Restored
from ci_ml.registry.verification.continuity import follow
from ci_ml.registry.verification.findings import unchecked, wrong


def stored(history):
    return {event.sequence: encode(event) for event in history.events}


@cache
def churn():
    """Registered, deprecated, restored and deprecated again."""
    deprecated, restored = Deprecated(version=None), Restored(version=None)
    return stored(grow(History(model="churn"), registered("a", "v1.0.0"), deprecated, restored, deprecated))


def findings(datas, **more):
    return follow("churn", datas, **more).findings


def changed(number, **changes):
    """The same with one event altered."""
    datas = churn()
    event = fold("churn", datas.values()).events[number - 1]
    return {**datas, number: encode(msgspec.structs.replace(event, **changes))}


# laws


@settings(max_examples=60, deadline=None)
@given(moves_drawn())
def test_follow__any_honest_history__finds_nothing(moves):
    made = play(moves)

    found = follow("m", stored(made))

    assert (found.history, found.events, found.findings) == (made, made.events, ())


@settings(max_examples=100, deadline=None)
@given(moves_drawn(), st.integers(), st.sampled_from(["removed", "swapped", "altered", "said twice"]))
def test_follow__any_one_event_tampered_with__is_found(moves, seed, how):
    rng, datas = Random(seed), stored(play(moves))
    assume(len(datas) >= 2)
    number = rng.randint(1, len(datas) - 1)  # whether the last was removed or rewritten, the chain cannot tell
    if how == "removed":
        del datas[number]
    elif how == "swapped":
        datas[number], datas[number + 1] = datas[number + 1], datas[number]
    elif how == "altered":
        place = rng.randrange(len(datas[number]))
        datas[number] = datas[number][:place] + bytes([datas[number][place] ^ 1]) + datas[number][place + 1 :]
    else:
        number = rng.randint(1, len(datas))
        datas[number] = datas[number].replace(b'"id": ', b'"id": "12345678", "id": ', 1)

    found = follow("m", datas)

    assert [finding for finding in found.findings if finding.weight == "wrong"]


# cases


def test_follow__event_is_gone__is_dropped_and_the_rest_still_read():
    datas = {number: data for number, data in churn().items() if number != 2}

    found = follow("churn", datas)

    assert found.findings == (wrong("dropped", "event 2 of churn", "is not there, though event 3 is"),)
    assert (found.history, [event.sequence for event in found.events]) == (None, [1, 3, 4])


def test_follow__event_that_others_build_on_is_gone__what_follows_from_that_is_not_said_again():
    promoted = Promoted(stage="production", version="v1.1.0", replaces=None, commit="5a" * 20)
    datas = stored(grow(History(model="m"), registered("a", "v1.0.0"), registered("b", "v1.1.0"), promoted))
    del datas[2]

    assert follow("m", datas).findings == (wrong("dropped", "event 2 of m", "is not there, though event 3 is"),)


def test_follow__two_events_are_gone__is_said_once():
    datas = {number: data for number, data in churn().items() if number in (1, 4)}

    assert findings(datas) == (wrong("dropped", "event 2 of churn", "and 1 after it are not there, though event 4 is"),)


def test_follow__reason_is_altered__is_told_by_the_next_event():
    assert findings(changed(2, reason="nothing to see here")) == (
        wrong(
            "altered",
            "event 2 of churn",
            "is not what event 3 was written after: one of the two was altered or replaced",
        ),
    )


def test_follow__two_events_change_places__are_both_named():
    datas = churn()

    assert findings({**datas, 2: datas[3], 3: datas[2]})[:2] == (
        wrong("reordered", "event 2 of churn", "holds event 3"),
        wrong("reordered", "event 3 of churn", "holds event 2"),
    )


def test_follow__event_of_another_model__is_inserted():
    other = stored(grow(History(model="late-flight"), registered("a", "v1.0.0")))

    assert findings({**churn(), 5: other[1]})[0] == wrong(
        "inserted", "event 5 of churn", "holds an event of 'late-flight'"
    )


def test_follow__second_event_after_the_first__is_forked():
    event = fold("churn", churn().values()).events[1]
    datas = {**churn(), 5: encode(msgspec.structs.replace(event, sequence=5, at=NOW.replace(year=2014)))}

    assert findings(datas) == (wrong("forked", "event 5 of churn", "follows event 1, and so does event 2"),)


def test_follow__later_than_now__is_ahead():
    stored = changed(4, at=NOW + timedelta(days=9_000))

    found = follow("churn", stored, now=NOW + timedelta(days=1)).findings

    assert wrong("ahead", "event 4 of churn", "is dated 2037-10-21 12:00 UTC, which is still to come") in found


def test_follow__earlier_than_the_one_before__is_a_fault_of_time():
    assert findings(changed(4, at=NOW)) == (wrong("time", "event 4 of churn", "is earlier than event 3"),)


def test_follow__other_holders__are_named_where_they_begin():
    assert findings(changed(4, holders={"production": "v1.0.0"})) == (
        wrong("holders", "event 4 of churn", "names other holders of stages than follow from the events"),
    )


def test_follow__version_that_nobody_registered__has_no_meaning():
    promoted = Promoted(stage="production", version="v9.0.0", replaces=None, commit="5a" * 20)

    assert findings(changed(4, kind="promoted", payload=promoted, holders={"production": "v9.0.0"})) == (
        wrong("meaning", "event 4 of churn", "speaks of v9.0.0, which no event registers"),
    )


def test_follow__no_event_at_all__is_altered():
    found = findings({**churn(), 4: b"{}"})[0]

    assert (found.weight, found.kind, found.where) == ("wrong", "altered", "event 4 of churn")
    assert found.what.startswith("is damaged: ")


def test_follow__newer_event__is_not_checked():
    newer = churn()[4].replace(b'"schema": 1', b'"schema": 2')

    assert findings({**churn(), 4: newer}) == (
        unchecked("newer", "event 4 of churn", "was written by a newer ci-ml: pip install --upgrade ci-ml"),
    )


def test_follow__event_that_this_clone_lacks__is_not_checked():
    datas = {number: data for number, data in churn().items() if number != 4}

    assert findings(datas, unread=[4]) == (unchecked("unread", "event 4 of churn", "is not in this partial clone"),)


def test_follow__key_twice__is_altered_though_the_events_follow_from_each_other():
    datas = {**churn(), 4: churn()[4].replace(b'"kind"', b'"kind": "promoted", "kind"')}

    found = follow("churn", datas)

    assert found.findings == (
        wrong("altered", "event 4 of churn", "has the key 'kind' twice, so that two readers may see two events"),
    )
    assert found.history is not None


def test_follow__key_twice_in_a_broken_history__is_told_with_the_rest():
    datas = {number: data for number, data in churn().items() if number != 2}
    newer = churn()[4].replace(b'"schema": 1', b'"schema": 2').replace(b'"kind"', b'"kind": "promoted", "kind"')

    assert [(f.kind, f.where) for f in findings({**datas, 4: newer})] == [
        ("dropped", "event 2 of churn"),
        ("newer", "event 4 of churn"),
        ("altered", "event 4 of churn"),
    ]
