"""May these tags begin a model's history, and what will become of each? Deciding only; reading them is git's part."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ci_ml.errors import ConfigError, RegistryConflict
from ci_ml.names import check_model
from ci_ml.registry.event_builder import Decision, Draft
from ci_ml.registry.gto.imports import imported_tags, meaning_of, take
from ci_ml.registry.gto.rules import PRIORITY, Gto, parse_tag
from ci_ml.registry.gto.tags import implied_tags
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Imported
from ci_ml.text import and_more, shown

_SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Remark:
    """Something to know about one tag."""

    tag: str
    what: str


@dataclass(frozen=True, kw_only=True)
class TagsByModel:
    """Tags by model, in GTO's order, and those that belong to no model."""

    models: dict[str, tuple[Imported, ...]]
    left_alone: tuple[Remark, ...]


def sort_tags(tags: Iterable[Imported]) -> TagsByModel:
    """Which tags belong to which model? Names without "@" and "#" are none of GTO's and are passed over."""
    found: dict[str, list[Imported]] = {}
    left: list[Remark] = []
    twins: dict[str, str] = {}
    for payload in sorted(tags, key=lambda payload: payload.tag):
        name = parse_tag(payload.tag)
        if name is None:
            if "@" in payload.tag or "#" in payload.tag:
                left.append(Remark(tag=payload.tag, what="GTO does not read it"))
            continue
        fault = _unusable(name.model) or _twin(twins, name.model)
        if fault:
            left.append(Remark(tag=payload.tag, what=fault))
        else:
            found.setdefault(name.model, []).append(payload)
    return TagsByModel(models={model: in_order(own) for model, own in found.items()}, left_alone=tuple(left))


def in_order(tags: Iterable[Imported]) -> tuple[Imported, ...]:
    """Tags in GTO's order; those without a time of their own first."""
    return tuple(sorted(tags, key=_place))


def adopt(history: History, tags: Sequence[Imported]) -> Decision:
    """Begin a model's history with these tags; nothing to do where just that was done.

    Args:
        tags: all of the model's, in GTO's order.

    Raises:
        RegistryConflict: the model has events already.
    """
    if not history.events:
        return Decision(drafts=tuple(Draft(model=history.model, payload=payload) for payload in tags))
    there = imported_tags(history)
    own = {tag.name for tag in implied_tags(history, witness=lambda _: None)}
    new = [payload.tag for payload in tags if there.get(payload.tag) != payload.object and payload.tag not in own]
    if not new:
        begun = "its tags are there already" if there else "its tags are ci-ml's own"
        return Decision(note=f"{history.model}: nothing to import, {begun}.")
    raise RegistryConflict(
        f"{history.model} has {len(history.events)} events already, and tags can only begin a history: "
        f"{and_more(new, _SHOWN)} would come after them.",
        hint=f"ci-ml registry history {history.model} shows what is there; ci-ml promote does what the tags say.",
    )


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """What an import leads to.

    Attributes:
        stages: stage -> version.
        remarks: on tags that have no effect, and those at which GTO itself would stop.
    """

    versions: tuple[str, ...]
    stages: dict[str, str]
    remarks: tuple[Remark, ...]


def foretell(tags: Iterable[Imported]) -> Outlook:
    """What comes of the tags of one model, in GTO's order."""
    gto, found = Gto(), []
    for payload in tags:
        why = _ineffective(payload)
        name = parse_tag(payload.tag)
        if why:
            found.append(Remark(tag=payload.tag, what=why))
        elif name and name.stage and gto.crowded(payload.target):
            version = gto.meant(payload.target, name.stage, payload.message or "")
            what = f"taken for {version}: its commit carries several versions, and there GTO stops"
            found.append(Remark(tag=payload.tag, what=what))
        take(gto, payload)
    shown = {stage: standing.name for stage in sorted(gto.assigned) if (standing := gto.shown(stage))}
    versions = tuple(dict.fromkeys(standing.name for standing in gto.versions.values()))
    return Outlook(versions=versions, stages=shown, remarks=tuple(found))


def _ineffective(payload: Imported) -> str | None:
    """Why a tag that GTO's grammar knows changes nothing."""
    if meaning_of(payload) is not None:
        return None
    name = parse_tag(payload.tag)
    if name and name.action == "create":
        return "without effect: @created means nothing, and GTO stops at it"
    if not payload.annotated:
        return "without effect: it is lightweight, and GTO counts only annotated tags"
    if payload.target_type != "commit":
        return f"without effect: it leads to a {payload.target_type}, not to a commit"
    return "without effect: " + ("it has no time" if payload.time is None else "its version or stage is too long")


def _place(payload: Imported) -> tuple[bool, int, int, str]:
    name, moment = parse_tag(payload.tag), payload.moment
    seconds = int(moment.timestamp()) if moment else 0
    return moment is not None, seconds, PRIORITY.index(name.action) if name else 0, payload.tag


def _unusable(model: str) -> str | None:

    try:
        check_model(model)
    except ConfigError as error:
        return error.message.rstrip(".")
    return None


def _twin(twins: dict[str, str], model: str) -> str | None:
    first = twins.setdefault(model.lower(), model)
    return None if first == model else f"'{shown(model)}' differs from '{shown(first)}' only in case"
