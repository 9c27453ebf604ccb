"""ci_ml/config/quote.py: what is written is what YAML reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_ml.config.quote import quote
from ci_ml.config.source import parse


@pytest.mark.parametrize("text", ["y_score", "models/late flight.txt", "a-b.c", "Model"])
def test_quote__plain_words__stay_plain(text):
    assert quote(text) == text


@pytest.mark.parametrize(
    "text", ["", " a", "a ", "a  b", "no", "True", "null", "1", "1e5", "-", "a: b", "a #b", "[a]", "é"]
)
def test_quote__anything_else__is_quoted(text):
    assert quote(text).startswith('"')


@given(
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.sampled_from(["~", "<<", "=", "0x1", "1_0", ".inf", "2013-01-01"])
)
def test_quote__any_text__is_read_back_as_that_text_wherever_it_stands(text):
    for place in ("a: {}", "a: {{b: {}}}", "a: [{}]", "{}: 1", "a: {{{}: 1}}"):
        found = parse(place.format(quote(text)), name="f").plain()
        assert found in ({"a": text}, {"a": {"b": text}}, {"a": [text]}, {text: 1}, {"a": {text: 1}})
