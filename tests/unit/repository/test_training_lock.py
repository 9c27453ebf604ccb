"""ci_ml/repository/training_lock.py: which outputs were made from which inputs."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_ml.errors import DataError
from ci_ml.repository.training_lock import LockEntry, parse_lock, render_lock, why_not_covered

ENTRY = LockEntry(inputs="sha256:" + "a" * 64, outputs={"p.csv": "sha256:" + "1" * 64, "m.txt": "sha256:" + "2" * 64})
OUTPUTS = {"p.csv": "1" * 64, "m.txt": "2" * 64}


def test_render_lock__entries__is_sorted_and_a_line_an_output():
    assert render_lock({"b": LockEntry(inputs="x", unfinished=True), "a": ENTRY}).decode() == (
        '{\n  "schema": 1,\n  "models": {\n    "a": {\n'
        f'      "inputs": "sha256:{"a" * 64}",\n      "outputs": {{\n'
        f'        "m.txt": "sha256:{"2" * 64}",\n        "p.csv": "sha256:{"1" * 64}"\n      }}\n    }},\n'
        '    "b": {\n      "inputs": "x",\n      "unfinished": true\n    }\n  }\n}\n'
    )


@given(
    st.dictionaries(st.text(), st.builds(LockEntry, inputs=st.text(), outputs=st.dictionaries(st.text(), st.text())))
)
def test_parse_lock__what_was_rendered__comes_back(entries):
    assert parse_lock(render_lock(entries)) == entries


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b"\xff\xfe", b'{"models": {"a": 1}}', b'{"models": {"a": {"inputs": 1}}}', b'{"other": 1}',
     b'<<<<<<< ours\n{}\n=======\n{}\n>>>>>>> theirs\n', b"[" * 100_000],
)  # fmt: skip
def test_parse_lock__anything_else__is_refused_with_what_to_do(content):
    with pytest.raises(DataError, match=r"ci-ml\.lock is not as ci-ml writes it") as raised:
        parse_lock(content)

    assert raised.value.hint == "Take one side of a merge conflict whole, then: ci-ml train writes it anew."


def test_parse_lock__of_a_later_version__says_to_upgrade():
    with pytest.raises(DataError, match="newer ci-ml"):
        parse_lock(json.dumps({"schema": 2, "things": []}).encode())


def test_parse_lock__too_large__is_refused():
    with pytest.raises(DataError, match="at most 4,194,304"):
        parse_lock(b" " * (4 << 20) + b"{}")


@given(st.binary(max_size=200))
def test_parse_lock__any_bytes__are_read_or_refused(content):
    with contextlib.suppress(DataError):
        parse_lock(content)


@pytest.mark.parametrize(
    ("entry", "inputs", "outputs", "reason"),
    [
        (ENTRY, ENTRY.inputs, OUTPUTS, None),
        (ENTRY, ENTRY.inputs, {"p.csv": "1" * 64}, None),
        (
            LockEntry(inputs=ENTRY.inputs, outputs=ENTRY.outputs, unfinished=True),
            ENTRY.inputs,
            OUTPUTS,
            "the last training did not end well, so m.txt and p.csv may be of nothing whole",
        ),
        (
            ENTRY,
            "sha256:" + "b" * 64,
            OUTPUTS,
            "ci-ml.lock has outputs of other inputs (then aaaaaaaaaaaa, now bbbbbbbbbbbb)",
        ),
        (ENTRY, ENTRY.inputs, {**OUTPUTS, "other.csv": "3" * 64}, "ci-ml.lock does not name other.csv"),
        (
            ENTRY,
            ENTRY.inputs,
            {**OUTPUTS, "m.txt": "9" * 64},
            "m.txt is not the file that training made (ci-ml.lock: 222222222222, here 999999999999)",
        ),
    ],
)
def test_why_not_covered__each_fault__says_then_and_now(entry, inputs, outputs, reason):
    assert why_not_covered(entry, inputs=inputs, outputs=outputs) == reason
