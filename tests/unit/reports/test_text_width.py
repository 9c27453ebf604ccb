"""ci_ml/reports/text_width.py: text is folded to a width and never cut."""

from hypothesis import given
from hypothesis import strategies as st

from ci_ml.reports.text_width import columns, folded, padded

TEXT = st.text(alphabet="ab-日e\u0301 ", max_size=40)


@given(TEXT, st.integers(2, 20))
def test_folded__any_text__fits_and_loses_no_letter(text, width):
    lines = folded(text, width)

    assert max(map(columns, lines)) <= width
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(TEXT, st.integers(2, 20))
def test_folded__words_that_fit__are_never_broken(text, width):
    short = [word for word in text.split() if columns(word) <= width]

    words = " ".join(folded(" ".join(short), width)).split()
    assert words == short


def test_columns__wide_and_combining_characters__count_as_a_terminal_draws_them():
    assert [columns("abc"), columns("日本"), columns("e\u0301")] == [3, 4, 1]
    assert columns(padded("日本", 6)) == 6
