"""`ci-ml registry verify`: can the registry be trusted? It names everything that is wrong, and what it cannot show."""

import re
from pathlib import Path

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL, format_option
from ci_ml.errors import ConfigError, VerificationError

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
    from ci_ml.cli.adapters import open_git, registry_log, registry_settings
    from ci_ml.delivery.registry_verification import fetch_for_verifying, require_model_ever, verify_registry
    from ci_ml.delivery.signature_checks import signature_check
    from ci_ml.reports.verification import render
    from ci_ml.repository.policy import read_policy

    named = {_commit_id(id): f"witness {id}" for id in witnesses}
    log = registry_log(open_git(app))
    already = () if offline else fetch_for_verifying(log)
    if model is not None:
        require_model_ever(log, model)
    signatures = signature_check(
        lambda: read_policy(log.git, registry_settings(log.git.root), offline=offline),
        required=required,
        allowed_signers=allowed_signers,
        now=app.now,
    )
    found = verify_registry(
        log, signatures, model=model, witnesses=named, offline=offline, now=app.now, already=already
    )
    app.out(render(found, branch=log.branch, complete=complete, style=style))
    if found.failed(complete=complete):
        return VerificationError.exit_code
    return _NEWER if any(finding.kind == "newer" for finding in found.findings) else 0


def _commit_id(text: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{7,64}", text):
        raise ConfigError(f"'{text}' is no commit id.", hint="--witness takes at least seven digits of one: 1f0c2d4")
    return text.lower()
