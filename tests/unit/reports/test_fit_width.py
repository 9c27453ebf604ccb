from hypothesis import given
from hypothesis import strategies as st

from ci_ml.reports.fit_width import WIDTH, fitted_rows, fitted_table
from ci_ml.reports.tables import text_table
from ci_ml.reports.text_width import GLUE

WORDS = st.lists(st.text("abc", min_size=1, max_size=12), max_size=20).map(" ".join)


def test_fitted_table__table_that_fits__is_left_as_it_is():
    rows = [["MODEL", "WHY"], ["late-flight", "the code changed"]]

    assert fitted_table(rows, wrap=["WHY"], drop=["MODEL"]) == text_table(rows)


def test_fitted_table__glued_words__stay_on_one_line():
    rows = [["MODEL", "MEASURED"], ["m" * 50, f"a long name of a metric [0.1,{GLUE}0.2]"]]

    assert fitted_table(rows, wrap=["MEASURED"]).splitlines()[-1].strip().endswith("[0.1, 0.2]")


def test_fitted_table__no_room_for_whole_words__drops_the_column_that_matters_least():
    rows = [["MODEL", "STAGES", "WHY"], ["m" * 40, "s" * 30, "w" * 30]]

    assert fitted_table(rows, wrap=["WHY", "STAGES"], drop=["WHY"]) == text_table([row[:2] for row in rows])


def test_fitted_table__nothing_to_drop__breaks_words_that_are_no_names():
    rows = [["MODEL", "STAGES"], ["m" * 30, "s" * 60]]

    _, second, third = fitted_table(rows, wrap=["STAGES"]).splitlines()

    assert (len(second), second.count("s") + third.count("s")) == (WIDTH, 60)


def test_fitted_table__long_names__are_whole_below_each_other():
    rows = [["MODEL", "STAGES", "LATEST"], ["m" * 50, "s" * 40, "v1.0.0"]]

    assert fitted_table(rows, wrap=["STAGES"]).splitlines() == [
        "MODEL",
        "  STAGES                                    LATEST",
        "m" * 50,
        "  " + "s" * 40 + "  v1.0.0",
    ]


def test_fitted_table__name_longer_than_a_line__goes_on_below_itself():
    name, *_ = fitted_rows([["MODEL", "WHY"], ["m" * 90, "data " * 20]], wrap=["WHY"])[1:]

    assert name[:2] == ["m" * WIDTH, "m" * 10]


@given(st.lists(st.lists(st.text("abc", min_size=1, max_size=100), min_size=4, max_size=4), min_size=2, max_size=4))
def test_fitted_rows__any_names_whatever_may_wrap__fit_and_lose_nothing(rows):
    laid_out = fitted_rows(rows, wrap=rows[0][1:2])

    assert all(len(line) <= WIDTH for row in laid_out for line in row)
    assert [sorted("".join(row).replace(" ", "")) for row in laid_out] == [sorted("".join(row)) for row in rows]


@given(st.lists(st.tuples(WORDS, WORDS), min_size=1, max_size=4))
def test_fitted_rows__any_words_in_columns_that_wrap__fit_and_lose_nothing(cells):
    laid_out = fitted_rows([("LEFT", "RIGHT"), *cells], wrap=["RIGHT", "LEFT"])

    assert len(laid_out) == 1 + len(cells)
    assert all(len(line) <= WIDTH for row in laid_out for line in row)
    letters = [sorted("".join(row).replace(" ", "")) for row in laid_out[1:]]
    assert letters == [sorted("".join(row).replace(" ", "")) for row in cells]
