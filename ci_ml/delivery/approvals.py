"""Has a version the approvals that a stage needs? Counted by good signatures, and by the rules of the main branch."""

from collections.abc import Mapping
from datetime import datetime

from ci_ml.delivery.signing import Rules
from ci_ml.errors import CiMlError, ConfigError, RegistryConflict
from ci_ml.registry.history import History
from ci_ml.registry.signing.approvals import explain, subject_of
from ci_ml.registry.signing.policy import Policy
from ci_ml.repository.event_log.signatures import count_approvals


def what_is_missing(policy: Policy, history: History, version: str, stage: str, *, at: datetime) -> CiMlError | None:
    """Why a version may not enter a stage for want of approvals; None where it may.

    Raises:
        MachineError: signatures cannot be checked here.
    """
    needed = policy.approvals.get(stage, 0)
    if needed == 0:
        return None
    subject = subject_of(history, version, stage)
    if subject is None:
        return RegistryConflict(
            f"{history.model} {version} needs {needed} approvals to enter {stage}, but its evaluation is not known.",
            hint="Register it again from a commit that was judged: only what was evaluated can be approved.",
        )
    found = count_approvals(history, subject, policy)
    if found.missing == 0:
        return None
    message, hint = explain(found, version=version, able=policy.approvers(history.model, stage, at=at))
    return RegistryConflict(message, hint=hint)


def not_counted_yet(policy: Policy, configured: Mapping[str, int], stage: str) -> tuple[str, ...]:
    """What to say where the working copy asks for approvals of a stage that the main branch does not ask for.

    Args:
        configured: stage -> approvals, by the working copy's ci-ml.yaml.
    """
    if policy.approvals.get(stage, 0) or not configured.get(stage, 0):
        return ()
    return (f"registry.approvals of {stage} is not on {policy.source} yet, so it does not count.",)


def refuse_unapproved_return(rules: Rules, history: History, version: str, stage: str, *, at: datetime) -> None:
    """A rollback needs no approvals; but to a version that never held the stage, it would be a way around them.

    Raises:
        RegistryConflict: approvals are missing.
    """
    if history.has_held(stage, version):
        return
    missing = what_is_missing(rules(), history, version, stage, at=at)
    if missing:
        raise missing


def refuse_without_signers(policy: Policy) -> None:
    """Refuse to approve where no approval could count.

    Raises:
        ConfigError: the main branch names no allowed signers.
    """
    if policy.signers is None:
        raise ConfigError(
            f"no approval counts yet: {policy.source} names no allowed signers.",
            hint="registry: {allowed_signers: FILE} in ci-ml.yaml, both brought to that branch: docs/signatures.md",
        )
