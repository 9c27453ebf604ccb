"""Two versions of a model side by side: what was measured, what differs, and what is the same."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from ci_ml.evaluation.results import Comparison, Delta, Score
from ci_ml.registry.history import Release
from ci_ml.registry.version_changes import Differences, listed
from ci_ml.reports.escape import plain, text
from ci_ml.reports.figures import figures
from ci_ml.reports.fit_width import WIDTH, fitted_table
from ci_ml.reports.numbers import bracket, number, places, signed
from ci_ml.reports.rows import changes_summary
from ci_ml.reports.tables import Rows, markdown_table, text_table
from ci_ml.text import and_more, rest, rows_of_groups

SCHEMA = 1
# More of them hide what matters; JSON has them all.
_MOST_FILES, _MOST_CHANGES = 8, 24
_LONGEST_CELL = 200  # a parameter may be a list of thousands
_INTERVAL = re.compile(r"([-+]?[\d.,]+) (\[.*\])")


@dataclass(frozen=True, kw_only=True)
class VersionSide:
    """One of the two versions.

    Attributes:
        stages: those that it holds.
        evaluation: as it was filed; None where it was not.
    """

    release: Release
    stages: tuple[str, ...]
    evaluation: Comparison | None

    @property
    def cut_by(self) -> tuple[str, ...]:
        """The columns and conditions that its slices were cut by."""
        return tuple(dict.fromkeys(s.by for s in self.evaluation.slices)) if self.evaluation else ()


@dataclass(frozen=True, kw_only=True)
class VersionDiff:
    """Everything that is told of two versions.

    Attributes:
        registry: commit id of the registry that was read.
        files: (status as git writes it, path) of what differs between the two commits; None where git cannot tell.
        files_note: why it cannot.
        paired: both on the same rows, the change of every metric with its interval; None where `unpaired` says why.
    """

    model: str
    registry: str | None
    before: VersionSide
    after: VersionSide
    differences: Differences
    files: tuple[tuple[str, str], ...] | None
    files_note: str = ""
    paired: Comparison | None
    unpaired: str = ""


def render_diff(diff: VersionDiff, *, style: str) -> str:
    """`style` is table, markdown or json."""
    if style == "json":
        return json.dumps(_facts(diff), indent=2)
    markdown = style == "markdown"
    grid = markdown_table if markdown else _in_the_terminal
    said = [f"### {_escaped(_answer(diff))}" if markdown else plain(_answer(diff))]
    if diff.before.release.version == diff.after.release.version:
        return said[0]
    metrics = _metrics(diff)
    if metrics:
        said.append(grid([_header(diff, "metric", "change, 95 %" if diff.paired else ""), *metrics]))
    said.append(" ".join([_rows(diff), f"No paired change: {diff.unpaired}" if diff.unpaired else ""]).strip())
    said.append(grid([_header(diff, ""), *_standing(diff), *_changes(diff)]))
    said.append("  \n".join(_escaped(line) for line in _last(diff)) if markdown else "\n".join(map(plain, _last(diff))))
    return "\n\n".join(part for part in said if part)


def _answer(diff: VersionDiff) -> str:
    before, after = diff.before.release.version, diff.after.release.version
    if before == after:
        return f"{diff.model}: both are {before}, so nothing differs."
    main = diff.paired.deltas.get(diff.paired.main_metric) if diff.paired else None
    if main is not None and main.delta is not None:
        return f"{diff.model} {before} → {after}: {_fortune(main)}, {main.metric} {figures(main, None).moved}"
    causes = tuple(row for row in diff.differences.changes if row.kind not in ("model", "rows"))
    return f"{diff.model} {before} → {after}: changed: {changes_summary(causes)}"


def _fortune(delta: Delta) -> str:
    gain = delta.gain_interval
    if gain is None or gain.low <= 0 <= gain.high:
        return "no clear change"
    return "better" if gain.low > 0 else "worse"


def _header(diff: VersionDiff, first: str, *more: str) -> tuple[str, ...]:
    return (first, diff.before.release.version, diff.after.release.version, *(word for word in more if word))


def _metrics(diff: VersionDiff) -> list[tuple[str, ...]]:
    scores = [side.evaluation.scores if side.evaluation else {} for side in (diff.before, diff.after)]
    deltas = diff.paired.deltas if diff.paired else {}
    mains = [side.evaluation.main_metric for side in (diff.after, diff.before) if side.evaluation]
    rows = []
    names = list(dict.fromkeys((*mains, *scores[1], *scores[0])))
    for name in names[:_MOST_CHANGES]:
        old, new = scores[0].get(name), scores[1].get(name)
        delta = deltas.get(name)
        digits = _digits(old, new, delta)
        change = _change(delta, digits) if delta else ""
        rows.append((name, _level(old, digits), _level(new, digits), *([change] if diff.paired else [])))
    return rows + _rest(len(names) - len(rows))


def _digits(old: Score | None, new: Score | None, delta: Delta | None) -> int:
    levels = [score.value for score in (old, new) if score and score.value is not None]
    bounds = (delta.interval.low, delta.interval.high) if delta and delta.interval else ()
    return places(*levels, change=delta.delta if delta else None, bounds=bounds)


def _level(score: Score | None, digits: int) -> str:
    if score is None or score.value is None:
        return "–"
    own = score.interval
    return number(score.value, digits) + (f" {bracket(own.low, own.high, digits, with_sign=False)}" if own else "")


def _change(delta: Delta, digits: int) -> str:
    if delta.delta is None:
        return "–"
    between = f" {bracket(delta.interval.low, delta.interval.high, digits)}" if delta.interval else ""
    return signed(delta.delta, digits) + between


def _rows(diff: VersionDiff) -> str:
    """On which rows the two were measured."""
    old, new = diff.before.evaluation, diff.after.evaluation
    if old is None or new is None:
        missing = [side.release.version for side in (diff.before, diff.after) if side.evaluation is None]
        return f"No evaluation was filed with {listed(missing)}."
    if old.rows_digest == new.rows_digest:
        return f"Each on the same {_of(new)}."
    other_slices = diff.before.cut_by != diff.after.cut_by
    if diff.paired:
        return f"Each on the same {_of(new)}, {'cut into other slices' if other_slices else 'with other columns'}."
    if _of(old) == _of(new) and other_slices:
        unknown = "only their predictions tell whether they are the same ones"
        return f"Measured on {_of(new)} each, cut into other slices; {unknown}."
    if _of(old) == _of(new):
        return f"Measured on {_of(new)} each, but not the same ones or not with the same columns: compare no levels."
    return f"Measured on other rows: {_of(old)} and {_of(new)}, so levels are not to be compared."


def _of(comparison: Comparison) -> str:
    return rows_of_groups(comparison.rows, comparison.groups)


def _standing(diff: VersionDiff) -> list[tuple[str, str, str]]:
    sides = (diff.before, diff.after)

    def row(name: str, old: str, new: str) -> tuple[str, str, str]:
        return name, old, new

    flags = [", ".join([*side.stages, *_flags(side.release)]) or "–" for side in sides]
    events = [side.release.registered for side in sides]
    return [
        row("registered", *(f"{event.moment:%Y-%m-%d %H:%M}" for event in events)),
        row("by", *(_cut(plain(event.recorded_by).partition(" <")[0]) for event in events)),
        row("stages", *flags),
        row("commit", *(side.release.commit[:7] for side in sides)),
    ]


def _flags(release: Release) -> list[str]:
    return ["withdrawn"] * release.withdrawn + ["deprecated"] * release.deprecated


def _changes(diff: VersionDiff) -> list[tuple[str, ...]]:
    rows = diff.differences.changes
    shown: list[tuple[str, ...]] = [
        (_cut(row.what), _cut(row.baseline or "–"), _cut(row.candidate or "–")) for row in rows[:_MOST_CHANGES]
    ]
    return shown + _rest(len(rows) - len(shown))


def _rest(left: int) -> list[tuple[str, ...]]:
    return [(rest(left).strip(), "", "")] if left > 0 else []


def _last(diff: VersionDiff) -> list[str]:
    said = []
    if diff.differences.same:
        said.append(f"The same: {listed(diff.differences.same)}.")
    if diff.differences.unknown:
        said.append(f"Not recorded of both: {listed(diff.differences.unknown)}.")
    if diff.files is None:
        said.append(f"Files between the commits: {diff.files_note}")
    elif diff.before.release.commit == diff.after.release.commit:
        said.append("Both were made from the same commit.")
    elif not diff.files:
        said.append("No file differs between the two commits.")
    else:
        changed = [f"{status} {path}" for status, path in diff.files]
        differ = "1 file differs" if len(diff.files) == 1 else f"{len(diff.files):,} files differ"
        said.append(f"{differ} between the commits: {and_more(changed, _MOST_FILES)}.")
    return said


def _facts(diff: VersionDiff) -> dict[str, Any]:
    paired = diff.paired
    return {
        "schema": SCHEMA,
        "model": diff.model,
        "registry": diff.registry,
        "before": _side(diff.before),
        "after": _side(diff.after),
        "same": list(diff.differences.same),
        "not_recorded": list(diff.differences.unknown),
        "changes": [asdict(change) for change in diff.differences.changes],
        "files": None if diff.files is None else [{"status": status, "path": path} for status, path in diff.files],
        "files_note": diff.files_note or None,
        "paired": asdict(paired) if paired else None,
        "unpaired": diff.unpaired or None,
    }


def _side(side: VersionSide) -> dict[str, Any]:
    release = side.release
    return {
        "version": release.version,
        "stages": list(side.stages),
        "withdrawn": release.withdrawn,
        "deprecated": release.deprecated,
        "registered": release.registered.moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "recorded_by": release.registered.recorded_by,
        "commit": release.commit,
        "facts": msgspec.to_builtins(release.facts),
        "evaluation": asdict(side.evaluation) if side.evaluation else None,
    }


def _in_the_terminal(rows: Rows) -> str:
    """A table in 80 columns where it can be: the intervals of levels go below them, then cells below themselves."""
    if max(map(len, text_table(rows).splitlines())) > WIDTH:
        rows = [line for row in rows for line in _with_intervals_below(row)]
    return fitted_table(rows, wrap=[rows[0][2], rows[0][1]])


def _with_intervals_below(row: Sequence[str]) -> list[list[str]]:
    name, *levels = row[:3]
    parted = [_INTERVAL.fullmatch(level) for level in levels]
    if not any(parted):
        return [list(row)]
    values = [part[1] if part else level for part, level in zip(parted, levels, strict=True)]
    return [[name, *values, *row[3:]], ["", *(part[2] if part else "" for part in parted), *[""] * len(row[3:])]]


def _cut(cell: str) -> str:
    return cell if len(cell) <= _LONGEST_CELL else cell[: _LONGEST_CELL - 1] + "…"


def _escaped(line: str) -> str:

    return text(line, 2_000)
