"""What the gates answered, and all of them together."""

from dataclasses import dataclass
from typing import Literal

from ci_ml.errors import GATE_FAILED, OK, UNDECIDED
from ci_ml.evaluation.results import Delta, Interval

Outcome = Literal["pass", "fail", "undecided", "not applicable"]
Label = Literal["better", "worse within the margin", "no worse", "worse", "undecided", "first", "rules only"]


@dataclass(frozen=True, kw_only=True)
class GateResult:
    """One gate's answer.

    Attributes:
        gate: its name in ci-ml.yaml.
        rule: its name in `RULES`.
        threshold: in the metric's own unit (max_size_mb: megabytes). Always as written, never negative for a margin.
        share: the threshold as a share of the baseline's value, where it was made so (the default gate); else None.
        subject: what was looked at: a metric's name, `roc_auc carrier=AA`, a file's path.
        metric: the metric, or None for a file.
        by: what slices were cut by; None for all rows.
        slice: the slice shown, the one with the least gain (e.g. "carrier=AA"); None for all rows.
        slice_rows: that slice's rows.
        delta: the two models on that slice or on all rows; None for a level gate without baseline, and for files.
        observed: the candidate's value (or the size, or the number in the file); None if not estimable.
        interval: what was held against the threshold: of the delta for changes, of the level for levels. Where a
            change is not applicable, of the level, which the next model will be compared with.
        reason: one sentence for people; for a failure what is wrong and with which rows, for undecided what is missing.
        more_needed: further rows (or groups) that would settle an undecided gate at the present estimate, or None.
        more_unit: "rows" or "groups".
        judged, skipped: slices judged, and too small to judge; 0 outside slice gates.
        blocks: whether an undecided outcome stops the change.
        rules: "main" or "change", whose rules ask for this where the two differ; else empty.
    """

    gate: str
    rule: str
    outcome: Outcome
    threshold: float
    subject: str
    metric: str | None = None
    by: str | None = None
    slice: str | None = None
    slice_rows: int | None = None
    delta: Delta | None = None
    observed: float | None = None
    interval: Interval | None = None
    reason: str = ""
    more_needed: int | None = None
    more_unit: str = "rows"
    judged: int = 0
    skipped: int = 0
    blocks: bool = False
    share: float | None = None
    rules: str = ""


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """All gates of one model.

    Attributes:
        label: the comparison in one word, from the main metric; "first" without a baseline, "rules only" where a
            change alters rules and no model, so that nothing was judged.
        margin: the main metric's margin that the label was made with; None without a baseline.
        refused: what stops the change beside gates, in sentences: held-out rows that may not change as they did.
    """

    label: Label
    margin: float | None
    results: tuple[GateResult, ...]
    refused: tuple[str, ...] = ()

    def having(self, outcome: Outcome) -> tuple[GateResult, ...]:
        """The results with that outcome."""
        return tuple(r for r in self.results if r.outcome == outcome)

    @property
    def exit_code(self) -> int:
        if self.having("fail") or self.refused:
            return GATE_FAILED
        return UNDECIDED if any(r.blocks for r in self.having("undecided")) else OK

    @property
    def passes(self) -> bool:
        """Whether the change may go on: nothing failed, nothing undecided blocks."""
        return self.exit_code == OK
