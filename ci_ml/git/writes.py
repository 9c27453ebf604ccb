"""What is written through git: commits, pushes, worktrees. GitPython, where it serves, with its unsafe options off."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ci_ml.errors import MachineError
from ci_ml.git.complaints import cause, in_the_way, told_by_hook, told_by_remote
from ci_ml.git.environment import environment, untied
from ci_ml.git.objects import Objects
from ci_ml.git.process_locks import temporary_folder
from ci_ml.git.questions import Git

if TYPE_CHECKING:
    from git import Repo

# Used only where the user has no identity; a promotion must not fail for want of a name.
IDENTITY = ("ci-ml", "ci-ml@localhost.invalid")

# Settings for a checkout that only we use. Hooks and the file system monitor are programs of the user's, made for
# their own working copy; they may lack what they need in this one, or change it.
_UNDISTURBED = (f"core.hooksPath={os.devnull}", "core.fsmonitor=false", "core.sparseCheckout=false")

# How servers say that somebody else moved the branch meanwhile, or moves it at this moment.
_LOST = ("fetch first", "non-fast-forward", "cannot lock ref", "failed to update ref", "stale info")


@dataclass(frozen=True)
class Push:
    """What became of a push.

    Attributes:
        rejected: somebody else was first (not a fast-forward).
        broken: it ended without an answer.
        reason: why it was refused.
        obstacle: the reference that is where the pushed one would have to be: `a/b` is in the way of `a`.
    """

    done: bool
    rejected: bool
    broken: bool = False
    reason: str = ""
    obstacle: str | None = None


def open_repository(git: Git) -> "Repo":
    """GitPython's view of the repository."""
    from git import Repo

    repo = Repo(git.root)
    repo.git.update_environment(**environment())
    return repo


def committer(git: Git) -> str | None:
    """`Name <address>` of whoever commits here by the user's own settings; None where git would have to guess."""
    return _person(git, "COMMITTER")


def _person(git: Git, role: str) -> str | None:
    # Without this setting git makes up an address from the names of user and host.
    answer = git.run("-c", "user.useConfigOnly=true", "var", f"GIT_{role}_IDENT")
    return answer.text.rpartition(">")[0] + ">" if answer.code == 0 else None


def people(git: Git) -> tuple[str, str]:
    """Author and committer of what is written here, as `Name <address>`."""
    author, by = (_person(git, role) or f"{IDENTITY[0]} <{IDENTITY[1]}>" for role in ("AUTHOR", "COMMITTER"))
    return author, by


def write_commit(
    git: Git,
    *,
    parent: str | None,
    files: Mapping[str, bytes],
    message: str,
    at: datetime,
    by: tuple[str, str] | None = None,
) -> str:
    """Write a commit that adds or replaces `files` on top of `parent`; no branch moves, no checkout is touched.

    Nothing lies on disk but whole objects: a process that is killed here leaves at most some that nobody refers to.

    Args:
        files: path -> content; paths that are not named stay as they are in `parent`.
        by: what `people` answers, where the caller asked already.

    Returns:
        The new commit's id.
    """
    objects = Objects(len(parent) if parent else _id_length(git))
    folders = sorted({"", *(folder for path in files for folder in _folders_above(path))})
    contents = list(git.read_trees([f"{parent}:{folder}" for folder in folders])) if parent else []
    trees = dict(zip(folders, contents, strict=False))
    author, committed_by = by or people(git)
    when = f"{int(at.timestamp())} +0000"
    lines = [f"tree {objects.tree(files, trees.get)}"]
    lines += [f"parent {parent}"] if parent else []
    lines += [f"author {author} {when}", f"committer {committed_by} {when}", "", message, ""]
    commit = objects.add("commit", "\n".join(lines).encode("utf-8", "surrogateescape"))
    written = git.run("unpack-objects", "-q", stdin=objects.pack())
    if written.code:
        raise MachineError(
            f"git cannot write into this repository: {written.reason}.",
            hint="Nothing was changed. Is the disk full, or may you only read here?",
        )
    return commit


def _folders_above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:depth]) for depth in range(len(parts) + 1)]


def _id_length(git: Git) -> int:
    return 64 if git.run("rev-parse", "--show-object-format").text.strip() == "sha256" else 40


def push(git: Git, remote: str, refspecs: Sequence[str]) -> Push:
    """Push without force: the server takes a branch only where it moves forward."""
    answer = git.run("push", "--porcelain", "--no-verify", "--end-of-options", remote, *refspecs)
    lines = [line for line in answer.text.splitlines() if line[1:2] == "\t"]
    refused = [line for line in lines if line.startswith("!")]
    # Git also fails where all arrived and only a hook of this repository keeps it from noting so.
    if answer.code == 0 or (len(lines) == len(refspecs) and not refused):
        return Push(done=True, rejected=False)
    obstacle, hook = in_the_way(answer.errors), told_by_hook(answer.errors)
    lost_race = any(sign in " ".join(refused) for sign in _LOST)
    reason = refused[-1].rpartition("\t")[2] if refused else "a hook declined" if hook else answer.reason
    words = hook if hook and not refused else told_by_remote(answer.errors)
    return Push(
        done=False,
        rejected=lost_race and not obstacle,
        broken=not (refused or hook),
        reason=f"{reason}, {words}" if words else reason,
        obstacle=obstacle or (_conflicting(git, remote, refspecs) if "directory file conflict" in reason else None),
    )


def _conflicting(git: Git, remote: str, refspecs: Sequence[str]) -> str | None:
    """A branch below one that is pushed: GitHub says that there is one, and not which."""
    below = [f"{refspec.rpartition(':')[2]}/*" for refspec in refspecs]
    return next(iter(git.run("ls-remote", "--refs", "--end-of-options", remote, *below).text.split()[1:]), None)


def move_branch(git: Git, branch: str, *, to: str, expected: str | None) -> Push:
    """Move a local branch from `expected` (None: it must not exist) to a commit: a push within the repository."""
    answer = git.run("update-ref", f"refs/heads/{branch}", to, expected or "0" * len(to))
    obstacle, hook = in_the_way(answer.errors), told_by_hook(answer.errors)
    return Push(
        done=answer.code == 0,
        rejected=answer.code != 0 and not (obstacle or hook),
        reason=f"a hook declined, {hook}" if hook else answer.reason if answer.code else "",
        obstacle=obstacle,
    )


def _words(stderr: object) -> str:
    """What git said, without the frame that GitPython puts around it."""
    return str(stderr).strip().removeprefix("stderr: '").removesuffix("'")


@contextmanager
def worktree(git: Git, commit: str) -> Iterator[Git]:
    """A temporary checkout of a commit beside the working copy, gone afterwards.

    It is ours alone: no hook of the user's is run for it, and it is whole where their own checkout is sparse.
    """
    from git.exc import GitCommandError

    with temporary_folder("ci-ml-worktree-") as folder:
        place = folder / git.root.name
        try:
            with untied():
                open_repository(git).git(c=_UNDISTURBED).worktree("add", "--detach", "--", str(place), commit)
            yield Git(place)
        except GitCommandError as error:
            words = cause(_words(error.stderr))
            raise MachineError(f"commit {commit[:12]} cannot be checked out: {words}") from None
        finally:
            settings = [part for setting in _UNDISTURBED for part in ("-c", setting)]
            git.run(*settings, "worktree", "remove", "--force", str(place))
            git.run(*settings, "worktree", "prune")
