"""What must GTO be told of each event, so that it shows what the registry says?

GTO falls back to whoever was assigned before, takes a deprecated model for a live one as soon as anything happens to
it, unassigns only what has a version, and stops where a stage tag lies on a commit with two. So it is told a little
more than happened, and sometimes less.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ci_ml.registry.events import Event
from ci_ml.registry.gto.imports import best, take
from ci_ml.registry.gto.rules import Action, Gto, TaggedVersion, version_of_commit
from ci_ml.registry.payloads import Deprecated, Imported, Promoted, Registered, Restored, RolledBack, Vacated, Withdrawn


@dataclass(slots=True)
class PlannedTag:
    """One tag: `commit` is where it lies, `said` its first line."""

    action: Action
    commit: str
    said: str
    version: str | None = None
    stage: str | None = None


@dataclass
class TagPlanner:
    """What GTO makes of the tags so far; whoever writes a tag hands it to `gto` before asking for the next.

    Attributes:
        commits: version -> released commit.
    """

    model: str
    gto: Gto = field(default_factory=Gto)
    commits: dict[str, str] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    deprecated: bool = False

    def remember(self, payload: Imported) -> None:
        """A tag that GTO knows already."""
        tag = take(self.gto, payload)
        if tag is None:
            return
        self.deprecated = self.gto.deprecated
        if tag.version is not None:
            standing = best(self.gto.named(tag.version))
            self.commits[tag.version] = standing.commit
            (self.withdrawn.discard if standing.active else self.withdrawn.add)(tag.version)

    def plan(self, event: Event) -> Iterator[PlannedTag]:
        """The tags that an event asks for, in order."""
        told = False
        for what in self.news(event):
            told = True
            yield what
        if told and self.deprecated and not isinstance(event.payload, Deprecated):
            # GTO takes a model for a live one again as soon as anything happens to it.
            yield self.deprecation()

    def news(self, event: Event) -> Iterator[PlannedTag]:
        """What changed for GTO."""
        match event.payload:
            case Registered(version=version, commit=commit):
                self.commits[version] = commit
                yield PlannedTag("register", commit, f"Register {self.model} {version}", version)
            case Promoted(stage=stage, version=version):
                yield from self.move(stage, version, f"Promote {self.model} {version} to {stage}")
            case RolledBack(stage=stage, version=version, left=left):
                yield from self.move(stage, version, f"Roll {stage} of {self.model} back from {left} to {version}")
            case Vacated(stage=stage):
                yield from self.vacate(stage)
            case Withdrawn(version=version):
                self.withdrawn.add(version)
                yield from self.name_bare(version)
                for standing in [s for s in self.gto.named(version) if s.active]:
                    yield PlannedTag("deregister", standing.commit, f"Withdraw {self.model} {version}", version)
            case Restored(version=str(version)) if version in self.withdrawn:
                self.withdrawn.remove(version)
                for stage, standing in self.gto.dormant(version):  # it does not come back into stages
                    yield from self.take_out(stage, standing)
                yield PlannedTag("register", self.commits[version], f"Restore {self.model} {version}", version)
            case Deprecated(version=None):
                self.deprecated = True
                if self.gto.versions:
                    yield self.deprecation()
            case Restored(version=None) if self.deprecated:
                self.deprecated = False
                yield from self.revive()
            case _:
                pass

    def move(self, stage: str, version: str, said: str) -> Iterator[PlannedTag]:
        shown = self.gto.shown(stage)
        if shown is not None:
            yield from self.take_out(stage, shown)
        yield from self.put(stage, version, said)

    def vacate(self, stage: str) -> Iterator[PlannedTag]:
        # GTO falls back to whoever was assigned before and never unassigned; imported registries are full of those.
        for standing in self.gto.inside(stage):
            yield from self.take_out(stage, standing)

    def take_out(self, stage: str, standing: TaggedVersion) -> Iterator[PlannedTag]:
        if standing.version is None:  # GTO unassigns only what has a version
            yield from self.name_bare(standing.name)
        if not self.gto.crowded(standing.commit):
            yield self.leave(stage, standing.commit, standing.name)

    def put(self, stage: str, version: str, said: str) -> Iterator[PlannedTag]:
        yield from self.name_bare(version)
        commit = self.commits[version]
        if not self.gto.crowded(commit):  # GTO stops at a stage tag where it cannot tell which version is meant
            yield PlannedTag("assign", commit, said, stage=stage)

    def leave(self, stage: str, commit: str, version: str) -> PlannedTag:
        return PlannedTag("unassign", commit, f"Take {self.model} {version} out of {stage}", stage=stage)

    def name_bare(self, version: str) -> Iterator[PlannedTag]:
        """Give a commit that GTO knows in a stage, but by no version, the one by which ci-ml knows it."""
        if not version.startswith(version_of_commit("")):  # a version like most: there may be thousands to look through
            return
        if version in self.commits:
            return
        bare = [commit for own, commit in self.gto.versions if own is None and version_of_commit(commit) == version]
        for commit in bare:
            held = [stage for stage in self.gto.assigned if self.holder(stage) == version]
            self.commits[version] = commit
            yield PlannedTag("register", commit, f"Register {self.model} {version}", version)
            for stage in held:  # of two that were assigned in one second, GTO prefers what was registered first
                if self.holder(stage) != version:
                    yield PlannedTag("assign", commit, f"Keep {self.model} {version} in {stage}", stage=stage)

    def holder(self, stage: str) -> str | None:
        shown = self.gto.shown(stage)
        return shown.name if shown else None

    def deprecation(self) -> PlannedTag:
        return PlannedTag("deprecate", list(self.gto.versions.values())[-1].commit, f"Deprecate {self.model}")

    def revive(self) -> Iterator[PlannedTag]:
        """GTO holds a model for deprecated until something else happens to it: say again who holds what, or nobody."""
        held = [(stage, shown) for stage in self.gto.assigned if (shown := self.gto.shown(stage))]
        for stage, shown in held:
            yield from self.put(stage, shown.name, f"Restore {self.model}: {shown.name} holds {stage}")
        commits = [commit for commit in self.commits.values() if not self.gto.crowded(commit)]
        if not held and commits:  # leaving a stage that it is not in is an event too, and changes nothing else
            yield PlannedTag(
                "unassign", commits[-1], f"Restore {self.model}: nothing holds a stage", stage="deprecated"
            )
