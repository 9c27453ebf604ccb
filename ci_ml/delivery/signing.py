"""With which key does a command sign, and may that key sign what is about to be written?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

from ci_ml.errors import MachineError
from ci_ml.git.questions import Git
from ci_ml.registry.event_builder import Decision, Signer
from ci_ml.registry.signing.policy import Policy, judge_key
from ci_ml.registry.signing.signed import Claim, stage_of
from ci_ml.registry.signing.sshsig import EVENT
from ci_ml.repository.event_log.signatures import SigningKey, faults_of, open_key
from ci_ml.repository.event_log.snapshot import Snapshot

VARIABLE = "CI_ML_SIGNING_KEY"
Decide = Callable[[Snapshot], Decision]
# Who may sign what, by the main branch; reading that may ask the remote, so it is done once, and when it is needed.
Rules = Callable[[], Policy]


@dataclass(frozen=True, kw_only=True)
class SigningKeys:
    """Where a command gets the key from that it signs with.

    Attributes:
        git: the repository; paths of keys begin at its root, and its own signing key is taken where one is needed.
        text: what CI_ML_SIGNING_KEY says: a path, a public key, or a private key itself. Empty for none.
        needed: whether events must be signed (`registry.sign`).
    """

    git: Git
    text: str = field(default="", repr=False)
    needed: bool = False

    @contextmanager
    def open(self, *, needed: bool | None = None) -> Iterator[SigningKey | None]:
        """The key that CI_ML_SIGNING_KEY names; where one is needed and none is named so, git's own.

        Args:
            needed: whether there must be one; None for what is said of events.

        Raises:
            MachineError: it is no key, or there is none although one is needed.
        """
        value, name = self.text, VARIABLE
        if not value.strip() and (self.needed if needed is None else needed):
            value, name = _git_key(self.git), "git's user.signingkey"
        if not value.strip():
            yield None
            return
        with open_key(value, root=self.git.root, name=name) as key:
            yield key


@contextmanager
def signing(keys: SigningKeys, rules: Rules, decide: Decide, *, at: datetime) -> Iterator[tuple[Signer | None, Decide]]:
    """The key that signs a command's events, if there is one, and the same decision held to what it may sign.

    Raises:
        MachineError: the key cannot sign, or there is none although there must be one.
    """
    with keys.open() as key:
        if key is None:
            yield None, decide
        else:
            signer = Signer(key.fingerprint, partial(key.sign, namespace=EVENT))
            yield signer, partial(_held_to_rules, key, rules, at, decide)


def may_sign_events(keys: SigningKeys, rules: Rules, model: str, *, at: datetime) -> bool:
    """Whether this command's key is one for events, by the rules. A key may be for approvals only."""
    with keys.open() as key:
        if key is None:
            return False
        policy = rules()
        if policy.signers is None:
            return True
        return judge_key(policy, key.fingerprint, namespace=EVENT, at=at, model=model, stage=None).kind == "allowed"


def refuse_revoked(key: SigningKey, policy: Policy, namespace: str, *, at: datetime) -> None:
    """Do not sign what nobody would count.

    Raises:
        MachineError: the main branch lists the key as revoked.
    """
    lines = policy.signers.of(key.fingerprint) if policy.signers else ()
    if policy.revoked is None or not lines:
        return
    names = [name for line in lines for name in line.principals]
    claims = [
        Claim(
            where="", whose="", data=b"", signature=key.sign(b"", namespace), namespace=namespace,
            principal=name, person=None, at=at,
        )
        for name in names
    ]  # fmt: skip
    if "revoked" in faults_of(claims, policy):
        raise MachineError(
            f"{key.name} is {key.fingerprint}, a key of {names[0]} that was revoked.",
            hint=f"registry.revoked_keys on {policy.source} lists it. Nothing was written.",
        )


def _git_key(git: Git) -> str:
    ssh = git.run("config", "--get", "gpg.format").text.strip() == "ssh"
    value = git.run("config", "--type=path", "--get", "user.signingkey").text.strip() if ssh else ""
    if not value:
        raise MachineError(
            "there is no key to sign with.",
            hint=f"{VARIABLE}=~/.ssh/id_ed25519, or: git config gpg.format ssh && git config user.signingkey FILE",
        )
    return value


def _held_to_rules(key: SigningKey, rules: Rules, at: datetime, decide: Decide, snapshot: Snapshot) -> Decision:
    """The decision, unless its events would carry a signature that everybody has to refuse for good.

    Raises:
        MachineError: the key may not sign one of them.
    """
    decision, policy = decide(snapshot), rules()
    if policy.signers is None:
        return decision
    if decision.drafts:
        refuse_revoked(key, policy, EVENT, at=at)
    for draft in decision.drafts:
        standing = judge_key(
            policy, key.fingerprint, namespace=EVENT, at=at, model=draft.model, stage=stage_of(draft.payload)
        )
        if standing.kind != "allowed":
            raise MachineError(
                f"{key.name} would sign as {standing.why}.",
                hint=f"{policy.signers.name} says who may sign. Nothing was written.",
            )
    return decision
