"""`ci-ml registry approve`: say that a model may enter a stage, and sign it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL, REASON, format_option
from ci_ml.errors import ConfigError
from ci_ml.names import with_v

if TYPE_CHECKING:
    from ci_ml.delivery.registry_writer import RegistryWriter
    from ci_ml.registry.payloads import Approved


@click.command()
@MODEL
@click.option("--candidate", metavar="REV", help="The model that this commit trains, as ci-ml gate judged it. Default.")
@click.option("--version", metavar="VERSION", help="A version, with the evaluation that was filed with it.")
@click.option("--stage", metavar="STAGE", help="The stage that it may enter.")
@click.option("--print", "only_print", is_flag=True, help="Print the signed approval, for somebody else to append.")
@click.option(
    "--from",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Append an approval that somebody else signed.",
)
@REASON
@format_option("table", "json")
@click.pass_obj
def approve(
    app: App,
    model: str | None,
    candidate: str | None,
    version: str | None,
    stage: str | None,
    only_print: bool,
    file: Path | None,
    reason: str | None,
    style: str,
) -> int:
    """Approve a model for STAGE, and sign that.

    An approval is of one model file with one evaluation: after another
    training, or another evaluation, it counts no more. It is signed with
    CI_ML_SIGNING_KEY, else with the SSH key that git signs with.

    \b
    Examples:
      ci-ml registry approve late-flight --stage production
      ci-ml registry approve late-flight --version v1.1.0 --stage production
      ci-ml registry approve --from ann.approval
    """
    from ci_ml.cli.adapters import open_git, open_project, registry_log, registry_writer
    from ci_ml.delivery import approving
    from ci_ml.delivery.approvals import refuse_without_signers
    from ci_ml.registry.signing.handover import LARGEST_FILE, write_approval

    handed = file is not None
    if handed and (model or candidate or version or stage or only_print):
        raise ConfigError("--from goes alone, or with --reason: the file says what is approved.")
    if not handed and (not stage or (candidate and version)):
        raise ConfigError(
            "approve takes MODEL and --stage, and at most one of --candidate and --version.",
            hint="ci-ml registry approve --help",
        )
    git = open_git(app)
    log = registry_log(git)
    writer = registry_writer(app, log)
    refuse_without_signers(writer.rules())
    if file is not None:
        with file.open("rb") as stream:
            found = approving.check_handed(writer, stream.read(LARGEST_FILE + 1), name=file.name)
        return _append(app, writer, found.payload, reason or found.reason, style)
    source, wanted = open_project(app, git).source(model), str(stage)
    if version is not None:
        subject = approving.subject_of_version(source, log, app, version=with_v(version), stage=wanted)
    else:
        subject = approving.subject_of_candidate(source, log, app, revision=candidate or "HEAD", stage=wanted)
    payload = approving.sign_approval(writer, subject)
    if only_print:
        app.out(write_approval(payload, reason))
        return 0
    return _append(app, writer, payload, reason, style)


def _append(app: App, writer: "RegistryWriter", payload: "Approved", reason: str | None, style: str) -> int:
    from ci_ml.cli.answers import answer
    from ci_ml.delivery.approving import append_approval

    found = append_approval(writer, payload, reason=reason)
    return answer(
        app,
        found.appended,
        style,
        found.said,
        name=payload.model,
        stage=payload.stage,
        approver=payload.approver,
        model_digest=payload.model_digest,
        evaluation=payload.evaluation,
    )
