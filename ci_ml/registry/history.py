"""Which versions of a model exist, who holds each stage, who held it when? `fold` makes these values from events."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from types import MappingProxyType

from ci_ml.names import parse_version
from ci_ml.registry.events import Event
from ci_ml.registry.facts import Headline
from ci_ml.registry.payloads import Registered


@dataclass(frozen=True, kw_only=True)
class Release:
    """One version of a model, as it stands.

    Attributes:
        commit: the released one.
        facts: what was pinned when ci-ml registered it; None for a version that was imported.
        registered: the event that brought it into the registry.
    """

    version: str
    commit: str
    facts: Registered | None
    registered: Event
    withdrawn: bool = False
    deprecated: bool = False

    @property
    def digest(self) -> str:
        """SHA-256 of the model file; where nobody knows it, version and commit stand for it."""
        return self.facts.model.sha256 if self.facts else f"{self.version} {self.commit}"

    @property
    def precedence(self) -> tuple[object, ...]:
        """Versions in their order."""
        parsed = parse_version(self.version)
        return parsed.precedence if parsed else ()

    @property
    def headline(self) -> Headline | None:
        """The main metric as it was at registration, where it is known."""
        return self.facts.headline if self.facts else None

    @property
    def why(self) -> str:
        """Why it has this number."""
        return self.facts.bump_reason if self.facts else "imported"


@dataclass(frozen=True, kw_only=True)
class Tenure:
    """A version's time in a stage, from the event that brought it there to the one that ended it (None: it holds)."""

    stage: str
    version: str
    began: Event
    ended: Event | None = None

    def covers(self, moment: datetime) -> bool:
        return self.began.moment <= moment and (self.ended is None or moment < self.ended.moment)


@dataclass(frozen=True, kw_only=True)
class History:
    """A model's events and what follows from them.

    Attributes:
        events: oldest first.
        last_digest: SHA-256 of the last event's stored bytes; None without events.
        releases: by version, in the order of registration.
        holders: stage -> version.
        tenures: in the order in which they began.
        rolled_back: versions that a rollback ever removed from a stage.
        barred: digests of models that a rollback removed and no explicit promotion has brought back.
        cursor: the commit of the main branch in the latest promoted or declined event that names one.
        deprecated: whether the whole model is.
    """

    model: str
    events: tuple[Event, ...] = ()
    last_digest: str | None = None
    releases: Mapping[str, Release] = field(default_factory=lambda: MappingProxyType({}))
    holders: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    tenures: tuple[Tenure, ...] = ()
    rolled_back: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    cursor: str | None = None
    deprecated: bool = False

    def facts_of(self, version: str) -> Registered | None:
        """What is pinned about a version; None where there is no such version, or nothing is known of it."""
        release = self.releases.get(version)
        return release.facts if release else None

    @cached_property
    def latest(self) -> Release | None:
        """The highest version that is not withdrawn."""
        standing = [release for release in self.releases.values() if not release.withdrawn]
        return max(standing, key=lambda release: release.precedence, default=None)

    def holder(self, stage: str, *, at: datetime | None = None) -> str | None:
        """Who holds a stage, or held it at a moment; None for nobody."""
        if at is None:
            return self.holders.get(stage)
        return next((t.version for t in reversed(self.tenures) if t.stage == stage and t.covers(at)), None)

    def tenure(self, stage: str) -> Tenure | None:
        """The present holder's time in a stage."""
        return next((t for t in reversed(self.tenures) if t.stage == stage and t.ended is None), None)

    def earlier_holders(self, stage: str) -> tuple[str, ...]:
        """Versions that held a stage and no longer do, the one that left last first, each once."""
        left = [t for t in self.tenures if t.stage == stage and t.ended is not None]
        left.sort(key=lambda t: t.ended.sequence if t.ended else 0, reverse=True)
        return tuple(dict.fromkeys(t.version for t in left if t.version != self.holders.get(stage)))

    def has_held(self, stage: str, version: str) -> bool:
        """Whether a version holds or ever held a stage."""
        return any(t.stage == stage and t.version == version for t in self.tenures)

    def last_move(self, stage: str) -> Event | None:
        """The latest event that changed who holds a stage."""
        moves = (e for t in self.tenures if t.stage == stage for e in (t.began, t.ended) if e is not None)
        return max(moves, key=lambda event: event.sequence, default=None)

    def version_of(self, model_sha256: str) -> Release | None:
        """The version that a model file is."""
        return next((r for r in self.releases.values() if r.facts and r.facts.model.sha256 == model_sha256), None)

    @property
    def stages(self) -> tuple[str, ...]:
        """Every stage that was ever held, in the order of first use."""
        return tuple(dict.fromkeys(t.stage for t in self.tenures))
