"""Models and predictions by digest: put where every clone can fetch them, and fetched back verified.

The store is the DVC remote where there is one, in DVC's own layout (`files/md5/ab/cdef…`), so that `dvc pull` and
ci-ml share one copy; else git itself, for files that are tracked. Records lie beside, by inputs digest.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from ci_ml.digests import FileDigest
from ci_ml.errors import DataError, MachineError, VerificationError
from ci_ml.files import copy_file, digest_file, replacing, write_bytes
from ci_ml.git.fetch import fetch
from ci_ml.git.lfs import fetch_content, pointer_digest, refuse_pointer
from ci_ml.git.questions import Git
from ci_ml.hashing import sha256_hex
from ci_ml.names import encode as encode_name
from ci_ml.repository.git_conversion import with_stored_line_ends
from ci_ml.repository.records import FOLDER, MAX_BYTES, keep_out_of_git
from ci_ml.repository.storage.dvc_config import DvcConfig, read_dvc_config
from ci_ml.repository.storage.remotes import FolderRemote, Remote, folder_of_dvc, open_remote
from ci_ml.text import shown

_CHUNK = 1 << 20


@dataclass(frozen=True)
class ArtifactStore:
    """Where this repository's models and predictions live.

    Attributes:
        remote: the DVC remote; None without one.
        git_remote: the git remote that a shallow clone asks for the commits it lacks; None without one.
        caches: folders on this machine where DVC may have a copy already; never trusted.
    """

    git: Git
    remote: Remote | None
    git_remote: str | None = None
    caches: tuple[FolderRemote, ...] = ()

    @property
    def cache(self) -> Path:
        return self.git.root / FOLDER / "cache"

    @property
    def local(self) -> "ArtifactStore":
        """The same store without its remote."""
        return replace(self, remote=None)

    def own(self, path: str) -> Path:
        """A file of the working copy as git stores it: the file itself, or a copy with the line ends that git has.

        What is judged is what a clone gets: with `core.autocrlf` the same commit has other bytes on each machine.

        Raises:
            DataError: it is a folder, or a Git LFS pointer without its content.
        """
        place = self.git.root / path
        if place.is_dir():
            raise DataError(
                f"{path} is a folder; a version pins one file.",
                hint=f"Pack it where it is made (tar -cf {path}.tar {path}), and name the packed file in ci-ml.yaml.",
            )
        if not place.is_file():
            return place
        refuse_pointer(place, name=path)
        content = with_stored_line_ends(self.git, path)
        if content is None:
            return place
        keep_out_of_git(self.git.root)
        copy = self.cache / "lines" / sha256_hex(content)
        write_bytes(copy, content)
        return copy

    def put(self, file: FileDigest) -> None:
        """Store a file of the working copy; without a remote it only goes into the local cache.

        Raises:
            DataError: the file is not there, or is no longer what its digest says.
        """
        source = self.own(file.path)
        if digest_file(source, name=file.path).sha256 != file.sha256:
            raise DataError(f"{file.path} changed while it was looked at.", hint="Run the command again.")
        if self.remote is not None:
            self.remote.put(address(file.md5), source)
        if not self._cached(file).exists():
            copy_file(source, self._cached(file))

    def secure(self, file: FileDigest, commit: str) -> bool:
        """Make sure that any clone can fetch a file; False where neither the remote nor git in that commit has it.

        A file that is only here goes to the remote now: it may have been judged before there was one. What Git LFS
        keeps counts as being in git: a push brings it to the LFS server before the commit.
        """
        if self.remote is None:
            return self._from_git(file, commit) is not None
        if self.remote.has(address(file.md5)):
            return True
        for here in (self._cached(file), self.own(file.path)):
            if here.is_file() and digest_file(here, name=file.path).sha256 == file.sha256:
                self.remote.put(address(file.md5), here)
                return True
        return self._from_git(file, commit) is not None

    def keeps(self, file: FileDigest, commit: str) -> bool:
        """Whether the remote has a file, or git in that commit."""
        if self.remote is not None and self.remote.has(address(file.md5)):
            return True
        return self._from_git(file, commit) is not None

    def fetch(self, file: FileDigest, *, commit: str | None) -> Path:
        """The file with that digest, from a local cache, a commit (or tree) or the DVC remote, in this order.

        Raises:
            DataError: none of them has it.
            VerificationError: what the remote has under that address has another digest.
        """
        cached = self._cached(file)
        if cached.exists() and digest_file(cached, name=file.path).sha256 == file.sha256:
            return cached
        cached.unlink(missing_ok=True)  # damaged; nothing is lost, it is only a copy
        keep_out_of_git(self.git.root)
        for own in self.caches:
            if own.get(address(file.md5), cached) and digest_file(cached, name=file.path).sha256 == file.sha256:
                return cached
        content = self._from_git(file, commit) if commit else None
        if content is not None and pointer_digest(content) == file.sha256:
            content = fetch_content(self.git, str(commit), file.path, file.sha256)
            if content is None and self.remote is None:
                raise MachineError(
                    f"{shown(file.path, 200)} is kept by Git LFS, which does not give its content here.",
                    hint="git lfs install && git lfs fetch --all",
                )
        if content is not None:
            write_bytes(cached, content)
            return cached
        if self.remote is None or not self.remote.get(address(file.md5), cached, most=file.size):
            looked = f"{self.remote.where} nor in git" if self.remote else "git"
            raise DataError(
                f"{shown(file.path, 200)} (sha256 {file.sha256[:12]}) is neither in the local cache nor in {looked}.",
                hint="Whoever judged it still has it in .ci-ml/cache; ci-ml gate there stores it again.",
            )
        found = digest_file(cached, name=file.path)
        if found.sha256 != file.sha256:
            cached.unlink()
            raise VerificationError(
                f"{shown(file.path, 200)}: {self.remote.where} has sha256 {found.sha256[:12]}, "
                f"the record says {file.sha256[:12]}.",
                hint="The store was changed after the fact: restore it from a backup, or train again.",
            )
        return cached

    def deliver(self, file: FileDigest, target: Path, *, commit: str | None) -> None:
        """Fetch a file and put it where somebody wants it; it is there as a whole and right, or not at all.

        Raises:
            DataError, VerificationError: as `fetch`.
        """
        source, sha256 = self.fetch(file, commit=commit), hashlib.sha256()
        with source.open("rb") as content, replacing(target) as copy:
            while chunk := content.read(_CHUNK):
                sha256.update(chunk)
                copy.write(chunk)
            if sha256.hexdigest() != file.sha256:
                raise VerificationError(f"{file.path} changed in the local cache while it was copied.")

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
            self.remote.get(f"ci-ml/{name}", local, most=MAX_BYTES)
        return local.read_bytes() if local.is_file() else None

    def _from_git(self, file: FileDigest, commit: str) -> bytes | None:
        """The file's content in a commit (or tree), if it is that file, or the pointer by which Git LFS keeps it."""
        if self.git_remote is not None and self.git.run("cat-file", "-e", f"{commit}^{{tree}}").code:
            # A depth would make a shallow clone of a complete one.
            fetch(self.git, self.git_remote, [commit], options=["--depth=1"] if self.git.is_shallow() else [])
        content = self.git.read(commit, file.path)
        known = content is not None and file.sha256 in (sha256_hex(content), pointer_digest(content))
        return content if known else None

    def _cached(self, file: FileDigest) -> Path:
        return self.cache / file.sha256[:2] / file.sha256[2:]


def open_store(git: Git, *, git_remote: str | None = None, config: DvcConfig | None = None) -> ArtifactStore:
    """The artifact store of a repository.

    Args:
        config: DVC's configuration where there is no working copy to have one; by default `.dvc/config` and
            `.dvc/config.local`.

    Raises:
        MachineError: the DVC configuration names a default remote that it does not define, or one that needs DVC.
    """
    settings = config if config is not None else read_dvc_config(git.root)
    remote = open_remote(settings, root=None if config is not None else git.root, workplace=git.root)
    caches = () if config is not None else (folder_of_dvc(git.root, settings.cache_folder),)
    return ArtifactStore(git, remote, git_remote, caches)


def address(md5: str) -> str:
    """Where DVC keeps the content of that MD5, below a cache or a remote."""
    return f"files/md5/{md5[:2]}/{md5[2:]}"


def _record_name(model: str, inputs: str) -> str:
    return f"records/{encode_name(model)}/{inputs.removeprefix('sha256:')}.json"
