"""What does DVC's configuration say? Read without DVC: the base install fetches from folders and over HTTP."""

import configparser
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ci_ml.errors import MachineError
from ci_ml.git.questions import Git

# Where DVC keeps what is the user's own, such as a password for every repository.
_LOGIN = frozenset({"user", "password", "auth", "custom_auth_header", "ask_password", "token", "keyfile"})
_OF_THE_USER = ("~/.config/dvc/config", "~/Library/Application Support/dvc/config")


@dataclass(frozen=True)
class DvcConfig:
    """The settings that DVC would merge, by section; a remote's section is `remote NAME`."""

    sections: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def default_remote(self) -> str | None:
        """The name of the remote that files go to; None where there is none."""
        return self.sections.get("core", {}).get("remote") or None

    @property
    def cache_folder(self) -> str:
        """DVC's own local cache, relative to `.dvc`."""
        return self.sections.get("cache", {}).get("dir") or "cache"

    def remote(self, name: str) -> Mapping[str, str]:
        """A remote's settings; empty for one that is not defined."""
        return self.sections.get(f"remote {name}", {})


def dvc_folder(root: Path, path: str) -> str:
    """The folder of the DVC project that a path belongs to: the nearest with a `.dvc`, else the root, which is "".

    `dvc init --subdir` makes a project of a folder, and DVC knows it by no other sign.
    """
    folders = [parent.as_posix() for parent in PurePosixPath(path).parents]
    return next((folder for folder in folders if folder != "." and (root / folder / ".dvc").is_dir()), "")


def read_dvc_config(root: Path) -> DvcConfig:
    """The configuration of a working copy: the user's own, then `.dvc/config`, then `.dvc/config.local`.

    Raises:
        MachineError: a file cannot be read.
    """
    names = (".dvc/config", ".dvc/config.local")
    own = [(name, _content(root / name)) for name in names]
    return _merged(own)


def dvc_config_at(git: Git, tree: str) -> DvcConfig:
    """The configuration of a commit or tree, with the user's own below it.

    Raises:
        MachineError: it cannot be read.
    """
    return _merged([(".dvc/config", git.read(tree, ".dvc/config"))])


def _merged(own: Iterable[tuple[str, bytes | None]]) -> DvcConfig:
    found = [(name, content) for name, content in own if content is not None]
    if not found:
        return DvcConfig()  # no DVC here, whatever the user's settings say of other repositories
    theirs = _joined([(name, _content(_at_home(name))) for name in _OF_THE_USER])
    sections = _joined(found)
    for section, settings in theirs.items():
        ours = sections.get(section, {})
        sections[section] = {**_for_the_same_place(settings, ours), **ours}
    return DvcConfig(sections)


def _joined(files: Iterable[tuple[str, bytes | None]]) -> dict[str, dict[str, str]]:
    sections: dict[str, dict[str, str]] = {}
    for name, content in files:
        for section, settings in _parsed(name, content or b"").items():
            sections.setdefault(section, {}).update(settings)
    return sections


def _for_the_same_place(users: Mapping[str, str], ours: Mapping[str, str]) -> Mapping[str, str]:
    """The user's own settings of a remote, as far as they are of the place that the repository names.

    A repository is somebody else's until the opposite is known, and the name of a remote is nobody's: a password goes
    to the URL that it was set for, and to no other.
    """
    place, meant = ours.get("url"), users.get("url")
    if place is None or (meant is not None and meant.rstrip("/") == place.rstrip("/")):
        return users
    if meant is not None:
        return {}
    return {key: value for key, value in users.items() if key not in _LOGIN}


def _at_home(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError:  # a user without a home
        return Path(name)


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise MachineError(f"{path} cannot be read: {error.strerror}.") from None


def _parsed(name: str, content: bytes) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(content.decode("utf-8"))
    except (configparser.Error, UnicodeDecodeError) as error:
        raise MachineError(f"{name} cannot be read: {str(error).splitlines()[0].rstrip('.')}.") from None
    # DVC writes ['remote "name"'].
    return {section.strip("'").replace('"', ""): dict(parser[section]) for section in parser.sections()}
