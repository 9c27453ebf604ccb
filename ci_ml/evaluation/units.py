"""What is drawn when rows are resampled: each row by itself, or the group that it belongs to."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ci_ml.evaluation.predictions import Floats, Predictions

Codes = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Units:
    """The units of some rows.

    Attributes:
        of_row: shape (n,), the unit of each row, 0..count-1; None where every row is its own unit.
        count: how many there are; resampling gives each a count, shape (replicates, count).
    """

    of_row: Codes | None
    count: int

    @classmethod
    def of(cls, predictions: Predictions) -> "Units":
        if predictions.group is None:
            return cls(of_row=None, count=len(predictions))
        present, codes = np.unique(predictions.group, return_inverse=True)
        return cls(of_row=codes.astype(np.int64), count=present.size)

    def once(self) -> Floats:
        """Counts that take every unit once: the data as they are."""
        return np.ones((1, self.count))

    def add_up(self, features: Floats) -> Floats:
        """Sum features of rows, shape (n, p), to features of units, shape (count, p)."""
        if self.of_row is None:
            return features
        columns = [np.bincount(self.of_row, column, minlength=self.count) for column in features.T]
        return np.column_stack(columns)

    def at(self, rows: NDArray[np.integer]) -> NDArray[np.integer]:
        """The units of the rows with these numbers."""
        return rows if self.of_row is None else self.of_row[rows]
