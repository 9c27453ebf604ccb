"""`ci-ml registry verify`: can the registry be trusted? It names everything that is wrong, and what it cannot show."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL, format_option
from ci_ml.errors import ConfigError, VerificationError

if TYPE_CHECKING:
    from ci_ml.registry.verification.findings import Finding
    from ci_ml.registry.verification.outcome import Verification

_NEWER = 3


@click.command()
@MODEL
@click.option(
    "--witness", "witnesses", metavar="ID", multiple=True, help="A commit that the registry once had; may be repeated."
)
@click.option("--complete", is_flag=True, help="Fail too where something could not be checked here.")
@click.option("--require-signatures", "required", is_flag=True, help="Unsigned events, and missing approvals, fail.")
@click.option(
    "--allowed-signers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Whose keys count. Default: what the main branch names.",
)
@click.option("--offline", is_flag=True, help="Ask the remote nothing; verify what is in this clone.")
@format_option("table", "json")
@click.pass_obj
def verify(
    app: App,
    model: str | None,
    witnesses: tuple[str, ...],
    complete: bool,
    required: bool,
    allowed_signers: Path | None,
    offline: bool,
    style: str,
) -> int:
    """Prove the registry's history, of MODEL or of all models.

    Every event, commit, page, tag, file of evidence and pinned tree is looked
    at, and everything that is wrong is named. A rewritten branch shows where a
    witness is known: a commit id from a comment, a deployment or a tag.

    Exits 13 where something is wrong, 3 where a newer ci-ml wrote events.

    \b
    Examples:
      ci-ml registry verify
      ci-ml registry verify late-flight --witness 1f0c2d4 --complete
    """
    from ci_ml.delivery.signature_checks import signature_check
    from ci_ml.delivery.verification import verify_log
    from ci_ml.reports.verification import render

    named = {_commit_id(id): f"witness {id}" for id in witnesses}
    findings = [] if offline else _refresh(app)
    if model is not None and app.log.head is not None:
        _known(app, model)
    check, doubts = signature_check(app, required=required, allowed_signers=allowed_signers, offline=offline)
    found = verify_log(app.log, model=model, witnesses=named, offline=offline, checks=[check])
    found = _with(found, [*findings, *doubts])
    app.out(render(found, branch=app.log.branch, complete=complete, style=style))
    if found.failed(complete=complete):
        return VerificationError.exit_code
    return _NEWER if any(finding.kind == "newer" for finding in found.findings) else 0


def _refresh(app: App) -> "list[Finding]":
    """Fetch the branch; a remote that contradicts what was seen of it is a finding like any other."""
    from ci_ml.registry.verification.findings import unchecked, wrong

    log = app.log
    where = f"branch {log.branch}"
    try:
        warning = log.refresh()
    except VerificationError as error:
        return [wrong("rewritten", where, error.message.removeprefix(f"{log.branch} ").rstrip("."))]
    if isinstance(log.problem, VerificationError):
        return [wrong("rewritten", where, log.problem.message.removeprefix(f"{log.branch} ").rstrip("."))]
    return [unchecked("remote", where, warning.rstrip("."))] if warning else []


def _with(found: "Verification", findings: "list[Finding]") -> "Verification":
    from dataclasses import replace

    from ci_ml.registry.verification.outcome import in_order

    return replace(found, findings=in_order([*findings, *found.findings]))


def _commit_id(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{7,64}", text):
        raise ConfigError(f"'{text}' is no commit id.", hint="--witness takes at least seven digits of one: 1f0c2d4")
    return text.lower()


def _known(app: App, model: str) -> None:
    """A model that every commit removed is still one that the registry had."""
    from ci_ml.delivery.registry_reading import require_model
    from ci_ml.names import check_model, encode

    check_model(model)
    head = app.log.head
    was = app.git.run("rev-list", "-1", str(head), "--", f"models/{encode(model)}/events").text.strip()
    if not was:
        require_model(app.log.snapshot(), model)
