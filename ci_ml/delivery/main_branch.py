"""What did merges bring to the main branch, and which of its commits counts? What is not merged is not promoted."""

from dataclasses import dataclass, replace

from ci_ml.delivery.project import ModelSource, Project
from ci_ml.delivery.registry_view import RegistryView
from ci_ml.errors import ConfigError, DataError
from ci_ml.git.default_branch import default_branch
from ci_ml.git.questions import Git
from ci_ml.registry.history import History
from ci_ml.registry.merging import Merged
from ci_ml.repository.trees import CommitTree


@dataclass(frozen=True, kw_only=True)
class Unpushed:
    """A commit that the registry names by now, and the branch that lacks it."""

    commit: str
    where: str


def merged_commit(project: Project, until: str | None) -> str:
    """The commit of the main branch to promote up to.

    Args:
        until: as somebody named it; None for HEAD on the main branch, else for the tip of that.

    Raises:
        ConfigError: there is no main branch, or the commit is not on it.
    """
    git, settings = project.git, project.config.registry
    main = default_branch(git, settings.remote if git.has_remote(settings.remote) else None, settings.branch)
    tips = [git.find(f"refs/remotes/{settings.remote}/{main.name}"), git.find(f"refs/heads/{main.name}")]
    known = [tip for tip in tips if tip is not None]
    on_it = git.branch() in (main.name, None)
    if not known and not (until or on_it):
        raise ConfigError(
            f"there is no branch '{main.name}' ({main.how}).", hint="registry: {branch: NAME} in ci-ml.yaml names yours"
        )
    commit = git.resolve(until or ("HEAD" if on_it else known[-1]))
    if known and not any(git.is_ancestor(commit, tip) for tip in known):
        raise ConfigError(
            f"commit {commit[:12]} is not on {main.name}: what is not merged is not promoted.",
            hint=f"git switch {main.name}",
        )
    return commit


def merged_since(source: ModelSource, view: RegistryView, *, since: str | None, until: str) -> list[Merged]:
    """The commits that changed the model's inputs, oldest first.

    Args:
        since: begin after this commit instead of where the registry left off.
    """
    git, history = source.project.git, view.history(source.name)
    cursor = since or _cursor(git, history, source.model.merge_stage, until)
    if cursor is not None and git.is_ancestor(until, cursor):
        return []  # an older run of the workflow, started again
    before = _inputs_at(source, cursor) if cursor else _holders_inputs(history, source.model.merge_stage)
    found: list[Merged] = []
    for commit in git.first_parents(since=cursor, until=until):
        if source.project.model_at(source.name, commit) is None:
            continue
        inputs = _inputs_at(source, commit)
        if inputs is None or inputs != before:
            judged = inputs is not None and source.project.store.get_record(source.name, inputs) is not None
            found.append(Merged(commits=(commit,), inputs=inputs, judged=judged))
        elif found:
            found[-1] = replace(found[-1], commits=(*found[-1].commits, commit))
        before = inputs
    return found


def newest_unpushed(project: Project, view: RegistryView, commits: list[str]) -> Unpushed | None:
    """Which of these commits of main, named by the registry, the remote's main lacks as it was fetched last.

    Args:
        commits: on one line, in any order; of several that are lacking it is the newest: pushing that brings all.
    """
    git, settings = project.git, project.config.registry
    main = default_branch(git, settings.remote, settings.branch).name if view.remote else ""
    tip = git.find(f"refs/remotes/{settings.remote}/{main}") if view.remote else None
    if tip is None or not commits:
        return None
    newest = git.run("rev-list", "--topo-order", "--max-count=1", *commits, "--not", tip).text.strip()
    # A shallow clone may lack what lies between the two, but not where the remote's main comes first.
    if not newest or (git.is_shallow() and not git.is_ancestor(tip, newest)):
        return None
    return Unpushed(commit=newest, where=f"{settings.remote}/{main}")


def _cursor(git: Git, history: History, stage: str | None, until: str) -> str | None:
    """Where the registry left off: at the commit it last answered.

    Where it never did, at the newest one on this line that came from main or has held the stage that merges lead to;
    a version that was registered by hand and waits for its merge is no answer.
    """
    if history.cursor is not None:
        return history.cursor
    for release in reversed(list(history.releases.values())):
        main_commit = release.facts.main_commit if release.facts else None
        commit = main_commit or release.commit
        settled = main_commit or (stage and history.has_held(stage, release.version))
        if settled and git.find(commit) and git.is_ancestor(commit, until):
            return commit
    return None


def _inputs_at(source: ModelSource, commit: str) -> str | None:
    """The inputs digest of a commit's model by its own ci-ml.yaml; None where that commit is broken."""
    model = source.project.model_at(source.name, commit)
    if model is None:
        return None
    try:
        return replace(source, model=model).provenance(CommitTree(source.project.git, commit)).inputs
    except (ConfigError, DataError):
        return None  # what cannot be read was not trained


def _holders_inputs(history: History, stage: str | None) -> str | None:
    holder = history.holder(stage) if stage else None
    facts = history.facts_of(holder) if holder else None
    return facts.inputs if facts else None
