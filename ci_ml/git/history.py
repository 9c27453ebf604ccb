"""Where do lines of commits meet, which tips has a branch had, and what of it does a shallow clone lack?"""

from collections.abc import Callable, Collection, Iterator

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


def main_line(git: Git, tips: Collection[str], *, since: str | None, until: str) -> tuple[str, ...]:
    """Commits that a branch ended with one after the other, from `since` (left out) to `until`, oldest first.

    Mostly those along first parents. Where somebody merged the branch into work of their own and pushed that, its own
    line goes on along another parent: the one that has the tips it is known to have had.

    Args:
        tips: commits that the branch is known to have ended with.
        since: with none, `until` alone.

    Raises:
        DataError: `since` is not an ancestor of `until` (the branch was rewritten, or the clone is too shallow).
    """
    first = git.first_parents(since=since, until=until)
    if since is None:
        return first
    parents = {
        line.split()[0]: line.split()[1:] for line in git.ask("rev-list", "--parents", f"{since}..{until}").splitlines()
    }
    known = [tip for tip in tips if tip in parents] + [since]
    if set(known) <= {*first, since} and (len(first) == 0 or since in parents[first[0]]):
        return first
    line, commit = [], until
    while commit in parents:
        line.append(commit)
        commit = _on_the_line(git, parents[commit], [tip for tip in known if tip != commit])
    return tuple(reversed(line))


def _on_the_line(git: Git, parents: list[str], known: list[str]) -> str:
    """The parent that holds most of the known tips; of equals the first."""
    if len(parents) < 2:
        return parents[0] if parents else ""
    held = [sum(git.is_ancestor(tip, parent) for tip in known) for parent in parents]
    return parents[held.index(max(held))]
