"""Are the commits and trees that versions pin still in this clone? Asked of git's objects, without fetching any."""

from collections.abc import Collection, Iterable

from ci_ml.git.partial_clone import promisor
from ci_ml.git.questions import Git
from ci_ml.registry.history import Release
from ci_ml.registry.verification.findings import Finding, unchecked, wrong


def absent_objects(git: Git, wanted: Collection[str]) -> set[str]:
    """Those that a partial clone left out; none of a complete one. Asking for one by name would fetch it."""
    if promisor(git) is None:
        return set()
    listed = git.ask("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objectname)")
    return set(wanted).difference(listed.split())


def audit_trees(git: Git, releases: Iterable[tuple[str, Release]], *, complete: str) -> list[Finding]:
    """Every version whose code can no longer be had.

    A squash merge orphans the commit; its tree may live on in another one, and then nothing is lost.

    Args:
        releases: with their models.
        complete: empty where this clone must have everything that branches and tags keep, else why it may not.
    """
    pinned = [(model, release, release.facts.tree if release.facts else None) for model, release in releases]
    wanted = dict.fromkeys(id for _, release, tree in pinned for id in (release.commit, tree) if id)
    absent = absent_objects(git, wanted)
    asked = [id for id in wanted if id not in absent]
    found = dict(zip(asked, git.read_objects(asked), strict=True))
    findings = []
    for model, release, tree in pinned:
        where = f"{model} {release.version}"
        commit = found.get(release.commit)
        if commit and commit[0] == "commit":
            own = _tree_of(commit[1])
            if tree and own != tree:
                what = f"pins tree {tree[:12]}; its commit {release.commit[:12]} has tree {own[:12]}"
                findings.append(wrong("tree", where, what))
            continue
        if tree and (found.get(tree) or ("",))[0] == "tree":
            continue
        what = f"its commit {release.commit[:12]}" + (f" and its tree {tree[:12]}" if tree else "")
        plural = "are" if tree else "is"
        if complete:
            findings.append(unchecked("tree", where, f"{what} {plural} not in this clone, {complete}"))
        else:
            findings.append(wrong("tree", where, f"{what} {plural} in no branch and no tag any more"))
    return findings


def _tree_of(commit: bytes) -> str:
    return commit.partition(b"\n")[0].removeprefix(b"tree ").decode("ascii", "replace")


def incomplete(git: Git, remote: str | None, reference: str, *, tags: bool, offline: bool) -> str:
    """Why objects that branches and tags keep may not be in this clone; empty where they all must be.

    Args:
        reference: where the registry's branch is in this clone.
        tags: whether there are any here.
    """
    if git.is_shallow():
        return "which is shallow: git fetch --unshallow --tags"
    if promisor(git):
        return "which is partial"
    if remote is None:
        return ""
    if not tags:
        return "which has no tags: git fetch --tags"
    refspecs = git.run("config", "--get-all", f"remote.{remote}.fetch").text.split()
    if f"+refs/heads/*:refs/remotes/{remote}/*" not in refspecs:
        return f"which does not have all branches: git fetch --tags {remote} '+refs/heads/*:refs/remotes/{remote}/*'"
    behind = f"which may be behind {remote}: git fetch --tags {remote}"
    return behind if (_fetched_alone(git, reference) if offline else _is_behind(git, remote)) else ""


def _fetched_alone(git: Git, reference: str) -> bool:
    """Whether the registry's branch is newer here than the others: `git fetch` brings all, ci-ml only this one."""
    last = git.run("reflog", "show", "-1", "--format=%gs", "--end-of-options", reference).text.strip()
    return bool(last) and (not last.startswith(("fetch", "pull", "clone")) or reference.rpartition("/")[2] in last)


def _is_behind(git: Git, remote: str) -> bool:
    answer = git.run("ls-remote", "--heads", "--tags", "--refs", "--end-of-options", remote)
    objects = [line.partition("\t")[0] for line in answer.text.splitlines()]
    known = git.run("cat-file", "--batch-check", stdin="".join(f"{id}\n" for id in objects).encode())
    return answer.code != 0 or " missing\n" in known.text
