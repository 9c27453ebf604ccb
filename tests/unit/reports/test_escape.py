"""Values from elsewhere stay inert: judged with GitHub's own renderer, by what a reader's browser would get."""

import html
import re

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hostile import HOSTILE, harm
from hypothesis import given
from hypothesis import strategies as st

from ci_ml.reports.escape import code, plain, text


def rendered(markdown: str) -> str:
    return cmarkgfm.markdown_to_html_with_extensions(
        markdown,
        options=Options.CMARK_OPT_UNSAFE,
        extensions=["table", "autolink", "strikethrough", "tagfilter", "tasklist"],
    )


def cells(value: str) -> list[str]:
    """The cells of a table's only row that ends with the value, as HTML."""
    page = rendered(f"| name | value |\n|---|---|\n| x |{value}|\n")
    return re.findall(r"<td>(.*?)</td>", page, re.DOTALL)


def as_read(page: str) -> str:
    """HTML text as a reader sees it."""
    return html.unescape(page).replace("\u200b", "")


AWKWARD = st.text(alphabet="\\|`a @#:$-_*<>&;[]()!~.1\n\r", max_size=12) | st.text(max_size=30)


@pytest.mark.parametrize("value", HOSTILE)
def test_code__hostile_value_in_a_table__shows_itself_and_does_nothing(value):
    page = rendered(f"| a | b |\n|---|---|\n| x | {code(value)} |\n")

    assert harm(page) == []
    assert len(re.findall("<td>", page)) == 2


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("frame", ["| a | b |\n|---|---|\n| x | {} |\n", "{}", "Says {} here", "words\n{}\nwords"])
def test_text__hostile_value_anywhere__shows_itself_and_does_nothing(value, frame):
    page = rendered(frame.format(text(value)))

    assert harm(page) == []
    assert len(re.findall("<td>", page)) == (2 if "|" in frame else 0)


@given(AWKWARD)
def test_code__any_value__is_one_cell_that_reads_as_the_value(value):
    wanted = f"<code>{plain(value, 80)}</code>" if plain(value) else "–"

    assert as_read(cells(code(value))[1]) == wanted
    assert len(cells(code(value))) == 2


@given(AWKWARD)
def test_text__any_value__is_one_cell_that_reads_as_the_value(value):
    found = cells(text(value))

    assert [len(found), as_read(found[1])] == [2, plain(value)]


@given(AWKWARD)
def test_text__any_value_as_a_paragraph__reads_as_the_value(value):
    wanted = f"<p>{plain(value)}</p>\n" if plain(value) else ""

    assert as_read(rendered(text(value))) == wanted


def test_plain__controls_and_many_lines__become_single_spaces():
    assert plain(" a\x00\r\n\tb\u202e \u2028c\x07 ") == "a b c"


def test_plain__longer_than_the_limit__is_cut_with_an_ellipsis():
    assert plain("x" * 500, 10) == "x" * 9 + "…"
    assert plain("x" * 10, 10) == "x" * 10


def test_plain__accents_piled_up__keeps_three():
    assert plain("a" + "\u0330" * 50) == "a" + "\u0330" * 3


def test_code__nothing__is_a_dash():
    assert [code(""), code(" \n"), code("\u202e")] == ["–", "–", "–"]


def test_text__ordinary_words__are_left_as_they_are():
    assert text("roc_auc fell by 0.066 (AA, 3,090 rows).") == "roc_auc fell by 0.066 (AA, 3,090 rows)."
