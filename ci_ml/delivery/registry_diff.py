"""What changed between two versions? What was filed with each, and both on the same rows where that can be had."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from ci_ml.delivery.model_finder import find_baseline, find_model
from ci_ml.delivery.project import ModelSource
from ci_ml.delivery.registry_reading import require_model
from ci_ml.delivery.registry_view import view_of
from ci_ml.errors import CiMlError, ConfigError, DataError, VerificationError, missing_extra
from ci_ml.evaluation.results import Comparison
from ci_ml.git.questions import Git
from ci_ml.hashing import sha256_hex
from ci_ml.names import encode, with_v
from ci_ml.registry.branch_paths import evidence_folder
from ci_ml.registry.history import History, Release
from ci_ml.registry.provenance import Provenance
from ci_ml.registry.version_changes import Differences, differences
from ci_ml.reports.version_diff import VersionDiff, VersionSide
from ci_ml.repository.event_log.log import EventLog
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.repository.records import decode
from ci_ml.text import shown

T = TypeVar("T")
_ALONE = "--remote reads the registry alone."


@dataclass(frozen=True, kw_only=True)
class Clone:
    """A clone, where more than the registry can be looked at.

    Attributes:
        source: the model by ci-ml.yaml; asked for once predictions are to be read.
        offline: fetch nothing.
    """

    log: EventLog
    source: Callable[[], ModelSource]
    offline: bool


@dataclass(frozen=True)
class PairedChange:
    """Two versions on the same rows; None where `why_not` says why."""

    comparison: Comparison | None
    why_not: str = ""


@dataclass(frozen=True)
class ChangedFiles:
    """(status as git writes it, path) of what differs between two commits; None where git cannot tell."""

    files: tuple[tuple[str, str], ...] | None
    why_not: str = ""


def compare_versions(snapshot: Snapshot, model: str, before: str, after: str, *, clone: Clone | None) -> VersionDiff:
    """Two versions side by side.

    Args:
        before, after: versions, or stages: what holds them now.
        clone: None where the registry alone is read.

    Raises:
        ConfigError: there is no such model, version or stage.
        DataError: nobody holds the stage.
        VerificationError: what was filed is damaged.
    """
    require_model(snapshot, model)
    history = snapshot.read(model)
    old, new = (_release(history, name) for name in (before, after))
    sides = [
        VersionSide(
            release=release,
            stages=tuple(stage for stage, version in sorted(history.holders.items()) if version == release.version),
            evaluation=_filed(snapshot, history, release, "evaluation.json", Comparison),
        )
        for release in (old, new)
    ]
    provenance = [_filed(snapshot, history, release, "provenance.json", Provenance) for release in (old, new)]
    files = _files(clone, old, new) if clone else ChangedFiles(None, f"ask in a clone; {_ALONE}")
    paired = _paired(clone, old, new) if clone else PairedChange(None, _ALONE)
    found = _differences(model, (old, new), provenance)
    if paired.comparison:
        found = found.on_the_same_rows(*(side.cut_by for side in sides))
    return VersionDiff(
        model=model,
        registry=snapshot.head,
        before=sides[0],
        after=sides[1],
        differences=found,
        files=files.files,
        files_note=files.why_not,
        paired=paired.comparison,
        unpaired=paired.why_not,
    )


def _differences(model: str, releases: Sequence[Release], provenance: Sequence[Provenance | None]) -> Differences:
    try:
        return differences(releases[0].facts, releases[1].facts, *provenance)
    except RecursionError:  # what could just be read need not be shallow enough to be written
        names = " or ".join(release.version for release in releases)
        raise VerificationError(f"the parameters of {model} {names} are nested too deeply.") from None


def _release(history: History, name: str) -> Release:
    """The version that a name means: what holds a stage of that name, or a version.

    Raises:
        DataError: nobody holds that stage.
        ConfigError: there is no such version, and no such stage.
    """
    version = history.holders.get(name) or next((v for v in (name, with_v(name)) if v in history.releases), None)
    if version is not None:
        return history.releases[version]
    if name in history.stages:
        raise DataError(
            f"nobody holds {name} of {history.model}.", hint=f"ci-ml registry history {history.model} --stage {name}"
        )
    newest = list(history.releases)[:-7:-1]
    known = ", ".join((*history.stages, *newest)) or "none yet"
    more = len(history.releases) - len(newest)
    raise ConfigError(
        f"{history.model} has no version and no stage '{shown(name)}'.",
        hint=f"It has {known}{f' and {more:,} older versions' if more > 0 else ''}.",
    )


def _filed(snapshot: Snapshot, history: History, release: Release, name: str, kind: type[T]) -> T | None:
    """A file of a version's evidence, its digest checked; None where none was filed.

    Raises:
        VerificationError: it is not what was filed, or it cannot be read.
    """
    path = f"{evidence_folder(encode(history.model), release.version)}/{name}"
    pinned = release.registered.evidence.get(path)
    if pinned is None:
        return None
    content = snapshot.evidence(path)
    if content is None or sha256_hex(content) != pinned.sha256:
        what = "cannot be read" if content is None else "is not the file that was filed"
        raise VerificationError(f"{path} {what}.", hint="ci-ml registry verify says what else is wrong.")
    try:
        return decode(content, kind, name=path)
    except DataError as error:
        raise VerificationError(error.message, hint="ci-ml registry verify says what else is wrong.") from None


def _files(clone: Clone, before: Release, after: Release) -> ChangedFiles:
    """What differs between the trees of two commits."""
    git: Git = clone.log.git
    missing = [release for release in (before, after) if git.find(release.commit) is None]
    if missing:
        what, names = (" and ".join(r.commit[:7] for r in missing), " ".join(r.commit for r in missing))
        return ChangedFiles(None, f"this clone lacks {what}: git fetch {clone.log.remote or 'REMOTE'} {names}")
    options = ("-r", "-z", "--no-renames", "--name-status", "--end-of-options")
    parts = git.ask("diff-tree", *options, before.commit, after.commit).split("\0")
    return ChangedFiles(tuple(zip(parts[:-1:2], parts[1::2], strict=True)))


def _paired(clone: Clone, before: Release, after: Release) -> PairedChange:
    """Both versions on the same rows, or one line that says why not."""
    if before.version == after.version:
        return PairedChange(None)
    for release in (before, after):
        if release.facts is None or release.facts.predictions is None:
            return PairedChange(None, f"no predictions were filed with {release.version}.")
    if clone.offline:
        return PairedChange(None, "--offline fetches no predictions.")
    try:
        return PairedChange(_compared(clone, before, after))
    except ModuleNotFoundError as error:
        absent = missing_extra("evaluate", error.name or "", needed_for="it")
        return PairedChange(None, f"{absent.message} {absent.hint}")
    except VerificationError:
        raise
    except CiMlError as error:
        return PairedChange(None, " ".join([error.message, error.hint]).strip())


def _compared(clone: Clone, before: Release, after: Release) -> Comparison:
    """
    Raises:
        DataError: they were judged on other rows, or their predictions are not to be found.
    """
    from ci_ml.evaluation.comparison import compare, plan_for
    from ci_ml.evaluation.rows import explain_difference, pair

    source = clone.source()
    settings = source.model
    same_digest = before.facts and after.facts and before.facts.rows == after.facts.rows
    # The digest is one of the slices' columns too. Where it differs, those are left aside: the rows may be the same.
    if not same_digest:
        source = replace(source, model=replace(settings, slices=(), gates={}))
    view = view_of(clone.log)
    old = find_baseline(source, view, before.version).found
    new = find_model(source, view, after.version)
    if old is None:
        raise DataError(f"the predictions of {before.version} are not to be found.")
    differing = explain_difference(old.predictions, new.predictions)
    if differing:
        same_ids = old.predictions.column_digests["id"] == new.predictions.column_digests["id"]
        what = "; ".join(differing) if same_ids else "they were judged on other rows"
        command = f"ci-ml compare {source.name} --baseline {before.version} --candidate {after.version}"
        raise DataError(f"{what}; {command} scores both on the same.")
    baseline, candidate = pair(old.predictions, new.predictions)
    plan = plan_for(settings, has_baseline=True)
    return compare(baseline, candidate, replace(plan, levels=(), changes=plan.metrics, slices=()))
