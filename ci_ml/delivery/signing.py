"""With which key does this command sign, and may that key sign what is about to be written?"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from ci_ml.cli.app import App
from ci_ml.errors import MachineError
from ci_ml.registry.event_builder import Decision, Signer
from ci_ml.registry.signing.sshsig import EVENT
from ci_ml.repository.event_log.snapshot import Snapshot

if TYPE_CHECKING:
    from ci_ml.repository.event_log.signatures import SigningKey

VARIABLE = "CI_ML_SIGNING_KEY"
Decide = Callable[[Snapshot], Decision]


@contextmanager
def signing(app: App, decide: Decide, *, signs: bool) -> Iterator[tuple[Signer | None, Decide]]:
    """The key that signs this command's events, if there is one, and the same decision held to what it may sign.

    Args:
        signs: False, and no key is looked for.

    Raises:
        MachineError: the key cannot sign, or there is none although `registry.sign` asks for one.
    """
    if not signs:
        yield None, decide
        return
    with signing_key(app, needed=app.registry.sign) as key:
        if key is None:
            yield None, decide
        else:
            yield Signer(key.fingerprint, partial(key.sign, namespace=EVENT)), partial(_held_to_rules, app, key, decide)


@contextmanager
def signing_key(app: App, *, needed: bool) -> "Iterator[SigningKey | None]":
    """The key that CI_ML_SIGNING_KEY names; where one is needed and none is named so, git's own.

    Raises:
        MachineError: it is no key, or there is none although one is needed.
    """
    value, name = app.environ.get(VARIABLE, ""), VARIABLE
    if not value.strip() and needed:
        value, name = _git_key(app), "git's user.signingkey"
    if not value.strip():
        yield None
        return
    from ci_ml.repository.event_log.signatures import open_key

    with open_key(value, root=app.root, name=name) as key:
        yield key


def may_sign_events(app: App, model: str) -> bool:
    """Whether this command's key is one for events, by the rules. A key may be for approvals only."""
    from ci_ml.registry.signing.policy import judge_key

    with signing_key(app, needed=app.registry.sign) as key:
        if key is None or app.policy.signers is None:
            return key is not None
        standing = judge_key(app.policy, key.fingerprint, namespace=EVENT, at=app.now, model=model, stage=None)
        return standing.kind == "allowed"


def refuse_revoked(app: App, key: "SigningKey", namespace: str) -> None:
    """Do not sign what nobody would count.

    Raises:
        MachineError: the main branch lists the key as revoked.
    """
    from ci_ml.registry.signing.signed import Claim
    from ci_ml.repository.event_log.signatures import faults_of

    lines = app.policy.signers.of(key.fingerprint) if app.policy.signers else ()
    if app.policy.revoked is None or not lines:
        return
    names = [name for line in lines for name in line.principals]
    claims = [
        Claim(
            where="", whose="", data=b"", signature=key.sign(b"", namespace), namespace=namespace,
            principal=name, person=None, at=app.now,
        )
        for name in names
    ]  # fmt: skip
    if "revoked" in faults_of(claims, app.policy):
        raise MachineError(
            f"{key.name} is {key.fingerprint}, a key of {names[0]} that was revoked.",
            hint=f"registry.revoked_keys on {app.policy.source} lists it. Nothing was written.",
        )


def _git_key(app: App) -> str:
    ssh = app.git.run("config", "--get", "gpg.format").text.strip() == "ssh"
    value = app.git.run("config", "--type=path", "--get", "user.signingkey").text.strip() if ssh else ""
    if not value:
        raise MachineError(
            "there is no key to sign with.",
            hint=f"{VARIABLE}=~/.ssh/id_ed25519, or: git config gpg.format ssh && git config user.signingkey FILE",
        )
    return value


def _held_to_rules(app: App, key: "SigningKey", decide: Decide, snapshot: Snapshot) -> Decision:
    """The decision, unless its events would carry a signature that everybody has to refuse for good.

    Raises:
        MachineError: the key may not sign one of them.
    """
    from ci_ml.registry.signing.policy import judge_key
    from ci_ml.registry.signing.signed import stage_of

    decision = decide(snapshot)
    if app.policy.signers is None:
        return decision
    if decision.drafts:
        refuse_revoked(app, key, EVENT)
    for draft in decision.drafts:
        standing = judge_key(
            app.policy,
            key.fingerprint,
            namespace=EVENT,
            at=app.now,
            model=draft.model,
            stage=stage_of(draft.payload),
        )
        if standing.kind != "allowed":
            raise MachineError(
                f"{key.name} would sign as {standing.why}.",
                hint=f"{app.policy.signers.name} says who may sign. Nothing was written.",
            )
    return decision
