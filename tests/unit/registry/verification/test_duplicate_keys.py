import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_ml.registry.verification.duplicate_keys import ambiguity
from ci_ml.text import shown

NO_JSON = "is no JSON that every reader can read: it is no text in UTF-8, or too deep"
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6)
VALUES = st.recursive(
    SCALARS,
    lambda own: st.lists(own, max_size=3) | st.dictionaries(st.text(max_size=4), own, max_size=3),
    max_leaves=12,
)
ESCAPED = st.booleans()


def twice(key):
    return f"has the key '{shown(key)}' twice, so that two readers may see two events"


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), ESCAPED, st.sampled_from([None, 2]))
def test_ambiguity__any_object__has_none(value, escaped, indent):
    assert ambiguity(json.dumps(value, ensure_ascii=escaped, indent=indent).encode()) is None


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.text('ab:\\"é', min_size=1, max_size=3), VALUES, min_size=1, max_size=4),
    VALUES,
    ESCAPED,
    st.data(),
)
def test_ambiguity__one_more_of_a_key__is_named(value, other, escaped, data):
    key = data.draw(st.sampled_from(sorted(value)))
    twin = f"{json.dumps(key, ensure_ascii=data.draw(ESCAPED))}:{json.dumps(other, ensure_ascii=escaped)},"
    text = "{" + twin + json.dumps(value, ensure_ascii=escaped)[1:]
    inside = data.draw(st.sampled_from(["{}", '{{"x": {}}}', '{{"x": [0, {}]}}'])).format(text)

    assert ambiguity(inside.encode()) == twice(key)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"a": 1, "a": 1}', "a"),
        ('{"a": 1, "\\u0061": 1}', "a"),
        ('{"a": ":", "a": "", "b": "\\u003a\\u003a"}', "a"),
        ('{"a": 1e999, "a": 1}', "a"),
        ('{"a": [{"b": ' + "1" * 6000 + ', "b": 2}]}', "b"),
        ('{"a\\u202e\\n": 1, "a\\u202e\\n": 1}', "a\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_ambiguity__odd_texts__are_read_to_the_end(text, key):
    assert ambiguity(text.encode()) == twice(key)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b'{"a": 1, "A": 1}', None),
        (b'{"a": 1, "a": 1', NO_JSON),
        (b"[" * 16_000, NO_JSON),
        (b'{"a": ' + b"[" * 5000 + b"]" * 5000 + b', "b": 1, "b": 2}', NO_JSON),
        (b'{"a\xff": 1, "a\xff": 1}', NO_JSON),
        (b"", NO_JSON),
    ],
)
def test_ambiguity__what_some_readers_refuse__is_told(data, said):
    assert ambiguity(data) == said
