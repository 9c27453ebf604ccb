"""Whose rules does a change have to meet? Those of the main branch as it was before the change."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ci_ml.config import FILE_NAME, Model, read_config
from ci_ml.delivery.project import ModelSource, Project
from ci_ml.errors import ConfigError, MachineError
from ci_ml.forge.event import Event
from ci_ml.git.default_branch import default_branch
from ci_ml.git.history import deepen_until, fetch_branch, first_parents_of, merge_base, noted_tips
from ci_ml.git.questions import Git
from ci_ml.registry.history import History

_OUTSIDE_CI = Event()


@dataclass(frozen=True, kw_only=True)
class Base:
    """A commit of the main branch, and the model's rules there.

    Attributes:
        commit: None where there was no main branch before.
        model: as the commit's ci-ml.yaml has it; None where it has none.
        note: why there are no rules, in words; empty where there are.
        require: what its registry asks of every model.
    """

    commit: str | None = None
    model: Model | None = None
    note: str = ""
    require: tuple[str, ...] = ()


def base_of_change(source: ModelSource, commit: str | None, *, run: Event = _OUTSIDE_CI) -> Base:
    """The base of a commit, or of the working copy on it: where it left the remote's main branch.

    Args:
        commit: the one that is judged, or that the working copy has checked out.

    Raises:
        MachineError: this clone lacks what tells, and cannot fetch it.
    """
    tip = main_tip(source.project)
    if tip is None or commit is None:
        return Base(note="There is no main branch yet, so the rules of the change itself hold.")
    git = source.project.git
    found = _common(git, commit, tip, remote=remote_of(source.project))
    if found == commit and run.name == "push" and run.base and git.is_ancestor(run.base, commit):
        found = run.base  # main itself, as it was before the push that this run is for
    # A history of its own has no commit in common with main: then main as it is now was there before it.
    return rules_at(source, found or tip)


def base_of_merge(source: ModelSource, commit: str, tips: Collection[str]) -> Base:
    """The base of a commit of the main branch: the newest tip that main had before it, as far as it is known.

    Args:
        tips: see `known_tips`.
    """
    for earlier in first_parents_of(source.project.git, commit):
        if earlier != commit and earlier in tips:
            return rules_at(source, earlier)
    return Base(note="Nothing is known of the main branch before it, so its own rules hold.")


def known_tips(project: Project, history: History, *, run: Event = _OUTSIDE_CI) -> frozenset[str]:
    """Commits that the main branch ended with at some time.

    What one push, one rebase or one stack of pull requests brought has no tip in between, so all of it has one base:
    what the push of this run names as before, what this clone has seen of the main branch, what the registry answered.
    """
    pushed = {run.base} if run.name == "push" and run.base else set()
    return frozenset({*pushed, *noted_tips(project.git, main_reference(project)), *_answered(history)})


def rules_at(source: ModelSource, commit: str) -> Base:
    """The model's rules as that commit has them."""
    model, why = source.project.read_model_at(source.name, commit)
    config, _ = source.project.read_config_at(commit)
    note = f"{why}, so the rules of the change itself hold." if model is None else ""
    return Base(commit=commit, model=model, note=note, require=config.registry.require if config else ())


def main_reference(project: Project) -> str:
    """The main branch by its full name: that of the remote, the one here where there is no remote."""
    remote, configured = remote_of(project), project.config.registry.branch
    name = default_branch(project.git, remote, None if configured and remote else configured).name
    below = f"refs/remotes/{remote}" if remote else "refs/heads"
    if remote and configured and configured != name:
        # A branch that calls itself the main one is none, if the default branch has rules and names another.
        name = _named_by(project.git, f"{below}/{name}", otherwise=configured) or name
    return f"{below}/{name}"


def main_tip(project: Project) -> str | None:
    """The main branch as it was fetched last, fetched now where it never was; None where the remote has none.

    Raises:
        MachineError: it was never fetched and cannot be.
    """
    git, reference, remote = project.git, main_reference(project), remote_of(project)
    tip = git.find(reference)
    if tip is not None or remote is None:
        return tip
    name = reference.removeprefix(f"refs/remotes/{remote}/")
    failed = fetch_branch(git, remote, name)
    if failed:
        raise MachineError(
            f"whose rules count cannot be told: {name} of {remote} was never fetched, and cannot be: {failed}.",
            hint=f"git fetch {remote} {name}:{reference}   (in GitHub Actions: actions/checkout with fetch-depth: 0)",
        )
    return git.find(reference)


def _common(git: Git, commit: str, tip: str, *, remote: str | None) -> str | None:
    found = merge_base(git, commit, tip)
    if found is None and remote is not None and git.is_shallow():
        found = deepen_until(git, remote, lambda: merge_base(git, commit, tip))
        if found is None and git.is_shallow():
            raise MachineError(
                f"this clone is shallow, and lacks where {commit[:12]} left the main branch.",
                hint="git fetch --unshallow   (in GitHub Actions: actions/checkout with fetch-depth: 0)",
            )
    return found


def _named_by(git: Git, reference: str, *, otherwise: str) -> str | None:
    """The main branch as the default branch's own ci-ml.yaml names it; `otherwise` where it has none."""
    content = git.read(reference, FILE_NAME) if git.find(reference) else None
    try:
        return read_config(content.decode("utf-8-sig"), name=FILE_NAME).registry.branch if content else otherwise
    except (ConfigError, UnicodeDecodeError):
        return None


def remote_of(project: Project) -> str | None:
    """The registry's remote; another one where a change names one that is not here."""
    known = project.git.run("remote").text.split()
    return next((name for name in (project.config.registry.remote, "origin", *known) if name in known), None)


def _answered(history: History) -> Iterator[str]:
    if history.cursor is not None:
        yield history.cursor
    for release in history.releases.values():
        if release.facts and release.facts.main_commit:
            yield release.facts.main_commit
