"""Who may sign what, and how many must approve? What the main branch says of that, asked about one key."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from ci_ml.registry.signing.signers import AllowedSigners
from ci_ml.registry.signing.sshsig import APPROVAL


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The rules of a repository.

    Attributes:
        source: where they stand, such as "main (1a2b3c4)".
        signers: the known keys; None where no file of them is named: then nobody's signature can be told.
        revoked: the content of the file of revoked keys.
        signed_since: events before it may be unsigned, until the first that is signed.
        limits: model -> stage -> the principals that may act on it. A stage without an entry is open to all signers.
        common: the same for models that the main branch does not name (any more).
        stages: model -> its stages, in order.
        approvals: stage -> how many must approve before a version enters it.
        stale: why these may not be the newest rules; empty where they are.
    """

    source: str
    signers: AllowedSigners | None = None
    revoked: bytes | None = None
    signed_since: datetime | None = None
    limits: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=lambda: MappingProxyType({}))
    common: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    stages: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    approvals: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    stale: str = ""

    def names(self, model: str, stage: str | None) -> frozenset[str] | None:
        """The principals that may act on a stage of a model; None for all signers.

        What concerns no stage (registering, withdrawing, ...) is for whoever may act on any stage of the model.
        """
        limits = self.limits.get(model, self.common)
        wanted = [stage] if stage is not None else [*self.stages.get(model, ()), *limits]
        named = [limits.get(one) for one in wanted]
        if not named or any(names is None for names in named):
            return None
        return frozenset(name for names in named for name in names or ())

    def approvers(self, model: str, stage: str, *, at: datetime) -> tuple[str, ...]:
        """The people who may approve this model for a stage: the M of N of M."""
        file, names = self.signers, self.names(model, stage)
        if file is None:
            return ()
        able = [key for key in file.keys if key.serves(APPROVAL) and key.is_valid(at)]
        people = [file.person(key) for key in able if names is None or names & set(key.principals)]
        return tuple(dict.fromkeys(person for person in people if person))


@dataclass(frozen=True, kw_only=True)
class KeyPermission:
    """What the rules say of one key.

    Attributes:
        kind: "allowed", or for machines what is wrong: unknown_key, wrong_purpose, expired, not_allowed.
        why: who it would be, and what is against it; empty where it is allowed.
        principal: the name under which ssh-keygen finds the key.
        person: one name for whoever holds it, however many keys they have; None for nobody in particular.
    """

    kind: str
    why: str = ""
    principal: str = ""
    person: str | None = None


def judge_key(
    policy: Policy, fingerprint: str, *, namespace: str, at: datetime, model: str, stage: str | None
) -> KeyPermission:
    """May this key sign this, by the rules? Whether the signature is good is another question, and so is revocation.

    Args:
        namespace: `sshsig.EVENT` or `sshsig.APPROVAL`.
        at: when it signed, as the event says.
        stage: the one that is acted on; None for what concerns the model as a whole.
    """
    file = policy.signers
    keys = file.of(fingerprint) if file else ()
    if file is None or not keys:
        return KeyPermission(kind="unknown_key", why=f"{fingerprint}, a key that {_named(policy)} does not know")
    who = f"{keys[0].principals[0]} ({fingerprint})"
    keys = tuple(key for key in keys if key.serves(namespace))
    if not keys:
        what = "approvals" if namespace == APPROVAL else "events"
        return KeyPermission(kind="wrong_purpose", why=f"{who}, whose key is not for {what} (namespace {namespace})")
    valid = tuple(key for key in keys if key.is_valid(at))
    if not valid:
        return KeyPermission(kind="expired", why=f"{who}, whose key was not valid on {at:%Y-%m-%d %H:%M} UTC")
    names = policy.names(model, stage)
    keys = tuple(key for key in valid if names is None or names & set(key.principals))
    if not keys:
        what = f"{stage} of {model}" if stage else model
        return KeyPermission(kind="not_allowed", why=f"{who}, who may not act on {what}")
    # A pattern is not a name, but every name that fits it finds the key.
    principal = keys[0].principals[0].replace("*", "x").replace("?", "x")
    return KeyPermission(kind="allowed", principal=principal, person=file.person(keys[0]))


def _named(policy: Policy) -> str:
    return policy.signers.name if policy.signers else policy.source
