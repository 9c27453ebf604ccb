import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_ml.registry.verification.keys import repeated_key

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6)
VALUES = st.recursive(
    SCALARS,
    lambda own: st.lists(own, max_size=3) | st.dictionaries(st.text(max_size=4), own, max_size=3),
    max_leaves=12,
)
ESCAPED = st.booleans()


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=4), ESCAPED, st.sampled_from([None, 2]))
def test_repeated_key__any_object__has_none(value, escaped, indent):
    assert repeated_key(json.dumps(value, ensure_ascii=escaped, indent=indent).encode("utf-8", "surrogatepass")) is None


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.text('ab:\\"é', min_size=1, max_size=3), VALUES, min_size=1, max_size=4),
    VALUES,
    ESCAPED,
    st.data(),
)
def test_repeated_key__one_more_of_a_key__is_named(value, other, escaped, data):
    key = data.draw(st.sampled_from(sorted(value)))
    twin = f"{json.dumps(key, ensure_ascii=data.draw(ESCAPED))}:{json.dumps(other, ensure_ascii=escaped)},"
    text = "{" + twin + json.dumps(value, ensure_ascii=escaped)[1:]
    inside = data.draw(st.sampled_from(["{}", '{{"x": {}}}', '{{"x": [0, {}]}}'])).format(text)

    assert repeated_key(inside.encode("utf-8", "surrogatepass")) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('{"a": 1, "a": 1}', "a"),
        ('{"a": 1, "\\u0061": 1}', "a"),
        ('{"a": ":", "a": "", "b": "\\u003a\\u003a"}', "a"),
        ('{"a": 1e999, "a": 1}', "a"),
        ('{"a": [{"b": ' + "1" * 6000 + ', "b": 2}]}', "b"),
        ('{"a\\u202e\\n": 1, "a\\u202e\\n": 1}', "a\N{REPLACEMENT CHARACTER}"),
        ('{"a": 1, "A": 1}', None),
        ('{"a": 1, "a": 1', None),
        ("[" * 16_000, None),
        ("", None),
    ],
)
def test_repeated_key__odd_texts__are_read_to_the_end(text, key):
    assert repeated_key(text.encode()) == key


def test_repeated_key__no_text__has_none():
    assert repeated_key(b'{"a\xff": 1, "a\xff": 1}') is None
