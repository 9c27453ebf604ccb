"""The data that DVC tracks, by its own digests: which files does a pointer stand for, and are these the ones?

Read without DVC: a pointer in git names an MD5; that of a folder ends in `.dir` and names a list of the files in it.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from ci_ml.errors import DataError, VerificationError
from ci_ml.files import digest_file
from ci_ml.repository.documents import load_document
from ci_ml.repository.restoring.code_tree import check_path
from ci_ml.repository.storage.artifacts import ArtifactStore, address
from ci_ml.repository.trees import Tree
from ci_ml.text import and_more, shown

_LARGEST_LIST = 1 << 30
# A folder may have thousands of small files, and a server far away answers each as slowly as a large one.
_AT_ONCE = 8
_MD5 = re.compile(r"[0-9a-f]{32}(\.dir)?")
_NAMED = 5
_WRONG = "The store was changed after the fact: restore it from a backup."

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Pointed:
    """What one DVC pointer stands for.

    Attributes:
        path: of the file or folder, from the repository's root.
        md5: DVC's digest; that of a folder ends in ".dir".
        size: in bytes, of all files together; None where the pointer does not say.
    """

    path: str
    md5: str
    size: int | None

    @property
    def is_folder(self) -> bool:
        return self.md5.endswith(".dir")


def pointed_at(tree: Tree, pins: Iterable[tuple[str, str]]) -> tuple[Pointed, ...]:
    """What has to be fetched so that these (path, MD5) are there: each pointer once, a folder as a whole.

    Raises:
        VerificationError: the tree has no such pointer, so it is not the tree of these data.
    """
    wanted = {path: (md5, _target(tree, path)) for path, md5 in pins}
    names = dict.fromkeys(f"{target}.dvc" for _, target in wanted.values() if target is not None)
    contents = tree.read_all(names)  # in one process, however many there are
    found: dict[str, Pointed] = {}
    for path, (md5, target) in wanted.items():
        if target is not None and target not in found:
            found[target] = _parsed(target, contents[f"{target}.dvc"] or b"")
        if target is None or found[target].md5 != md5:
            says = f"points to md5 {found[target].md5}" if target is not None else "has no pointer to it"
            raise VerificationError(f"{path} is registered with md5 {md5}, but the code {says}.")
    return tuple(found.values())


def fetch_data(store: ArtifactStore, data: Pointed, target: Path) -> None:
    """Bring what a pointer stands for to `target`, every file checked against its MD5.

    Raises:
        DataError: some of it is neither in DVC's cache nor on its remote.
        VerificationError: what lies there is something else.
    """
    if not data.is_folder:
        if not _get(store, data.md5, data.path, target, most=data.size):
            raise lost(store, [_named(data.path, data.md5)])
        return
    target.mkdir(parents=True, exist_ok=True)
    files = files_in(store, data, spool=target / ".ci-ml-list")
    found = _each(lambda f: _get(store, f[1], f"{data.path}/{f[0]}", target / f[0], most=data.size), files)
    missing = [_named(f"{data.path}/{name}", md5) for (name, md5), there in zip(files, found, strict=True) if not there]
    if missing:
        raise lost(store, missing)


def refuse_missing(store: ArtifactStore, data: Pointed, *, spool: Path) -> None:
    """Ask for what a pointer stands for without fetching it; a folder's list alone is fetched, to `spool`.

    Raises:
        DataError: some of it can be had nowhere.
        VerificationError: a folder's list is none.
    """
    if not data.is_folder:
        files = [(data.path, data.md5)]
    else:
        files = [(f"{data.path}/{name}", md5) for name, md5 in files_in(store, data, spool=spool)]
    wanted = list(dict.fromkeys(md5 for _, md5 in files))
    known = dict(zip(wanted, _each(lambda md5: _is_somewhere(store, md5, data.path), wanted), strict=True))
    missing = [_named(name, md5) for name, md5 in files if not known[md5]]
    if missing:
        raise lost(store, missing)


def lost(store: ArtifactStore, names: Sequence[str]) -> DataError:
    """The error for files that can be had nowhere."""
    verb = "is" if len(names) == 1 else "are"
    where = (
        f"neither on {store.remote.where} nor in DVC's cache"
        if store.remote
        else "not in DVC's cache, and there is no DVC remote"
    )
    return DataError(f"{and_more(names, _NAMED)} {verb} {where}.", hint="Whoever has it: dvc push")


def files_in(store: ArtifactStore, data: Pointed, *, spool: Path) -> list[tuple[str, str]]:
    """(path in the folder, MD5) of every file of a folder that DVC tracks.

    Raises:
        DataError: its list is nowhere.
        VerificationError: the list is none, or has paths that leave the folder.
    """
    if not _get(store, data.md5, data.path, spool, most=_LARGEST_LIST):
        raise lost(store, [_named(data.path, data.md5)])
    content = spool.read_bytes()
    spool.unlink()
    try:
        files = [(str(entry["relpath"]), str(entry["md5"])) for entry in json.loads(content)]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise VerificationError(f"{data.path}: what DVC lists of this folder is no list of files.") from None
    for name, _ in files:
        check_path(name, data.path)
    if len({name for name, _ in files}) != len(files):
        raise VerificationError(f"{data.path}: what DVC lists of this folder has a file twice.")
    return files


def _each(ask: Callable[[T], bool], things: Sequence[T]) -> list[bool]:
    """The answers about several things, some at once; the first error ends it."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = [pool.submit(ask, thing) for thing in things]
        try:
            return [answer.result() for answer in asked]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _get(store: ArtifactStore, md5: str, name: str, target: Path, *, most: int | None) -> bool:
    """Bring one content to `target`; False where nobody has it."""
    plain, place = md5.removesuffix(".dir"), _place_of(md5, name)
    for cache in store.caches:
        # What lies on this machine may be damaged, or half: then the remote has it.
        if cache.get(place, target) and digest_file(target, name=name).md5 == plain:
            return True
    if store.remote is None or not store.remote.get(place, target, most=most):
        target.unlink(missing_ok=True)
        return False
    found = digest_file(target, name=name).md5
    if found != plain:
        target.unlink()
        raise VerificationError(
            f"{shown(name, 200)}: {store.remote.where} has md5 {found}, the pointer says {plain}.", hint=_WRONG
        )
    return True


def _is_somewhere(store: ArtifactStore, md5: str, name: str) -> bool:
    place = _place_of(md5, name)
    return any(cache.has(place) for cache in store.caches) or bool(store.remote and store.remote.has(place))


def _place_of(md5: str, name: str) -> str:
    """Where DVC keeps a content; what is no MD5 would lead elsewhere."""
    if not _MD5.fullmatch(md5):
        raise VerificationError(f"{shown(name, 200)}: '{shown(md5)}' is no MD5.")
    return address(md5)


def _named(name: str, md5: str) -> str:
    return f"{shown(name, 200)} (md5 {md5})"


def _target(tree: Tree, path: str) -> str | None:
    """What the pointer of a file stands for: the file, or a folder around it."""
    parts = path.split("/")
    around = ("/".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((target for target in around if f"{target}.dvc" in tree.paths), None)


def _parsed(target: str, pointer: bytes) -> Pointed:
    try:
        out: Any = load_document(f"{target}.dvc.yaml", pointer)["outs"][0]
        md5, size = str(out["md5"]), out.get("size")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise DataError(f"{target}.dvc names no md5.", hint=f"dvc add {target}") from None
    return Pointed(path=target, md5=md5, size=size if isinstance(size, int) and size >= 0 else None)
