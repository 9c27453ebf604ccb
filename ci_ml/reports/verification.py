"""What a verification found, in words or as JSON: a line where all is well, else every fault with its place."""

import json
from dataclasses import asdict
from textwrap import wrap

from ci_ml.registry.verification.findings import Finding
from ci_ml.registry.verification.outcome import Verification
from ci_ml.reports.escape import plain
from ci_ml.text import and_more

SCHEMA = 1
_WIDTH = 80
_SHOWN = 3
_COUNTS = ("models", "versions", "events", "commits", "tags")


def render(found: Verification, *, branch: str, complete: bool, style: str) -> str:
    """A whole verification.

    Args:
        complete: whether what is unchecked counts as a failure.
        style: table or json.
    """
    if style == "json":
        return _json(found, complete=complete)
    if found.head is None and not found.findings:
        return "There is no registry yet, so there is nothing to verify."
    failed = found.failed(complete=complete)
    parts = [_headline(found, branch, failed=failed)]
    wrong, unchecked, missing = (found.of(weight) for weight in ("wrong", "unchecked", "missing"))
    if wrong:
        parts.append("\n".join(line for finding in wrong for line in _lines(finding)))
    if unchecked:
        parts.append("Not checked:\n" + "\n".join(line for finding in unchecked for line in _lines(finding)))
    if missing:
        parts.append("\n".join(_folded(_missing(missing), "", "  ")))
    return "\n\n".join(parts) if wrong or unchecked else "\n".join(parts)


def _headline(found: Verification, branch: str, *, failed: bool) -> str:
    head = f"{branch} at {found.head[:12]}" if found.head else branch
    said = f"{', '.join(_counted(getattr(found, name), name) for name in _COUNTS)} checked"
    wrong = len(found.of("wrong"))
    if wrong:
        verdict = f"FAILED: {_counted(wrong, 'faults')}"
    else:
        verdict = "FAILED: not everything could be checked" if failed else "OK"
    return "\n".join(_folded(f"{verdict}. {head}: {said}.", "", "  "))


def _lines(finding: Finding) -> list[str]:
    return _folded(f"{plain(finding.kind)}: {plain(finding.where)} {plain(finding.what)}", "  ", "    ")


def _missing(missing: tuple[Finding, ...]) -> str:
    names = (plain(finding.where).removeprefix("tag ") for finding in missing)
    return f"Missing here: {_counted(len(missing), 'tags')}, {and_more(names, _SHOWN)}. ci-ml registry tags --repair"


def _folded(text: str, first: str, then: str) -> list[str]:
    return wrap(
        text, _WIDTH, initial_indent=first, subsequent_indent=then, break_long_words=False, break_on_hyphens=False
    )


def _counted(number: int, plural: str) -> str:
    return f"{number:,} {plural[:-1] if number == 1 else plural}"


def _json(found: Verification, *, complete: bool) -> str:
    facts = {
        "schema": SCHEMA,
        "registry": found.head,
        "failed": found.failed(complete=complete),
        "checked": {name: getattr(found, name) for name in _COUNTS},
        "findings": [asdict(finding) for finding in found.findings],
    }
    return json.dumps(facts, indent=2, ensure_ascii=False)
