"""ci_ml/data/drift.py: one effect size a column, equal to SciPy's distances, and honest where it cannot tell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import jensenshannon
from scipy.stats import wasserstein_distance as scipy_wasserstein

from ci_ml.data.drift import MAX_CATEGORIES, jensen_shannon_distance, measure_drift, wasserstein_distance
from ci_ml.errors import DataError

FLOATS = arrays(np.float64, st.integers(1, 30), elements=st.floats(-1e6, 1e6))
COUNTS = st.integers(1, 5).flatmap(lambda k: st.tuples(*[arrays(np.int64, k, elements=st.integers(0, 500))] * 2))


def only(reference, current):
    """The drift of one column called c."""
    return measure_drift({"c": np.asarray(reference)}, {"c": np.asarray(current)}).column("c")


@given(FLOATS, FLOATS)
def test_wasserstein_distance__any_samples__equals_scipy(reference, current):
    expected = scipy_wasserstein(reference, current)

    assert wasserstein_distance(reference, current) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(FLOATS, st.floats(-1e3, 1e3))
def test_wasserstein_distance__shift__is_its_size(reference, shift):
    assert wasserstein_distance(reference, reference + shift) == pytest.approx(abs(shift), rel=1e-6, abs=1e-6)


@given(COUNTS.filter(lambda pair: pair[0].sum() and pair[1].sum()))
def test_jensen_shannon_distance__any_counts__is_scipy_s_less_the_bias(pair):
    reference, current = pair
    used = np.count_nonzero(reference + current)
    bias = (used - 1) * (1 / reference.sum() + 1 / current.sum()) / 8

    expected = np.sqrt(max(0.0, jensenshannon(reference, current) ** 2 - bias))

    # A square root near 0 magnifies the last bits.
    assert jensen_shannon_distance(reference, current) == pytest.approx(expected, abs=1e-6)


def test_jensen_shannon_distance__nothing_in_common__is_nearly_the_most():
    assert jensen_shannon_distance(np.array([10_000, 0]), np.array([0, 10_000])) == pytest.approx(
        np.sqrt(np.log(2)), abs=1e-4
    )


def test_measure_drift__two_samples_of_one_distribution__hardly_move():
    rng = np.random.default_rng(0)
    reference, current = rng.integers(20, size=(2, 5_000)).astype(str).astype(object)

    assert only(reference, current).effect < 0.02


def test_measure_drift__numbers__move_in_standard_deviations():
    found = only([1.0, 2.0, 3.0, np.nan], [3, 4, 5])

    assert (found.kind, found.reference_mean, found.current_mean) == ("number", 2.0, 4.0)
    assert found.effect == pytest.approx(2 / np.std([1, 2, 3]))
    assert (found.missing_reference, found.missing_current) == (0.25, 0.0)


@pytest.mark.parametrize(
    ("reference", "current", "effect", "note"),
    [
        ([1.0, 1.0], [1.0, 1.0], 0.0, "constant"),
        ([1.0, 1.0], [1.0, 2.0], None, "constant in the reference, and changed"),
        ([np.nan, np.nan], [1.0, 2.0], None, "one window has no values"),
        (np.array([None, None], object), np.array(["a", "b"], object), None, "one window has no values"),
        (np.array(["a", "b"], object), np.array(["a", "c"], object), pytest.approx(0.0, abs=1), "new: c"),
        (np.array(["a"] * 9, object), np.array(list("bcdea") + ["a"] * 4, object), pytest.approx(0.0, abs=1), "new: b, c, d, …"),
        (np.arange(MAX_CATEGORIES + 1).astype(str).astype(object), np.array(["0"], object), None, "1,001 different values: an identifier?"),
    ],
)  # fmt: skip
def test_measure_drift__what_cannot_be_told_or_is_new__is_noted(reference, current, effect, note):
    found = only(reference, current)

    assert (found.effect, found.note) == (effect, note)


def test_measure_drift__number_against_text__is_compared_as_text():
    assert only([1, 2, 2], np.array(["1", "2", "x"], object)).kind == "category"


def test_measure_drift__truth_values__are_categories():
    assert only([True, False], [True, True]).kind == "category"


def test_measure_drift__column_of_one_window__is_named():
    report = measure_drift(
        {"a": np.array([1.0, 2.0]), "b": np.array([1.0, 2.0])}, {"a": np.array([1.0]), "c": np.array([1.0])}
    )

    assert (report.reference_rows, report.current_rows) == (2, 1)
    assert {c.column: c.note for c in report.columns if c.note} == {
        "b": "not in the current data",
        "c": "not in the reference",
    }


def test_measure_drift__columns__are_ordered_by_how_far_they_moved():
    rng = np.random.default_rng(1)
    base = rng.normal(size=300)
    report = measure_drift(
        {"still": base, "far": base, "near": base, "odd": np.full(300, np.nan)},
        {"still": base, "far": base + 3, "near": base + 1, "odd": base},
    )

    assert [column.column for column in report.columns] == ["far", "near", "still", "odd"]


@pytest.mark.parametrize(("windows", "name"), [(([], [1.0]), "reference"), (([1.0], []), "current")])
def test_measure_drift__empty_window__is_no_pass(windows, name):
    with pytest.raises(DataError) as caught:
        only(*windows)

    assert caught.value.message == f"the {name} window is empty."
