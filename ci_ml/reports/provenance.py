"""List where everything came from: commits, files with their digests, rows, rules, the registry as it was read."""

import shlex

from ci_ml.digests import FileDigest
from ci_ml.evaluation.results import Comparison, SliceResult
from ci_ml.gates.judgement import Judgement, Side
from ci_ml.reports.numbers import megabytes
from ci_ml.reports.report import Fact, Line, code_of, line
from ci_ml.text import count


def provenance(judgement: Judgement) -> tuple[Fact, ...]:
    """One fact a line, the candidate's first."""
    comparison = judgement.comparison
    facts = [
        *_side_facts("candidate", judgement.candidate),
        *(_side_facts("baseline", judgement.baseline) if judgement.baseline else ()),
        ("rows", line(code_of(comparison.rows_digest))),
        ("made from", line(code_of(judgement.inputs)) if judgement.inputs else line("cannot be told")),
        ("rules", line(code_of(judgement.judging)) if judgement.judging else ()),
        ("registry read at", line(code_of(judgement.registry_head)) if judgement.registry_head else ()),
        ("intervals", line(method(comparison))),
        ("judged at", line(judgement.at)),
    ]
    return tuple(Fact(name=name, value=value) for name, value in facts if value)


def method(comparison: Comparison) -> str:
    """How the intervals were made. A ROC AUC of independent rows has a closed form, so there may be no resamples."""
    how = comparison.resampling
    if how.replicates:
        return f"from {how.replicates:,} resamples of {count(how.units, how.unit[:-1])}, seed {how.seed}"
    places: tuple[Comparison | SliceResult, ...] = (comparison, *comparison.slices)
    levels = any(score.interval for at in places for score in at.scores.values())
    changes = any(delta.interval for at in places for delta in at.deltas.values())
    return "from DeLong's standard errors" if levels or changes else "none"


def reproduce(judgement: Judgement) -> str:
    """The command that repeats the comparison on a laptop."""
    words = ["ci-ml", "compare", judgement.model]
    candidate, baseline = judgement.candidate, judgement.baseline
    if baseline is not None and baseline.commit is None:
        words += ["--baseline", baseline.predictions.path]
    if candidate.commit is None:
        words += ["--candidate", candidate.predictions.path]
    elif not candidate.dirty:  # what is in no commit can only be the working copy
        words += ["--candidate", candidate.commit[:7]]
    return shlex.join(words)


def _side_facts(name: str, side: Side) -> list[tuple[str, Line]]:
    dirty = line(" and changes that are in no commit") if side.dirty else ()
    facts = [(name, (*line(code_of(side.commit)), *dirty) if side.commit else line("no commit, a file by itself"))]
    if side.artifact:
        facts.append((f"{name}'s model", _file(side.artifact)))
    facts.append((f"{name}'s predictions", _file(side.predictions)))
    return facts


def _file(of: FileDigest) -> Line:
    return line(code_of(of.path), f", {megabytes(of.size / 1e6)}, ", code_of(f"sha256:{of.sha256}"))
