"""`ci-ml registry approve`: say that a model may enter a stage, and sign it."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL, REASON, format_option
from ci_ml.errors import ConfigError, DataError, MachineError, VerificationError
from ci_ml.names import with_v
from ci_ml.text import shown

if TYPE_CHECKING:
    from ci_ml.registry.event_builder import Decision
    from ci_ml.registry.payloads import Approved
    from ci_ml.registry.signing.approvals import Subject
    from ci_ml.repository.event_log.snapshot import Snapshot

_LONGEST_SIGNATURE = 2000


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
    from ci_ml.delivery.approvals import refuse_without_signers

    if file is not None:
        if model or candidate or version or stage or only_print:
            raise ConfigError("--from goes alone, or with --reason: the file says what is approved.")
        refuse_without_signers(app.policy)
        return _append(app, *_handed(app, file, reason), style)
    if not stage or (candidate and version):
        raise ConfigError(
            "approve takes MODEL and --stage, and at most one of --candidate and --version.",
            hint="ci-ml registry approve --help",
        )
    refuse_without_signers(app.policy)
    payload = _signed(app, _subject(app, model, candidate, version, stage))
    if only_print:
        from ci_ml.registry.signing.handover import write_approval

        app.out(write_approval(payload, reason))
        return 0
    return _append(app, payload, reason, style)


def _subject(app: App, model: str | None, candidate: str | None, version: str | None, stage: str) -> "Subject":
    """What is approved: digests, from the registry or from the record of the judging."""
    from ci_ml.cli.adapters import open_project
    from ci_ml.delivery.judging_records import record_at
    from ci_ml.delivery.registry_view import newest_view
    from ci_ml.delivery.release_facts import evidence_of, no_artifact
    from ci_ml.hashing import sha256_hex
    from ci_ml.registry.moves import release_of
    from ci_ml.registry.signing.approvals import Subject, subject_of

    source = open_project(app).source(model)
    name, settings = source.name, source.model
    if stage not in settings.stages:
        raise ConfigError(
            f"there is no stage '{shown(stage)}'.", hint=f"Stages, in their order: {', '.join(settings.stages)}."
        )
    if version is not None:
        history = newest_view(app.log, app, model=name).history(name)
        release = release_of(history, with_v(version))
        found = subject_of(history, release.version, stage)
        if found is None:
            raise DataError(f"{name} {release.version} was registered without an evaluation to approve.")
        return found
    commit = app.git.resolve(candidate or "HEAD")
    record = record_at(source.at(commit), commit)
    if record is None:
        raise DataError(f"the inputs of {name} at {commit[:7]} were never judged.", hint=f"ci-ml gate {name}")
    artifact = record.judgement.candidate.artifact
    if artifact is None:
        raise no_artifact(source.project, name)
    history = newest_view(app.log, app, model=name).history(name)
    known = history.version_of(artifact.sha256)
    filed = subject_of(history, known.version, stage) if known else None
    if filed is not None:
        return filed  # the evaluation that was filed is the one that counts from then on
    if not record.judgement.verdict.passes:
        app.warn(f"the gates of {name} at {commit[:7]} do not pass: ci-ml report shows why.")
    evaluation = sha256_hex(evidence_of(record)["evaluation.json"])
    return Subject(model=name, stage=stage, model_digest=artifact.sha256, evaluation=evaluation)


def _signed(app: App, subject: "Subject") -> "Approved":
    """The approval with the signature of this command's key, if that key's holder may approve."""
    from ci_ml.delivery.signing import refuse_revoked
    from ci_ml.registry.signing.approvals import approval_of
    from ci_ml.registry.signing.policy import judge_key
    from ci_ml.registry.signing.sshsig import APPROVAL

    with app.writer.keys.open(needed=True) as key:
        if key is None:
            raise MachineError("there is no key to sign with.")
        standing = judge_key(
            app.policy, key.fingerprint, namespace=APPROVAL, at=app.now, model=subject.model, stage=subject.stage
        )
        why = standing.why or ("" if standing.person else f"{standing.principal}, nobody in particular")
        if why:
            raise MachineError(f"{key.name} would approve as {why}.", hint=_who(app, subject.model, subject.stage))
        refuse_revoked(key, app.policy, APPROVAL, at=app.now)
        signature = key.sign(subject.statement, APPROVAL).decode()
    if len(signature) > _LONGEST_SIGNATURE:
        raise MachineError(f"signatures of {key.name} are too long for an event.", hint="ssh-keygen -t ed25519")
    return approval_of(subject, str(standing.person), signature)


def _handed(app: App, file: Path, reason: str | None) -> "tuple[Approved, str | None]":
    """The approval in a file, once its signature is found good; its approver is whoever signed it.

    Raises:
        DataError: the file is no approval.
        VerificationError: its signature does not hold, or is by nobody who may approve.
    """
    from ci_ml.names import check_model
    from ci_ml.registry.signing.approvals import approval_of, subject_of_approval
    from ci_ml.registry.signing.handover import LARGEST_FILE, read_approval
    from ci_ml.registry.signing.signed import claim_of
    from ci_ml.registry.verification.findings import Finding
    from ci_ml.repository.event_log.signatures import hold_to

    with file.open("rb") as stream:
        payload, given = read_approval(stream.read(LARGEST_FILE + 1), name=file.name)
    check_model(payload.model)
    (found,) = hold_to([claim_of(payload, file.name, at=app.now, policy=app.policy)], app.policy)
    if isinstance(found, Finding):
        raise VerificationError(f"{file.name} {found.what}.", hint=_who(app, payload.model, payload.stage))
    if found.person is None:
        raise VerificationError(f"{file.name} carries an approval by {found.principal}, nobody in particular.")
    return approval_of(subject_of_approval(payload), found.person, payload.signature), reason or given


def _append(app: App, payload: "Approved", reason: str | None, style: str) -> int:
    from ci_ml.cli.answers import answer
    from ci_ml.delivery.signing import may_sign_events
    from ci_ml.registry.event_builder import Decision
    from ci_ml.registry.moves import one_event
    from ci_ml.registry.signing.approvals import subject_of_approval
    from ci_ml.repository.event_log.signatures import count_approvals

    subject = subject_of_approval(payload)
    what = f"{payload.model} {payload.model_digest[:8]} for {payload.stage}"

    def decide(snapshot: "Snapshot") -> "Decision":
        history = snapshot.read(payload.model)
        if payload.approver in count_approvals(history, subject, app.policy).approvers:
            return Decision(note=f"{payload.approver} approved {what} already.")
        return one_event(history, payload, reason)

    # An approval is signed in itself: a key that is for approvals only may append its own.
    appended = app.writer.append(
        decide, signs=may_sign_events(app.writer.keys, app.writer.rules, payload.model, at=app.now)
    )
    found = count_approvals(app.log.read(payload.model), subject, app.policy)
    said = f"{payload.approver} approved {what}"
    if found.needed:
        said += f": {len(found.approvers)} of {found.needed}"
    return answer(
        app,
        appended,
        style,
        said,
        name=payload.model,
        stage=payload.stage,
        approver=payload.approver,
        model_digest=payload.model_digest,
        evaluation=payload.evaluation,
    )


def _who(app: App, model: str, stage: str) -> str:
    able = app.policy.approvers(model, stage, at=app.now)
    return f"{stage} of {model} may be approved by: {', '.join(able) or 'nobody'}."
