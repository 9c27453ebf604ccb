"""What an event of each kind carries. This is a stored form: fields may be added, never renamed or removed.

These are msgspec structures, as `Event` is: ten thousand of them are decoded and checked in a tenth of a second.
Fields that a newer ci-ml added are skipped.
"""

from datetime import UTC, datetime
from typing import Annotated, Any

from msgspec import Meta, Struct, field

from ci_ml.names import LONGEST_STAGE, LONGEST_VERSION, STAGE_PATTERN, VERSION_PATTERN

Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Md5 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}(?:\.dir)?\Z")]
ObjectId = Annotated[str, Meta(pattern=r"\A(?:[0-9a-f]{64}|[0-9a-f]{40})\Z")]
Stage = Annotated[str, Meta(pattern=rf"\A{STAGE_PATTERN}\Z", max_length=LONGEST_STAGE)]
VersionName = Annotated[str, Meta(pattern=rf"\A{VERSION_PATTERN}\Z", max_length=LONGEST_VERSION)]
# `sha256:...` or bare hex: digests over several things (rows, inputs, code), compared and shown, never parsed.
# The alternatives stand in this order because none of them then goes over the text a second time.
Digest = Annotated[str, Meta(pattern=r"\A(?:[0-9a-f]{32,128}|[a-z0-9-]+:[0-9a-f]{32,128})\Z")]
Words = Annotated[str, Meta(max_length=2000)]
Size = Annotated[int, Meta(ge=0)]
# Seconds and the tagger's zone; no later than the year 9999.
TagTime = Annotated[str, Meta(pattern=r"\A(?:0|[1-9][0-9]{0,10}|1[0-9]{11}|2[0-4][0-9]{10}) [+-][0-9]{4}\Z")]
Message = Annotated[str, Meta(max_length=16_000)]


class StoredFile(Struct, frozen=True, kw_only=True):
    """A file as it was. `sha256` is ours, `md5` is DVC's name for the same bytes; `size` in bytes."""

    path: Words
    sha256: Sha256
    md5: Md5
    size: Size


class Headline(Struct, frozen=True, kw_only=True):
    """The main metric as it was when the version was registered, for tables; the evaluation has the rest."""

    metric: Words
    value: float
    low: float | None = None
    high: float | None = None


class Facts(Struct, frozen=True, kw_only=True):
    """What is known about a model before it has a version.

    Attributes:
        commit, tree: what was checked out by `register`; in `promote --merged` the first-parent commit of main.
        judged_commit: what was judged, where that is another commit.
        main_commit: the commit of the main branch that brought the model in.
        data: path -> {"md5" | "sha256": hex} of the data the model was made from.
        rows, features, parameters, environment, code, inputs: digests; None where it cannot be told.
        lock_files: path -> SHA-256 of the environment's lock files, wherever they lie in the tree.
        io_schema: digest of what the model answers, which whoever calls it relies on: the task, the classes, and which
            label is the positive one.
        evaluation, verdict: SHA-256 of those evidence files.
    """

    commit: ObjectId
    tree: ObjectId
    judged_commit: ObjectId | None = None
    main_commit: ObjectId | None = None
    model: StoredFile
    predictions: StoredFile | None = None
    data: dict[str, dict[str, str]] = field(default_factory=dict)
    rows: Digest | None = None
    features: Digest | None = None
    parameters: Digest | None = None
    environment: Digest | None = None
    lock_files: dict[str, Sha256] = field(default_factory=dict)
    code: Digest | None = None
    inputs: Digest | None = None
    io_schema: Digest | None = None
    evaluation: Sha256 | None = None
    verdict: Sha256 | None = None
    pull_request: int | None = None
    run_url: Words | None = None
    headline: Headline | None = None


class Registered(Facts, frozen=True, kw_only=True):
    """A model got a version; `bump` is major, minor or patch, and `bump_reason` says why."""

    version: VersionName
    bump: Words
    bump_reason: Words


class Promoted(Struct, frozen=True, kw_only=True):
    """A version entered a stage. `replaces` is the holder it was expected to replace."""

    stage: Stage
    version: VersionName
    replaces: VersionName | None
    commit: ObjectId
    main_commit: ObjectId | None = None
    forced: bool = False


class RolledBack(Struct, frozen=True, kw_only=True):
    """A stage went back from one version (`left`, stored as "from") to an earlier one."""

    stage: Stage
    version: VersionName
    left: VersionName = field(name="from")


class Vacated(Struct, frozen=True, kw_only=True):
    """A version left a stage and nothing took its place."""

    stage: Stage
    version: VersionName


class Withdrawn(Struct, frozen=True, kw_only=True):
    """A version must not be used any more."""

    version: VersionName


class Deprecated(Struct, frozen=True, kw_only=True):
    """A version, or with None the whole model, should not be used any more."""

    version: VersionName | None


class Restored(Struct, frozen=True, kw_only=True):
    """Withdrawn or deprecated is undone."""

    version: VersionName | None


class Approved(Struct, frozen=True, kw_only=True):
    """Somebody approved these digests for a stage; `signature` is theirs, over these fields, in OpenSSH's armour."""

    model: Words
    stage: Stage
    model_digest: Sha256
    evaluation: Sha256
    approver: Words
    signature: Words | None = None


class Declined(Struct, frozen=True, kw_only=True):
    """A merged commit was looked at and gets no version. `cause` is gates, undecided, superseded, rolled back, ..."""

    main_commit: ObjectId
    inputs: Digest | None = None
    model_digest: Sha256 | None = None
    cause: Words
    verdict: Sha256 | None = None


class Imported(Struct, frozen=True, kw_only=True):
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
    def moment(self) -> datetime | None:
        """When it was made, by the tagger's clock."""
        return datetime.fromtimestamp(int(self.time.split()[0]), tz=UTC) if self.time else None


Payload = (
    Registered | Promoted | RolledBack | Vacated | Withdrawn | Deprecated | Restored | Approved | Declined | Imported
)

BY_KIND: dict[str, type[Struct]] = {
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
KIND_OF: dict[type[Any], str] = {payload: kind for kind, payload in BY_KIND.items()}
# Kinds that change versions or stages, and that this version cannot fold.
NOT_YET: tuple[str, ...] = ()
