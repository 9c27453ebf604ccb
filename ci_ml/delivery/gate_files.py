"""Which files do gates look at, and what stands in them? Sizes, and numbers in files of metrics."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from ci_ml.delivery.project import ModelSource
from ci_ml.errors import DataError
from ci_ml.gates.judge import FileFacts
from ci_ml.gates.judgement import Side
from ci_ml.git.lfs import pointer_digest
from ci_ml.repository.documents import load_document

_NONE: Mapping[str, float] = MappingProxyType({})


def file_facts(
    source: ModelSource, candidate: Side, *, in_working_copy: bool, recorded: Mapping[str, float] = _NONE
) -> dict[str, FileFacts]:
    """By path, what the gates of a model ask of the candidate's own files.

    Args:
        in_working_copy: the candidate lies there; else its files are those of its commit.
        recorded: by gate, what an earlier judging saw in a file that git does not have: nothing else tells any more.

    Raises:
        DataError: a file is not there, or has no such number.
    """
    facts: dict[str, FileFacts] = {}
    for name, gate in source.model.gates.items():
        if gate.file is None:
            continue
        known = facts.get(gate.file, FileFacts())
        artifact = candidate.artifact
        if gate.key is None and artifact is not None and artifact.path == gate.file:
            facts[gate.file] = replace(known, size_bytes=artifact.size)
            continue
        if name in recorded and not in_working_copy and not _is_here(source, candidate, gate.file):
            value = recorded[name]
            facts[gate.file] = (
                replace(known, numbers={**known.numbers, gate.key: value})
                if gate.key
                else replace(known, size_bytes=round(value * 1e6))
            )
            continue
        content = _content(source, candidate, gate.file, in_working_copy=in_working_copy)
        if content is not None and pointer_digest(content):
            raise DataError(f"gate {name} looks at {gate.file}, which is a Git LFS pointer here.", hint="git lfs pull")
        if content is None:
            place = "the working copy" if in_working_copy else f"{candidate.name} (in git)"
            raise DataError(
                f"gate {name} looks at {gate.file}, which is not in {place}.", hint="Does training make it?"
            )
        numbers = dict(known.numbers)
        if gate.key:
            numbers[gate.key] = _number(gate.file, content, gate.key, f"gate {name}: {gate.file}")
        facts[gate.file] = FileFacts(size_bytes=len(content), numbers=numbers)
    return facts


def _is_here(source: ModelSource, candidate: Side, path: str) -> bool:
    """Whether git has the file itself."""
    content = _content(source, candidate, path, in_working_copy=False)
    return content is not None and not pointer_digest(content)


def _content(source: ModelSource, candidate: Side, path: str, *, in_working_copy: bool) -> bytes | None:
    if in_working_copy:
        file = source.project.root / path
        return file.read_bytes() if file.is_file() else None
    return source.project.git.read(candidate.commit, path) if candidate.commit is not None else None


def _number(path: str, content: bytes, key: str, where: str) -> float:
    value = load_document(path, content)
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DataError(f"{where} has no number at '{key}'.", hint="key: takes a dotted path such as test.auc")
    return float(value)
