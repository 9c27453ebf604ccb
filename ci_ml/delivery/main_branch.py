"""What did merges bring to the main branch, and which of its commits counts? What is not merged is not promoted."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from ci_ml.delivery.base import main_reference, remote_of
from ci_ml.delivery.merged_model import was_judged
from ci_ml.delivery.project import ModelSource, Project
from ci_ml.delivery.registry_view import RegistryView
from ci_ml.errors import ConfigError, DataError, MachineError
from ci_ml.git.default_branch import default_branch, remote_branches
from ci_ml.git.history import deepen_until, fetch_branch, main_line
from ci_ml.git.questions import Git
from ci_ml.registry.history import History
from ci_ml.registry.merging import Merged
from ci_ml.repository.trees import CommitTree


def merged_commit(project: Project, until: str | None) -> str:
    """The commit of the main branch to promote up to: one that the remote's main has, whatever this clone calls main.

    Args:
        until: as somebody named it; None for HEAD on the main branch, else for the tip of that.

    Raises:
        ConfigError: there is no main branch, or the commit is not on it.
        MachineError: the remote cannot be asked.
    """
    git, reference = project.git, main_reference(project)
    remote, name = remote_of(project), _short(reference)
    tip = _fetched(git, remote, name) if remote else git.find(reference)
    where = f"{remote}/{name}" if remote else name
    on_it = git.branch() in (name, None)
    if tip is None and git.head() is None:
        git.resolve("HEAD")
    if tip is None:
        how = default_branch(git, remote, project.config.registry.branch).how
        raise ConfigError(
            f"there is no branch '{name}' {f'on {remote} ' if remote else ''}({how}).",
            hint=f"git push -u {remote} {name}" if remote else "registry: {branch: NAME} in ci-ml.yaml names yours",
        )
    commit = _named(git, until, on_it=on_it, tip=tip)
    if not git.is_ancestor(commit, tip) and git.is_shallow() and remote:
        deepen_until(git, remote, lambda: commit if git.is_ancestor(commit, tip) else None)
    if not git.is_ancestor(commit, tip):
        raise ConfigError(
            f"commit {commit[:12]} is not on {where}: what is not merged is not promoted.",
            hint=f"git push {remote} {name}" if remote and git.branch() == name else f"git switch {name}",
        )
    return commit


def _short(reference: str) -> str:
    """A branch without what stands before its name."""
    return (
        reference.split("/", 3)[3] if reference.startswith("refs/remotes/") else reference.removeprefix("refs/heads/")
    )


def _fetched(git: Git, remote: str, name: str) -> str | None:
    """The tip of a branch as the remote has it at this moment, fetched if it is not here yet."""
    listed = remote_branches(git, remote)
    if listed.failed:
        raise MachineError(f"{remote} cannot be asked what is on {name}: {listed.failed}.", hint=f"git fetch {remote}")
    tip = listed.heads.get(name)
    if tip is not None and (git.find(tip) is None or git.find(f"refs/remotes/{remote}/{name}") != tip):
        failed = fetch_branch(git, remote, name)
        if failed or git.find(tip) is None:
            raise MachineError(
                f"{name} of {remote} cannot be fetched: {failed or 'it moved'}.", hint=f"git fetch {remote}"
            )
    return tip


def _named(git: Git, until: str | None, *, on_it: bool, tip: str) -> str:
    """The commit that somebody means; a branch goes before a tag of its name."""
    if until is None:
        return git.resolve("HEAD") if on_it else tip
    return git.find(f"refs/heads/{until}") or git.resolve(until)


def merged_since(
    source: ModelSource, view: RegistryView, tips: Collection[str], *, since: str | None, until: str
) -> list[Merged]:
    """The commits that changed what the model is made from, or the names of what is made, oldest first.

    Args:
        tips: what main is known to have ended with; of a merge whose first parent is a branch, what main held counts.
        since: begin after this commit instead of where the registry left off.
    """
    project, history = source.project, view.history(source.name)
    git = project.git
    cursor = since or _cursor(git, history, source.model.merge_stage, until)
    if cursor is not None:
        _have_line(project, cursor, until)
        if git.is_ancestor(until, cursor):
            return []  # an older run of the workflow, started again
    before = _made_at(source, cursor) if cursor else _holders_inputs(history, source.model.merge_stage)
    found: list[Merged] = []
    for commit in main_line(git, tips, since=cursor, until=until):
        if project.model_at(source.name, commit) is None:
            continue
        made = _made_at(source, commit)
        if not _is_same(made, before):
            inputs = made.inputs if made else None
            found.append(Merged(commits=(commit,), inputs=inputs, judged=False))
        elif found:
            found[-1] = replace(found[-1], commits=(*found[-1].commits, commit))
        before = made
    return [replace(one, judged=was_judged(source, one)) for one in found]


def _have_line(project: Project, since: str, until: str) -> None:
    """Fetch what lies between two commits of main where this clone is shallow.

    Raises:
        MachineError: it cannot be had.
    """
    git, remote = project.git, remote_of(project)
    if remote is None or not git.is_shallow() or git.is_ancestor(since, until):
        return
    deepen_until(git, remote, lambda: since if git.is_ancestor(since, until) else None)
    if git.is_shallow() and not git.is_ancestor(since, until):
        raise MachineError(
            f"this clone is shallow, and lacks what main brought since {since[:12]}.",
            hint="git fetch --unshallow   (in GitHub Actions: actions/checkout with fetch-depth: 0)",
        )


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


@dataclass(frozen=True)
class _Made:
    """What a commit's model is made from, and what the files are called that are made."""

    inputs: str
    outputs: tuple[str | None, ...] | None = None


def _is_same(one: _Made | None, other: _Made | None) -> bool:
    """Of a version that was registered the names are not known: there the inputs tell alone."""
    if one is None or other is None:
        return False
    return one.inputs == other.inputs and (None in (one.outputs, other.outputs) or one.outputs == other.outputs)


def _made_at(source: ModelSource, commit: str) -> _Made | None:
    """By the commit's own ci-ml.yaml; None where that commit is broken."""
    model = source.project.model_at(source.name, commit)
    if model is None:
        return None
    try:
        made = replace(source, model=model).provenance(CommitTree(source.project.git, commit))
        return _Made(made.inputs, (model.artifact, model.predictions))
    except (ConfigError, DataError):
        return None  # what cannot be read was not trained


def _holders_inputs(history: History, stage: str | None) -> _Made | None:
    holder = history.holder(stage) if stage else None
    facts = history.facts_of(holder) if holder else None
    return _Made(facts.inputs) if facts and facts.inputs else None
