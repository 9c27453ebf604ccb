"""What an evaluation and a comparison answer, as plain frozen values that go into records and reports as they are.

Nothing here needs NumPy: a light job reads a record with the base install.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ci_ml.conditions import looks_like_condition
from ci_ml.vocabulary import METRICS, Task


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A two-sided confidence interval; `level` is a share, 0.95."""

    low: float
    high: float
    level: float = 0.95


@dataclass(frozen=True, kw_only=True)
class Score:
    """One metric of one model. `value` is None where it cannot be estimated, and then `reason` says why.

    `reason` can also say why there is a value but no interval, or what to know about the value. `standard_error` is
    there where `interval` is.
    """

    metric: str
    value: float | None
    interval: Interval | None = None
    reason: str | None = None
    standard_error: float | None = None


@dataclass(frozen=True, kw_only=True)
class Delta:
    """Candidate minus baseline for one metric, in that metric's own unit; `gain` is signed so that more is better.

    Attributes:
        interval: of the delta, paired; None where it was not asked for or cannot be estimated.
        standard_error: of the delta; None like `interval`.
        reason: why there is no delta, or no interval.
    """

    metric: str
    baseline: Score
    candidate: Score
    interval: Interval | None = None
    standard_error: float | None = None
    reason: str | None = None

    @property
    def delta(self) -> float | None:
        if self.baseline.value is None or self.candidate.value is None:
            return None
        return self.candidate.value - self.baseline.value

    @property
    def sign(self) -> int:
        return 1 if METRICS[self.metric].greater_is_better else -1

    @property
    def gain(self) -> float | None:
        return None if self.delta is None else self.sign * self.delta

    @property
    def gain_interval(self) -> Interval | None:
        """The interval of the gain."""
        if self.interval is None or self.sign > 0:
            return self.interval
        return Interval(low=-self.interval.high, high=-self.interval.low, level=self.interval.level)


@dataclass(frozen=True, kw_only=True)
class SliceResult:
    """One part of the rows.

    Attributes:
        by: what the rows were cut by: a column, or a condition.
        value: the column's value as text; for a condition "true".
        rows, groups: how many; groups is None where rows are independent.
        positives: rows with the positive label (binary), else None.
        too_small: why the slice is listed but never judged; None if it is judged.
        deltas: by metric; empty without a baseline, or if too small.
        scores: the candidate's, by metric, with intervals where asked for.
    """

    by: str
    value: str
    rows: int
    groups: int | None = None
    positives: int | None = None
    too_small: str | None = None
    deltas: dict[str, Delta]
    scores: dict[str, Score]

    @property
    def name(self) -> str:
        """`carrier=AA`, or the condition itself."""
        return self.by if self.value == "true" and looks_like_condition(self.by) else f"{self.by}={self.value}"


@dataclass(frozen=True, kw_only=True)
class Resampling:
    """How intervals were made: `unit` is what was drawn, `units` how many, `seed` follows from the rows digest."""

    unit: Literal["rows", "groups"]
    units: int
    replicates: int
    seed: int


@dataclass(frozen=True, kw_only=True)
class Suspicion:
    """Something about the predictions that looks like a mistake: of which kind, and a sentence with what to check."""

    kind: str
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The candidate, and the baseline on the same rows where there is one.

    Attributes:
        rows_digest: identifies the rows both were judged on.
        positives: rows with the positive label (binary), else None.
        too_small: why nothing is judged on these rows; None if they suffice.
        scores: the candidate's, by metric; with an interval where a level is gated.
        deltas: by metric; empty without a baseline. With an interval where gated or main.
        slices: every slice asked for, too small ones included, in the order of `by`, then most rows first.
        dates: the first and the last day of the rows, where they are grouped by day; else None.
        slices_left_out: slices that stored evidence leaves out for its size; 0 otherwise.
        suspicions: what looks like a mistake in the candidate's predictions; it decides nothing.
    """

    task: Task
    main_metric: str
    rows: int
    groups: int | None
    positives: int | None
    rows_digest: str
    too_small: str | None
    resampling: Resampling
    has_baseline: bool
    scores: dict[str, Score]
    deltas: dict[str, Delta]
    slices: tuple[SliceResult, ...]
    dates: tuple[str, str] | None = None
    slices_left_out: int = 0
    suspicions: tuple[Suspicion, ...] = ()

    def slices_by(self, by: str) -> tuple[SliceResult, ...]:
        """The slices that were cut by one column or condition."""
        return tuple(s for s in self.slices if s.by == by)


@dataclass(frozen=True, kw_only=True)
class Curves:
    """Calibration and spread of one model's scores (binary), over `len(bins) - 1` equal bins of the score.

    Attributes:
        bins: edges from 0 to 1.
        positives, negatives: weighted share of the positive (negative) rows in each bin; each sums to 1.
        mean_score, observed: per bin; None where the bin is empty. A calibrated model has observed = mean_score.
        rows: rows per bin.
    """

    bins: tuple[float, ...]
    positives: tuple[float, ...]
    negatives: tuple[float, ...]
    mean_score: tuple[float | None, ...]
    observed: tuple[float | None, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class RowChanges:
    """What became of the rows that a baseline was judged on.

    Attributes:
        before, after: how many there were, and are.
        added, removed: ids that only one of the two has.
        altered: rows of the same id with another truth, weight, group or slice, by that word.
        examples: a few ids that were removed or altered, as text.
        dates: first and last group where every group is a date, before and after.
    """

    before: int
    after: int
    added: int = 0
    removed: int = 0
    altered: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    dates: tuple[tuple[str, str], tuple[str, str]] | None = None

    @property
    def any(self) -> bool:
        """Whether anything differs."""
        return bool(self.added or self.removed or self.altered)
