"""Predictions: what a model said about rows whose truth is known."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ci_ml.vocabulary import Task

Floats = NDArray[np.float64]
Array = NDArray[Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """Rows sorted by id, one entry a row in every array. Made by `repository.predictions`, which validates.

    Attributes:
        task: binary, multiclass or regression.
        ids: shape (n,), unique, sorted; integers or text.
        y_true: shape (n,). binary: bool, True is the positive label. multiclass: int64, index into `classes`.
            regression: float64.
        y_score: binary: shape (n,), float64, probability (or ranking) of the positive label. multiclass: shape
            (n, k), columns in the order of `classes`. None where only decisions are known, and for regression.
        y_pred: shape (n,). Decisions (bool, or int64 index into `classes`) or predicted values (float64).
        classes: the k labels of a multiclass task, sorted; empty otherwise.
        sample_weight: shape (n,), float64, or None for equal weights.
        group: shape (n,), int64 codes 0..g-1 of the rows' groups, or None where rows are independent.
        group_labels: shape (n,), what these groups are called; None where rows are independent.
        dates: the first and the last group, where every group is a date; None where they are not.
        slices: column name -> shape (n,), the values of a column that slices are cut from.
        column_digests: a digest for each column that describes the rows: id, y_true, weight, group, `slice:<column>`.
        rows_digest: `sha256:...` over ids, truth, weight, group and slice columns; never over predictions.
        cost: (false positive, false negative), or None; makes expected_cost computable.
    """

    task: Task
    ids: Array
    y_true: Array
    y_score: Floats | None
    y_pred: Array
    classes: tuple[str, ...] = ()
    sample_weight: Floats | None = None
    group: NDArray[np.int64] | None = None
    group_labels: Array | None = None
    dates: tuple[str, str] | None = None
    slices: Mapping[str, Array] = field(default_factory=lambda: MappingProxyType({}))
    column_digests: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    rows_digest: str = ""
    cost: tuple[float, float] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def groups(self) -> int | None:
        """How many groups the rows fall into; None where rows are independent."""
        return None if self.group is None else int(np.unique(self.group).size)

    def take(self, rows: NDArray[np.bool_]) -> "Predictions":
        """The rows where `rows` (shape (n,)) is True, with group codes made dense again."""
        group = None if self.group is None else np.unique(self.group[rows], return_inverse=True)[1].astype(np.int64)
        return replace(
            self,
            ids=self.ids[rows],
            y_true=self.y_true[rows],
            y_score=None if self.y_score is None else self.y_score[rows],
            y_pred=self.y_pred[rows],
            sample_weight=None if self.sample_weight is None else self.sample_weight[rows],
            group=group,
            group_labels=None if self.group_labels is None else self.group_labels[rows],
            dates=None,  # of fewer rows nobody has looked
            slices=MappingProxyType({name: values[rows] for name, values in self.slices.items()}),
        )
