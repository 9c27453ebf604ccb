"""Where do lines of commits meet, which tips has a branch had, and what of it does a shallow clone lack?"""

from collections.abc import Callable, Iterator

from ci_ml.git.fetch import fetch
from ci_ml.git.questions import Git

_DEEPER = (50, 200, 1_000)  # commits more, one try after the other; then all of them


def merge_base(git: Git, one: str, other: str) -> str | None:
    """The newest commit that both contain; None where there is none in this clone."""
    return git.run("merge-base", one, other).text.strip() or None


def first_parents_of(git: Git, commit: str) -> Iterator[str]:
    """A commit and those before it along first parents, the newest first, as far as this clone has them."""
    with git.talk("rev-list", "--first-parent", commit, stdin=b"") as lines:
        for line in lines:
            yield line.decode().strip()


def noted_tips(git: Git, reference: str) -> frozenset[str]:
    """What this clone has seen a reference point at."""
    return frozenset(git.run("rev-list", "--walk-reflogs", reference).text.split())


def fetch_branch(git: Git, remote: str, name: str) -> str | None:
    """Fetch a branch of a remote to where git keeps it; None when that worked, else why not. None if there is none."""
    listed = git.run("ls-remote", "--exit-code", "--end-of-options", remote, f"refs/heads/{name}")
    if listed.code == 2:
        return None  # a remote without that branch
    depth = ["--depth=1"] if git.is_shallow() else []
    return fetch(git, remote, [f"+refs/heads/{name}:refs/remotes/{remote}/{name}"], options=depth)


def deepen_until(git: Git, remote: str, found: Callable[[], str | None]) -> str | None:
    """Fetch older commits of a shallow clone, more and more, until the question has an answer."""
    for option in (*(f"--deepen={count}" for count in _DEEPER), "--unshallow"):
        if fetch(git, remote, [], options=[option]):
            return None
        answer = found()
        if answer is not None or not git.is_shallow():
            return answer
    return None
