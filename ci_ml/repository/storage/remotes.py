"""Which place holds a repository's files, and how is it reached? A folder, a web server, or whatever DVC knows."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ci_ml.errors import MachineError
from ci_ml.files import copy_file
from ci_ml.repository.storage.dvc_config import DvcConfig

# What DVC needs beside itself to reach a place.
_PLUGINS = {
    "s3": "dvc-s3",
    "gs": "dvc-gs",
    "azure": "dvc-azure",
    "ssh": "dvc-ssh",
    "oss": "dvc-oss",
    "gdrive": "dvc-gdrive",
    "hdfs": "dvc-hdfs",
    "webhdfs": "dvc-webhdfs",
    "webdav": "dvc-webdav",
    "webdavs": "dvc-webdav",
}


class Remote(Protocol):
    """A place that holds files by name."""

    @property
    def where(self) -> str:
        """What to call it in a message."""

    def check(self) -> None:
        """
        Raises:
            MachineError: the place itself is not there, so that nothing follows from what it lacks.
        """

    def put(self, name: str, source: Path, *, replace: bool = False) -> None:
        """Store a file under a name; one that is there already stays, unless it is to be replaced."""

    def get(self, name: str, target: Path, *, most: int | None = None) -> bool:
        """Fetch a file of at most so many bytes; False if there is no such name."""

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""


@dataclass(frozen=True)
class FolderRemote:
    """A DVC remote that is a folder."""

    path: Path

    @property
    def where(self) -> str:
        return str(self.path)

    def check(self) -> None:
        if not self.path.is_dir():
            raise MachineError(
                f"the DVC remote {self.where} is not there: what was judged cannot be told.",
                hint="Mount it, or name another: dvc remote modify NAME url URL",
            )

    def put(self, name: str, source: Path, *, replace: bool = False) -> None:
        target = self.path / name
        if replace or not target.exists():
            copy_file(source, target)

    def has(self, name: str) -> bool:
        try:
            return stat.S_ISREG((self.path / name).stat().st_mode)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            raise MachineError(f"{self.where} cannot be read: {error.strerror}.") from None

    def get(self, name: str, target: Path, *, most: int | None = None) -> bool:  # noqa: ARG002 a folder is no stranger
        if not self.has(name):
            return False
        copy_file(self.path / name, target)
        return True


class DvcRemote:
    """Any other DVC remote (S3, GCS, SSH, …), through DVC's own file systems."""

    def __init__(self, root: Path, name: str, *, scheme: str = "") -> None:
        self._name, self._install = name, install_line(scheme)
        try:
            from dvc.repo import Repo
        except ImportError:
            raise MachineError(
                f"the DVC remote '{name}'{f' ({scheme})' if scheme else ''} needs 'dvc', which is not installed.",
                hint=self._install,
            ) from None
        with self._explained():
            self._odb: Any = Repo(str(root)).cloud.get_remote_odb(name)
            # The store's own path ends in files/md5; ours are relative to the remote's root.
            self._base = str(self._odb.path).removesuffix("files/md5").rstrip("/")

    @property
    def where(self) -> str:
        return f"DVC remote '{self._name}'"

    def check(self) -> None:
        """Asking for a file says so by itself."""

    def put(self, name: str, source: Path, *, replace: bool = False) -> None:
        with self._explained():
            target = f"{self._base}/{name}"
            if replace or not self._odb.fs.exists(target):
                self._odb.fs.makedirs(target.rpartition("/")[0], exist_ok=True)
                self._odb.fs.put_file(str(source), target)

    def has(self, name: str) -> bool:
        with self._explained():
            return bool(self._odb.fs.exists(f"{self._base}/{name}"))

    def get(self, name: str, target: Path, *, most: int | None = None) -> bool:  # noqa: ARG002 DVC takes what is there
        if not self.has(name):
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        with self._explained():
            self._odb.fs.get_file(f"{self._base}/{name}", str(target))
        return True

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Whatever a file system raises (each brings its own errors) is one of ours, in its words."""
        try:
            yield
        except Exception as error:
            reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
            lacking = "missing dependencies" in reason
            raise MachineError(
                f"{self.where} cannot be used: {reason}.",
                hint=self._install if lacking else f"dvc status --cloud --remote {self._name}",
            ) from None


def install_line(scheme: str) -> str:
    """What to type so that DVC can reach a place of that kind."""
    plugin = _PLUGINS.get(scheme)
    return f"pip install 'ci-ml[train]'{f' {plugin}' if plugin else ''}  (ci-ml from a path or a git URL: see README)"


def open_remote(config: DvcConfig, *, root: Path | None, workplace: Path) -> Remote | None:
    """The default remote of a DVC configuration; None where it names none.

    Args:
        root: the working copy that relative folders begin from; None where there is none.
        workplace: where DVC itself may be asked to work, which is the working copy where there is one.

    Raises:
        MachineError: the configuration does not say where the remote is, or DVC is needed to reach it.
    """
    name = config.default_remote
    if name is None:
        return None
    settings = config.remote(name)
    url = settings.get("url")
    if url is None:
        raise MachineError(
            f".dvc/config names the remote '{name}' but no url for it.", hint=f"dvc remote add {name} URL"
        )
    if url.startswith("file://"):
        raise MachineError(
            f"the DVC remote '{name}' is {url}, which DVC takes for a folder below the current one.",
            hint=f"dvc remote modify {name} url {url.removeprefix('file://')}",
        )
    scheme, separator, _ = url.partition("://")
    if separator and scheme.lower() in ("http", "https"):
        from ci_ml.repository.storage.http_login import open_http_remote

        return open_http_remote(name, settings, through_dvc=lambda: DvcRemote(workplace, name, scheme=scheme))
    if separator:
        return DvcRemote(workplace, name, scheme=scheme.lower())
    folder = Path(url).expanduser()
    if root is None and not folder.is_absolute():
        raise MachineError(
            f"the DVC remote '{name}' is {url}, a folder beside a working copy, and there is none here.",
            hint="Clone the repository, and run this there.",
        )
    return folder_of_dvc(root or workplace, str(folder))


def folder_of_dvc(root: Path, path: str) -> FolderRemote:
    """A folder as DVC's settings name it, relative to `.dvc`."""
    # Not Path.resolve, which fails where links lead in circles.
    return FolderRemote(Path(os.path.realpath(root / ".dvc" / path)))
