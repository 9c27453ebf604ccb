"""The kinds of events: what each carries, what it does to a model's history, and how it is said in a few words.

One class is one kind; `KINDS` lists them. What it carries is a stored form: fields may be added, never renamed or
removed. These are msgspec structures, as `Event` is: ten thousand of them are decoded and checked in a tenth of a
second. Fields that a newer ci-ml added are skipped.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple, Protocol

from msgspec import Meta, Struct, field

from ci_ml.digests import Digest, ObjectId, Sha256
from ci_ml.registry.facts import Facts, Stage, VersionName, Words
from ci_ml.text import and_more

# Seconds and the tagger's zone; no later than the year 9999.
TagTime = Annotated[str, Meta(pattern=r"\A(?:0|[1-9][0-9]{0,10}|1[0-9]{11}|2[0-4][0-9]{10}) [+-][0-9]{4}\Z")]
Message = Annotated[str, Meta(max_length=16_000)]


class Placement(NamedTuple):
    """Who holds a stage from now on; None: nobody."""

    stage: str
    version: str | None


class ReleaseInHistory(Protocol):
    """A version that a history has already."""

    @property
    def digest(self) -> str: ...


class HistoryInTheMaking(Protocol):
    """What an event can change, apart from who holds a stage. `fold.Folding` is one."""

    rolled_back: set[str]
    barred: set[str]
    cursor: str | None
    deprecated: bool

    def release(self, version: str) -> ReleaseInHistory:
        """A version that the event speaks of; it contradicts the history where there is no such version."""

    def register(self, payload: "Registered") -> None:
        """A new version."""

    def mark(self, version: str, *, withdrawn: bool | None = None, deprecated: bool | None = None) -> None:
        """Say of a version that it is withdrawn or deprecated, or is so no longer; None: as it was."""

    def import_tag(self, payload: "Imported") -> None:
        """A tag of GTO's begins the history."""


class EventPayload(Struct, frozen=True, kw_only=True):
    """What events of every kind answer. The plain answers are those of a kind that changes nothing."""

    @property
    def placement(self) -> Placement | None:
        """The stage whose holder it changes."""
        return None

    @property
    def said(self) -> str:
        """What happened, such as "promoted v1.1.0 to production"; values come out as they are."""
        return KIND_OF[type(self)].replace("_", " ")

    def apply(self, history: HistoryInTheMaking) -> None:
        """Change the history; the placement follows by itself, once this has found no contradiction."""


class Registered(Facts, EventPayload, frozen=True, kw_only=True):
    """A model got a version; `bump` is major, minor or patch, and `bump_reason` says why.

    `forced` where its gates did not pass, and somebody insisted.
    """

    version: VersionName
    bump: Words
    bump_reason: Words
    forced: bool = False

    @property
    def said(self) -> str:
        parts = [f"registered {self.version}" + (" by force" if self.forced else "")]
        parts += ["made elsewhere"] if self.made_elsewhere else []
        parts += [f"undecided: {and_more(self.undecided, 3)}"] if self.undecided else []
        return ", ".join(parts)

    def apply(self, history: HistoryInTheMaking) -> None:
        history.register(self)


class Promoted(EventPayload, frozen=True, kw_only=True):
    """A version entered a stage. `replaces` is the holder it was expected to replace."""

    stage: Stage
    version: VersionName
    replaces: VersionName | None
    commit: ObjectId
    main_commit: ObjectId | None = None
    forced: bool = False

    @property
    def placement(self) -> Placement:
        return Placement(self.stage, self.version)

    @property
    def said(self) -> str:
        return f"promoted {self.version} to {self.stage}" + (" by force" if self.forced else "")

    def apply(self, history: HistoryInTheMaking) -> None:
        release = history.release(self.version)
        if self.main_commit is not None:
            history.cursor = self.main_commit
        else:  # by hand: that lifts what a rollback decided
            history.barred.discard(release.digest)


class RolledBack(EventPayload, frozen=True, kw_only=True):
    """A stage went back from one version (`left`, stored as "from") to an earlier one."""

    stage: Stage
    version: VersionName
    left: VersionName = field(name="from")

    @property
    def placement(self) -> Placement:
        return Placement(self.stage, self.version)

    @property
    def said(self) -> str:
        return f"rolled back {self.stage} from {self.left} to {self.version}"

    def apply(self, history: HistoryInTheMaking) -> None:
        history.release(self.version)
        history.barred.add(history.release(self.left).digest)
        history.rolled_back.add(self.left)


class Vacated(EventPayload, frozen=True, kw_only=True):
    """A version left a stage and nothing took its place."""

    stage: Stage
    version: VersionName

    @property
    def placement(self) -> Placement:
        return Placement(self.stage, None)

    @property
    def said(self) -> str:
        return f"took {self.version} out of {self.stage}"

    def apply(self, history: HistoryInTheMaking) -> None:
        history.release(self.version)


class Withdrawn(EventPayload, frozen=True, kw_only=True):
    """A version must not be used any more."""

    version: VersionName

    @property
    def said(self) -> str:
        return f"withdrew {self.version}"

    def apply(self, history: HistoryInTheMaking) -> None:
        history.mark(self.version, withdrawn=True)


class Deprecated(EventPayload, frozen=True, kw_only=True):
    """A version, or with None the whole model, should not be used any more."""

    version: VersionName | None

    @property
    def said(self) -> str:
        return f"deprecated {self.version or 'the model'}"

    def apply(self, history: HistoryInTheMaking) -> None:
        if self.version is None:
            history.deprecated = True
        else:
            history.mark(self.version, deprecated=True)


class Restored(EventPayload, frozen=True, kw_only=True):
    """Withdrawn or deprecated is undone."""

    version: VersionName | None

    @property
    def said(self) -> str:
        return f"restored {self.version or 'the model'}"

    def apply(self, history: HistoryInTheMaking) -> None:
        if self.version is None:
            history.deprecated = False
        else:
            history.mark(self.version, withdrawn=False, deprecated=False)


class Approved(EventPayload, frozen=True, kw_only=True):
    """Somebody approved these digests for a stage; `signature` is theirs, over these fields, in OpenSSH's armour."""

    model: Words
    stage: Stage
    model_digest: Sha256
    evaluation: Sha256
    approver: Words
    signature: Words | None = None

    @property
    def said(self) -> str:
        return f"{self.approver} approved it for {self.stage}"


class Declined(EventPayload, frozen=True, kw_only=True):
    """A merged commit was looked at and gets no version.

    `cause` is gates, refused, undecided, superseded, rolled back, ...; `rules` where it alters rules and no model.
    """

    main_commit: ObjectId
    inputs: Digest | None = None
    model_digest: Sha256 | None = None
    cause: Words
    verdict: Sha256 | None = None

    @property
    def said(self) -> str:
        if self.cause == "rules":
            return f"looked at {self.main_commit[:7]}: rules changed, no model"
        return f"declined {self.main_commit[:7]}: {self.cause}"

    def apply(self, history: HistoryInTheMaking) -> None:
        history.cursor = self.main_commit


class Imported(EventPayload, frozen=True, kw_only=True):
    """A tag that was there before the registry, as git has it; `registry.gto` says what it means.

    Attributes:
        tag: its name.
        object: the id of what the name stands for: the tag object, or for a lightweight tag the commit.
        target: what it leads to in the end; `target_type` is commit unless somebody tagged a file or a tree.
        tagger, time: "Name <e-mail>" and "SECONDS ZONE", letter for letter; None where git has none.
        message: as it is, signatures included; where it would not fit, its beginning, and `object` pins the rest.
    """

    tag: Words
    object: ObjectId
    target: ObjectId
    target_type: Words = "commit"
    annotated: bool
    tagger: Words | None = None
    time: TagTime | None = None
    message: Message | None = None

    @property
    def said(self) -> str:
        return f"imported {self.tag}"

    def apply(self, history: HistoryInTheMaking) -> None:
        history.import_tag(self)

    @property
    def moment(self) -> datetime | None:
        """When it was made, by the tagger's clock."""
        return datetime.fromtimestamp(int(self.time.split()[0]), tz=UTC) if self.time else None


KINDS: dict[str, type[EventPayload]] = {
    "registered": Registered,
    "promoted": Promoted,
    "rolled_back": RolledBack,
    "vacated": Vacated,
    "withdrawn": Withdrawn,
    "deprecated": Deprecated,
    "restored": Restored,
    "approved": Approved,
    "declined": Declined,
    "imported": Imported,
}
KIND_OF: dict[type[Any], str] = {payload: kind for kind, payload in KINDS.items()}
# Kinds that change versions or stages, and that this version cannot fold.
NOT_YET: tuple[str, ...] = ()
