"""ci_ml/reports/event_records.py: events for machines, whatever lies there."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_makers import grow, registered

from ci_ml.registry.events import LARGEST_EVENT, encode
from ci_ml.registry.history import History
from ci_ml.reports.event_records import as_json, as_lines, as_table, record

PATH = "models/m/events/0000/00000001.json"


def of(data, commit="5a" * 20):
    return record(model="m", sequence=1, path=PATH, commit=commit, data=data)


def test_record__event_of_ours__is_all_there():
    data = encode(grow(History(model="m"), registered("a", "v1.0.0")).events[0])

    assert of(data) == {
        "model": "m",
        "sequence": 1,
        "path": PATH,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "commit": "5a" * 20,
        "event": json.loads(data),
        "problem": None,
    }


def test_record__kind_of_a_newer_writer__is_shown_as_it_is():
    assert of(b'{"schema": 9, "kind": "teleported", "anything": [1]}')["event"] == {
        "schema": 9,
        "kind": "teleported",
        "anything": [1],
    }


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (None, "git does not have it"),
        (b"x" * (LARGEST_EVENT + 1), "it has more than 16,384 bytes"),
        (b"", "it is no JSON: Expecting value: line 1 column 1 (char 0)"),
        (b"[]", "it is no JSON object"),
        (b'{"a": 1, "a": 2}', "it is no JSON: a key stands there twice"),
        (b'{"a": NaN}', "it is no JSON: NaN is no number"),
        (b'{"a": 1e999}', "it is no JSON: Out of range float values are not JSON compliant"),
    ],
)
def test_record__what_readers_may_take_differently__is_a_problem(data, problem):
    assert (of(data)["event"], of(data)["problem"]) == (None, problem)


@pytest.mark.parametrize(
    "data", [b"[" * 9_000, b'{"a":' * 3_000, b'{"a": ' + b"9" * 9_000 + b"}", b"\xff", b'{"\x00": 1}']
)
def test_record__deep_huge_or_binary__is_a_problem(data):
    assert (of(data)["problem"] or "").startswith("it is no JSON: ")


@given(
    st.binary(max_size=60)
    | st.recursive(st.none() | st.floats() | st.text(), lambda x: st.dictionaries(st.text(), x)).map(
        lambda x: json.dumps(x).encode()
    )
)
def test_record__any_bytes__can_be_written_in_every_form(data):
    one = of(data)

    assert json.loads("\n".join(as_json(iter([one]), head="5a"))) == {"schema": 1, "registry": "5a", "events": [one]}
    assert [json.loads(line) for line in as_lines(iter([one]))] == [one]
    assert all(character.isprintable() for line in as_table(iter([one])) for character in line)


def test_as_json__several_and_none__are_documents():
    assert json.loads("\n".join(as_json(iter([]), head=None))) == {"schema": 1, "registry": None, "events": []}
    assert len(json.loads("\n".join(as_json(iter([of(b"{}")] * 3), head="5a")))["events"]) == 3


def test_as_table__no_record__says_so():
    assert list(as_table(iter([]))) == ["Nothing has happened yet."]


def test_as_table__has_a_line_a_record_in_80_columns():
    data = encode(grow(History(model="m"), registered("a", "v1.0.0")).events[0])

    lines = list(as_table(iter([of(data), of(None, commit=None)])))

    assert lines == [
        "EVENT  AT                    KIND         SHA256        COMMIT   MODEL",
        f"    1  2013-03-01T12:00:00Z  registered   {of(data)['sha256'][:12]}  5a5a5a5  m",
        "    1  ?                     damaged      ?             –        m",
    ]
    assert max(map(len, lines)) <= 80
