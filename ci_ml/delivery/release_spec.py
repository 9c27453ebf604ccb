"""Which release does MODEL@VERSION or MODEL@STAGE name, and which store has its files? For commands that fetch them."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ci_ml.delivery.messages import Messages
from ci_ml.delivery.registry_reading import require_model
from ci_ml.errors import ConfigError, DataError
from ci_ml.files import write_bytes
from ci_ml.names import parse_version, with_v
from ci_ml.registry.history import History, Release
from ci_ml.registry.payloads import Registered
from ci_ml.repository.event_log.log import EventLog
from ci_ml.repository.event_log.snapshot import Snapshot
from ci_ml.repository.restoring.code_tree import bring_tree
from ci_ml.repository.restoring.release import pinned_facts
from ci_ml.repository.storage.artifacts import ArtifactStore, open_store
from ci_ml.repository.storage.dvc_config import dvc_config_at
from ci_ml.text import shown

if TYPE_CHECKING:
    from ci_ml.git.questions import Git


@dataclass(frozen=True, kw_only=True)
class NamedRelease:
    """A release as somebody named it.

    Attributes:
        stage: the stage it was named by; None where it was named by its version.
        git: the repository that the registry was read in.
        git_remote: where that repository gets from what it lacks.
    """

    snapshot: Snapshot
    history: History
    release: Release
    stage: str | None
    git: "Git"
    git_remote: str | None

    @property
    def name(self) -> str:
        return f"{self.history.model} {self.release.version}"

    @property
    def facts(self) -> Registered:
        """See `pinned_facts`."""
        return pinned_facts(self.release)

    @property
    def folder_name(self) -> str:
        """What a folder of this release may be called."""
        return f"{self.history.model.replace('/', '-').replace(':', '-')}-{self.release.version}"


@dataclass(frozen=True, kw_only=True)
class ReleaseName:
    """What somebody wrote to name a release.

    Attributes:
        stage, version: one of the two; the other is None.
    """

    model: str
    stage: str | None = None
    version: str | None = None


def parse_release_name(text: str) -> ReleaseName:
    """
    Raises:
        ConfigError: it names no release.

    >>> parse_release_name("churn@1.2.0").version, parse_release_name("churn@production").stage
    ('v1.2.0', 'production')
    """
    model, _, what = text.rpartition("@")
    if not model or not what:
        raise ConfigError(
            f"'{shown(text)}' is neither MODEL@STAGE nor MODEL@VERSION.",
            hint="Such as late-flight@production, or late-flight@v1.0.0.",
        )
    version = with_v(what)
    if parse_version(version) is not None:
        return ReleaseName(model=model, version=version)
    return ReleaseName(model=model, stage=what)


def find_release(log: EventLog, name: ReleaseName, *, git_remote: str | None) -> NamedRelease:
    """The release that a name means, by the newest state of the registry.

    Args:
        log: refreshed; where that did not work, it says what is the matter.
        git_remote: where its repository gets from what it lacks.

    Raises:
        ConfigError: there is no such model or version.
        DataError: nobody holds the stage.
        MachineError: the remote cannot be asked who holds it.
    """
    snapshot = log.snapshot()
    require_model(snapshot, name.model)
    history = snapshot.read(name.model)
    if name.stage is None:
        version = name.version
    elif log.problem:
        raise log.problem  # who holds a stage may have changed since it was last fetched; a version stays what it is
    else:
        version = history.holder(name.stage)
    if version is None:
        ever = ", ".join(f"{stage} ({holder})" for stage, holder in history.holders.items())
        raise DataError(f"nobody holds {shown(name.stage)} of {name.model}.", hint=f"Held now: {ever or 'no stage'}.")
    if version not in history.releases:
        newest = ", ".join(list(history.releases)[:-6:-1]) or "none yet"
        raise ConfigError(f"{name.model} has no version '{shown(version)}'.", hint=f"Its newest: {newest}.")
    return NamedRelease(
        snapshot=snapshot,
        history=history,
        release=history.releases[version],
        stage=name.stage,
        git=log.git,
        git_remote=git_remote,
    )


def warn_of_lifecycle(named: NamedRelease, messages: Messages) -> None:
    """Say that a release must not be used any more, or is advised against."""
    if named.release.withdrawn:
        messages.warn(f"{named.name} was withdrawn: it must not be used any more.")
    elif named.release.deprecated or named.history.deprecated:
        messages.warn(f"{named.name} is deprecated.")


def store_of(named: NamedRelease, *, own_clone: bool) -> ArtifactStore:
    """The store that has the release's files.

    Args:
        own_clone: whether DVC's configuration is that of the working copy; else it is the released code's own.

    Raises:
        DataError: without a working copy: the released code cannot be had.
        MachineError: the configuration is wrong, or DVC is needed.
    """
    if own_clone:
        return open_store(named.git, git_remote=named.git_remote)

    facts = named.facts
    bring_tree(named.git, named.git_remote, facts.tree, commits=(facts.commit,))
    _lend_dvc(named.git.root, named.git.read(facts.tree, ".dvc/config"))
    return open_store(named.git, git_remote=named.git_remote, config=dvc_config_at(named.git, facts.tree))


def _lend_dvc(folder: Path, config: bytes | None) -> None:
    """A place for DVC to work in, should the remote be one that only DVC can reach."""

    if config is not None:
        write_bytes(folder / ".dvc" / "config", config + b"\n[core]\n    no_scm = true\n")
