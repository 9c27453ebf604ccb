"""What does an imported tag do to a model's history? The same as to GTO's, and nothing where GTO ignores it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ci_ml.registry.gto.rules import Gto, TaggedVersion, TagName, parse_tag, version_of_commit
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Imported, Placement


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


def best(versions: Iterable[TaggedVersion]) -> TaggedVersion:
    """Where a version lies that was registered on several commits: where that was done last."""
    return max(versions, key=lambda one: (one.active, one.since, one.place))


class Renamed(NamedTuple):
    """A commit that stood in a stage without a version has one now, and had it all along."""

    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class ImportEffect:
    """What one tag does to a history; by default nothing.

    Attributes:
        deprecated: whether the model is from now on; None: as before.
        renamed: where the history knows the first of the two names.
        release: a version that is there from now on, and where it lies.
        withdrawn: whether that version was deregistered.
        placements: who holds each stage that the tag may concern.
    """

    deprecated: bool | None = None
    renamed: Renamed | None = None
    release: TaggedVersion | None = None
    withdrawn: bool = False
    placements: tuple[Placement, ...] = ()


class ImportedTags:
    """What GTO makes of the tags with which a history begins, one after the other."""

    def __init__(self, taken: Iterable[Imported] = ()) -> None:
        self._taken = list(taken)
        self._gto = self._replay()
        # The tag that `_gto` has seen beyond those taken.
        self._foreseen: tuple[Imported, TagName | None] | None = None

    def foresee(self, payload: Imported) -> ImportEffect:
        """What a tag would do if it came next."""
        if self._foreseen is None or self._foreseen[0] != payload:
            if self._foreseen is not None:
                self._gto = self._replay()
            self._foreseen = payload, take(self._gto, payload)
        return _effect(self._gto, payload, self._foreseen[1])

    def take(self, payload: Imported) -> ImportEffect:
        """The next tag, and what it does."""
        effect = self.foresee(payload)
        self._taken.append(payload)
        self._foreseen = None
        return effect

    def _replay(self) -> Gto:
        gto = Gto()
        for payload in self._taken:
            take(gto, payload)
        return gto


def _effect(gto: Gto, payload: Imported, tag: TagName | None) -> ImportEffect:
    """What follows from a tag that GTO has just taken in."""
    if tag is None:
        return ImportEffect()
    release, active, renamed = gto.versions.get((None, payload.target)), True, None
    stages = [tag.stage] if tag.stage is not None else []
    if tag.version is not None:
        named = gto.named(tag.version)
        release, active, stages = best(named), any(one.active for one in named), list(gto.assigned)
        if (None, payload.target) not in gto.versions:
            renamed = Renamed(version_of_commit(payload.target), tag.version)
    return ImportEffect(
        deprecated=gto.deprecated,
        renamed=renamed,
        release=release,
        withdrawn=not active,
        placements=tuple(Placement(stage, shown.name if (shown := gto.shown(stage)) else None) for stage in stages),
    )
