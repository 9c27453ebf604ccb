"""Render the pull-request comment, in less detail where it would be too long."""

import re
from collections import Counter
from dataclasses import dataclass
from urllib.parse import quote

from ci_ml.reports.escape import code, plain, text
from ci_ml.reports.inert import Inert, environment
from ci_ml.reports.report import GateRow, Report

# GitHub takes 65,536; the rest is for whoever adds a line.
LIMIT = 65_000
GATES_IN_SIGHT = 7
_DIGEST = 12  # characters of a digest that are enough to recognise it


@dataclass(frozen=True, kw_only=True)
class _Detail:
    """How much is shown: rules, rows of a folded table (0: no such tables), gates beyond those in sight, reasons."""

    rules: int = 12
    rows: int
    folded_gates: int
    reasons: int


# From everything to nothing but the headline's table.
_DETAILS = (
    _Detail(rows=60, folded_gates=100, reasons=7),
    _Detail(rows=20, folded_gates=100, reasons=7),
    _Detail(rows=8, folded_gates=30, reasons=7),
    _Detail(rows=0, folded_gates=30, reasons=7),
    _Detail(rows=0, folded_gates=0, reasons=7),
    _Detail(rules=3, rows=0, folded_gates=0, reasons=1),
    _Detail(rules=0, rows=0, folded_gates=0, reasons=0),
)


def marker(*models: str) -> str:
    """The hidden first line by which a comment is found again: the same for the same models, different for others.

    >>> marker("late-flight")
    '<!-- ci-ml:report late-flight -->'
    """
    return f"<!-- ci-ml:report {','.join(_in_comment(name) for name in sorted(models))} -->"


def render_markdown(report: Report, *, limit: int = LIMIT) -> str:
    """The comment, at most `limit` characters as GitHub counts them. Details go first; headline and gates stay."""
    for detail in _DETAILS:
        page = _render(report, detail)
        if length(page) <= limit:
            return page
    return _headline_only(report, limit)


def length(page: str) -> int:
    """Characters as JavaScript and GitHub's form count them: an emoji is two."""
    return len(page.encode("utf-16-le", "surrogatepass")) // 2


def link(words: str, address: str | None) -> str:
    """A Markdown link, or nothing where the address is none that a browser should follow."""
    safe = safe_address(address)
    return f"[{words}](<{safe}>)" if safe else ""


def safe_address(address: str | None) -> str:
    """The address with everything escaped that could end it; empty for anything but http(s) and relative paths."""
    if not address or re.match(r"(?!https?:)[a-z][a-z0-9+.-]*:", address.strip(), re.IGNORECASE):
        return ""
    return quote(plain(address, 2000), safe="/:?#@!$&*+,;=%~-._")


def _render(report: Report, detail: _Detail) -> str:
    sight, rest = report.gates[:GATES_IN_SIGHT], report.gates[GATES_IN_SIGHT:]
    has_tables = bool(report.changes or report.slices or report.levels or report.notes)
    page = (
        environment()
        .get_template("pull_request.md.j2")
        .render(
            report=report,
            marker=Inert(marker(report.model)),
            sight=sight,
            folded=rest[: detail.folded_gates],
            folded_summary=_outcomes(rest),
            whys=[g for g in sight if g.why and g.outcome in ("fail", "undecided")][: detail.reasons],
            with_baseline=bool(report.baseline),
            with_change=bool(report.baseline) and any(g.is_change for g in report.gates),
            most_rows=detail.rows,
            most_rules=detail.rules,
            left_out=(not detail.rows and has_tables) or len(rest) > detail.folded_gates,
            footer=Inert(_footer(report)),
        )
    )
    return re.sub(r"\n{3,}", "\n\n", page).strip() + "\n"


def _footer(report: Report) -> str:
    parts = [
        f"Reproduce: {code(report.reproduce, 200)}" if report.reproduce else "",
        link("full report", report.links.report),
        link("run", report.links.run),
        f"rows {code(short(report.rows_digest))}" if report.rows_digest else "",
        _registry(report),
    ]
    return " · ".join(part for part in parts if part)


def _registry(report: Report) -> str:
    if not report.registry_head:
        return ""
    return f"{link('registry', report.links.registry) or 'registry'} at {code(report.registry_head[:7])}"


def short(digest: str) -> str:
    """
    >>> short("sha256:a1f0c4d29be7368510fa2c7d")
    'sha256:a1f0c4d29be7…'
    """
    name, _, value = digest.rpartition(":")
    return f"{name}{':' if name else ''}{value[:_DIGEST]}…" if len(value) > _DIGEST else digest


def _outcomes(gates: tuple[GateRow, ...]) -> str:
    return ", ".join(f"{number} {outcome}" for outcome, number in Counter(g.outcome for g in gates).items())


def _headline_only(report: Report, limit: int) -> str:
    """As much of the first line as there is room for; escapes are not cut in two."""
    head = f"{marker(report.model)}\n### {report.glyph} "
    for most in range(len(report.headline), 0, -1):
        page = head + text(report.headline, most)
        if length(page) <= limit:
            return page
    return ""


def _in_comment(name: str) -> str:
    """Without a character that could end an HTML comment or separate two models."""
    return re.sub(r"-(?=-)|-$|^-", "%2D", quote(name, safe=""))
