"""What did verification find? One finding is one thing that is wrong, missing, or could not be looked at."""

from dataclasses import dataclass
from typing import Literal

# wrong: the record contradicts itself, and that fails. missing: a derived tag that can be written again.
# unchecked: what this clone, or this machine, cannot show; it fails only where completeness is asked for.
Weight = Literal["wrong", "missing", "unchecked"]

# Every kind of finding, in the order in which they are told: what it says, in a few words. A new kind is a line here,
# and where it is found; the table in docs/verification.md follows.
KINDS = {
    "rewritten": "the remote's branch no longer contains what was seen there",
    "cut_off": "a witness is not on the branch, or the last events were removed from it",
    "model_removed": "a commit removed all of a model's events",
    "altered": "an event's bytes are not those that were written",
    "dropped": "an event is gone",
    "inserted": "an event was put where others had been",
    "reordered": "an event is not in its place",
    "forked": "two events follow the same one",
    "doubled": "one command's events were added twice",
    "time": "an event is earlier than the one before it",
    "ahead": "an event is dated later than now: a clock was wrong, or somebody",
    "holders": "an event names other holders of stages than follow from the events",
    "meaning": "an event speaks of what cannot be, such as a version that nobody registered",
    "newer": "an event was written by a newer ci-ml",
    "unread": "an event is not in this partial clone",
    "twin": "two models whose names differ only in case",
    "merge": "the branch is not one line of commits",
    "mode": "a link, a submodule or an executable where a plain file belongs",
    "stray": "a file where none belongs",
    "attributes": "the file that keeps git from changing line ends was changed",
    "evidence": "a file filed with a version is gone, changed, or named by no event",
    "signature": "a signature was added to, changed on or taken from the branch, or was not looked into",
    "stripped": "an event names its signer, and its signature is gone",
    "unclaimed": "a signature beside an event that names no signer",
    "rules": "who may sign is not known as of now: the main branch was not fetched",
    "unsigned": "an event, or an approval, without a signature where signatures are required",
    "bad_signature": "a signature is not over these bytes, or by another key than the event names",
    "wrong_namespace": "a signature was made for something else",
    "unknown_key": "a signature by a key that the allowed signers do not name",
    "wrong_purpose": "a signature by a key that is not for this kind of thing",
    "expired": "a signature by a key that was not valid at that time",
    "not_allowed": "a signature by somebody who may not act on this model or stage",
    "revoked": "a signature by a key that was revoked since",
    "unapproved": "a version holds a stage without the approvals that it needs",
    "page": "a page does not say what the events say",
    "tag": "a tag contradicts the log, or is missing",
    "tree": "the code of a version can no longer be had",
    "witness": "a witness cannot be looked for in this clone",
    "boundary": "the clone is shallow: older commits are not here",
    "history": "what a broken history implies cannot be told",
    "remote": "the remote could not be asked",
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that verification found.

    Attributes:
        weight: what it means for the answer; see `Weight`.
        kind: a word for machines, such as altered, dropped, reordered, cut_off, tag, page, evidence, signature.
        where: such as "event 12 of late-flight", "tag late-flight@v1.0.0" or a path on the branch.
        what: the rest of the sentence, without a full stop.
    """

    weight: Weight
    kind: str
    where: str
    what: str


def wrong(kind: str, where: str, what: str) -> Finding:
    """The record contradicts itself."""
    return Finding(weight="wrong", kind=kind, where=where, what=what)


def missing(kind: str, where: str, what: str) -> Finding:
    """Something derived is not here; it can be made again."""
    return Finding(weight="missing", kind=kind, where=where, what=what)


def unchecked(kind: str, where: str, what: str) -> Finding:
    """This clone, or this machine, cannot show it."""
    return Finding(weight="unchecked", kind=kind, where=where, what=what)
