"""ci_ml/repository/documents.py: parameters and metrics as plain values, whatever a file does."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_ml.errors import DataError
from ci_ml.repository.documents import load_document


def refusal(path, content) -> str:
    with pytest.raises(DataError) as caught:
        load_document(path, content)
    return caught.value.message


@pytest.mark.parametrize(
    ("path", "content", "value"),
    [
        ("p.yaml", b"a: {b: 1.5, on: yes}\n", {"a": {"b": 1.5, "on": "yes"}}),
        ("p.yml", b"- 2013-01-02\n", ["2013-01-02"]),
        ("p.yaml", b"", None),
        ("p.yaml", b"1: a\n", {"1": "a"}),
        ("p.json", b'{"a": [1, null, NaN, 1e999]}', {"a": [1, None, "nan", "inf"]}),
        (
            "p.yaml",
            b"a: .inf\nb: 18446744073709551616\nc: 9223372036854775807\n",
            {"a": "inf", "b": "18446744073709551616", "c": 2**63 - 1},
        ),
        ("p.yaml", b'"\\ud800"', "\\ud800"),
        ("p.toml", b"a = 2013-01-02T03:04:05Z\nb = inf\n", {"a": "2013-01-02 03:04:05+00:00", "b": "inf"}),
        ("p.toml", b'[a]\nb = 1\nc = "x"\n', {"a": {"b": 1, "c": "x"}}),
    ],
)
def test_load_document__format__is_told_by_the_ending(path, content, value):
    assert load_document(path, content) == value


@pytest.mark.parametrize(
    ("path", "content", "message"),
    [
        (
            "p.json",
            b"{",
            "p.json cannot be read: Expecting property name enclosed in double quotes: line 1 column 2 (char 1).",
        ),
        (
            "p.json",
            b"\xff",
            "p.json cannot be read: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte.",
        ),
        ("p.json", b"[" * 100_000, "p.json cannot be read: it is nested too deeply."),
        ("p.toml", b"a = ", "p.toml cannot be read: Invalid value (at end of document)."),
        ("p.yaml", b"a: 1\nb: [\n", "p.yaml:3:1: not valid YAML: expected the node content, but found '<stream end>'."),
        (
            "p.yaml",
            b"a: 1\na: 2\n",
            'p.yaml:2:1: not valid YAML: found duplicate key "a" with value "2" (original value: "1").',
        ),
        ("p.yaml", b"- " * 5_000, "p.yaml cannot be read: it is nested too deeply."),
    ],
)
def test_load_document__file_that_is_none__is_refused(path, content, message):
    assert refusal(path, content) == message


def test_load_document__anchors_that_expand_without_end__are_refused():
    laughs = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )

    assert refusal("p.yaml", laughs.encode()) == "p.yaml cannot be read: it holds more than 200,000 values."


@given(
    st.binary(max_size=40) | st.text(max_size=30).map(lambda t: t.encode("utf-8", "surrogatepass")),
    st.sampled_from(["p.yaml", "p.json", "p.toml"]),
)
def test_load_document__any_bytes__are_read_or_refused_in_words(content, path):
    try:
        found = load_document(path, content)
        assert msgspec.json.decode(msgspec.json.encode(found)) == found
    except DataError as error:
        assert error.message.startswith((f"{path} cannot be read: ", f"{path}:"))
