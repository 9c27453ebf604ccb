"""What is written through git: objects, commits, tags, pushes, worktrees. GitPython, with its unsafe options off."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ci_ml.errors import MachineError
from ci_ml.repository.git import Git, environment, last_line

if TYPE_CHECKING:
    from git import Repo

# Used only where the user has no identity; a promotion must not fail for want of a name.
IDENTITY = ("ci-ml", "ci-ml@localhost.invalid")


@dataclass(frozen=True)
class Push:
    """What became of a push. `rejected` means that somebody else was first (not a fast-forward)."""

    done: bool
    rejected: bool
    reason: str = ""


def open_repository(git: Git) -> "Repo":
    """GitPython's view of the repository."""
    from git import Repo

    repo = Repo(git.root)
    repo.git.update_environment(**environment())
    return repo


def committer(git: Git) -> str | None:
    """`Name <address>` of whoever commits here by the user's own settings; None where git would have to guess."""
    return _person(git, "COMMITTER")


def identity(git: Git) -> dict[str, str]:
    """Environment variables that name author and committer where the user's settings do not."""
    name, email = IDENTITY
    return {
        variable: value
        for role in ("AUTHOR", "COMMITTER")
        if _person(git, role) is None
        for variable, value in ((f"GIT_{role}_NAME", name), (f"GIT_{role}_EMAIL", email))
    }


def _person(git: Git, role: str) -> str | None:
    # Without this setting git makes up an address from the names of user and host.
    answer = git.run("-c", "user.useConfigOnly=true", "var", f"GIT_{role}_IDENT")
    return answer.text.rpartition(">")[0] + ">" if answer.code == 0 else None


def write_commit(git: Git, *, parent: str | None, files: Mapping[str, bytes], message: str, at: datetime) -> str:
    """Write a commit that adds or replaces `files` on top of `parent`; no branch moves, no checkout is touched.

    Args:
        files: path -> content; paths that are not named stay as they are in `parent`.

    Returns:
        The new commit's id.
    """
    with tempfile.TemporaryDirectory(prefix="ci-ml-index-") as folder:
        repo = open_repository(git)
        moment = at.strftime("%Y-%m-%dT%H:%M:%S+00:00")
        dates = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
        repo.git.update_environment(GIT_INDEX_FILE=str(Path(folder, "index")), **identity(git), **dates)
        repo.git.read_tree(*([parent] if parent else ["--empty"]))
        lines = []
        for number, (path, content) in enumerate(files.items()):
            spool = Path(folder, str(number))
            spool.write_bytes(content)
            blob = repo.git.hash_object("-w", "--no-filters", "--", str(spool))
            lines.append(f"100644 {blob}\t{path}\0")
        with tempfile.TemporaryFile() as stdin:
            stdin.write("".join(lines).encode())
            stdin.seek(0)
            repo.git.update_index("-z", "--index-info", istream=stdin)
        tree = repo.git.write_tree()
        parents = ["-p", parent] if parent else []
        return str(repo.git.commit_tree(tree, *parents, "-m", message))


def fetch(git: Git, remote: str, refspecs: Sequence[str], *, options: Sequence[str] = ()) -> str | None:
    """Fetch; None when it worked, else why it did not (a missing ref on the remote included)."""
    answer = git.run("fetch", "--quiet", "--no-tags", *options, "--end-of-options", remote, *refspecs)
    return last_line(answer.errors) if answer.code else None


def push(git: Git, remote: str, refspecs: Sequence[str]) -> Push:
    """Push without force: the server takes a branch only where it moves forward."""
    answer = git.run("push", "--porcelain", "--no-verify", "--end-of-options", remote, *refspecs)
    if answer.code == 0:
        return Push(done=True, rejected=False)
    refused = [line for line in answer.text.splitlines() if line.startswith("!")]
    words = " ".join(refused)
    lost_race = any(sign in words for sign in ("fetch first", "non-fast-forward", "cannot lock ref", "stale info"))
    return Push(done=False, rejected=lost_race, reason=(refused[-1] if refused else last_line(answer.errors)))


def move_branch(git: Git, branch: str, *, to: str, expected: str | None) -> bool:
    """Move a local branch from `expected` (None: it must not exist) to a commit; False if it is elsewhere."""
    old = expected or "0" * len(to)
    return git.run("update-ref", f"refs/heads/{branch}", to, old).code == 0


def write_tag(git: Git, *, name: str, commit: str, message: str, at: datetime) -> None:
    """Write an annotated tag, if it is not there yet.

    Raises:
        MachineError: git refused, or the name is taken by another commit.
    """
    existing = git.run("rev-parse", "--verify", "--quiet", f"refs/tags/{name}^{{commit}}")
    if existing.code == 0:
        if existing.text.strip() != commit:
            raise MachineError(f"tag {name} is already at {existing.text.strip()[:12]}, not at {commit[:12]}.")
        return
    from git.exc import GitCommandError

    repo = open_repository(git)
    moment = at.strftime("%Y-%m-%dT%H:%M:%S+00:00")
    repo.git.update_environment(GIT_COMMITTER_DATE=moment, **identity(git))
    try:
        repo.git.tag("-a", "-m", message, "--no-sign", "--", name, commit)
    except GitCommandError as error:
        raise MachineError(f"tag {name} was not written: {last_line(_words(error.stderr))}") from None


def _words(stderr: object) -> str:
    """What git said, without the frame that GitPython puts around it."""
    return str(stderr).strip().removeprefix("stderr: '").removesuffix("'")


@contextmanager
def worktree(git: Git, commit: str) -> Iterator[Git]:
    """A temporary checkout of a commit beside the working copy, gone afterwards."""
    from git.exc import GitCommandError

    folder = Path(tempfile.mkdtemp(prefix="ci-ml-worktree-")).resolve()
    place = folder / git.root.name
    repo = open_repository(git)
    try:
        repo.git.worktree("add", "--detach", "--", str(place), commit)
        yield Git(place)
    except GitCommandError as error:
        raise MachineError(f"commit {commit[:12]} cannot be checked out: {last_line(_words(error.stderr))}") from None
    finally:
        git.run("worktree", "remove", "--force", str(place))
        shutil.rmtree(folder, ignore_errors=True)
        git.run("worktree", "prune")
