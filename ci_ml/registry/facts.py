"""What is known of a model before it has a version, and how its parts are written. A stored form: it only grows."""

from typing import Annotated

from msgspec import Meta, Struct, field

from ci_ml.digests import Digest, FileDigest, ObjectId, Sha256
from ci_ml.names import LONGEST_STAGE, LONGEST_VERSION, STAGE_PATTERN, VERSION_PATTERN

Stage = Annotated[str, Meta(pattern=rf"\A{STAGE_PATTERN}\Z", max_length=LONGEST_STAGE)]
VersionName = Annotated[str, Meta(pattern=rf"\A{VERSION_PATTERN}\Z", max_length=LONGEST_VERSION)]
Words = Annotated[str, Meta(max_length=2000)]


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
        undecided: gates that were undecided, and did not stop it.
        made_elsewhere: no lock file says from what the files were made.
    """

    commit: ObjectId
    tree: ObjectId
    judged_commit: ObjectId | None = None
    main_commit: ObjectId | None = None
    model: FileDigest
    predictions: FileDigest | None = None
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
    undecided: tuple[Words, ...] = ()
    made_elsewhere: bool = False
