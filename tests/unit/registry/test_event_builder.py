import hashlib
from datetime import timedelta, timezone

import pytest
from registry_makers import NOW, grow, registered

from ci_ml.errors import DataError
from ci_ml.registry.event_builder import Decision, Draft, preview, seal
from ci_ml.registry.events import decode, encode
from ci_ml.registry.fold import fold
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Declined, Promoted, Vacated

COMMIT = "5a" * 20


def put(version, stage="production"):
    return Promoted(stage=stage, version=version, replaces=None, commit=COMMIT)


def draft(payload, **more):
    return Draft(model="dir/m:n", payload=payload, **more)


def sealed(*drafts, history=None, at=NOW):
    return seal(history or History(model="dir/m:n"), drafts, id="command-9", at=at, recorded_by="Ann")


def test_seal__several_drafts__are_events_in_a_row_with_their_files():
    found = sealed(
        draft(registered("a", "v1.0.0"), evidence={"verdict.json": b"{}\n", "plots/roc.json": b"[]"}),
        draft(put("v1.0.0"), reason="better"),
    )

    first, second = found.events
    assert (first.sequence, first.id, first.recorded_by, first.reason) == (1, "command-9", "Ann", None)
    assert (second.sequence, second.id, second.reason) == (2, "command-9", "better")
    assert (first.holders, second.holders) == ({}, {"production": "v1.0.0"})
    assert list(found.files) == [
        "models/dir%2Fm=n/events/0000/00000001.json",
        "models/dir%2Fm=n/versions/v1.0.0/verdict.json",
        "models/dir%2Fm=n/versions/v1.0.0/plots/roc.json",
        "models/dir%2Fm=n/events/0000/00000002.json",
    ]
    event = decode(found.files["models/dir%2Fm=n/events/0000/00000001.json"], model="dir/m:n", sequence=1)
    assert event == first
    evidence = event.evidence["models/dir%2Fm=n/versions/v1.0.0/verdict.json"]
    assert (evidence.sha256, evidence.size) == (hashlib.sha256(b"{}\n").hexdigest(), 3)
    assert found.history.holders == {"production": "v1.0.0"}


def test_seal__clock_that_lags__does_not_turn_time_back():
    history = sealed(draft(registered("a", "v1.0.0"))).history

    found = sealed(draft(put("v1.0.0")), history=history, at=NOW - timedelta(minutes=4))

    assert found.events[0].at == NOW


def test_seal__event_before_is_of_a_clock_that_ran_ahead__does_not_date_it():
    ahead = sealed(draft(registered("a", "v1.0.0")), at=NOW + timedelta(days=9_000)).history

    found = sealed(draft(put("v1.0.0")), history=ahead, at=NOW)

    assert found.events[0].at == NOW
    assert fold(ahead.model, [encode(event) for event in (*ahead.events, *found.events)]).holders == {
        "production": "v1.0.0"
    }


def test_seal__local_time_with_fractions__is_utc_in_whole_seconds():
    local = (NOW + timedelta(microseconds=999_999)).astimezone(timezone(timedelta(hours=2)))

    (event,) = sealed(draft(registered("a", "v1.0.0")), at=local).events

    assert event.at == NOW
    assert b'"at": "2013-03-01T12:00:00Z"' in next(
        iter(sealed(draft(registered("a", "v1.0.0")), at=local).files.values())
    )


def test_seal__name_with_line_breaks_and_controls__is_one_printable_line():
    (event,) = seal(
        History(model="dir/m:n"),
        (draft(registered("a", "v1.0.0")),),
        id="command-9",
        at=NOW,
        recorded_by="Ann\nB \x1b[31m\udcff" + "x" * 300,
    ).events

    assert event.recorded_by.startswith("Ann B \N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}xxx")
    assert len(event.recorded_by) == 200


def test_seal__evidence_beyond_256_kib_of_a_version__is_refused():
    history = sealed(draft(registered("a", "v1.0.0"), evidence={"a.json": b"x" * 200_000})).history

    with pytest.raises(DataError) as caught:
        sealed(draft(put("v1.0.0"), evidence={"b.json": b"x" * 62_145}), history=history)

    assert caught.value.message == "the evidence of dir/m:n v1.0.0 has 262,145 bytes; 262,144 are allowed."
    assert sealed(draft(put("v1.0.0"), evidence={"b.json": b"x" * 62_144}), history=history).events


def test_seal__evidence_that_is_filed_already__must_be_the_same():
    history = sealed(draft(registered("a", "v1.0.0"), evidence={"a.json": b"1"})).history

    assert sealed(draft(put("v1.0.0"), evidence={"a.json": b"1"}), history=history).events
    with pytest.raises(DataError) as caught:
        sealed(draft(put("v1.0.0"), evidence={"a.json": b"2"}), history=history)

    assert caught.value.message == "models/dir%2Fm=n/versions/v1.0.0/a.json is filed already, with other content."


def test_seal__evidence_that_is_filed_again__counts_once():
    history = sealed(draft(registered("a", "v1.0.0"), evidence={"a.json": b"x" * 200_000})).history

    again = {"a.json": b"x" * 200_000, "b.json": b"x" * 62_144}
    assert sealed(draft(put("v1.0.0"), evidence=again), history=history).events


def test_seal__evidence_without_a_version__is_refused():
    with pytest.raises(DataError) as caught:
        sealed(draft(Declined(main_commit=COMMIT, cause="gates"), evidence={"a.json": b"1"}))

    assert caught.value.message == "evidence is filed with a version, and this event of dir/m:n names none."


def test_preview__lets_the_next_move_build_on_a_decision():
    history = grow(History(model="m"), registered("a", "v1.0.0"))
    decision = Decision(
        drafts=(Draft(model="m", payload=put("v1.0.0")), Draft(model="other", payload=registered("b", "v1.0.0")))
    )

    assert preview(history, decision).holders == {"production": "v1.0.0"}
    assert history.holders == {}


def test_decisions__added__keep_order_version_and_notes():
    one = Decision(drafts=(draft(put("v1.0.0")),), version="v1.0.0", note="first")
    two = Decision(drafts=(draft(Vacated(stage="staging", version="v1.0.0")),), note="second")

    assert one + two == Decision(drafts=one.drafts + two.drafts, version="v1.0.0", note="first\nsecond")


def test_seal__evidence__is_in_memory_in_the_order_in_which_it_is_read_back():
    made = sealed(draft(registered("a", "v1.0.0"), evidence={"verdict.json": b"1", "evaluation.json": b"2"}))

    stored = [decode(made.files[path], model="dir/m:n", sequence=1) for path in made.files if "/events/" in path]
    assert [list(event.evidence) for event in made.events] == [list(event.evidence) for event in stored]
    assert list(made.events[0].evidence) == sorted(made.events[0].evidence)
