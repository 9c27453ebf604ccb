"""`ci-ml registry diff`: two versions side by side, from what was filed with them, and their paired change."""

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import format_option
from ci_ml.cli.registry.source import OFFLINE, REMOTE, open_snapshot
from ci_ml.errors import CiMlError, ConfigError, DataError, VerificationError, missing_extra

if TYPE_CHECKING:
    from ci_ml.evaluation.results import Comparison
    from ci_ml.registry.history import History, Release
    from ci_ml.registry.provenance import Provenance
    from ci_ml.registry.version_changes import Differences
    from ci_ml.repository.event_log.snapshot import Snapshot

T = TypeVar("T")


@click.command()
@click.argument("model")
@click.argument("before", metavar="V1")
@click.argument("after", metavar="V2")
@OFFLINE
@REMOTE
@format_option("table", "json", "markdown")
@click.pass_obj
def diff(app: App, model: str, before: str, after: str, offline: bool, address: str | None, style: str) -> int:
    """What changed between two versions of MODEL?

    V1 and V2 are versions, or stages: what holds them now. Shows what was
    filed with each: metrics with their own intervals, parameters, features,
    data, code and environment. In a checkout whose ci-ml.yaml has the model,
    and with ci-ml[evaluate], also the paired change on the same rows.

    \b
    Examples:
      ci-ml registry diff late-flight production v1.2.0
      ci-ml registry diff late-flight v1.0.0 v1.1.0 --format markdown
    """
    from ci_ml.delivery.registry_reading import require_model
    from ci_ml.evaluation.results import Comparison
    from ci_ml.registry.provenance import Provenance
    from ci_ml.reports.version_diff import VersionDiff, VersionSide, render_diff

    snapshot = open_snapshot(app, offline=offline, address=address)
    require_model(snapshot, model)
    history = snapshot.read(model)
    chosen = [_release(history, name) for name in (before, after)]
    sides = [
        VersionSide(
            release=release,
            stages=tuple(stage for stage, version in sorted(history.holders.items()) if version == release.version),
            evaluation=_filed(snapshot, history, release, "evaluation.json", Comparison),
        )
        for release in chosen
    ]
    provenance = [_filed(snapshot, history, release, "provenance.json", Provenance) for release in chosen]
    files, files_note = (
        (None, "ask in a clone; --remote reads the registry alone.") if address else _files(app, *chosen)
    )
    paired, unpaired = None, "--remote reads the registry alone." if address else ""
    if not address:
        paired, unpaired = _paired(app, model, *chosen, offline=offline)
    differences = _differences(model, chosen, provenance)
    if paired:
        differences = differences.on_the_same_rows(*(side.cut_by for side in sides))
    found = VersionDiff(
        model=model,
        registry=snapshot.head,
        before=sides[0],
        after=sides[1],
        differences=differences,
        files=files,
        files_note=files_note,
        paired=paired,
        unpaired=unpaired,
    )
    app.out(render_diff(found, style=style))
    return 0


def _differences(model: str, releases: "list[Release]", provenance: "list[Provenance | None]") -> "Differences":
    from ci_ml.registry.version_changes import differences

    try:
        return differences(releases[0].facts, releases[1].facts, *provenance)
    except RecursionError:  # what could just be read need not be shallow enough to be written
        names = " or ".join(release.version for release in releases)
        raise VerificationError(f"the parameters of {model} {names} are nested too deeply.") from None


def _release(history: "History", name: str) -> "Release":
    """The version that a name means: what holds a stage of that name, or a version.

    Raises:
        DataError: nobody holds that stage.
        ConfigError: there is no such version, and no such stage.
    """
    from ci_ml.names import with_v
    from ci_ml.text import shown

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


def _filed(snapshot: "Snapshot", history: "History", release: "Release", name: str, kind: type[T]) -> T | None:
    """A file of a version's evidence, its digest checked; None where none was filed.

    Raises:
        VerificationError: it is not what was filed, or it cannot be read.
    """
    from ci_ml.hashing import sha256_hex
    from ci_ml.names import encode
    from ci_ml.registry.events import evidence_folder
    from ci_ml.repository.records import decode

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


def _files(app: App, before: "Release", after: "Release") -> tuple[tuple[tuple[str, str], ...] | None, str]:
    """What differs between the trees of two commits, or why git cannot tell."""
    missing = [release for release in (before, after) if app.git.find(release.commit) is None]
    if missing:
        remote = app.log.remote or "REMOTE"
        names = " ".join(release.commit for release in missing)
        return None, f"this clone lacks {' and '.join(r.commit[:7] for r in missing)}: git fetch {remote} {names}"
    options = ("-r", "-z", "--no-renames", "--name-status", "--end-of-options")
    parts = app.git.ask("diff-tree", *options, before.commit, after.commit).split("\0")
    return tuple(zip(parts[:-1:2], parts[1::2], strict=True)), ""


def _paired(
    app: App, model: str, before: "Release", after: "Release", *, offline: bool
) -> "tuple[Comparison | None, str]":
    """Both versions on the same rows, or one line that says why not."""
    if before.version == after.version:
        return None, ""
    for release in (before, after):
        if release.facts is None or release.facts.predictions is None:
            return None, f"no predictions were filed with {release.version}."
    if offline:
        return None, "--offline fetches no predictions."
    try:
        return _compared(app, model, before, after), ""
    except ModuleNotFoundError as error:
        absent = missing_extra("evaluate", error.name or "", needed_for="it")
        return None, f"{absent.message} {absent.hint}"
    except VerificationError:
        raise
    except CiMlError as error:
        return None, " ".join([error.message, error.hint]).strip()


def _compared(app: App, model: str, before: "Release", after: "Release") -> "Comparison":
    """
    Raises:
        DataError: they were judged on other rows, or their predictions are not to be found.
    """
    from ci_ml.cli.adapters import open_project
    from ci_ml.delivery.model_finder import find_baseline, find_model
    from ci_ml.delivery.registry_view import view_of
    from ci_ml.evaluation.comparison import compare, plan_for
    from ci_ml.evaluation.rows import explain_difference, pair

    source = open_project(app).source(model)
    settings = source.model
    same_digest = before.facts and after.facts and before.facts.rows == after.facts.rows
    # The digest is one of the slices' columns too. Where it differs, those are left aside: the rows may be the same.
    if not same_digest:
        source = replace(source, model=replace(settings, slices=(), gates={}))
    view = view_of(app.log)
    old = find_baseline(source, view, before.version).found
    new = find_model(source, view, after.version)
    if old is None:
        raise DataError(f"the predictions of {before.version} are not to be found.")
    differing = explain_difference(old.predictions, new.predictions)
    if differing:
        same_ids = old.predictions.column_digests["id"] == new.predictions.column_digests["id"]
        what = "; ".join(differing) if same_ids else "they were judged on other rows"
        command = f"ci-ml compare {model} --baseline {before.version} --candidate {after.version}"
        raise DataError(f"{what}; {command} scores both on the same.")
    baseline, candidate = pair(old.predictions, new.predictions)
    plan = plan_for(settings, has_baseline=True)
    return compare(baseline, candidate, replace(plan, levels=(), changes=plan.metrics, slices=()))
