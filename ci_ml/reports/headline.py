"""Say the answer in one sentence, then what it is about in the next."""

from ci_ml.evaluation.results import Comparison, RowChanges
from ci_ml.gates.judgement import Judgement, Side
from ci_ml.gates.verdict import GateResult, Verdict
from ci_ml.reports.escape import plain
from ci_ml.reports.numbers import number, places
from ci_ml.reports.report import Answer, Line, Span, code_of, line, strong
from ci_ml.rules.table import RULES
from ci_ml.text import and_more, count, rows_of_groups

GLYPHS: dict[Answer, str] = {"pass": "✅", "fail": "❌", "undecided": "❔", "first": "👋", "not judged": "⏸"}

# The first line is a phone's notification: no name may take all of it.
_LONGEST_NAME = 60
_LABELS = {
    "better": "is better",
    "worse within the margin": "is worse within the margin",
    "no worse": "is no worse",
    "worse": "is worse",
    "undecided": "may be better or worse",
    "first": "is a first model",
    "rules only": "is as it was",
}


def answer_of(judgement: Judgement) -> Answer:
    """The one word that decides the glyph. A level that fails outweighs that the model is the first."""
    verdict = judgement.verdict
    if judgement.comparison.too_small and not verdict.refused:
        return "not judged"
    if verdict.having("fail") or verdict.refused:
        return "fail"
    if verdict.having("undecided"):
        return "undecided"
    return "first" if judgement.baseline is None else "pass"


def headline(judgement: Judgement) -> str:
    """The first line, without its glyph."""
    verdict, model = judgement.verdict, plain(judgement.model, _LONGEST_NAME)
    answer = answer_of(judgement)
    if answer == "not judged":
        return f"{model} was not judged: {judgement.comparison.too_small}"
    if answer == "fail" and not verdict.having("fail"):
        return f"{model} {_LABELS[verdict.label]}, but it is refused: {_first_reason(verdict)}"
    if answer == "fail":
        return f"{model} {_failure(verdict)}"
    if answer == "undecided":
        return f"{model}{_indecision(verdict)}"
    if answer == "first":
        passed = f"; {_gates_pass(verdict)}" if verdict.having("pass") else ""
        return f"{model}: first model, nothing to compare with{passed}"
    if verdict.label == "rules only":
        return f"{model}: rules changed, nothing to judge"
    if not verdict.having("pass"):
        return f"{model} {_LABELS[verdict.label]}; no gate applies"
    if verdict.label == "worse within the margin":
        return f"{model} is worse by {_loss(judgement.comparison)}, which its gates allow: {_gates_pass(verdict)}"
    if verdict.label in ("worse", "undecided"):
        return f"{model} {_LABELS[verdict.label]}, within what its gates allow: {_gates_pass(verdict)}"
    return f"{model} {_LABELS[verdict.label]}: {_gates_pass(verdict)}"


def counts(verdict: Verdict) -> str:
    """How many gates answered what, as `3 pass, 1 fails`."""
    found = [
        _verb(len(verdict.having("pass")), "passes", "pass"),
        _verb(len(verdict.having("fail")), "fails", "fail"),
        _verb(len(verdict.having("undecided")), "is undecided", "are undecided"),
        _verb(len(verdict.having("not applicable")), "does not apply", "do not apply"),
    ]
    return ", ".join(words for words in found if words) or "no gates"


def context(judgement: Judgement) -> Line:
    """What was compared with what on which rows, and what a merge would do."""
    candidate, baseline = judgement.candidate, judgement.baseline
    if judgement.verdict.label == "rules only":
        return line("The model is the one that main has. On merge these rules hold for the changes that follow.")
    rows = f"{_held_out(judgement.comparison)}."
    if baseline is None:
        note = f" {_sentence(judgement.baseline_note)}" if judgement.baseline_note else ""
        return (
            *line(
                "Candidate ",
                code_of(candidate.name),
                " is the first model.",
                note,
                f" Judged by itself on {rows}",
                _origin(candidate),
            ),
            *_merge(judgement),
        )
    again = f" {baseline.name} was scored again on these rows." if baseline.rescored else ""
    return (
        *line("Candidate ", code_of(candidate.name), " against ", _named(baseline), _place(baseline)),
        *line(f", on the same {rows}", again, _became(judgement.rows), _origin(candidate)),
        *_merge(judgement),
    )


def place(side: Side | None) -> str:
    """`in production`, where the registry says so."""
    return f"in {side.stage}" if side and side.stage else ""


def part_name(result: GateResult) -> str:
    """The slice that decided, in words: `carrier AA`, or `rows with age >= 60`."""
    if result.slice is None:
        return plain(result.by or "all rows", _LONGEST_NAME)
    if result.slice == result.by:
        return plain(f"rows with {result.slice}", _LONGEST_NAME)
    value = result.slice.removeprefix(f"{result.by}=")
    return f"{plain(result.by, _LONGEST_NAME // 2)} {plain(value, _LONGEST_NAME // 2)}"


def _failure(verdict: Verdict) -> str:
    failed = verdict.having("fail")
    fails = f"{len(failed)} of {count(_judged(verdict), 'gate')} {'fails' if len(failed) == 1 else 'fail'}"
    parts = [part_name(r) for r in failed if r.by and RULES[r.rule].is_margin]
    if parts and len(parts) == len(failed) and verdict.label in ("better", "no worse", "undecided"):
        overall = {"better": "is better overall, but ", "no worse": "is no worse overall, but "}.get(verdict.label)
        return f"{overall or 'is undecided overall, and '}worse for {and_more(parts, 1)}: {fails}"
    joint = "and" if verdict.label in ("worse", "worse within the margin", "first") else "but"
    return f"{_LABELS[verdict.label]}, {joint} {fails}: {_names(failed)}"


def _indecision(verdict: Verdict) -> str:
    """What is known in spite of it, what is undecided, and what would settle it."""
    waiting = verdict.having("undecided")
    one = len(waiting) == 1
    names = _names(waiting)
    need = _need(waiting)
    if verdict.label in ("undecided", "first"):
        gates = names if one else f"{len(waiting)} gates"
        return f": undecided. About {need} would settle {gates}" if need else f": undecided: {names}"
    which = f"{names} is" if one else f"{len(waiting)} of {_judged(verdict)} gates are"
    settled = f": about {need} would settle {'it' if one else 'them'}" if need else ""
    joint = "and" if verdict.label in ("worse", "worse within the margin") else "but"
    return f" {_LABELS[verdict.label]}, {joint} {which} undecided{settled}"


def _need(waiting: tuple[GateResult, ...]) -> str:
    """`2,900 more rows`, as many as the gate needs that needs most; empty where one cannot be settled by data."""
    needs = [r.more_needed for r in waiting]
    known = [n for n in needs if n is not None]
    if len(known) < len(needs) or not known:
        return ""
    return count(max(known), f"more {waiting[0].more_unit.removesuffix('s')}")


def _names(results: tuple[GateResult, ...]) -> str:
    named = ", ".join(plain(r.gate, _LONGEST_NAME // 2) for r in results[:3])
    return f"{named}, …" if len(results) > 3 else named


def _judged(verdict: Verdict) -> int:
    return len(verdict.results) - len(verdict.having("not applicable"))


def _gates_pass(verdict: Verdict) -> str:
    if _judged(verdict) == 1:
        return "its gate passes"
    return f"{len(verdict.having('pass'))} of {_judged(verdict)} gates pass"


def _first_reason(verdict: Verdict) -> str:
    """The reason in short; it stands in full below."""
    first = verdict.refused[0]
    return "it was made elsewhere" if first.startswith("It was made elsewhere") else "its held-out rows changed"


def _became(rows: RowChanges | None) -> str:
    """What became of the rows since the baseline was judged, where anything did."""
    if rows is None or not rows.any:
        return ""
    found = [f"{rows.added:,} added"] if rows.added else []
    found += [f"{rows.removed:,} taken away"] if rows.removed else []
    found += [f"{number_of:,} with another {word}" for word, number_of in rows.altered.items()]
    windows = f" From {' to '.join(rows.dates[0])} they became {' to '.join(rows.dates[1])}." if rows.dates else ""
    return f" Rows since it was judged: {', '.join(found)}.{windows}"


def _origin(side: Side) -> str:
    return " Made elsewhere: no lock file says from what." if side.made_elsewhere else ""


def _loss(comparison: Comparison) -> str:
    """What the main metric loses, in its own unit."""
    change = comparison.deltas[comparison.main_metric].delta or 0.0
    return number(abs(change), places(change=change))


def _verb(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}" if number else ""


def _held_out(comparison: Comparison) -> str:
    return rows_of_groups(comparison.rows, comparison.groups, row="held-out row")


def _named(side: Side) -> Span:
    return strong(side.name) if side.version else code_of(side.name)


def _place(side: Side) -> str:
    return f" {place(side)}" if side.stage else ""


def _merge(judgement: Judgement) -> Line:
    stage, baseline = judgement.on_merge, judgement.baseline
    holder = baseline.name if baseline and baseline.stage == stage else None
    if stage is None:
        return line(" A merge registers it and promotes nothing.")
    if judgement.candidate.commit is None:
        return ()
    if not judgement.verdict.passes:
        stays = f"; {holder} stays in {stage}" if holder else ""
        return line(f" As it stands, a merge does not promote it{stays}.")
    does = f" On merge it replaces {holder} in {stage}" if holder else f" On merge it enters {stage}"
    return line(
        f"{does}; undecided gates warn here and do not block." if judgement.verdict.having("undecided") else f"{does}."
    )


def _sentence(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."
