"""A committed, judged model gets a version: is the judging still that of the files that lie here?"""

from dataclasses import dataclass

from ci_ml.delivery.judging_records import record_at
from ci_ml.delivery.judging_rules import is_current
from ci_ml.delivery.messages import Messages
from ci_ml.delivery.project import ModelSource
from ci_ml.delivery.registration_card import card_of
from ci_ml.delivery.registry_view import newest_view
from ci_ml.delivery.registry_writer import RegistryWriter
from ci_ml.delivery.release_facts import check_durable, evidence_of, facts_of, no_artifact
from ci_ml.delivery.working_copy import model_in_working_copy
from ci_ml.errors import ConfigError, DataError, MachineError
from ci_ml.forge.event import Event
from ci_ml.gates.judgement import Side
from ci_ml.gates.verdict import Verdict
from ci_ml.git.questions import Git
from ci_ml.registry import moves
from ci_ml.registry.event_builder import Decision
from ci_ml.registry.versions import Bump
from ci_ml.repository.event_log.append import Appended
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.repository.records import Record


@dataclass(frozen=True, kw_only=True)
class Registration:
    """What came of registering a model.

    Attributes:
        verdict: what the gates had said.
        appended: None where the gates did not pass, and nobody insisted.
    """

    model: str
    verdict: Verdict
    appended: Appended | None


def register_model(
    source: ModelSource,
    writer: RegistryWriter,
    messages: Messages,
    *,
    run: Event,
    bump: Bump | None = None,
    force: bool = False,
    reason: str | None = None,
) -> Registration:
    """Register the model of the working copy, which must be committed and judged.

    Args:
        run: the one that registers it.
        bump: raise the version at least this much.
        force: although its gates do not pass; then with a reason.

    Raises:
        ConfigError: the model has no artifact, or `force` has no reason.
        MachineError: the working copy has changes that are in no commit.
        DataError: it was not judged as it lies here, or its files could not be fetched elsewhere.
    """
    project, name = source.project, source.name
    if source.model.artifact is None:
        raise no_artifact(project, name)
    if force and not reason:
        raise ConfigError("--force needs a reason.", hint='--reason "why it is registered although gates fail"')
    commit = _clean_head(project.git)
    found = model_in_working_copy(source, messages)
    record = record_at(source, commit)
    if record is None:
        raise DataError(f"the inputs of {name} at {commit[:7]} were never judged.", hint=f"ci-ml gate {name}")
    _refuse_other_files(source, record, found.side)
    if not is_current(source, newest_view(writer.log, messages, model=name), record):
        raise DataError(
            f"the baseline or the rules of {name} changed since ci-ml gate judged it.", hint=f"ci-ml gate {name}"
        )
    verdict = record.judgement.verdict
    if not verdict.passes and not force:
        return Registration(model=name, verdict=verdict, appended=None)
    check_durable(source, record, commit)
    facts = facts_of(project, record, run, commit=commit)
    evidence = evidence_of(record) | card_of(project, record, facts, messages, strict=True)

    def decide(snapshot: Snapshot) -> Decision:
        return moves.register(
            snapshot.read(name), facts, evidence=evidence, at_least=bump, forced=not verdict.passes, reason=reason
        )

    return Registration(model=name, verdict=verdict, appended=writer.append(decide))


def _clean_head(git: Git) -> str:
    """The commit that the working copy is, with nothing added.

    Raises:
        MachineError: it is none.
    """
    changed, commit = git.changed_files(), git.head()
    if changed or commit is None:
        shown = ", ".join(changed[:5]) + (", …" if len(changed) > 5 else "")
        raise MachineError(
            f"the working copy has changes that are in no commit ({shown or 'there is no commit yet'}).",
            hint="git commit them: a version pins a commit that everybody can check out.",
        )
    return commit


def _refuse_other_files(source: ModelSource, record: Record, now: Side) -> None:
    """
    Raises:
        DataError: model or predictions are not those that were judged.
    """
    judged = record.judgement.candidate
    for then, file in ((judged.artifact, now.artifact), (judged.predictions, now.predictions)):
        if then is None or file is None or then.sha256 != file.sha256:
            path = file.path if file else source.model.artifact
            raise DataError(f"{path} changed since ci-ml gate judged it.", hint=f"ci-ml gate {source.name}")
