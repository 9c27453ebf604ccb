"""What does the JSON of one judging have? Every number at full precision, beside the words that people read."""

from dataclasses import dataclass
from typing import Literal

from ci_ml.evaluation.pictures import Classes, Residuals
from ci_ml.evaluation.results import Curves, Interval, Resampling, RowChanges, Suspicion
from ci_ml.gates.judgement import BaseRules, Side
from ci_ml.gates.verdict import Label, Outcome
from ci_ml.registry.differences import Difference
from ci_ml.reports.report import Answer, Links
from ci_ml.vocabulary import Task


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number, as it was computed.

    Attributes:
        value: null where it cannot be estimated; `reason` then says why.
        interval: two-sided; null where none was asked for, or where `reason` says why there is none.
        standard_error: there where `interval` is.
        reason: why there is no value or no interval, or what to know about the value; else null.
    """

    value: float | None
    interval: Interval | None
    standard_error: float | None
    reason: str | None


@dataclass(frozen=True, kw_only=True)
class MetricFigures:
    """One metric of both models on the same rows, in the metric's own unit.

    Attributes:
        greater_is_better: whether a higher value is better.
        baseline: null where there is none.
        candidate: the model that is judged.
        change: candidate minus baseline, its interval paired; null without a baseline.
    """

    greater_is_better: bool
    baseline: Figure | None
    candidate: Figure
    change: Figure | None


@dataclass(frozen=True, kw_only=True)
class SliceFigures:
    """One part of the rows.

    Attributes:
        name: such as `carrier=AA`, or the condition.
        by: the column or condition that the rows were cut by.
        value: of the column, as text; `true` for a condition.
        rows: how many there are.
        groups: null where rows are independent.
        positives: rows with the positive label; null for other tasks than binary.
        too_small: why it was not judged; null if it was.
        metrics: by the metric's name; empty if it is too small.
    """

    name: str
    by: str
    value: str
    rows: int
    groups: int | None
    positives: int | None
    too_small: str | None
    metrics: dict[str, MetricFigures]


@dataclass(frozen=True, kw_only=True)
class GateFigures:
    """One gate's answer.

    Attributes:
        gate: its name in ci-ml.yaml.
        outcome: what it answers.
        rule: its key there, such as `max_regression`.
        threshold: as it is written there; in the metric's own unit, or in megabytes.
        blocks: whether the answer stops the change.
        metric: null for a file.
        by: the column or condition whose slices it looks at; null for all rows.
        slice: the name of the slice that decided; null for all rows.
        rows: of that slice, or all rows; null for a file.
        groups: of that slice, or all groups; null for a file, or where rows are independent.
        baseline: the metric there; null for a file.
        candidate: the metric there; of a file its size in megabytes, or the number in it.
        change: candidate minus baseline; null without a baseline, and for a file.
        judged: slices judged; 0 where the gate looks at all rows.
        skipped: slices too small to judge.
        more_needed: further rows or groups that would settle an undecided gate; null if that is not known.
        more_unit: `rows` or `groups`.
        subject: what was looked at, such as `roc_auc carrier=AA`.
        demand: what was asked of it, such as `at least 0.65`.
        held: both in one phrase.
        why: one sentence, if it does not pass; else empty.
        advice: what to try, if it does not pass; else empty.
        command: to be typed, if it does not pass and there is one; else empty.
        rules: `main` or `change`, whose rules ask for this where the two differ; else empty.
    """

    gate: str
    rule: str
    outcome: Outcome
    threshold: float
    blocks: bool
    metric: str | None
    by: str | None
    slice: str | None
    rows: int | None
    groups: int | None
    baseline: Figure | None
    candidate: Figure | None
    change: Figure | None
    judged: int
    skipped: int
    more_needed: int | None
    more_unit: str
    subject: str
    demand: str
    held: str
    why: str
    advice: str
    command: str
    rules: str


@dataclass(frozen=True, kw_only=True)
class JsonReport:
    """What `ci-ml gate`, `compare` and `report` print with `--format json`: one model, judged once.

    Attributes:
        schema: number of this form: fields may be added under the same one, never renamed or removed.
        model: its name in ci-ml.yaml.
        at: when it was judged, in UTC.
        answer: all gates together, in one word.
        headline: the answer in a sentence.
        context: what was compared with what on which rows, and what a merge would do.
        verdict: how many gates answered what, in words.
        exit_code: of `ci-ml gate`: 0 pass, 10 a gate fails, 11 a gate that blocks is undecided.
        label: the change of the main metric in one word.
        margin: up to how far down the main metric counts as no worse; null without a baseline.
        candidate: the model that was judged.
        baseline: what it was judged against; null for a first model.
        baseline_note: why there is no baseline; else empty.
        on_merge: the stage that a merge promotes to; null: a merge only registers.
        task: from ci-ml.yaml.
        main_metric: the metric that `label` is about.
        rows: on which both were judged.
        groups: of these rows; null where rows are independent.
        positives: rows with the positive label; null for other tasks than binary.
        rows_digest: identifies the rows.
        dates: first and last day of the rows, where they are grouped by day; else null.
        too_small: why nothing was judged; null if it was.
        resampling: how intervals without a closed form were made; no replicates where all have one.
        metrics: on all rows, by the metric's name.
        slices: all that were asked for, those that are too small included.
        slices_left_out: slices that stored evidence leaves out for its size.
        gates: failing ones first, then undecided ones, then as configured.
        changes: what differs between the two models, and what notably does not.
        curves: calibration and spread of the scores, by `candidate` and `baseline`; empty for other tasks than binary.
        suspicions: what looks like a mistake in the predictions, each a kind and a sentence; they decide nothing.
        classes: of a multiclass model, by `candidate` and `baseline`; else empty.
        residuals: of a regression model, by `candidate` and `baseline`; else empty.
        notes: sentences that belong to no number.
        reproduce: the command that repeats the comparison.
        inputs: digest of what the candidate was made from; null where it cannot be told.
        judging: digest of the rules, such as gates and columns.
        refused: what stops the change beside gates, in sentences: held-out rows that may not change as they did.
        row_changes: what became of the held-out rows since the baseline was judged; null without a baseline.
        base: the rules of the main branch that it was judged by as well, and what the change alters of them; null in
            a record of an earlier version.
        registry_head: the commit of the registry that was read; null without a registry.
        links: to the page, the run, the pull request and the registry; null where there is none.
    """

    schema: Literal[2] = 2
    model: str
    at: str
    answer: Answer
    headline: str
    context: str
    verdict: str
    exit_code: int
    label: Label
    margin: float | None
    candidate: Side
    baseline: Side | None
    baseline_note: str
    on_merge: str | None
    task: Task
    main_metric: str
    rows: int
    groups: int | None
    positives: int | None
    rows_digest: str
    dates: tuple[str, str] | None
    too_small: str | None
    resampling: Resampling
    metrics: dict[str, MetricFigures]
    slices: tuple[SliceFigures, ...]
    slices_left_out: int
    gates: tuple[GateFigures, ...]
    changes: tuple[Difference, ...]
    curves: dict[str, Curves]
    suspicions: tuple[Suspicion, ...]
    classes: dict[str, Classes]
    residuals: dict[str, Residuals]
    notes: tuple[str, ...]
    reproduce: str
    inputs: str | None
    judging: str
    refused: tuple[str, ...]
    row_changes: RowChanges | None
    base: BaseRules | None
    registry_head: str | None
    links: Links
