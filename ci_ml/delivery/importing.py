"""Which tags of GTO's become the beginning of the registry, and what comes of them?"""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from ci_ml.delivery.registry_writer import RegistryWriter
from ci_ml.errors import ConfigError, RegistryConflict
from ci_ml.names import check_model, in_tag
from ci_ml.registry.event_builder import Decision
from ci_ml.registry.gto.adopting import Outlook, Remark, adopt, foretell, sort_tags
from ci_ml.registry.payloads import Imported
from ci_ml.repository.event_log.append import Appended
from ci_ml.repository.event_log.existing_tags import fetch_tags, read_tags
from ci_ml.repository.event_log.log import EventLog
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.repository.event_log.tag_state import local_tags

# More patterns than that make no command that anybody would read.
_MOST_MODELS = 3


@dataclass(frozen=True, kw_only=True)
class UnpushedTags:
    """Tags that are in this clone alone, where they do not count; `push` is the command that brings them all over."""

    names: tuple[str, ...] = ()
    remote: str = ""
    push: str = ""


@dataclass(frozen=True, kw_only=True)
class FoundTags:
    """GTO's tags, of one model or of all.

    Attributes:
        models: model -> its tags, in GTO's order.
        left_alone: tags of no model.
    """

    models: Mapping[str, tuple[Imported, ...]]
    left_alone: tuple[Remark, ...]
    unpushed: UnpushedTags


@dataclass(frozen=True, kw_only=True)
class ImportedModel:
    """A model whose history begins with tags, and what they lead to."""

    name: str
    tags: int
    outlook: Outlook


@dataclass(frozen=True, kw_only=True)
class TagImport:
    """What came of an import, or would come of it.

    Attributes:
        models: those that begin now.
        note: why others do not.
        appended: None where nothing was to be written.
    """

    found: FoundTags
    models: tuple[ImportedModel, ...]
    note: str
    head: str | None
    appended: Appended | None


def import_tags(log: EventLog, *, model: str | None, writer: RegistryWriter | None) -> TagImport:
    """Make GTO's tags of a model, or of all, the beginning of the registry.

    Args:
        writer: None to say what would come of it, and write nothing.

    Raises:
        ConfigError: the named model has no tags.
        RegistryConflict: the named model has events already.
    """
    found = find_tags(log, model)

    def decide(snapshot: Snapshot) -> Decision:
        decisions = [_adopted(snapshot, name, tags, named=model is not None) for name, tags in found.models.items()]
        return sum(decisions, Decision())

    appended = writer.append(decide) if writer else None
    decision = appended.decision if appended else decide(log.snapshot())
    begun = {draft.model for draft in decision.drafts}
    return TagImport(
        found=found,
        models=tuple(
            ImportedModel(name=name, tags=len(tags), outlook=foretell(tags))
            for name, tags in found.models.items()
            if name in begun
        ),
        note=decision.note if found.models else "No tag of GTO's was found.",
        head=appended.head if appended else log.head,
        appended=appended,
    )


def find_tags(log: EventLog, model: str | None) -> FoundTags:
    """The tags on the remote, fetched; where there is none, those that are here.

    Raises:
        ConfigError: the named model has no tags.
    """
    if model is not None:
        check_model(model)
    if log.refresh() and log.problem:
        raise log.problem
    there = fetch_tags(log.git, log.remote) if log.remote else local_tags(log.git)
    tags = sort_tags(read_tags(log.git, there))
    unpushed = _unpushed(log, there, model)
    if model is None:
        return FoundTags(models=tags.models, left_alone=tags.left_alone, unpushed=unpushed)
    if model not in tags.models:
        raise ConfigError(
            f"no tag of GTO's speaks of '{model}'.", hint=f"There are tags of: {', '.join(tags.models) or 'no model'}."
        )
    left = tuple(one for one in tags.left_alone if one.tag.startswith(_beginnings(model)))
    return FoundTags(models={model: tags.models[model]}, left_alone=left, unpushed=unpushed)


def _unpushed(log: EventLog, there: Mapping[str, str], model: str | None) -> UnpushedTags:
    if log.remote is None:
        return UnpushedTags()
    here = sort_tags(read_tags(log.git, [name for name in local_tags(log.git) if name not in there])).models
    models = {name: [tag.tag for tag in tags] for name, tags in here.items() if model in (None, name)}
    names = tuple(sorted(tag for tags in models.values() for tag in tags))
    if len(names) == 1:
        wanted = [f"refs/tags/{names[0]}"]
    else:
        starts = [start for name in models for start in _beginnings(name)]
        wanted = [f"refs/tags/{start}*" for start in starts if any(name.startswith(start) for name in names)]
    what = "--tags" if len(models) > _MOST_MODELS else " ".join(map(shlex.quote, wanted))
    return UnpushedTags(names=names, remote=log.remote, push=f"git push {log.remote} {what}")


def _beginnings(model: str) -> tuple[str, str]:
    """What every tag of a model begins with: that of a version, and that of a stage."""
    return f"{in_tag(model)}@", f"{in_tag(model)}#"


def _adopted(snapshot: Snapshot, name: str, tags: tuple[Imported, ...], *, named: bool) -> Decision:
    """The decision on one model; of many, one that has a history already keeps nobody from importing the others."""
    try:
        return adopt(snapshot.read(name), tags)
    except RegistryConflict as error:
        if named:
            raise
        return Decision(note=error.message)
