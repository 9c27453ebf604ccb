"""Has a version the approvals that a stage needs? Counted by good signatures, and by the rules of the main branch."""

from ci_ml.cli.app import App
from ci_ml.errors import CiMlError, ConfigError, RegistryConflict
from ci_ml.registry.history import History
from ci_ml.registry.signing.approvals import explain, subject_of


def what_is_missing(app: App, history: History, version: str, stage: str) -> CiMlError | None:
    """Why a version may not enter a stage for want of approvals; None where it may.

    Raises:
        MachineError, ConfigError: it cannot be told.
    """
    needed = app.policy.approvals.get(stage, 0)
    if needed == 0:
        if app.registry.approvals.get(stage, 0):
            app.warn(f"registry.approvals of {stage} is not on {app.policy.source} yet, so it does not count.")
        return None
    subject = subject_of(history, version, stage)
    if subject is None:
        return RegistryConflict(
            f"{history.model} {version} needs {needed} approvals to enter {stage}, but its evaluation is not known.",
            hint="Register it again from a commit that was judged: only what was evaluated can be approved.",
        )
    from ci_ml.repository.event_log.signatures import count_approvals

    found = count_approvals(history, subject, app.policy)
    if found.missing == 0:
        return None
    able = app.policy.approvers(history.model, stage, at=app.now)
    message, hint = explain(found, version=version, able=able)
    return RegistryConflict(message, hint=hint)


def refuse_unapproved_return(app: App, history: History, version: str, stage: str) -> None:
    """A rollback needs no approvals; but to a version that never held the stage, it would be a way around them.

    Raises:
        RegistryConflict: approvals are missing.
    """
    missing = None if history.has_held(stage, version) else what_is_missing(app, history, version, stage)
    if missing:
        raise missing


def rules(app: App) -> None:
    """Refuse to approve where no approval could count.

    Raises:
        ConfigError: the main branch names no allowed signers.
    """
    if app.policy.signers is None:
        raise ConfigError(
            f"no approval counts yet: {app.policy.source} names no allowed signers.",
            hint="registry: {allowed_signers: FILE} in ci-ml.yaml, both brought to that branch: docs/signatures.md",
        )
