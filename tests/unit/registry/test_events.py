"""The stored form, byte for byte. A golden file that has to change means that old registries cannot be read."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from registry_makers import facts, grow, hexes, registered

from ci_ml.errors import CiMlError, ConfigError, MachineError, VerificationError
from ci_ml.hashing import sha256_hex
from ci_ml.registry.branch_paths import event_path
from ci_ml.registry.events import LARGEST_EVENT, Event, EvidenceFile, decode, encode
from ci_ml.registry.history import History
from ci_ml.registry.payloads import (
    KINDS,
    Approved,
    Declined,
    Deprecated,
    Imported,
    Promoted,
    Restored,
    RolledBack,
    Vacated,
    Withdrawn,
)

GOLDEN = Path(__file__).parent / "golden_events"
COMMIT = "4f" * 20

PAYLOADS = {
    "registered": registered("one", "v1.0.0", main_commit=COMMIT, pull_request=12, run_url="https://ci.example/7"),
    "promoted": Promoted(
        stage="production", version="v1.0.0", replaces="v0.9.0", commit=COMMIT, main_commit=COMMIT, forced=True
    ),
    "rolled_back": RolledBack(stage="production", version="v1.0.0", left="v1.1.0"),
    "vacated": Vacated(stage="staging", version="v1.0.0"),
    "withdrawn": Withdrawn(version="v1.0.0"),
    "deprecated": Deprecated(version=None),
    "restored": Restored(version="v1.0.0"),
    "approved": Approved(
        model="models/churn:classifier",
        stage="production",
        model_digest=hexes("model"),
        evaluation=hexes("evaluation"),
        approver="Bea <bea@example.com>",
        signature="-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----\n",
    ),
    "declined": Declined(
        main_commit=COMMIT, inputs="sha256:" + hexes("inputs"), model_digest=hexes("model"), cause="gates", verdict=None
    ),
    "imported": Imported(
        tag="models/churn=classifier#production#4",
        object=hexes("tag", 40),
        target=COMMIT,
        annotated=True,
        tagger="Åsa <asa@example.com>",
        time="1362135600 +0100",
        message="Assigning stage production to artifact models/churn:classifier version v1.0.0\n",
    ),
}


def make_event(kind="promoted", **changes):
    fields = {
        "schema": 1,
        "model": "models/churn:classifier",
        "sequence": 7,
        "previous": hexes("previous"),
        "id": "0123456789abcdef",
        "kind": kind,
        "at": datetime(2013, 3, 1, 12, 0, tzinfo=UTC),
        "occurred_at": None,
        "recorded_by": "Åsa <asa@example.com>",
        "signer": None,
        "reason": 'it is better | "really"\nsee above',
        "holders": {"production": "v1.0.0", "eu/canary": "v1.1.0"},
        "evidence": {
            "models/models%2Fchurn=classifier/versions/v1.0.0/verdict.json": EvidenceFile(sha256=hexes("e"), size=3)
        },
        "payload": PAYLOADS[kind],
    }
    return Event(**{**fields, **changes})


def altered(**changes):
    """Stored bytes of a good event with some fields replaced."""
    fields = json.loads(encode(make_event()))
    return json.dumps({**fields, **changes}).encode()


def read(data):
    return decode(data, model="models/churn:classifier", sequence=7)


def test_payloads__every_kind__has_a_golden_event():
    assert set(PAYLOADS) == set(KINDS)


@pytest.mark.parametrize("kind", PAYLOADS)
def test_encode__each_kind__is_byte_for_byte_the_golden_event(kind):
    golden = (GOLDEN / f"{kind}.json").read_bytes()

    assert encode(make_event(kind)) == golden
    assert read(golden) == make_event(kind)
    assert encode(read(golden)) == golden


def test_decode__event_from_before_a_field_was_added__reads_as_without_it():
    golden = (GOLDEN / "registered.json").read_bytes()
    older = golden.replace(b'    "lock_files": {},\n', b"")

    assert older != golden
    assert read(older) == read(golden)


def test_digest__golden_event__is_the_sha256_of_its_bytes():
    golden = (GOLDEN / "promoted.json").read_bytes()

    assert sha256_hex(golden) == "6b4bf729702a35507a153f14f4964d6db8565792d20bb61f0626b70fabafb5c6"


def test_event_path__a_thousand_to_a_folder():
    assert event_path("m", 1) == "models/m/events/0000/00000001.json"
    assert event_path("m", 999) == "models/m/events/0000/00000999.json"
    assert event_path("m", 1000) == "models/m/events/0001/00001000.json"
    assert event_path("m", 9_999_999) == "models/m/events/9999/09999999.json"


def test_decode__kind_of_a_later_version_at_this_schema__is_kept():
    event = read(altered(kind="canary", payload={"stage": "production", "share": 0.1}))

    assert event.kind == "canary"
    assert event.payload == {"stage": "production", "share": 0.1}


def test_decode__payload_field_of_a_later_version__is_skipped():
    fields = json.loads(encode(make_event("vacated")))
    fields["payload"]["later"] = [1, 2]

    assert read(json.dumps(fields).encode()).payload == PAYLOADS["vacated"]


@pytest.mark.parametrize(
    "changes",
    [{"schema": 2}, {"schema": 2, "entirely": "other"}, {"schema": 10**9, "kind": "frobnicated"}],
)
def test_decode__from_a_newer_ci_ml__stops_with_the_line_to_upgrade(changes):
    with pytest.raises(MachineError) as caught:
        read(altered(**changes))

    assert caught.value.message == "event 7 of models/churn:classifier was written by a newer ci-ml."
    assert caught.value.hint == "pip install --upgrade ci-ml  (from a path or a git URL: see README)"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schema": 0}, "says it is event 7 of 'models/churn:classifier', schema 0."),
        ({"model": "other"}, "says it is event 7 of 'other', schema 1."),
        ({"sequence": 8}, "says it is event 8 of 'models/churn:classifier', schema 1."),
        ({"sequence": 0}, "is damaged: Expected `int` >= 1 - at `$.sequence`."),
        ({"sequence": "7"}, "is damaged: Expected `int`, got `str` - at `$.sequence`."),
        ({"extra": 1}, "is damaged: Object contains unknown field `extra`."),
        ({"at": "2013-03-01T12:00:00"}, "is damaged: Expected `datetime` with a timezone component - at `$.at`."),
        ({"payload": []}, "is damaged: Expected `object`, got `array` - at `$.payload`."),
        ({"payload": {}}, "is damaged: Object missing required field `stage` - at `$.payload`."),
        ({"holders": None}, "is damaged: Expected `object`, got `null` - at `$.holders`."),
        (
            {"evidence": {"models/other/versions/v1.0.0/x.json": {"sha256": "0" * 64, "size": 1}}},
            "claims evidence outside its model's folder.",
        ),
    ],
)
def test_decode__wrong_field__says_which(changes, message):
    with pytest.raises(VerificationError) as caught:
        read(altered(**changes))

    assert caught.value.message == f"event 7 of models/churn:classifier {message}"


@pytest.mark.parametrize(
    "changes",
    [
        {"previous": "zz"},
        {"previous": "A" * 64},
        {"id": "../../x"},
        {"kind": "rm -rf"},
        {"holders": {"production": "1.0.0"}},
        {"holders": {"../x": "v1.0.0"}},
        {"holders": {"production": "v1.0.0\n"}},
        {"evidence": {"/etc/passwd": {"sha256": "0" * 64, "size": 1}}},
        {"evidence": {"models/a/versions/v1.0.0/../../x": {"sha256": "0" * 64, "size": 1}}},
        {"evidence": {"models/a/versions/v1.0.0/.git/config": {"sha256": "0" * 64, "size": 1}}},
        {"evidence": {"models/a/versions/v1.0.0/x": {"sha256": "0" * 64, "size": -1}}},
        {"recorded_by": "x" * 2001},
        {"payload": {"stage": "production", "version": "v1.0.0", "replaces": None, "commit": "--upload-pack=x"}},
    ],
)
def test_decode__value_that_could_do_harm__is_refused(changes):
    with pytest.raises(VerificationError):
        read(altered(**changes))


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"schema": 1}', b"[" * 16_000, b'{"a":' * 3_000, b" " * 16_385],
)
def test_decode__no_event__is_a_clear_error(data):
    with pytest.raises(VerificationError) as caught:
        read(data)

    assert caught.value.message.startswith("event 7 of models/churn:classifier ")


@settings(max_examples=300)
@given(st.data())
def test_decode__bytes_flipped_anywhere__never_fails_but_in_words(data):
    golden = bytearray(encode(make_event("registered")))
    for _ in range(data.draw(st.integers(1, 4))):
        golden[data.draw(st.integers(0, len(golden) - 1))] = data.draw(st.integers(0, 255))
    try:
        read(bytes(golden))
    except CiMlError as error:
        assert error.message.startswith("event 7 of models/churn:classifier ")


def test_encode__more_than_16_kib__is_refused_with_what_to_do():
    many = {f"data/{number}.parquet": {"md5": hexes(number, 32)} for number in range(300)}

    with pytest.raises(ConfigError) as caught:
        encode(make_event("registered", payload=registered("one", "v1.0.0", data=many)))

    assert "bytes; 16,384 are allowed." in caught.value.message
    assert caught.value.hint == "Shorten the reason, or name a folder of data instead of its files."


def test_encode__largest_that_is_allowed__can_be_read_back():
    room = LARGEST_EVENT - len(encode(make_event("registered")))
    padded = {"data/train.parquet": {"md5": hexes("data", 32)}, "p" * (room - 100): {"md5": "0" * 32}}

    data = encode(make_event("registered", payload=registered("one", "v1.0.0", data=padded, main_commit=COMMIT)))

    assert LARGEST_EVENT - 300 < len(data) <= LARGEST_EVENT
    assert read(data).payload.data == padded


def test_encode__text_that_is_none__is_refused():
    with pytest.raises(ConfigError) as caught:
        encode(make_event(reason="\ud800"))

    assert caught.value.message.startswith("the 'promoted' event of models/churn:classifier cannot be stored:")


def test_encode__what_could_not_be_read_back__is_not_written():
    with pytest.raises(VerificationError):
        encode(make_event(reason="x" * 2001))


def test_facts__score_that_is_no_number__is_refused():
    payload = registered("one", "v1.0.0", headline=facts("one").headline.__class__(metric="auc", value=float("nan")))

    with pytest.raises(ConfigError):
        encode(make_event("registered", payload=payload))


def test_seal__chain__holds_the_digest_of_the_bytes_before():
    history = grow(History(model="m"), registered("one", "v1.0.0"), Vacated(stage="x", version="v1.0.0"))

    assert history.events[0].previous is None
    assert history.events[1].previous == sha256_hex(encode(history.events[0]))
    assert history.last_digest == sha256_hex(encode(history.events[1]))
