"""Show a report in a terminal or a log: never wider than asked, colour only beside words that say the same."""

import re

from ci_ml.gates.verdict import Outcome
from ci_ml.reports.escape import plain
from ci_ml.reports.report import GateRow, Report, words
from ci_ml.reports.text_width import GLUE, columns, folded, padded
from ci_ml.text import and_more, count

_MARKS: dict[Outcome, str] = {"pass": "pass", "fail": "FAIL", "undecided": "??", "not applicable": "–"}
_COLOURS: dict[Outcome, str] = {"pass": "32", "fail": "1;31", "undecided": "33", "not applicable": "2"}
_EXPLAINED = 7  # gates whose reasons are printed
_INDENT = "  "
_GAP = "  "
_CONTINUED = " \\"
_TOO_SMALL = 8  # slices that are named as too small to judge


def render_terminal(report: Report, *, width: int = 80, colour: bool) -> str:
    """The gates a line each, then what it means and what to do next."""
    parts = [
        _first_line(report, width),
        _altered(report, width),
        _refused(report, width),
        _gates(report.gates, width, colour),
        _closing(report, width),
    ]
    parts.append(_wrapped(_from_now_on(report), width))
    parts += [_wrapped(f"Please check: {hint}", width) for hint in report.hints]
    parts.append(_wrapped(_too_small(report), width))
    return "\n\n".join(part for part in parts if part) + "\n"


def printed(value: object, limit: int = 400) -> str:
    """One visible line that neither a terminal nor a runner that reads the log takes for a command.

    >>> printed("::error::x ##[endgroup] \\x1b[31m")
    ': :error: :x # #[endgroup] [31m'
    """
    # A runner obeys `::name::` at the start of a line, after spaces too, and `##[name]` anywhere.
    return re.sub(r"#(?=#\[)", "# ", re.sub(r":(?=:)", ": ", plain(value, limit)))


def _first_line(report: Report, width: int) -> str:
    """`late-flight  candidate 51d0e7a  against v1.2.0 in production  28,293 rows`, on as many lines as it takes."""
    against = f"against {report.baseline} {report.baseline_place}".rstrip() if report.baseline else ""
    if not against and report.candidate:
        against = "no baseline"
    facts = [report.model, f"candidate {report.candidate}" if report.candidate else "", against, report.rows]
    lines: list[str] = []
    for fact in (printed(f) for f in facts if f):
        if lines and columns(lines[-1]) + len(_GAP) + columns(fact) <= width:
            lines[-1] += _GAP + fact
        else:
            lines += [_INDENT * bool(lines or i) + part for i, part in enumerate(folded(fact, width - len(_INDENT)))]
    return "\n".join(lines)


def _altered(report: Report, width: int) -> str:
    """What the change alters of the rules, before what came of it."""
    altered = report.altered
    lines = [_wrapped(altered.said, width)] if altered.said else []
    for key, before, after in altered.rows:
        lines += _beside(printed(key), f"{printed(before) or '–'} → {printed(after) or '–'}", width - len(_INDENT))
    lines[1:] = [_INDENT + line for line in lines[1:]]
    lines += [_wrapped(f"Otherwise by its own rules: {printed(said)}", width) for said in altered.otherwise]
    return "\n".join(lines)


def _refused(report: Report, width: int) -> str:
    return "\n".join(_wrapped(f"STOP: {printed(said)}", width) for said in report.refused)


def _gates(gates: tuple[GateRow, ...], width: int, colour: bool) -> str:
    """A line a gate, in columns; those that are too wide for a line go on below themselves."""
    marks = [_MARKS[gate.outcome] for gate in gates]
    cells = [_cells(gate) for gate in gates]
    under = len(_INDENT) + max(map(columns, marks), default=0) + len(_GAP)
    room = max(1, width - under)
    widths, names = _widths(cells, room), _name_width(cells, room)
    lines = []
    for gate, mark, row in zip(gates, marks, cells, strict=True):
        first, *more = _laid_out(row, widths, names, room)
        start = _INDENT + padded(mark, under - len(_INDENT) - len(_GAP)) + _GAP
        # The mark is painted after it was measured, so that its codes are not counted.
        painted = start.replace(mark, f"\x1b[{_COLOURS[gate.outcome]}m{mark}\x1b[0m", 1) if colour else start
        lines += [painted + first, *(" " * under + line for line in more)]
    return "\n".join(lines)


def _cells(gate: GateRow) -> tuple[str, str, str, str]:
    """Name, subject, levels, and what is held against what."""
    shown = gate.figures
    levels = f"{shown.baseline} → {shown.candidate}" if gate.is_change and shown.baseline else shown.candidate
    last = shown.moved if gate.is_change and shown.moved else gate.demand
    if not shown.candidate:
        levels = ""
    # The end of a path says more than its start.
    subject = gate.subject.rpartition("/")[2] if gate.is_file else gate.subject
    return printed(gate.gate), printed(subject), levels, last


def _widths(cells: list[tuple[str, str, str, str]], room: int) -> list[int]:
    """Of the columns, where most gates can share them: the few that are wider go on below themselves."""
    sharing = sorted(cells, key=lambda row: columns(row[0]) + columns(row[1]))
    while 2 * len(sharing) > len(cells):
        widths = [max(map(columns, column)) for column in zip(*sharing, strict=True)]
        if sum(widths) + 3 * len(_GAP) <= room:
            return widths
        sharing.pop()
    return [0, 0, 0, 0]


def _name_width(cells: list[tuple[str, str, str, str]], room: int) -> int:
    """Of the names, where these and the subjects fit on one line and the numbers go below."""
    both = [row for row in cells if columns(row[0]) + len(_GAP) + columns(row[1]) <= room]
    widest = max((columns(row[0]) for row in both), default=0)
    return widest if all(widest + len(_GAP) + columns(row[1]) <= room for row in both) else 0


def _laid_out(row: tuple[str, str, str, str], widths: list[int], names: int, room: int) -> list[str]:
    if all(columns(cell) <= width for cell, width in zip(row, widths, strict=True)):
        return [_GAP.join(padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()]
    return [*_beside(padded(row[0], names), row[1], room), *_beside(row[2], row[3], room)]


def _beside(left: str, right: str, room: int) -> list[str]:
    """Two cells on one line where they fit, else one below the other."""
    together = _GAP.join(part for part in (left, right) if part)
    if columns(together) <= room:
        return [together]
    return [line for part in (left.rstrip(), right) if part for line in folded(part, room)]


def _closing(report: Report, width: int) -> str:
    """The headline as a sentence, then for what does not pass the reasons and what to try."""
    unsettled = [gate for gate in report.gates if gate.outcome in ("fail", "undecided") and gate.why]
    if not unsettled:
        return _wrapped(_answer(report), width)
    # One gate's reason continues the sentence; of several, each says whose it is.
    said = [""] if len(unsettled) == 1 else [f"{gate.gate}:" for gate in unsettled[:_EXPLAINED]]
    said[0] = f"{_answer(report)} {said[0]}".strip()
    paragraphs = [_explained(before, gate, width) for before, gate in zip(said, unsettled, strict=False)]
    if len(unsettled) > _EXPLAINED:
        paragraphs.append(_wrapped(f"{len(unsettled) - _EXPLAINED} more do not pass: see --format json.", width))
    return "\n\n".join(paragraphs)


def _explained(before: str, gate: GateRow, width: int) -> str:
    said = _wrapped(" ".join(part for part in (before, gate.why, gate.advice) if part), width)
    # A command has a line of its own, so that it can be copied.
    return f"{said}\n{_typed(printed(gate.command), width)}" if gate.command else said


def _typed(command: str, width: int) -> str:
    """A command on as many lines as it takes, as a shell reads them: parted between words, not within quotes."""
    glued = re.sub(r"'[^']*'", lambda quoted: quoted[0].replace(" ", GLUE), command)
    lines = folded(glued, width - len(_INDENT))
    if len(lines) > 1:
        lines = folded(glued, width - len(_INDENT) - len(_CONTINUED))
    return f"{_CONTINUED}\n".join(f"{_INDENT}{line}" for line in lines).replace(GLUE, " ")


def _answer(report: Report) -> str:
    if report.answer == "not judged":
        return f"{report.headline}. {words(report.context)}".strip()
    said = report.headline.removeprefix(plain(report.model, 60)).lstrip(" :").removeprefix("is ")
    return f"{said[:1].upper()}{said[1:]}."


def _from_now_on(report: Report) -> str:
    """What a first model's successor will be held to, beside the level that it starts from."""
    waiting = [gate for gate in report.gates if gate.outcome == "not applicable" and gate.figures.candidate]
    said = [f"{gate.subject} is {gate.figures.candidate} {gate.figures.interval}".strip() for gate in waiting]
    return " ".join(f"{level}; asked of the next model: {g.demand}." for level, g in zip(said, waiting, strict=True))


def _too_small(report: Report) -> str:
    """Which slices were not judged."""
    small = {
        row.value if row.value == table.by else f"{table.by}={row.value}": row.rows
        for table in report.slices
        for row in table.rows
        if row.too_small
    }
    if not small:
        return ""
    names = and_more((f"{name} ({count(rows, 'row')})" for name, rows in small.items()), _TOO_SMALL)
    return f"Too small to judge: {names}."


def _wrapped(sentence: str, width: int) -> str:
    return "\n".join(folded(printed(sentence, 2000), width))
