"""What does the card of one version say? What people wrote, what was measured, what it was made from, what is missing.

It is filed at registration and never changes, so it names no version and no stage: its place and the model's page do.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from ci_ml.config.card import CardFile, meanings, missing
from ci_ml.gates.judgement import Judgement
from ci_ml.registry.facts import Facts
from ci_ml.registry.provenance import Provenance
from ci_ml.reports.build import build_report
from ci_ml.reports.card_limits import known_limits
from ci_ml.reports.card_origin import Origin, origin, unknown
from ci_ml.reports.headline import place
from ci_ml.reports.hub_metadata import front_matter
from ci_ml.reports.inert import Inert, environment
from ci_ml.reports.numbers import bracket, number, percent, places, signed
from ci_ml.reports.report import Line, Report, code_of, line, strong
from ci_ml.reports.rows import changes_summary
from ci_ml.reports.score_curves import calibration_error, overlap
from ci_ml.text import count, rows_of_groups
from ci_ml.vocabulary import METRICS

# A version's evidence has 256 KiB in all, and most of it is the evaluation's.
LARGEST = 96 * 1024
_ROWS = (40, 12, 4, 0)  # of a table of slices, and fewer where the card would be too large
_GATES = 40
_TITLES = {
    "purpose": "purpose",
    "owners": "owners",
    "contact": "contact",
    "licence": "licence",
    "intended_use": "intended use",
    "out_of_scope": "uses out of scope",
    "data": "where the data come from",
    "limits": "known limits",
    "risks": "risks",
    "ethics": "ethical considerations",
}


@dataclass(frozen=True, kw_only=True)
class Written:
    """What the registered commit says beside what was judged: the words of people, and the versions of libraries.

    Attributes:
        path: of the file, in the registered commit; None where ci-ml.yaml names none.
        problem: why it could not be read; empty where it was.
        pins: library -> version, of those that shape a model, as the commit's lock files have them.
    """

    card: CardFile = field(default_factory=CardFile)
    path: str | None = None
    problem: str = ""
    pins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class MetricRow:
    """One metric of this version, and the change against the one it was judged against; empty where there is none."""

    metric: str
    value: str
    interval: str
    baseline: str
    change: str
    direction: str


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """Every word and number of a card, unescaped.

    Attributes:
        said: key of the card's file -> paragraphs or items, as people wrote them.
        report: the judging that led to the registration.
        judged: when, against what and on which rows.
        changes: what differs from the version that it was judged against, in one phrase.
        limits: what the measurements leave open.
        missing: what nobody stated, and what could not be known, each with what to do about it.
    """

    model: str
    facts: Facts
    said: dict[str, tuple[str, ...]]
    path: str | None
    report: Report
    judged: Line
    metrics: tuple[MetricRow, ...]
    calibration: str
    changes: str
    limits: tuple[Line, ...]
    origin: Origin
    missing: tuple[Line, ...]


def build_card(facts: Facts, judgement: Judgement, provenance: Provenance, written: Written) -> ModelCard:
    """Everything that the card shows, before anybody decides how."""
    return ModelCard(
        model=judgement.model,
        facts=facts,
        said={key: _paragraphs(getattr(written.card, key)) for key in meanings()},
        path=written.path,
        report=build_report(judgement),
        judged=_judged(judgement),
        metrics=tuple(_metric_row(judgement, name) for name in judgement.comparison.scores),
        calibration=_calibration(judgement),
        changes=changes_summary(judgement.changes) if judgement.changes and judgement.baseline else "",
        limits=known_limits(judgement),
        origin=origin(facts, judgement, provenance, pins=written.pins),
        missing=(*_unstated(written), *unknown(provenance)),
    )


def render_card(
    facts: Facts, judgement: Judgement, provenance: Provenance, written: Written, *, most: int = LARGEST
) -> bytes:
    """The card as the file that is filed: front matter for a model hub, then Markdown for people.

    Args:
        most: bytes; where they would be more, slices are left out.
    """
    card = build_card(facts, judgement, provenance, written)
    head = Inert(front_matter(judgement.model, judgement.comparison, written.card))
    template = environment().get_template("model_card.md.j2")
    for rows in _ROWS:
        values = {"card": card, "report": card.report, "front_matter": head, "most_rows": rows, "most_gates": _GATES}
        page = (template.render(values) + "\n").encode()
        if len(page) <= most:
            break
    return page


def _paragraphs(value: str | tuple[str, ...] | None) -> tuple[str, ...]:
    texts = value if isinstance(value, tuple) else (value,) if value else ()
    return tuple(part for text in texts for part in re.split(r"\n\s*\n", text) if part.strip())


def _unstated(written: Written) -> list[Line]:
    if written.problem:
        return [line("Not read: ", code_of(written.path or ""), f": {written.problem}")]
    if written.path is None:
        names = ", ".join(_TITLES[key] for key in missing(written.card))
        return [
            line(
                f"Not stated: {names} (write them into a file, and name it in ci-ml.yaml: ", code_of("card: FILE"), ")"
            )
        ]
    return [
        line(f"Not stated: {_TITLES[key]} (add ", code_of(f"{key}:"), " to ", code_of(written.path), ")")
        for key in missing(written.card)
    ]


def _judged(judgement: Judgement) -> Line:
    comparison, baseline = judgement.comparison, judgement.baseline
    of_them = f", {count(comparison.positives)} of them positive" if comparison.positives is not None else ""
    days = f", from {comparison.dates[0]} to {comparison.dates[1]}" if comparison.dates else ""
    rows = f" on {rows_of_groups(comparison.rows, comparison.groups)} that were held out{days}{of_them}."
    when = f"Judged on {judgement.at[:10]}"
    if baseline is None:
        return line(f"{when} by itself{rows}")
    then = f", which was {place(baseline)} then," if baseline.stage else ""
    again = f" {baseline.name} was run again on these rows." if baseline.rescored else ""
    return line(
        f"{when} against ",
        strong(baseline.name) if baseline.version else code_of(baseline.name),
        f"{then}{rows}{again}",
    )


def _metric_row(judgement: Judgement, name: str) -> MetricRow:
    score, delta = judgement.comparison.scores[name], judgement.comparison.deltas.get(name)
    level = score.interval
    before = delta.baseline.value if delta else None
    change = delta.delta if delta else None
    moved = delta.interval if delta else None
    bounds = (level.low, level.high) if level else ()
    digits = places(*(v for v in (score.value, before) if v is not None), change=change, bounds=bounds)
    digits_of_change = places(change=change, bounds=(moved.low, moved.high) if moved else ()) if change else digits
    interval_of_change = f" {bracket(moved.low, moved.high, max(digits, digits_of_change))}" if moved else ""
    return MetricRow(
        metric=name,
        value="" if score.value is None else number(score.value, digits),
        interval=bracket(level.low, level.high, digits, with_sign=False) if level else "",
        baseline="" if before is None else number(before, digits),
        change="" if change is None else signed(change, max(digits, digits_of_change)) + interval_of_change,
        direction="higher" if METRICS[name].greater_is_better else "lower",
    )


def _calibration(judgement: Judgement) -> str:
    own, before = judgement.curves.get("candidate"), judgement.curves.get("baseline")
    if own is None:
        return ""
    name = judgement.baseline.name if judgement.baseline else ""
    off = f" ({name}: {number(calibration_error(before))})" if before and name else ""
    mixed = f" ({name}: {percent(overlap(before))})" if before and name else ""
    return (
        f"Its probabilities are off by {number(calibration_error(own))} on average{off}; "
        f"the scores of positive and negative rows overlap by {percent(overlap(own))}{mixed}."
    )
