"""What a report says, before anybody decides how it looks: every word, row and number that a rendering shows.

Templates choose only order and form. Text is as it came, unescaped: each rendering makes it inert in its own way.
Numbers are text already, where they are read; the few that are drawn are numbers.
"""

from dataclasses import dataclass, field
from typing import Literal

from ci_ml.gates.verdict import Outcome
from ci_ml.reports.figures import Figures
from ci_ml.reports.pictures import ClassesView, CurvesView, Forest, ValuesView

SCHEMA = 1

Answer = Literal["pass", "fail", "undecided", "first", "not judged"]
Style = Literal["", "code", "strong"]


@dataclass(frozen=True, kw_only=True)
class Span:
    """A run of text: words, a code (a name, a digest), or a name to stand out."""

    text: str
    style: Style = ""


Line = tuple[Span, ...]


@dataclass(frozen=True, kw_only=True)
class Links:
    """Where more is to be found; None where there is nothing to link to."""

    report: str | None = None
    run: str | None = None
    pull_request: str | None = None
    registry: str | None = None


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """An interval as it is drawn, on the gain's axis: zero is no change, right is better.

    `marks` are the ends of what the gate allows, and `beyond` says that the whole interval lies outside them.
    """

    estimate: float
    low: float
    high: float
    marks: tuple[float, ...]
    beyond: bool = False


@dataclass(frozen=True, kw_only=True)
class GateRow:
    """One gate.

    Attributes:
        subject: what was looked at, as `roc_auc carrier=AA`.
        demand: what was asked of it, as `at least 0.65`.
        held: both in one phrase, with the slice that decides and its rows.
        figures: the interval is of the change or (`is_change` false) of the candidate's level.
        strip: see `strip.strip`; empty for levels.
        why: one sentence, for a gate that does not pass.
        advice, command: what to try, for a gate that does not pass; the command can be typed.
        blocks: whether it stops the change as it stands.
        drawn: the interval to draw; None for levels and where there is none.
    """

    gate: str
    outcome: Outcome
    subject: str
    demand: str
    held: str
    figures: Figures
    is_change: bool = False
    is_file: bool = False
    strip: str = ""
    why: str = ""
    advice: str = ""
    command: str = ""
    blocks: bool = False
    drawn: Drawn | None = None


@dataclass(frozen=True, kw_only=True)
class LevelRow:
    """One metric on all rows."""

    metric: str
    direction: str
    figures: Figures
    reason: str


@dataclass(frozen=True, kw_only=True)
class SliceRow:
    """One part of the rows; `too_small` says why it was not judged."""

    value: str
    rows: int
    groups: int | None
    positives: int | None
    figures: Figures
    too_small: str
    gain: float | None = None


@dataclass(frozen=True, kw_only=True)
class SliceTable:
    """The slices of one column by one metric, in the order in which they deserve attention."""

    by: str
    metric: str
    summary: str
    rows: tuple[SliceRow, ...]


@dataclass(frozen=True, kw_only=True)
class ChangeRow:
    """One thing that differs, or notably does not; empty text where one side has none."""

    what: str
    baseline: str
    candidate: str
    same: bool


@dataclass(frozen=True, kw_only=True)
class AlteredRules:
    """What a change alters of the rules that main has.

    Attributes:
        said: whose rules hold, in a sentence; empty where the two are the same.
        rows: key, value on main, value in the change; an empty text where one has none.
        otherwise: gates that the change's own rules answer otherwise.
    """

    said: str = ""
    rows: tuple[tuple[str, str, str], ...] = ()
    otherwise: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One line of the provenance."""

    name: str
    value: Line


@dataclass(frozen=True, kw_only=True)
class Report:
    """One model judged once, in words.

    Attributes:
        headline: the answer in one sentence, without `glyph`.
        context: what was compared with what on which rows, and what a merge would do.
        candidate, baseline: how the two models are called; baseline is empty for a first model.
        baseline_place: such as "in production".
        rows: such as "12,377 rows of 59 groups".
        level: of all intervals, as "95 %".
        altered: what the change alters of main's rules; stands before everything else.
        refused: what stops the change beside gates, in sentences.
        gates: failing ones first, then undecided ones, then as configured.
        verdict: how many gates passed, failed, are undecided.
        hints: what looks like a mistake in the predictions; shown in sight.
        reproduce: the command that repeats the comparison.
    """

    schema: int = SCHEMA
    model: str
    at: str
    answer: Answer
    glyph: str
    headline: str
    context: Line
    candidate: str = ""
    baseline: str = ""
    baseline_place: str = ""
    rows: str = ""
    level: str = "95 %"
    altered: AlteredRules = AlteredRules()
    refused: tuple[str, ...] = ()
    gates: tuple[GateRow, ...] = ()
    verdict: str = ""
    levels: tuple[LevelRow, ...] = ()
    levels_summary: str = ""
    slices: tuple[SliceTable, ...] = ()
    slices_summary: str = ""
    changes: tuple[ChangeRow, ...] = ()
    changes_summary: str = ""
    forests: tuple[Forest, ...] = ()
    curves: CurvesView | None = None
    hints: tuple[str, ...] = ()
    classes: ClassesView | None = None
    values: ValuesView | None = None
    notes: tuple[str, ...] = ()
    reproduce: str = ""
    rows_digest: str = ""
    registry_head: str = ""
    provenance: tuple[Fact, ...] = ()
    links: Links = field(default_factory=Links)


def line(*parts: str | Span) -> Line:
    """Spans from words and spans."""
    return tuple(part if isinstance(part, Span) else Span(text=part) for part in parts if part != "")


def code_of(text: str) -> Span:
    return Span(text=text, style="code")


def strong(text: str) -> Span:
    return Span(text=text, style="strong")


def words(of: Line) -> str:
    """The line without its styles."""
    return "".join(span.text for span in of)
