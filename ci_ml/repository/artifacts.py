"""Models and predictions by digest: put where every clone can fetch them, and fetched back verified.

The store is the DVC remote where there is one, in DVC's own layout (`files/md5/ab/cdef…`), so that `dvc pull` and
ci-ml share one copy; else git itself, for files that are tracked. Records lie beside, by inputs digest.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from ci_ml.errors import DataError, MachineError, VerificationError, missing_extra
from ci_ml.gates.judgement import FileDigest
from ci_ml.registry.names import encode as encode_name
from ci_ml.repository.files import copy_file, digest_file, write_bytes
from ci_ml.repository.git import Git
from ci_ml.repository.git_writes import fetch
from ci_ml.repository.records import FOLDER


class Remote(Protocol):
    """A place that holds files by name."""

    @property
    def where(self) -> str:
        """What to call it in a message."""

    def put(self, name: str, source: Path, *, replace: bool = False) -> None:
        """Store a file under a name; one that is there already stays, unless it is to be replaced."""

    def get(self, name: str, target: Path) -> bool:
        """Fetch a file; False if there is no such name."""

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""


@dataclass(frozen=True)
class FolderRemote:
    """A DVC remote that is a folder."""

    path: Path

    @property
    def where(self) -> str:
        return str(self.path)

    def put(self, name: str, source: Path, *, replace: bool = False) -> None:
        target = self.path / name
        if replace or not target.exists():
            copy_file(source, target)

    def has(self, name: str) -> bool:
        return (self.path / name).is_file()

    def get(self, name: str, target: Path) -> bool:
        source = self.path / name
        if not source.is_file():
            return False
        copy_file(source, target)
        return True


class DvcRemote:
    """Any other DVC remote (S3, GCS, SSH, …), through DVC's own file systems."""

    def __init__(self, root: Path, name: str) -> None:
        try:
            from dvc.repo import Repo
        except ImportError:
            raise missing_extra("train", "dvc", needed_for=f"the DVC remote '{name}'") from None
        self._name = name
        with self._explained():
            self._odb: Any = Repo(str(root)).cloud.get_remote_odb(name)
            # The store's own path ends in files/md5; ours are relative to the remote's root.
            self._base = str(self._odb.path).removesuffix("files/md5").rstrip("/")

    @property
    def where(self) -> str:
        return f"DVC remote '{self._name}'"

    def put(self, name: str, source: Path, *, replace: bool = False) -> None:
        with self._explained():
            target = f"{self._base}/{name}"
            if replace or not self._odb.fs.exists(target):
                self._odb.fs.makedirs(target.rpartition("/")[0], exist_ok=True)
                self._odb.fs.put_file(str(source), target)

    def has(self, name: str) -> bool:
        with self._explained():
            return bool(self._odb.fs.exists(f"{self._base}/{name}"))

    def get(self, name: str, target: Path) -> bool:
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
            raise MachineError(
                f"{self.where} cannot be used: {reason}.", hint=f"dvc status --cloud --remote {self._name}"
            ) from None


@dataclass(frozen=True)
class ArtifactStore:
    """Where this repository's models and predictions live.

    Attributes:
        remote: the DVC remote; None without one.
        git_remote: the git remote that a shallow clone asks for the commits it lacks; None without one.
    """

    git: Git
    remote: Remote | None
    git_remote: str | None = None

    @property
    def cache(self) -> Path:
        return self.git.root / FOLDER / "cache"

    @property
    def local(self) -> "ArtifactStore":
        """The same store without its remote."""
        return replace(self, remote=None)

    def put(self, file: FileDigest) -> None:
        """Store a file of the working copy; without a remote it only goes into the local cache.

        Raises:
            DataError: the file is not there, or is no longer what its digest says.
        """
        source = self.git.root / file.path
        if digest_file(source, name=file.path).sha256 != file.sha256:
            raise DataError(f"{file.path} changed while it was looked at.", hint="Run the command again.")
        if self.remote is not None:
            self.remote.put(_address(file.md5), source)
        if not self._cached(file).exists():
            copy_file(source, self._cached(file))

    def secure(self, file: FileDigest, commit: str) -> bool:
        """Make sure that any clone can fetch a file; False where neither the remote nor git in that commit has it.

        A file that is only here goes to the remote now: it may have been judged before there was one.
        """
        if self.remote is None:
            return self._from_git(file, commit) is not None
        if self.remote.has(_address(file.md5)):
            return True
        for here in (self._cached(file), self.git.root / file.path):
            if here.is_file() and digest_file(here, name=file.path).sha256 == file.sha256:
                self.remote.put(_address(file.md5), here)
                return True
        return self._from_git(file, commit) is not None

    def fetch(self, file: FileDigest, *, commit: str | None) -> Path:
        """The file with that digest, from the local cache, the DVC remote or a commit, in this order.

        Raises:
            DataError: none of them has it.
            VerificationError: what the remote has under that address has another digest.
        """
        cached = self._cached(file)
        if cached.exists() and digest_file(cached, name=file.path).sha256 == file.sha256:
            return cached
        cached.unlink(missing_ok=True)  # damaged; nothing is lost, it is only a copy
        content = self._from_git(file, commit) if commit else None
        if content is not None:
            write_bytes(cached, content)
            return cached
        if self.remote is None or not self.remote.get(_address(file.md5), cached):
            looked = f"{self.remote.where} nor in git" if self.remote else "git"
            raise DataError(
                f"{file.path} (sha256 {file.sha256[:12]}) is neither in the local cache nor in {looked}.",
                hint="Whoever judged it still has it in .ci-ml/cache; ci-ml gate there stores it again.",
            )
        found = digest_file(cached, name=file.path)
        if found.sha256 != file.sha256:
            cached.unlink()
            raise VerificationError(
                f"{file.path}: {self.remote.where} has sha256 {found.sha256[:12]}, the record says {file.sha256[:12]}.",
                hint="The store was changed after the fact: restore it from a backup, or train again.",
            )
        return cached

    def put_record(self, model: str, inputs: str, content: bytes) -> None:
        """Keep a judging's record under its inputs digest; the newest one wins."""
        name = _record_name(model, inputs)
        local = self.git.root / FOLDER / name
        write_bytes(local, content)
        if self.remote is not None:
            self.remote.put(f"ci-ml/{name}", local, replace=True)

    def get_record(self, model: str, inputs: str) -> bytes | None:
        """The record of the tree with that inputs digest, or None: it was never judged."""
        name = _record_name(model, inputs)
        local = self.git.root / FOLDER / name
        if self.remote is not None:
            self.remote.get(f"ci-ml/{name}", local)
        return local.read_bytes() if local.is_file() else None

    def _from_git(self, file: FileDigest, commit: str) -> bytes | None:
        """The file's content in a commit, if it is that file."""
        if self.git.find(commit) is None and self.git_remote is not None:
            fetch(self.git, self.git_remote, [commit], options=["--depth=1"])  # a shallow clone lacks it
        content = self.git.read(commit, file.path)
        return content if content is not None and hashlib.sha256(content).hexdigest() == file.sha256 else None

    def _cached(self, file: FileDigest) -> Path:
        return self.cache / file.sha256[:2] / file.sha256[2:]


def open_store(git: Git, *, git_remote: str | None = None) -> ArtifactStore:
    """The artifact store of a repository, from `.dvc/config` (and `.dvc/config.local`).

    Raises:
        MachineError: the DVC configuration names a default remote that it does not define.
    """
    settings = _dvc_settings(git.root)
    name = settings.get("core", {}).get("remote")
    if not name:
        return ArtifactStore(git, None, git_remote)
    url = settings.get(f"remote {name}", {}).get("url")
    if url is None:
        raise MachineError(
            f".dvc/config names the remote '{name}' but no url for it.", hint=f"dvc remote add {name} URL"
        )
    if url.startswith("file://"):
        raise MachineError(
            f"the DVC remote '{name}' is {url}, which DVC takes for a folder below the current one.",
            hint=f"dvc remote modify {name} url {url.removeprefix('file://')}",
        )
    if "://" in url:
        return ArtifactStore(git, DvcRemote(git.root, name), git_remote)
    return ArtifactStore(git, FolderRemote((git.root / ".dvc" / Path(url).expanduser()).resolve()), git_remote)


def _dvc_settings(root: Path) -> dict[str, dict[str, str]]:
    import configparser

    settings: dict[str, dict[str, str]] = {}
    for file in ("config", "config.local"):
        parser = configparser.ConfigParser(interpolation=None, strict=False)
        try:
            parser.read(root / ".dvc" / file, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError) as error:
            raise MachineError(f".dvc/{file} cannot be read: {str(error).splitlines()[0].rstrip('.')}.") from None
        for section in parser.sections():
            # DVC writes ['remote "name"'].
            plain = section.strip("'").replace('"', "")
            settings.setdefault(plain, {}).update(parser[section])
    return settings


def _address(md5: str) -> str:
    return f"files/md5/{md5[:2]}/{md5[2:]}"


def _record_name(model: str, inputs: str) -> str:
    return f"records/{encode_name(model)}/{inputs.removeprefix('sha256:')}.json"
