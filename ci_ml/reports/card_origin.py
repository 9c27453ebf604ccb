"""What was a version made from, and what of that is not known? The facts of its card."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ci_ml.gates.judgement import Judgement
from ci_ml.registry.facts import Facts
from ci_ml.registry.provenance import Provenance
from ci_ml.reports.numbers import megabytes
from ci_ml.reports.report import Fact, Line, code_of, line
from ci_ml.text import count, rest

_TASKS = {"binary": "a yes or no", "multiclass": "one of several classes", "regression": "a number"}
_MOST_FILES = 20
_MOST_PARAMETERS = 40
_MOST_FEATURES = 40
_MOST_COMMANDS = 10


@dataclass(frozen=True, kw_only=True)
class Origin:
    """What a version was made from.

    Attributes:
        facts: one line a fact.
        parameters: name and value.
        data: path and digest.
        count: how many parameters there are, in words.
        more_parameters, more_data: how many are not listed; the provenance has them.
    """

    facts: tuple[Fact, ...]
    parameters: tuple[tuple[str, str], ...]
    data: tuple[tuple[str, str], ...]
    count: str
    more_parameters: int
    more_data: int


def origin(facts: Facts, judgement: Judgement, provenance: Provenance, *, pins: Mapping[str, str]) -> Origin:
    """Everything that went into a version, by digest.

    Args:
        pins: library -> version, where the lock files name them.
    """
    parameters = [(name, _value(value)) for name, value in provenance.parameters.items()]
    data = list(provenance.data.items())
    return Origin(
        facts=tuple(
            Fact(name=name, value=value) for name, value in _facts(facts, judgement, provenance, pins) if value
        ),
        parameters=tuple(parameters[:_MOST_PARAMETERS]),
        data=tuple(data[:_MOST_FILES]),
        count=count(len(parameters), "parameter"),
        more_parameters=max(0, len(parameters) - _MOST_PARAMETERS),
        more_data=max(0, len(data) - _MOST_FILES),
    )


def unknown(provenance: Provenance) -> Iterator[Line]:
    """What ci-ml could not know, and what would tell it."""
    if not provenance.environment:
        yield line("Not pinned: the environment (commit a lock file, such as ", code_of("requirements.txt"), ")")
    if not provenance.features:
        yield line("Not known: the model's features (name them in ci-ml.yaml: ", code_of("features: FILE"), ")")
    if not provenance.parameters:
        yield line("Not known: parameters (name their files in ci-ml.yaml: ", code_of("params: [FILE]"), ")")
    if provenance.seconds is None:
        yield line("Not recorded: time and machine of the training (", code_of("ci-ml train"), " records them)")


def _facts(
    facts: Facts, judgement: Judgement, provenance: Provenance, pins: Mapping[str, str]
) -> Iterator[tuple[str, Line]]:
    model = facts.model
    comparison = judgement.comparison
    yield "predicts", line(_TASKS[comparison.task])
    yield (
        "model file",
        line(code_of(model.path), f", {megabytes(model.size / 1e6)}, ", code_of(f"sha256:{model.sha256}")),
    )
    yield "commit", line(code_of(facts.commit), ", tree ", code_of(facts.tree))
    if facts.judged_commit:
        yield "judged as", line("commit ", code_of(facts.judged_commit))
    if facts.pull_request:
        yield "pull request", line(str(facts.pull_request))
    if facts.run_url:
        yield "run", line(code_of(facts.run_url))
    yield "commands", _listed(provenance.commands, _MOST_COMMANDS)
    yield "features", _features(provenance)
    yield "code", line(f"{count(len(provenance.code), 'file')} in git, ", code_of(facts.code)) if facts.code else ()
    yield "environment", _files(provenance.environment)
    yield "libraries", line(", ".join(f"{name} {version}" for name, version in pins.items()))
    yield "inputs", line(code_of(facts.inputs)) if facts.inputs else ()
    if provenance.seconds is not None:
        on = f" on {provenance.machine}" if provenance.machine else ""
        yield "training", line(f"{provenance.seconds:,.1f} seconds{on}")
    yield "held-out rows", line(f"{count(comparison.rows, 'row')}, ", code_of(comparison.rows_digest))
    if facts.predictions:
        yield "predictions", line(code_of(facts.predictions.path), ", ", code_of(f"sha256:{facts.predictions.sha256}"))


def _features(provenance: Provenance) -> Line:
    names = provenance.features
    return (*line(f"{len(names):,}: "), *_listed(names, _MOST_FEATURES)) if names else ()


def _files(files: Mapping[str, str]) -> Line:
    if "*" in files:
        return line("several files, ", code_of(files["*"]))
    parts = [
        part
        for path, digest in files.items()
        for part in (*line(", "), code_of(path), *line(" ("), code_of(digest), *line(")"))
    ]
    return tuple(parts[1:])


def _listed(names: tuple[str, ...], most: int) -> Line:
    parts = [part for name in names[:most] for part in (*line(", "), code_of(name))]
    return (*parts[1:], *line(rest(len(names) - most)))


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
