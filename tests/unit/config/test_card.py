"""ci_ml/config/card.py: what people say of a model, and where it is wrong."""

import dataclasses

import pytest
from hostile import HOSTILE
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_ml.config.card import MOST, WANTED, CardFile, meanings, missing, read_card
from ci_ml.config.quote import quote
from ci_ml.errors import ConfigError


def refusal(text: str) -> tuple[str, str]:
    with pytest.raises(ConfigError) as caught:
        read_card(text, name="card.yaml")
    return caught.value.message, caught.value.hint


def test_read_card__one_text_or_several__are_the_same_key():
    card = read_card("purpose: Ranks flights.\nowners: Ann\nlimits: [winter, 1.10]\nlicence: 0BSD\n", name="card.yaml")

    assert card == CardFile(purpose="Ranks flights.", owners=("Ann",), limits=("winter", "1.10"), licence="0BSD")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "purpose:\nowners: []\n"])
def test_read_card__nothing_said__is_an_empty_card(text):
    assert read_card(text, name="card.yaml") == CardFile()


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("purpos: x\n", "1:1: the file has no key 'purpos'", "Did you mean 'purpose'? Allowed: "),
        ("purpose: x\nlicense: MIT\n", "2:1: the file has no key 'license'", "Did you mean 'licence'? Allowed: "),
        ("owners: {a: b}\n", "1:9: owners.0 is a mapping; it takes text", ""),
        ("purpose: [a, b]\n", "1:10: purpose is a list; it takes text", ""),
        ("limits:\n  - ''\n", "2:5: limits.0 is empty; it takes text", ""),
        ("- a\n", "1:1: the file is a list; it takes a mapping", ""),
        ("purpose: x\npurpose: y\n", "2:1: key 'purpose' stands twice (also on line 1)", ""),
        ("languages: [en, English]\n", "1:17: languages.1 is 'English', which is no code of a language; it takes such as en or pt-BR", ""),
        ("tags: '@all'\n", "1:7: tags.0 is '@all', which is no label; a label has letters, digits and . _ : + - in between", ""),
        ("library: |\n  a\n  b\n", "1:10: library is 'a b', which is no label; a label has letters, digits and . _ : + - in between", ""),
        ("purpose: {\n", "2:1: not valid YAML: expected the node content, but found '<stream end>'", ""),
    ],
)  # fmt: skip
def test_read_card__wrong__says_where_and_what(text, message, hint):
    said, advice = refusal(text)

    assert said == f"card.yaml:{message}."
    assert advice.startswith(hint) if hint else advice == ""


def test_read_card__too_long__is_refused_whatever_it_says():
    assert refusal("# " + "x" * MOST) == (
        "card.yaml has 8,002 characters; a card takes at most 8,000.",
        "Name the document that has the rest.",
    )
    assert read_card("#" + "x" * (MOST - 1), name="card.yaml") == CardFile()


def test_missing__empty_card__is_everything_a_reader_needs():
    assert missing(CardFile()) == WANTED
    assert missing(CardFile(**dict.fromkeys(WANTED, "x"))) == ()
    assert missing(CardFile(purpose="x", tags=("a",))) == WANTED[1:]


def test_meanings__every_field__has_its_meaning():
    assert list(meanings()) == [key.name for key in dataclasses.fields(CardFile)]
    assert all(doc.endswith(".") for doc in meanings().values())
    assert set(WANTED) <= set(meanings())


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(HOSTILE) | st.text(max_size=60))
def test_read_card__any_words__come_back_as_written_or_are_refused(words):
    words = words[:400]
    try:
        card = read_card(f"purpose: {quote(words)}\nrisks: [{quote(words)}]\n", name="card.yaml")
    except ConfigError as error:
        assert not words.strip() or not words.isprintable() or "empty" in error.message
    else:
        assert (card.purpose, card.risks) == (words, (words,))
