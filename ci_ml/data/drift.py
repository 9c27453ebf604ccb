"""How far has each column moved since the reference? One effect size a column, no verdict.

A p-value would say "drift" of everything at tens of thousands of rows; an effect size says how much.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ci_ml.errors import DataError

Kind = Literal["number", "category"]
Array = NDArray[Any]

# Text with more distinct values than this is an identifier or prose: its shares say nothing.
MAX_CATEGORIES = 1000


@dataclass(frozen=True, kw_only=True)
class ColumnDrift:
    """One column in two windows.

    Attributes:
        effect: number: Wasserstein distance in standard deviations of the reference, unbounded. category:
            Jensen-Shannon distance (natural logarithm, at most 0.833) less its bias. None where it cannot be told.
        reference_mean, current_mean: of a number; None for categories.
        missing_reference, missing_current: shares from 0 to 1.
        note: why there is no effect, or what else is new (such as a value the reference never had).
    """

    column: str
    kind: Kind
    effect: float | None
    reference_mean: float | None = None
    current_mean: float | None = None
    missing_reference: float = 0.0
    missing_current: float = 0.0
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class DriftReport:
    """Every column of two windows, the one that moved most first."""

    reference_rows: int
    current_rows: int
    columns: tuple[ColumnDrift, ...]

    def column(self, name: str) -> ColumnDrift:
        return next(c for c in self.columns if c.column == name)


def measure_drift(reference: Mapping[str, Array], current: Mapping[str, Array]) -> DriftReport:
    """Compare two windows column by column.

    Args:
        reference, current: column -> shape (n,): floats (NaN is missing), integers, booleans, or objects (None is
            missing). Columns that only one window has are noted, not compared.

    Raises:
        DataError: a window is empty.
    """
    rows = [len(next(iter(window.values()), ())) for window in (reference, current)]
    for name, count in zip(("reference", "current"), rows, strict=True):
        if count == 0:
            raise DataError(f"the {name} window is empty.")
    found = [_one_sided(name, "the reference") for name in current if name not in reference]
    for name, values in reference.items():
        found.append(_compare(name, values, current[name]) if name in current else _one_sided(name, "the current data"))
    found.sort(key=lambda c: (c.effect is None, -(c.effect or 0.0), c.column))
    return DriftReport(reference_rows=rows[0], current_rows=rows[1], columns=tuple(found))


def wasserstein_distance(reference: Array, current: Array) -> float:
    """The area between two empirical distribution functions, in the column's own unit.

    Args:
        reference: shape (n,), finite. current: shape (m,), finite.

    >>> wasserstein_distance(np.array([0.0, 1.0]), np.array([1.0, 2.0]))
    1.0
    """
    ours, theirs = np.sort(reference), np.sort(current)
    places = np.sort(np.concatenate([ours, theirs]))
    below_ours = np.searchsorted(ours, places[:-1], side="right") / ours.size
    below_theirs = np.searchsorted(theirs, places[:-1], side="right") / theirs.size
    return float(np.sum(np.abs(below_ours - below_theirs) * np.diff(places)))


def jensen_shannon_distance(reference: NDArray[np.int64], current: NDArray[np.int64]) -> float:
    """The distance between two sets of counts, less the bias that sampling alone gives it.

    Args:
        reference, current: shape (k,), counts of the same k categories.

    Returns:
        0 for equal shares, at most sqrt(ln 2) = 0.833.

    >>> jensen_shannon_distance(np.array([50, 50]), np.array([500, 500]))
    0.0
    """
    p, q = reference / reference.sum(), current / current.sum()
    middle = (p + q) / 2
    divergence = sum(
        float(np.sum(share[share > 0] * np.log(share[share > 0] / middle[share > 0]))) / 2 for share in (p, q)
    )
    # Two samples of one distribution differ: on average by (k-1)(1/n + 1/m)/8 in squared distance.
    bias = (np.count_nonzero(middle) - 1) * (1 / reference.sum() + 1 / current.sum()) / 8
    return float(np.sqrt(max(0.0, divergence - bias)))


def _one_sided(name: str, where: str) -> ColumnDrift:
    return ColumnDrift(column=name, kind="category", effect=None, note=f"not in {where}")


def _compare(name: str, reference: Array, current: Array) -> ColumnDrift:
    if reference.dtype.kind in "iuf" and current.dtype.kind in "iuf":
        return _numbers(name, reference.astype(np.float64), current.astype(np.float64))
    return _categories(name, reference, current)


def _numbers(name: str, reference: Array, current: Array) -> ColumnDrift:
    ours, theirs = reference[np.isfinite(reference)], current[np.isfinite(current)]
    missing = {"missing_reference": 1 - ours.size / reference.size, "missing_current": 1 - theirs.size / current.size}
    if not ours.size or not theirs.size:
        return ColumnDrift(column=name, kind="number", effect=None, note="one window has no values", **missing)
    effect: float | None
    spread, distance, note = float(ours.std()), wasserstein_distance(ours, theirs), ""
    if spread > 0:
        effect = distance / spread
    else:
        effect, note = (0.0, "constant") if distance == 0 else (None, "constant in the reference, and changed")
    return ColumnDrift(
        column=name,
        kind="number",
        effect=effect,
        reference_mean=float(ours.mean()),
        current_mean=float(theirs.mean()),
        note=note,
        **missing,
    )


def _categories(name: str, reference: Array, current: Array) -> ColumnDrift:
    ours, theirs = _texts(reference), _texts(current)
    missing = {"missing_reference": 1 - ours.size / reference.size, "missing_current": 1 - theirs.size / current.size}
    if not ours.size or not theirs.size:
        return ColumnDrift(column=name, kind="category", effect=None, note="one window has no values", **missing)
    values, codes = np.unique(np.concatenate([ours, theirs]), return_inverse=True)
    if values.size > MAX_CATEGORIES:
        note = f"{values.size:,} different values: an identifier?"
        return ColumnDrift(column=name, kind="category", effect=None, note=note, **missing)
    counts = [np.bincount(part, minlength=values.size) for part in (codes[: ours.size], codes[ours.size :])]
    new = values[(counts[0] == 0) & (counts[1] > 0)]
    note = f"new: {', '.join(new[:3])}{', …' if new.size > 3 else ''}" if new.size else ""
    effect = jensen_shannon_distance(counts[0], counts[1])
    return ColumnDrift(column=name, kind="category", effect=effect, note=note, **missing)


def _texts(values: Array) -> NDArray[np.str_]:
    """The values that are there, as text."""
    return np.array([str(v) for v in values.tolist() if v is not None and v == v], dtype=str)
