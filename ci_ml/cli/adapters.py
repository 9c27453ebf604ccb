"""What does a command work with? Built from where it was typed: the repository, its configuration, the registry."""

import re
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from ci_ml.cli.app import App

if TYPE_CHECKING:
    from ci_ml.config import Config, Registry
    from ci_ml.delivery.project import Project
    from ci_ml.delivery.registry_writer import RegistryWriter
    from ci_ml.forge.base import Forge
    from ci_ml.forge.event import Event
    from ci_ml.git.questions import Git
    from ci_ml.registry.signing.policy import Policy
    from ci_ml.repository.event_log.log import EventLog


def open_git(app: App) -> "Git":
    """The repository that the command was typed in.

    Raises:
        MachineError: no git, or no repository here.
    """
    from ci_ml.git.questions import Git

    return Git.discover(app.start)


def root_around(app: App) -> Path | None:
    """The top of the working copy that the command was typed in; None outside of one."""
    from ci_ml.errors import MachineError

    try:
        return open_git(app).root
    except MachineError:
        return None


def open_project(app: App, git: "Git | None" = None) -> "Project":
    """The repository with its ci-ml.yaml.

    Raises:
        MachineError: no git, or no repository here.
        ConfigError: there is no ci-ml.yaml, or it is wrong.
    """
    from ci_ml.delivery.project import Project

    git = git or open_git(app)
    return Project(git=git, config=read_configuration(git.root, app.start), start=app.start)


def read_configuration(root: Path, start: Path) -> "Config":
    """ci-ml.yaml of the working copy.

    Raises:
        ConfigError: there is none, or it is wrong.
    """
    from ci_ml.config import FILE_NAME, read_config

    return read_config(configuration_text(root, start), name=FILE_NAME)


def configuration_text(root: Path, start: Path) -> str:
    """ci-ml.yaml of the working copy as it was written.

    Args:
        start: where the command was typed.

    Raises:
        ConfigError: there is none at the root, one in a folder that was meant, or it is not UTF-8.
    """
    from ci_ml.config import FILE_NAME
    from ci_ml.errors import ConfigError, DataError
    from ci_ml.files import read_text

    path = root / FILE_NAME
    folder = _folder_with_another(root, start)
    if folder is not None:
        move = "Move its models to the one there" if path.is_file() else f"git mv {folder}/{FILE_NAME} there"
        raise ConfigError(
            f"{folder}/{FILE_NAME} is not read: a repository has one {FILE_NAME}, at its root ({root}).",
            hint=f"{move}, and give each of its models a line: folder: {folder}",
        )
    if not path.is_file():
        raise ConfigError(f"{root.name}/ has no {FILE_NAME}.", hint="ci-ml init writes one.")
    try:
        return read_text(path, name=FILE_NAME)
    except DataError as error:
        raise ConfigError(error.message, hint=error.hint) from None


def _folder_with_another(root: Path, start: Path) -> str | None:
    """The folder of a ci-ml.yaml that is not the root's: around `start`, or anywhere if the root has none."""
    from ci_ml.config import FILE_NAME
    from ci_ml.git.questions import Git

    top, here = root.resolve(), start.resolve()
    for folder in (here, *here.parents):
        if folder != top and folder.is_relative_to(top) and (folder / FILE_NAME).is_file():
            return folder.relative_to(top).as_posix()
    if (top / FILE_NAME).is_file():
        return None
    known = Git(root).run("ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", f"*/{FILE_NAME}")
    return known.text.partition("\0")[0].rpartition("/")[0] or None


def says_nothing_of(root: Path, key: str) -> bool:
    """Whether ci-ml.yaml, if there is one, cannot have such a key: told without parsing it, which takes a while."""
    path = root / "ci-ml.yaml"
    # YAML can write a letter of the key as an escape.
    return not (path.is_file() and re.search(rb"%s|\\[xuU]" % key.encode(), path.read_bytes()))


def configured_stages(root: Path, model: str | None) -> tuple[str, ...]:
    """Every stage that ci-ml.yaml names (for one model), in order; a broken one keeps nobody from reading."""
    from ci_ml.errors import ConfigError

    if model is None and says_nothing_of(root, "stages"):
        from ci_ml.vocabulary import STAGES

        return STAGES if (root / "ci-ml.yaml").is_file() else ()
    try:
        models = read_configuration(root, root).models
    except ConfigError:
        return ()
    chosen = [settings for name, settings in models.items() if model in (None, name)]
    return tuple(dict.fromkeys(stage for settings in chosen for stage in settings.stages))


def stages_here(app: App, model: str | None) -> tuple[str, ...]:
    """`configured_stages` of the repository that the command was typed in."""
    return configured_stages(open_git(app).root, model)


def registry_settings(root: Path) -> "Registry":
    """What ci-ml.yaml says of the registry; the defaults where it says nothing, or is not there."""
    if says_nothing_of(root, "registry"):
        from ci_ml.config import Registry

        return Registry()
    return read_configuration(root, root).registry


def registry_remote(root: Path) -> str:
    """Where ci-ml.yaml keeps the registry; the clone need not have that remote."""
    # Without loading the configuration's shape: `registry which` needs no more than this.
    return "origin" if says_nothing_of(root, "registry") else registry_settings(root).remote


def registry_log(git: "Git") -> "EventLog":
    """The registry's log: on the configured remote where there is one, else the local branch.

    It needs no ci-ml.yaml, which is parsed only where it says something of the registry.
    """
    from ci_ml.repository.event_log.log import EventLog

    remote = registry_remote(git.root)
    return EventLog(git, remote if git.has_remote(remote) else None)


def project_log(project: "Project") -> "EventLog":
    """The registry's log of a project; see `registry_log`."""
    from ci_ml.repository.event_log.log import EventLog

    remote = project.config.registry.remote
    return EventLog(project.git, remote if project.git.has_remote(remote) else None)


def main_branch_rules(app: App, git: "Git", settings: "Registry | None" = None) -> "Policy":
    """Who may sign what, and how many must approve, as the main branch says it: the remote's, fetched for this.

    Args:
        settings: what ci-ml.yaml says of the registry, where that is known already.

    Raises:
        MachineError: the main branch is not here and cannot be fetched.
        ConfigError: what the main branch says is wrong.
    """
    from ci_ml.repository.policy import read_policy

    found = read_policy(git, settings or registry_settings(git.root))
    if found.stale:
        app.warn(f"the rules of {found.source} count as they were fetched last: {found.stale}.")
    return found


def project_writer(app: App, project: "Project", log: "EventLog | None" = None) -> "RegistryWriter":
    """What writes to the registry of a project; see `registry_writer`."""
    return registry_writer(app, log or project_log(project), settings=project.config.registry)


def registry_writer(app: App, log: "EventLog", *, settings: "Registry | None" = None) -> "RegistryWriter":
    """What writes to the registry in this command's name, and signs with the key of its environment.

    The rules of the main branch are read when they are asked for, and once.

    Args:
        settings: what ci-ml.yaml says of the registry, where that is known already.
    """
    from ci_ml.delivery.registry_writer import RegistryWriter
    from ci_ml.delivery.signing import VARIABLE, SigningKeys

    git, settings = log.git, settings or registry_settings(log.git.root)
    keys = SigningKeys(git=git, text=app.environ.get(VARIABLE, ""), needed=settings.sign)
    rules = cache(partial(main_branch_rules, app, git, settings))
    return RegistryWriter(log=log, actor=actor(app, git), now=app.now, keys=keys, rules=rules)


def open_forge(root: Path) -> "Forge":
    """Where comments, checks and deployments go."""
    from ci_ml.forge.local import LocalForge
    from ci_ml.repository.records import FOLDER

    return LocalForge(root, f"{FOLDER}/forge")


def ci_event(app: App) -> "Event":
    """Why this command runs, as the CI tells it."""
    from ci_ml.forge.event import read_event

    return read_event(app.environ)


def actor(app: App, git: "Git") -> str:
    """Who acts, for `recorded_by`: the run of a CI and whoever started it, else the git user."""
    event = ci_event(app)
    if event.in_ci:
        return f"{event.actor or 'github-actions'} (run {event.run_id or '?'})"
    from ci_ml.git.writes import committer

    name = (committer(git) or "").partition(" <")[0]
    return name or app.environ.get("USER", "") or "ci-ml"
