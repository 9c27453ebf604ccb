"""Show a report in a terminal or a log: never wider than asked, colour only beside words that say the same."""

import re
import textwrap
import unicodedata
from collections.abc import Iterable

from ci_ml.gates.verdict import Outcome
from ci_ml.reports.escape import plain
from ci_ml.reports.report import GateRow, Report, words

_MARKS: dict[Outcome, str] = {"pass": "pass", "fail": "FAIL", "undecided": "??", "not applicable": "–"}
_COLOURS: dict[Outcome, str] = {"pass": "32", "fail": "1;31", "undecided": "33", "not applicable": "2"}
_EXPLAINED = 7  # gates whose reasons are printed
_INDENT = "  "
_GAP = "  "
# Name and subject give way in this order down to this width; numbers never do.
_SHRINKS = ((1, 12), (2, 14), (1, 10))


def render_terminal(report: Report, *, width: int = 80, colour: bool) -> str:
    """The gates a line each, then what it means and what to do next."""
    parts = [_first_line(report, width), _gates(report.gates, width, colour), _closing(report, width)]
    return "\n\n".join(part for part in parts if part) + "\n"


def printed(value: object, limit: int = 400) -> str:
    """One visible line that neither a terminal nor a runner that reads the log takes for a command.

    >>> printed("::error::x ##[endgroup] \\x1b[31m")
    ': :error: :x # #[endgroup] [31m'
    """
    # A runner obeys `::name::` at the start of a line, after spaces too, and `##[name]` anywhere.
    return re.sub(r"#(?=#\[)", "# ", re.sub(r":(?=:)", ": ", plain(value, limit)))


def columns(line: str) -> int:
    """How many columns a terminal gives the text."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)


def cut(line: str, width: int) -> str:
    """At most that many columns, with an ellipsis where something is missing."""
    if columns(line) <= width:
        return line
    kept = ""
    for character in line:
        if columns(kept + character) > width - 1:
            break
        kept += character
    return f"{kept.rstrip()}…" if width > 0 else ""


def _first_line(report: Report, width: int) -> str:
    """`late-flight  candidate 51d0e7a  against v1.2.0 in production  28,293 rows`, on as many lines as it takes."""
    against = f"against {report.baseline} {report.baseline_place}".rstrip() if report.baseline else ""
    if not against and report.candidate:
        against = "no baseline"
    facts = [report.model, f"candidate {report.candidate}" if report.candidate else "", against, report.rows]
    lines: list[str] = []
    for fact in (cut(printed(f), width) for f in facts if f):
        if lines and columns(lines[-1]) + len(_GAP) + columns(fact) <= width:
            lines[-1] += _GAP + fact
        else:
            lines.append(cut((_INDENT if lines else "") + fact, width))
    return "\n".join(lines)


def _gates(gates: Iterable[GateRow], width: int, colour: bool) -> str:
    rows = [(gate.outcome, _cells(gate)) for gate in gates]
    if not rows:
        return ""
    widths = [max(columns(cells[i]) for _, cells in rows) for i in range(5)]
    spare = width - len(_INDENT) - sum(widths) - 4 * len(_GAP)
    for column, least in _SHRINKS:
        given = min(max(0, widths[column] - least), max(0, -spare))
        widths[column] -= given
        spare += given
    lines = [line for outcome, cells in rows for line in _row(outcome, cells, widths, width, spare < 0, colour)]
    return "\n".join(lines)


def _cells(gate: GateRow) -> tuple[str, str, str, str, str]:
    """Mark, name, subject, levels, and what is held against what."""
    levels = f"{gate.baseline} → {gate.candidate}" if gate.is_change and gate.baseline else gate.candidate
    last = f"{gate.change} {gate.interval}".strip() if gate.is_change and gate.change else gate.demand
    if not gate.candidate:
        levels = ""
    # The end of a path says more than its start.
    subject = gate.subject.rpartition("/")[2] if gate.is_file else gate.subject
    return _MARKS[gate.outcome], printed(gate.gate), printed(subject), levels, last


def _row(
    outcome: Outcome, cells: tuple[str, ...], widths: list[int], width: int, two_lines: bool, colour: bool
) -> list[str]:
    fitted = [_padded(cut(cell, size), size) for cell, size in zip(cells, widths, strict=True)]
    mark = f"\x1b[{_COLOURS[outcome]}m{fitted[0]}\x1b[0m" if colour else fitted[0]
    # The mark is painted after cutting, so that its codes are neither counted nor cut.
    room = width - len(_INDENT) - widths[0] - len(_GAP)
    if not two_lines:
        return [f"{_INDENT}{mark}{_GAP}{cut(_GAP.join(fitted[1:]).rstrip(), room)}"]
    under = " " * (len(_INDENT) + widths[0] + len(_GAP))
    numbers = [part for part in (cells[3].strip(), cells[4]) if part]
    second = textwrap.wrap(_GAP.join(numbers), max(8, room), initial_indent="", break_long_words=True) or []
    return [
        f"{_INDENT}{mark}{_GAP}{cut(_GAP.join(fitted[1:3]).rstrip(), room)}",
        *(cut(under + part, width) for part in second),
    ]


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
    return f"{said}\n{_INDENT}{cut(printed(gate.command), width - len(_INDENT))}" if gate.command else said


def _answer(report: Report) -> str:
    if report.answer == "not judged":
        return f"{report.headline}. {words(report.context)}".strip()
    said = report.headline.removeprefix(plain(report.model, 60)).lstrip(" :").removeprefix("is ")
    return f"{said[:1].upper()}{said[1:]}."


def _wrapped(sentence: str, width: int) -> str:
    lines = textwrap.wrap(printed(sentence, 1000), width, break_on_hyphens=False) or [""]
    return "\n".join(cut(re.sub(r"^(\s*):(?=:)", r"\1: ", line), width) for line in lines)


def _padded(cell: str, width: int) -> str:
    return cell + " " * max(0, width - columns(cell))
