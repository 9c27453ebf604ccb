"""What is the state here? Who is in production, what lies in the working copy, and what was found out about it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ci_ml.delivery.judging_records import record_of
from ci_ml.delivery.judging_rules import is_current
from ci_ml.delivery.project import ModelSource, Project
from ci_ml.delivery.project_checks import check_project
from ci_ml.delivery.registry_view import RegistryView
from ci_ml.delivery.working_copy import OutdatedFiles, training_of
from ci_ml.errors import CiMlError
from ci_ml.files import digest_file
from ci_ml.gates.judgement import Judgement
from ci_ml.git.default_branch import default_as_fetched, default_branch
from ci_ml.registry.history import History
from ci_ml.repository.inputs import untracked_inputs
from ci_ml.repository.records import Record
from ci_ml.repository.trees import WorkingTree

Outputs = Literal["missing", "outdated", "current"]


@dataclass(frozen=True, kw_only=True)
class CopyStatus:
    """The working copy.

    Attributes:
        branch: None on a detached HEAD.
        commit: None before the first one.
        changed: files that differ from the commit, new ones included.
        remote: the git remote that holds the registry; None without one.
        unpushed: commits that no branch of the remote has, as it was fetched last.
    """

    branch: str | None
    commit: str | None
    changed: tuple[str, ...]
    remote: str | None
    unpushed: int


@dataclass(frozen=True, kw_only=True)
class HeldStage:
    """Which version holds a stage, and since when."""

    stage: str
    version: str
    since: datetime


@dataclass(frozen=True, kw_only=True)
class ModelStatus:
    """One model.

    Attributes:
        place: where ci-ml.yaml speaks of it.
        stages: those that are held, in the order of ci-ml.yaml.
        goal: the stage that a merge promotes to; None where it only registers.
        outputs: whether its files lie here, and are what the inputs that lie beside them make.
        why: what is missing, or what changed.
        untracked: files that training may read and git does not track: no input of the model yet.
        version: the version that the artifact in the working copy is.
        rolled_back: whether a rollback took that artifact out: no merge brings it back.
        judgement: of the files in the working copy; None where they were not judged here.
        judged_again: whether the gates or the baseline changed since: it has to be judged again.
    """

    name: str
    place: str
    stages: tuple[HeldStage, ...] = ()
    goal: str | None
    latest: str | None = None
    has_train: bool
    has_artifact: bool
    outputs: Outputs
    why: str = ""
    untracked: tuple[str, ...] = ()
    version: str | None = None
    rolled_back: bool = False
    judgement: Judgement | None = None
    judged_again: bool = False

    @property
    def is_delivered(self) -> bool:
        """Whether what lies here is where a merge would bring it."""
        if self.version is None or self.goal is None:
            return self.version is not None
        return any(held.stage == self.goal and held.version == self.version for held in self.stages)


@dataclass(frozen=True, kw_only=True)
class ProjectStatus:
    """Everything that is known without asking a remote.

    Attributes:
        main: the branch whose merges are promotions.
        faults: what of ci-ml.yaml does not fit what lies here; `ci-ml check` says more.
    """

    copy: CopyStatus
    main: str
    models: tuple[ModelStatus, ...]
    faults: tuple[str, ...] = ()


def project_status(project: Project, view: RegistryView) -> ProjectStatus:
    """Look at the working copy, at its records, and at the registry as it was fetched last.

    Raises:
        CiMlError: the registry cannot be read.
    """
    tree = WorkingTree(project.git)
    return ProjectStatus(
        copy=_copy(project),
        main=_main_branch(project),
        models=tuple(_model(project.source(name), view, tree) for name in project.config.models),
        faults=tuple(fault.message for fault in check_project(project).faults),
    )


def _main_branch(project: Project) -> str:
    """As far as it is known without asking the remote."""
    git, settings = project.git, project.config.registry
    fetched = git.run("for-each-ref", "--count=1", f"refs/remotes/{settings.remote}/").text.strip()
    if fetched and not settings.branch:
        return default_as_fetched(git, settings.remote).name
    return default_branch(git, None, settings.branch).name


def _copy(project: Project) -> CopyStatus:
    git, name = project.git, project.config.registry.remote
    remote = name if git.has_remote(name) else None
    commit = git.head()
    unpushed = 0
    if remote and commit:
        unpushed = int(git.run("rev-list", "--count", "HEAD", "--not", f"--remotes={remote}").text or 0)
    return CopyStatus(branch=git.branch(), commit=commit, changed=git.changed_files(), remote=remote, unpushed=unpushed)


def _model(source: ModelSource, view: RegistryView, tree: WorkingTree) -> ModelStatus:
    model, root = source.model, source.project.root
    history = view.history(source.name)
    artifact = None
    if model.artifact and (root / model.artifact).is_file():
        artifact = digest_file(root / model.artifact, name=model.artifact)
    release = history.version_of(artifact.sha256) if artifact else None
    outputs, why = _outputs(source, tree)
    record = _record(source, tree) if outputs == "current" else None
    steps = [step for step in (model.train, model.predict) if step is not None]
    plain = any(step.command and not step.inputs for step in steps)
    return ModelStatus(
        name=source.name,
        place=source.project.config.locate("models", source.name),
        stages=tuple(_held(history, model.stages)),
        goal=model.merge_stage,
        latest=history.latest.version if history.latest else None,
        has_train=model.train is not None,
        has_artifact=model.artifact is not None,
        outputs=outputs,
        why=why,
        untracked=tuple(untracked_inputs(tree, source.outputs)) if plain else (),
        version=release.version if release else None,
        rolled_back=artifact is not None and artifact.sha256 in history.barred,
        judgement=record.judgement if record else None,
        judged_again=record is not None and not is_current(source, view, record),
    )


def _held(history: History, stages: Iterable[str]) -> Iterable[HeldStage]:
    for stage in stages:
        tenure = history.tenure(stage)
        if tenure is not None:
            yield HeldStage(stage=stage, version=tenure.version, since=tenure.began.moment)


def _outputs(source: ModelSource, tree: WorkingTree) -> tuple[Outputs, str]:
    model, root = source.model, source.project.root
    for path in filter(None, (model.predictions, model.artifact)):
        if not (root / path).is_file():
            return "missing", f"there is no {path}"
    try:
        training_of(source, source.provenance(tree), tree)
    except OutdatedFiles as error:
        return "outdated", error.reason
    except CiMlError as error:
        return "outdated", error.message.rstrip(".")
    return "current", ""


def _record(source: ModelSource, tree: WorkingTree) -> Record | None:
    """The judging of just these files, as far as this clone has it."""
    try:
        record = record_of(source, source.provenance(tree).inputs, store=source.project.store.local)
        if record is None:
            return None
        judged = record.judgement.candidate
        for file in filter(None, (judged.predictions, judged.artifact)):
            if digest_file(source.project.root / file.path, name=file.path).sha256 != file.sha256:
                return None
    except CiMlError:  # whatever is wrong with it: `gate` says so, and writes it anew
        return None
    return record
