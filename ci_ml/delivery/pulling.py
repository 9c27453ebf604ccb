"""The model file of a release, checked, where somebody wants it; nothing of theirs is overwritten by a guess."""

from contextlib import suppress
from pathlib import Path, PurePosixPath
from shlex import quote

from ci_ml.delivery.messages import Messages
from ci_ml.delivery.own_folders import folder_for_model
from ci_ml.delivery.release_spec import NamedRelease, store_of, warn_of_lifecycle
from ci_ml.errors import ConfigError, DataError, RegistryConflict
from ci_ml.files import digest_file
from ci_ml.git.questions import Git
from ci_ml.repository.restoring.code_tree import bring_tree, means_git
from ci_ml.text import shown


def pull_model(
    named: NamedRelease,
    messages: Messages,
    *,
    start: Path,
    root: Path | None,
    output: str | None,
    own_clone: bool,
    force: bool = False,
) -> Path:
    """Put the model file of a release where it is wanted, and say where that is.

    Args:
        start: the folder that `output` begins in.
        root: the top of the working copy around it; None where there is none.
        output: a file, or a folder in which the model keeps its name. Without it the model goes to a folder of the
            working copy that git ignores, or to `start` where there is no working copy.
        own_clone: see `store_of`.
        force: although the release was withdrawn.

    Raises:
        RegistryConflict: it was withdrawn.
        ConfigError: there is nothing to call the file, or git tracks what it would overwrite.
        DataError, VerificationError: it is not to be had, or is another file.
    """
    facts = named.facts
    if named.release.withdrawn and not force:
        raise RegistryConflict(
            f"{named.name} was withdrawn: it must not be used any more.",
            hint=f"ci-ml registry history {named.history.model} says why; --force fetches it all the same.",
        )
    warn_of_lifecycle(named, messages)
    if output is None and root is not None:
        target = folder_for_model(root, named) / _own_name(facts.model.path)
    else:
        target = _target(start, output, facts.model.path)
    if _is_there(target, facts.model.sha256):
        return target
    if output is None or target != start / output:
        _refuse_tracked(target, named.name, typed=Path(output or "") / target.name)
    store = store_of(named, own_clone=own_clone)
    if store.remote is None:
        with suppress(DataError):  # the store says so in its own words
            bring_tree(store.git, store.git_remote, facts.tree, commits=(facts.commit,))
    store.deliver(facts.model, target, commit=facts.tree)
    return target


def _target(start: Path, output: str | None, path: str) -> Path:
    """Where the model goes: a path as it was typed, relative to where it was typed.

    Raises:
        ConfigError: there is nothing to call it, or a folder has that name.
    """
    given = start / output if output else start
    if not given.is_dir() and output and not output.endswith("/"):
        return given
    name = _own_name(path)
    if (given / name).is_dir():
        raise ConfigError(f"{given / name} is a folder.", hint="--output FILE")
    return given / name


def _own_name(path: str) -> str:
    name = PurePosixPath(path).name
    if name in ("", "..") or not name.isprintable() or means_git(name):
        raise ConfigError(
            f"the model's own name is '{shown(path)}', which no file here may have.", hint="--output FILE"
        )
    return name


def _refuse_tracked(target: Path, release: str, *, typed: Path) -> None:
    """Do not overwrite somebody's work by a name that nobody typed; an untracked file is taken for an older download.

    Args:
        typed: the target, as somebody who means it would type it.

    Raises:
        ConfigError: git tracks what is there.
    """
    if not (target.exists() or target.is_symlink()):
        return
    if Git(target.parent).run("--literal-pathspecs", "ls-files", "--error-unmatch", "--", target.name).code == 0:
        raise ConfigError(
            f"{target} is tracked by git, and is not the model of {release}.",
            hint=f"--output FILE puts it elsewhere; --output {quote(str(typed))} overwrites this one.",
        )


def _is_there(target: Path, sha256: str) -> bool:
    return target.is_file() and not target.is_symlink() and digest_file(target, name=str(target)).sha256 == sha256
