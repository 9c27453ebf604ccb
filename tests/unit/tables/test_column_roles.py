"""ci_ml/tables/column_roles.py: columns that play a role, by their names."""

from ci_ml.tables.column_roles import guess_roles, suggest_columns


def test_guess_roles__usual_names_in_any_case__are_found():
    assert guess_roles(["Row_ID", "Truth", " proba", "Prediction", "customer", "x"]) == {
        "id": "Row_ID",
        "y_true": "Truth",
        "y_score": " proba",
        "y_pred": "Prediction",
        "group": "customer",
    }


def test_guess_roles__several_candidates__are_taken_in_the_order_of_words():
    assert guess_roles(["label", "y_true", "p", "score"]) == {"y_true": "y_true", "y_score": "score"}


def test_guess_roles__unusual_names__are_left_out():
    assert guess_roles(["a", "b"]) == {}


def test_suggest_columns__columns_that_are_missing__are_guessed_or_left_to_fill_in():
    wanted = {"id": "id", "y_true": "y_true", "y_score": "y_score"}

    assert suggest_columns(["id", "truth", "probability"], wanted) == "columns: {y_true: truth, y_score: probability}"
    assert suggest_columns(["key", "odd: name"], wanted) == "columns: {id: key, y_true: COLUMN, y_score: COLUMN}"
    assert (
        suggest_columns(["id", " Y_True", "s"], {**wanted, "y_score": "s"})
        == 'columns: {y_true: " Y_True", y_score: s}'
    )
