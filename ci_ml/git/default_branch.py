"""Which branch is a repository's main one? Where it is not said, the remote knows, and this clone at most guesses."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ci_ml.git.questions import Git

_USUAL = ("main", "master")
# Branches that ci-ml makes; nobody works on them.
_OURS = frozenset({"model-registry", "model-monitor"})


@dataclass(frozen=True)
class DefaultBranch:
    """A branch, and how it was found, in words."""

    name: str
    how: str


@dataclass(frozen=True, kw_only=True)
class RemoteBranches:
    """The branches of a remote as it has them now.

    Attributes:
        heads: name -> commit.
        head: the branch that its HEAD names, if that is there.
        failed: why the remote could not be asked; empty where it was.
    """

    heads: Mapping[str, str] = field(default_factory=dict)
    head: str | None = None
    failed: str = ""


def default_branch(git: Git, remote: str | None, configured: str | None) -> DefaultBranch:
    """The branch whose merges count.

    A clone of one branch has no other, and so does the checkout that a CI makes of a proposal: what is here does not
    tell that a branch is the main one. Therefore the remote is asked, unless git noted what its HEAD was.

    Args:
        remote: its name; None where there is none, and the branches here are all that there are.
        configured: what ci-ml.yaml says.
    """
    if configured:
        return DefaultBranch(configured, "ci-ml.yaml names it")
    noted = _noted(git, remote) if remote else None
    if noted or remote is None:
        return noted or _among(git, _heads(git, "refs/heads/"), "this repository")
    listed = remote_branches(git, remote)
    return default_as_fetched(git, remote) if listed.failed else default_of(git, remote, listed)


def default_of(git: Git, remote: str, listed: RemoteBranches) -> DefaultBranch:
    """The same for a remote that was asked."""
    if listed.head:
        return DefaultBranch(listed.head, f"HEAD of {remote} names it")
    if not listed.heads:
        return _among(git, _heads(git, "refs/heads/"), "this repository")
    return _among(git, listed.heads, remote)


def default_as_fetched(git: Git, remote: str) -> DefaultBranch:
    """The same for a remote that is not asked. That a branch is the only one which was fetched says nothing."""
    return _noted(git, remote) or _usual(git, _heads(git, f"refs/remotes/{remote}/"), remote)


def remote_branches(git: Git, remote: str) -> RemoteBranches:
    """Ask a remote for its branches."""
    answer = git.run("ls-remote", "--symref", "--end-of-options", remote, "HEAD", "refs/heads/*")
    if answer.code:
        return RemoteBranches(failed=answer.reason)
    pairs = [line.split("\t", 1) for line in answer.text.splitlines()]
    heads = {name.removeprefix("refs/heads/"): id for id, name in pairs if name.startswith("refs/heads/")}
    symbolic = next((id for id, name in pairs if name == "HEAD" and id.startswith("ref: ")), "")
    head = symbolic.removeprefix("ref: refs/heads/")
    return RemoteBranches(heads=heads, head=head if head in heads else None)


def _noted(git: Git, remote: str) -> DefaultBranch | None:
    """What `git clone` noted of the remote's HEAD, where that branch is still there."""
    name = f"refs/remotes/{remote}/HEAD"
    seen = git.run("symbolic-ref", "--quiet", name).text.strip()
    if not seen or git.find(seen) is None:
        return None
    return DefaultBranch(seen.removeprefix(f"refs/remotes/{remote}/"), f"{remote}/HEAD names it")


def _heads(git: Git, below: str) -> list[str]:
    names = git.run("for-each-ref", "--format=%(refname)", below).text.split()
    return [name.removeprefix(below) for name in names if not name.endswith("/HEAD")]


def _among(git: Git, names: Collection[str], where: str) -> DefaultBranch:
    candidates = [name for name in names if name not in _OURS]
    if len(candidates) == 1:
        return DefaultBranch(candidates[0], f"it is the only branch of {where}")
    return _usual(git, candidates, where)


def _usual(git: Git, names: Collection[str], where: str) -> DefaultBranch:
    usual = [*_USUAL[:1], git.run("config", "--get", "init.defaultBranch").text.strip(), *_USUAL[1:]]
    found = next((name for name in usual if name and name in names), None)
    return DefaultBranch(found or _USUAL[0], f"{where} has a branch of that name" if found else "it is the usual name")
