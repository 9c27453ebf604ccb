"""Which files a model is made from, and what each of them is: code in git, data that DVC tracks."""

import fnmatch
from collections.abc import Iterable

from ci_ml.config import Step
from ci_ml.config.folder import inside, relative
from ci_ml.errors import ConfigError, DataError
from ci_ml.files import digest_file
from ci_ml.hashing import sha256_hex
from ci_ml.repository.documents import load_document
from ci_ml.repository.trees import Tree, WorkingTree, read

# What a plain command without `inputs:` is taken not to read.
_NOT_INPUTS = (
    "docs/*",
    "*.md",
    ".github/*",
    ".ci-ml/*",
    "*__pycache__/*",
    "*.pyc",
    ".dvc/*",
    "LICENSE*",
    ".git*",
    "*/.git*",
    "ci-ml.yaml",
    "dvc.lock",
)


def files_of(tree: Tree, step: Step, outputs: frozenset[str], *, folder: str = "") -> set[str]:
    """The files that a plain command reads: its `inputs:`, else all that git tracks but documents and workflows.

    Args:
        outputs: what models make, in this repository; never an input.
        folder: where the model lives; without `inputs:` nothing outside it is read.

    Raises:
        ConfigError: a glob matches nothing.
    """
    pointed = {path.removesuffix(".dvc") for path in tree.paths if path.endswith(".dvc")}
    if not step.inputs:
        # What git does not track is no input: a training writes files of its own, and a merge would never have them.
        known = {path for path in tree.tracked if not path.endswith(".dvc")} | pointed
        return {path for path in known - outputs if _may_be_input(path, folder)}
    known = {path for path in tree.paths if not path.endswith(".dvc")} | pointed
    found: set[str] = set()
    for pattern in step.inputs:
        # A glob into a folder that DVC tracks as a whole stands for that folder.
        matching = set(fnmatch.filter(known, pattern)) | {p for p in pointed if pattern.startswith(f"{p}/")}
        if not matching:
            if submodule := _submodule_around(tree, pattern):
                raise ConfigError(
                    f"inputs: '{pattern}' lies in the submodule {submodule}, whose files git does not track here.",
                    hint="Let a step copy what it reads from there into this repository, or dvc import it.",
                )
            raise ConfigError(
                f"inputs: '{pattern}' matches nothing that git or DVC tracks.",
                hint="git add the file, or dvc add it where it is data.",
            )
        found |= matching
    return found - outputs


def _submodule_around(tree: Tree, pattern: str) -> str | None:
    """The submodule that a glob leads into; None where there is none."""
    entries = tree.git.run("ls-files", "--stage", "-z").text.split("\0") if isinstance(tree, WorkingTree) else []
    modules = [entry.partition("\t")[2] for entry in entries if entry.startswith("160000 ")]
    return next((module for module in modules if pattern == module or pattern.startswith(f"{module}/")), None)


def untracked_inputs(tree: Tree, outputs: frozenset[str], *, folder: str = "") -> list[str]:
    """Files that would be inputs of a plain command if git tracked them."""
    return sorted(path for path in tree.paths - tree.tracked - outputs if _may_be_input(path, folder))


def _may_be_input(path: str, folder: str) -> bool:
    return inside(path, folder) and not any(fnmatch.fnmatch(relative(path, folder), p) for p in _NOT_INPUTS)


def digest_inputs(tree: Tree, paths: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """(code, data) by path: a file in git is code, by git's own id; what a DVC pointer stands for is data, by its md5.

    Raises:
        DataError: a pointer cannot be read, or the data are not what it says.
    """
    known, code_paths, data = tree.paths, [], {}
    for path in paths:
        pointer = _pointer(tree, path)
        if path in known:
            code_paths.append(path)
        elif pointer is not None:
            data[path] = pointer
        else:
            inside = sorted(p for p in known if p.startswith(path.rstrip("/") + "/"))
            code_paths += [p for p in inside if not p.endswith(".dvc")]
            pointers = [p.removesuffix(".dvc") for p in inside if p.endswith(".dvc")]
            data.update({p: _pointer(tree, p) or "missing" for p in pointers})
            if not inside:
                # Outside git and DVC: known only here, so a merge cannot prove it and is stale.
                content = read(tree, path) if isinstance(tree, WorkingTree) else None
                data[path] = "missing" if content is None else f"sha256:{sha256_hex(content)}"
    return tree.identify(code_paths), data


def _pointer(tree: Tree, path: str) -> str | None:
    """`md5:...` from `path.dvc`, or from the pointer of a folder around it; None if there is neither."""
    parts = path.split("/")
    for end in range(len(parts), 0, -1):
        target = "/".join(parts[:end])
        if f"{target}.dvc" in tree.paths:
            try:
                out = load_document(f"{target}.dvc.yaml", read(tree, f"{target}.dvc") or b"")["outs"][0]
                md5 = str(out["md5"])
            except (KeyError, IndexError, TypeError):
                raise DataError(f"{target}.dvc names no md5.", hint=f"dvc add {target}") from None
            if isinstance(tree, WorkingTree):
                _check_fresh(tree, target, md5, out.get("size"))
            return f"md5:{md5}"
    return None


def _check_fresh(tree: WorkingTree, path: str, md5: str, size: object) -> None:
    """Refuse data that changed after `dvc add`: the pointer would name what was not used.

    Only a file that is younger than its pointer, or of another size, is read; folders are DVC's to check.
    """
    data, pointer = tree.git.root / path, tree.git.root / f"{path}.dvc"
    if not data.is_file():
        return
    facts = data.stat()
    if facts.st_size == size and facts.st_mtime <= pointer.stat().st_mtime:
        return
    if digest_file(data, name=path).md5 != md5:
        raise DataError(f"{path} is not what {path}.dvc says: it changed after it was added.", hint=f"dvc add {path}")
