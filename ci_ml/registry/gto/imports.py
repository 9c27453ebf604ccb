"""What does an imported tag do to a model's history? The same as to GTO's, and nothing where GTO ignores it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from ci_ml.registry.events import Event
from ci_ml.registry.gto.rules import Gto, Standing, TagName, parse_tag, version_of_commit
from ci_ml.registry.history import History, Release
from ci_ml.registry.payloads import Imported

if TYPE_CHECKING:
    from ci_ml.registry.fold import Folding


def imported_tags(history: History) -> Mapping[str, str]:
    """The tags that were there before the registry: name -> id of the object that each must name."""
    return {event.payload.tag: event.payload.object for event in history.events if isinstance(event.payload, Imported)}


def imported_version(history: History, commit: str) -> str | None:
    """A version that was imported with this commit, be it that the version lies on another one now."""
    tags = (e.payload for e in history.events if isinstance(e.payload, Imported) and e.payload.target == commit)
    versions = (tag.version for tag in map(meaning_of, tags) if tag)
    return next((version for version in versions if version), None)


def meaning_of(payload: Imported) -> TagName | None:
    """What GTO reads in a tag; None for one without effect.

    Those are: lightweight ones, `@created`, names that GTO does not parse, tags that lead to no commit or have no time,
    and stages or versions longer than 64 characters.
    """
    tag = parse_tag(payload.tag)
    if tag is None or tag.action == "create" or not tag.readable:
        return None
    return tag if payload.annotated and payload.time is not None and payload.target_type == "commit" else None


def take(gto: Gto, payload: Imported) -> TagName | None:
    """GTO takes in an imported tag; what it means, None if nothing."""
    tag, moment = meaning_of(payload), payload.moment
    if tag is None or moment is None:
        return None
    gto.take(tag, commit=payload.target, at=int(moment.timestamp()), message=payload.message or "")
    return tag


def replay(payloads: "list[Imported]") -> Gto:
    """What GTO makes of imported tags."""
    gto = Gto()
    for payload in payloads:
        take(gto, payload)
    return gto


def holders_after(folding: "Folding", payload: Imported) -> dict[str, str]:
    """Who holds each stage once a tag is imported."""
    gto, tag = _look_ahead(folding, payload)
    holders = dict(folding.holders)
    for stage in _touched(gto, tag):
        shown = gto.shown(stage)
        holders.pop(stage, None)
        if shown:
            holders[stage] = shown.name
    return holders


def fold_imported(folding: "Folding", event: Event, payload: Imported) -> None:
    """The effect of an `imported` event."""
    tag = parse_tag(payload.tag)
    if folding.events and folding.events[-1].kind != "imported":
        raise folding.contradiction(event, "is imported after events of ci-ml's own")
    if tag is None or tag.model != folding.model:
        raise folding.contradiction(event, "is no tag of this model")
    if event.occurred_at != payload.moment:
        raise folding.contradiction(event, "has another time than its tag")
    gto, tag = _look_ahead(folding, payload)
    folding.foreseen = None
    if tag is None:
        return
    folding.deprecated = gto.deprecated
    if tag.version is not None:
        _rename(folding, gto, payload.target, tag.version)
        _keep(folding, event, best(gto.named(tag.version)), active=any(s.active for s in gto.named(tag.version)))
    elif (None, payload.target) in gto.standings:
        _keep(folding, event, gto.standings[None, payload.target], active=True)
    for stage in _touched(gto, tag):
        shown = gto.shown(stage)
        if folding.holders.get(stage) != (shown.name if shown else None):
            folding.enter(event, stage, shown.name if shown else None)


def _look_ahead(folding: "Folding", payload: Imported) -> tuple[Gto, TagName | None]:
    """What GTO makes of the tags so far and this one, which may have been foreseen before it is added."""
    if folding.foreseen is not None and folding.foreseen == payload and folding.gto is not None:
        return folding.gto, meaning_of(payload)
    if folding.gto is None or folding.foreseen is not None:
        folding.gto = replay([event.payload for event in folding.events if isinstance(event.payload, Imported)])
    folding.foreseen = payload
    return folding.gto, take(folding.gto, payload)


def _touched(gto: Gto, tag: TagName | None) -> list[str]:
    """Stages in which somebody else may stand after a tag."""
    if tag is None:
        return []
    return [tag.stage] if tag.stage is not None else list(gto.assigned) if tag.version is not None else []


def best(standings: list[Standing]) -> Standing:
    """Where a version lies that was registered on several commits: where that was done last."""
    return max(standings, key=lambda standing: (standing.active, standing.since, standing.place))


def _keep(folding: "Folding", event: Event, standing: Standing, *, active: bool) -> None:
    known = folding.releases.get(standing.name)
    folding.releases[standing.name] = Release(
        version=standing.name,
        commit=standing.commit,
        facts=None,
        registered=known.registered if known else event,
        withdrawn=not active,
    )


def _rename(folding: "Folding", gto: Gto, commit: str, version: str) -> None:
    """A commit that stood in a stage without a version has one now, and had it all along."""
    before = version_of_commit(commit)
    if before not in folding.releases or (None, commit) in gto.standings:
        return
    known = folding.releases.pop(before)
    folding.releases.setdefault(version, replace(known, version=version))
    folding.tenures = [replace(t, version=version) if t.version == before else t for t in folding.tenures]
    folding.holders |= {stage: version for stage, holder in folding.holders.items() if holder == before}
