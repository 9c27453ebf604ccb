"""What does GTO make of a model's tags? Its grammar and its rules (of GTO 1.10), read from its behaviour.

GTO has no order of its own: who holds a stage is the newest assignment, by the tagger's clock, of a version that was
not unassigned since and is not deregistered. A stage tag names no version; it means the one that lies on its commit.
"""

import re
from dataclasses import dataclass, field
from typing import Literal, Protocol

from ci_ml.names import LONGEST_STAGE, LONGEST_VERSION, STAGE_PATTERN, VERSION_PATTERN

Action = Literal["deprecate", "register", "deregister", "assign", "unassign", "create"]
# In the order in which GTO takes the events of one second.
PRIORITY: tuple[Action, ...] = ("create", "deprecate", "register", "deregister", "assign", "unassign")

_VERSION = re.sub(r"\((?!\?)", "(?:", VERSION_PATTERN)
_TAG = re.compile(
    rf"(?P<model>(?:[A-Za-z0-9_./-]+=)?{STAGE_PATTERN})"
    rf"(?:(?:#(?P<stage>{STAGE_PATTERN})|@(?P<version>{_VERSION}))(?P<cancel>!?)|@(?P<word>deprecated|created))"
    r"(?:#(?P<counter>[0-9]+))?"
)
_MENTIONED = re.compile(r"(?<![\w.+-])v[0-9][0-9A-Za-z.+-]*")


@dataclass(kw_only=True)
class TagName:
    """A tag's name, taken apart.

    Attributes:
        model: as people write it, `folder:name` in a monorepo.
        ending: what comes after the model, without the counter.
    """

    model: str
    action: Action
    version: str | None = None
    stage: str | None = None
    counter: int | None = None
    ending: str = ""

    @property
    def readable(self) -> bool:
        """Whether ci-ml has room for its stage and version."""
        return len(self.stage or "") <= LONGEST_STAGE and len(self.version or "") <= LONGEST_VERSION


class Said(Protocol):
    """What a tag tells GTO, however it came to be known."""

    action: Action
    version: str | None
    stage: str | None


def parse_tag(name: str) -> TagName | None:
    """A tag's name by GTO's grammar; None where GTO does not read it.

    >>> parse_tag("models/churn=classifier#production!#5").stage
    'production'
    """
    found = _TAG.fullmatch(name)
    if found is None:
        return None
    action: Action
    if found["word"]:
        action = "deprecate" if found["word"] == "deprecated" else "create"
    elif found["version"]:
        action = "deregister" if found["cancel"] else "register"
    else:
        action = "unassign" if found["cancel"] else "assign"
    counter = found["counter"]
    end = found.start("counter") - 1 if counter else len(name)
    return TagName(
        model=found["model"].replace("=", ":"),
        action=action,
        version=found["version"],
        stage=found["stage"],
        counter=int(counter) if counter else None,
        ending=name[len(found["model"]) : end],
    )


def version_of_commit(commit: str) -> str:
    """The version under which ci-ml knows a commit that GTO put into a stage though it has none."""
    return f"v0.0.0-g{commit}"[:LONGEST_VERSION]


@dataclass(kw_only=True)
class TaggedVersion:
    """A version on a commit, as GTO sees it: registered or deregistered, or neither (`version` is None)."""

    version: str | None
    commit: str
    place: int
    active: bool = False
    since: int = 0  # seconds of its newest registration

    @property
    def name(self) -> str:
        return self.version or version_of_commit(self.commit)


@dataclass
class Gto:
    """Tags taken in one by one, in GTO's order: by time, then `PRIORITY`, then name.

    Attributes:
        versions: by (version, commit); GTO knows a version on two commits as two.
        assigned: stage -> (version, commit) -> seconds of the newest assignment, where it stands.
        deprecated: whether the newest tag deprecates the model.
    """

    versions: dict[tuple[str | None, str], TaggedVersion] = field(default_factory=dict)
    assigned: dict[str, dict[tuple[str | None, str], int]] = field(default_factory=dict)
    deprecated: bool = False
    _on: dict[str, list[str]] = field(default_factory=dict)  # commit -> its versions
    _named: dict[str, list[TaggedVersion]] = field(default_factory=dict)  # version -> where it lies
    # What was taken out of a stage before its commit had a version: GTO minds it only once there is one.
    _left: set[tuple[str, str]] = field(default_factory=set)
    _front: dict[str, tuple[str | None, str]] = field(default_factory=dict)  # stage -> whom GTO shows

    def take(self, tag: Said, *, commit: str, at: int, message: str = "") -> None:
        """One more annotated tag.

        Args:
            at: the tagger's time, in seconds.
            message: which version is meant where a commit carries several; GTO itself stops there.
        """
        self.deprecated = tag.action == "deprecate"
        if tag.version is not None:
            standing = self._standing(tag.version, commit)
            standing.active = tag.action == "register"
            standing.since = at if standing.active else standing.since
            for name, times in self.assigned.items():
                if (tag.version, commit) in times:
                    self._look(name)
        elif tag.stage is not None:
            key = (self.meant(commit, tag.stage, message), commit)
            stage = self.assigned.setdefault(tag.stage, {})
            if tag.action == "assign":
                self.versions.setdefault(key, TaggedVersion(version=key[0], commit=commit, place=len(self.versions)))
                stage[key] = at
                self._left.discard((tag.stage, commit))
                front = self._front.get(tag.stage)
                if front == key:
                    self._look(tag.stage)
                elif self._stands(key) and (front is None or self._rank(key, stage) < self._rank(front, stage)):
                    self._front[tag.stage] = key
            elif key[0] is None:
                self._left.add((tag.stage, commit))
            elif stage.pop(key, None) is not None and self._front.get(tag.stage) == key:
                self._look(tag.stage)

    def meant(self, commit: str, stage: str, message: str) -> str | None:
        """The version that a stage tag on a commit means; None where the commit has none.

        Of several, the one that the message names, else the newest that stands.
        """
        versions = self._on.get(commit, [])
        if len(versions) > 1:
            mentioned = {word.rstrip(".") for word in _MENTIONED.findall(message)}
            named = [version for version in versions if version in mentioned]
            inside = [version for version in versions if (version, commit) in self.assigned.get(stage, {})]
            standing = [version for version in versions if self.versions[version, commit].active]
            versions = (named if len(named) == 1 else []) or inside or standing or versions
        return versions[-1] if versions else None

    def crowded(self, commit: str) -> bool:
        """Whether a commit carries several versions: a stage tag there stops GTO."""
        return len(self._on.get(commit, ())) > 1

    def shown(self, stage: str) -> TaggedVersion | None:
        """What GTO shows in a stage."""
        return self.versions[self._front[stage]] if stage in self._front else None

    def inside(self, stage: str) -> list[TaggedVersion]:
        """All that stand in a stage: what GTO shows, then what it would fall back to."""
        times = self.assigned.get(stage, {})
        keys = [key for key in times if self._stands(key)]
        return [self.versions[key] for key in sorted(keys, key=lambda key: self._rank(key, times))]

    def named(self, version: str) -> list[TaggedVersion]:
        """Where a version lies: on one commit, unless somebody registered it again on another."""
        return self._named.get(version, [])

    def dormant(self, version: str) -> list[tuple[str, TaggedVersion]]:
        """Stages in which a version would stand if it were registered again."""
        return [
            (stage, self.versions[key])
            for stage, times in self.assigned.items()
            for key in times
            if key[0] == version and not self.versions[key].active
        ]

    def _look(self, stage: str) -> None:
        """Find out again whom GTO shows."""
        times = self.assigned[stage]
        keys = filter(self._stands, times)
        front = min(keys, key=lambda key: self._rank(key, times), default=None)
        self._front.pop(stage, None)
        if front is not None:
            self._front[stage] = front

    def _stands(self, key: tuple[str | None, str]) -> bool:
        return key[0] is None or self.versions[key].active

    def _rank(self, key: tuple[str | None, str], times: dict[tuple[str | None, str], int]) -> tuple[int, int, int]:
        """The newest first; of two in one second, GTO takes the version that was registered first."""
        standing = self.versions[key]
        return -times[key], standing.since if key[0] is not None else times[key], standing.place

    def _standing(self, version: str, commit: str) -> TaggedVersion:
        key = (version, commit)
        if key not in self.versions:
            self.versions[key] = TaggedVersion(version=version, commit=commit, place=len(self.versions))
            self._on.setdefault(commit, []).append(version)
            self._named.setdefault(version, []).append(self.versions[key])
            if len(self._on[commit]) == 1:
                self._adopt(commit, key)
        return self.versions[key]

    def _adopt(self, commit: str, key: tuple[str, str]) -> None:
        """What the commit was assigned to before it had a version is the version's now."""
        self.versions.pop((None, commit), None)
        for stage, times in self.assigned.items():
            if (None, commit) in times:
                at = times.pop((None, commit))
                if (stage, commit) not in self._left:
                    times[key] = at
                self._look(stage)
