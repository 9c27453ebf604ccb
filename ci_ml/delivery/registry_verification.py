"""Can the registry be trusted? Fetch it, hold everything to its rule, and look into its signatures."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ci_ml.delivery.registry_reading import require_model
from ci_ml.delivery.signature_checks import SignatureCheck
from ci_ml.delivery.verification import verify_log
from ci_ml.errors import VerificationError
from ci_ml.names import check_model, encode
from ci_ml.registry.branch_paths import events_folder
from ci_ml.registry.verification.findings import Finding, unchecked, wrong
from ci_ml.registry.verification.outcome import Verification, in_order
from ci_ml.repository.event_log.log import EventLog


def fetch_for_verifying(log: EventLog) -> tuple[Finding, ...]:
    """Fetch the branch; a remote that contradicts what was seen of it is a finding like any other."""
    where = f"branch {log.branch}"
    try:
        warning = log.refresh()
        problem = log.problem if isinstance(log.problem, VerificationError) else None
    except VerificationError as error:
        warning, problem = None, error
    if problem:
        return (wrong("rewritten", where, problem.message.removeprefix(f"{log.branch} ").rstrip(".")),)
    return (unchecked("remote", where, warning.rstrip(".")),) if warning else ()


def verify_registry(
    log: EventLog,
    signatures: SignatureCheck,
    *,
    model: str | None,
    witnesses: Mapping[str, str],
    offline: bool,
    now: datetime | None = None,
    already: tuple[Finding, ...] = (),
) -> Verification:
    """Everything of one model, or of all.

    Args:
        witnesses: commit id, seven digits of it at least -> who names it.
        offline: ask the remote nothing.
        now: no event can be later.
        already: what fetching found.
    """
    found = verify_log(log, model=model, witnesses=witnesses, offline=offline, now=now, checks=[signatures])
    return replace(found, findings=in_order([*already, *signatures.doubts, *found.findings]))


def require_model_ever(log: EventLog, model: str) -> None:
    """Refuse a model that the registry never had; one that a commit removed is still to be verified.

    Raises:
        ConfigError: there never was such a model.
    """
    check_model(model)
    if log.head is None:
        return
    was = log.git.run("rev-list", "-1", log.head, "--", events_folder(encode(model))).text.strip()
    if not was:
        require_model(log.snapshot(), model)
