"""From a judging's record to what the registry pins: facts and evidence."""

from dataclasses import replace

from ci_ml.config import Model
from ci_ml.delivery.project import ModelSource, Project
from ci_ml.digests import FileDigest
from ci_ml.errors import ConfigError, DataError
from ci_ml.evaluation.results import Comparison
from ci_ml.forge.event import Event
from ci_ml.hashing import json_digest, sha256_hex
from ci_ml.registry.facts import Facts, Headline
from ci_ml.registry.provenance import Provenance
from ci_ml.repository.git_conversion import conversions, unconverted
from ci_ml.repository.lineage import LOCK_FILES
from ci_ml.repository.records import Record, encode
from ci_ml.repository.trees import CommitTree
from ci_ml.text import printable

# An event holds 16 KiB and a version's evidence 256 KiB.
_MOST_DATA = 60
_MOST_FILES = 400
_MOST_SLICES = 150
_MOST_LOCK_FILES = 20
_MOST_UNDECIDED = 20


def facts_of(project: Project, record: Record, run: Event, *, commit: str, main_commit: str | None = None) -> Facts:
    """What the registry pins about a judged model.

    Args:
        run: the one that registers it.
        commit: the one whose tree made the model.
        main_commit: the merge that brought it in.

    Raises:
        ConfigError: the model has no artifact.
    """
    judgement, provenance = record.judgement, record.provenance
    side = judgement.candidate
    if side.artifact is None:
        raise no_artifact(project, judgement.model)
    score = judgement.comparison.scores.get(judgement.comparison.main_metric)
    headline = None
    if score is not None and score.value is not None:
        interval = score.interval
        headline = Headline(
            metric=score.metric,
            value=score.value,
            low=interval.low if interval else None,
            high=interval.high if interval else None,
        )
    evidence = evidence_of(record)
    then = project.model_at(judgement.model, commit)
    return Facts(
        commit=commit,
        tree=project.git.tree(commit),
        # What was judged with changes that were in no commit has no commit to name.
        judged_commit=side.commit if side.commit != commit and not side.dirty else None,
        main_commit=main_commit,
        model=side.artifact,
        predictions=side.predictions,
        data=_data_of(provenance),
        rows=judgement.comparison.rows_digest,
        features=json_digest(list(provenance.features)) if provenance.features else None,
        parameters=json_digest(provenance.parameters),
        environment=json_digest(provenance.environment),
        lock_files=_lock_files(project, commit),
        code=json_digest([provenance.code, list(provenance.commands)]),
        inputs=provenance.inputs,
        io_schema=io_schema(then) if then else None,
        evaluation=sha256_hex(evidence["evaluation.json"]),
        verdict=sha256_hex(evidence["verdict.json"]),
        pull_request=run.pull_request,
        run_url=run.run_url,
        headline=headline,
        undecided=tuple(result.gate for result in judgement.verdict.having("undecided"))[:_MOST_UNDECIDED],
        made_elsewhere=side.made_elsewhere,
    )


def evidence_of(record: Record) -> dict[str, bytes]:
    """The files that are filed with a version, kept small: long lists are cut, and say so."""
    return {
        "evaluation.json": encode(_few_slices(record.judgement.comparison)),
        "verdict.json": encode(record.judgement.verdict),
        "provenance.json": encode(record.provenance.summed_up(_MOST_FILES)),
    }


def _few_slices(comparison: Comparison) -> Comparison:
    """Judged slices before small ones, up to a number that the branch can carry; `slices_left_out` counts the rest."""
    if len(comparison.slices) <= _MOST_SLICES:
        return comparison
    kept = sorted(comparison.slices, key=lambda s: (s.too_small is not None, -s.rows))[:_MOST_SLICES]
    left_out = len(comparison.slices) - len(kept)
    return replace(comparison, slices=tuple(s for s in comparison.slices if s in kept), slices_left_out=left_out)


def _lock_files(project: Project, commit: str) -> dict[str, str]:
    """SHA-256 of every file that pins packages, those of folders below too."""
    tree = CommitTree(project.git, commit)
    found = sorted((p for p in tree.paths if p.rpartition("/")[2] in LOCK_FILES), key=lambda p: (p.count("/"), p))
    contents = tree.read_all(found[:_MOST_LOCK_FILES])
    return {printable(path): sha256_hex(content) for path, content in contents.items() if content is not None}


def io_schema(model: Model) -> str:
    """Digest of what callers rely on; how the columns of the predictions file are called is not part of it."""
    scores = model.columns.y_score
    classes = None if scores is None or isinstance(scores, str) else sorted(scores)
    # The default, said or not.
    positive = None if model.positive in (None, 1, "1", "true") else str(model.positive)
    return json_digest({"task": model.task, "classes": classes, "positive": positive})


def _data_of(provenance: Provenance) -> dict[str, dict[str, str]]:
    known = {path: value for path, value in provenance.data.items() if ":" in value}
    if len(known) > _MOST_DATA:
        return {f"({len(known)} files)": _data(json_digest(known))}
    return {path: _data(value) for path, value in known.items()}


def check_durable(source: ModelSource, record: Record, commit: str) -> None:
    """Refuse a version whose files no other clone could fetch.

    Raises:
        DataError: says which file, and what to add.
    """
    for file in (record.judgement.candidate.artifact, record.judgement.candidate.predictions):
        if file is not None and not source.project.store.secure(file, commit):
            _refuse_converted(source, file, commit)
            raise DataError(
                f"{file.path} is neither on a DVC remote nor in git, so no other clone could fetch it.",
                hint=f"dvc remote add -d storage URL && ci-ml gate {source.name}   (or git add {file.path})",
            )


def _refuse_converted(source: ModelSource, file: FileDigest, commit: str) -> None:
    """Say so where a file is in git, and git has changed it on the way in.

    Raises:
        DataError: names what changes it, and the line that stops it.
    """
    git = source.project.git
    by = conversions(git, file.path)
    if by and git.read(commit, file.path) is not None:
        raise DataError(
            f"{file.path} is in git, but git stores other bytes than were judged ({', '.join(by)}).",
            hint=f"In .gitattributes: {unconverted(file.path)} -filter -ident !working-tree-encoding"
            f"   Then git add --renormalize {file.path}, commit, and ci-ml gate {source.name}",
        )


def no_artifact(project: Project, name: str) -> ConfigError:
    where = project.config.locate("models", name)
    return ConfigError(f"{where}: '{name}' names no artifact, so there is nothing to register.", hint="artifact: PATH")


def _data(value: str) -> dict[str, str]:
    kind, _, name = value.partition(":")
    return {kind: name}
