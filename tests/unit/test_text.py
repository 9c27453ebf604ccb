import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_ml.text import and_more, count, inert, printable, rest, rows_of_groups, shown


def test_count__any_number__agrees_with_its_noun():
    assert [count(n, "row") for n in (0, 1, 12_377)] == ["0 rows", "1 row", "12,377 rows"]
    assert [count(n, "family", "families") for n in (1, 2)] == ["1 family", "2 families"]
    assert count(12_377) == "12,377"


@pytest.mark.parametrize(
    ("rows", "groups", "said"),
    [(12_377, 59, "12,377 rows of 59 groups"), (1, 1, "1 row of 1 group"), (2, None, "2 rows"), (0, 0, "0 rows of 0 groups")],
)  # fmt: skip
def test_rows_of_groups__with_and_without_groups__in_words(rows, groups, said):
    assert rows_of_groups(rows, groups) == said


def test_and_more__as_many_as_are_shown__says_nothing_of_more():
    assert and_more(iter("abc")) == "a, b, c"
    assert and_more([]) == ""


def test_and_more__longer_list__counts_the_rest():
    assert and_more(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert and_more(map(str, range(2001)), 1) == "0 and 2,000 more"


def test_rest__nothing_left__is_empty():
    assert [rest(0), rest(-2), rest(1)] == ["", "", " and 1 more"]


@given(st.text())
def test_inert__any_text__steers_no_terminal(text):
    assert all(c.isprintable() or c in "\n\t" for c in inert(text))
    assert len(inert(text)) == len(text)


@given(st.text())
def test_shown__any_text__is_one_printable_line(text):
    assert shown(text, limit=20).isprintable()
    assert len(shown(text, limit=20)) <= 20


def test_shown__long_or_garbled_text__is_one_short_line():
    assert shown("a\n\tb \x1b[31m") == "a b \ufffd[31m"
    assert shown("x" * 81) == "x" * 79 + "…"


def test_printable__bytes_that_are_no_utf_8__are_spelled_out():
    assert printable(b"a\xffb".decode("utf-8", "surrogateescape")) == "a\\xffb"


def test_isprintable__every_character__agrees_with_the_categories_that_reorder_or_hide():
    unseen = ("Cc", "Cf", "Zl", "Zp", "Zs", "Cs", "Co", "Cn")
    wrong = [c for c in map(chr, range(sys.maxunicode + 1)) if c.isprintable() != (c == " " or unicodedata.category(c) not in unseen)]  # fmt: skip
    assert wrong == []
