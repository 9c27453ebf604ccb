"""Write the tags that GTO reads, after the fact and as well as the server lets us: a refusal is a warning.

The tag objects are a function of the log, down to the byte, so whoever repairs a missing tag writes the same one.
"""

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ci_ml.errors import MachineError
from ci_ml.git.complaints import cause, told_by_hook, told_by_remote
from ci_ml.git.objects import Objects
from ci_ml.git.questions import Git
from ci_ml.git.stale_locks import at_work
from ci_ml.registry.gto.tags import Tag
from ci_ml.repository.event_log.log import BRANCH
from ci_ml.text import and_more

REPAIR = "ci-ml registry tags --repair"
_SHOWN = 3
_TAKEN = "the name is taken"
_AT_ONCE = 4_000  # a command line has its limits


@dataclass(frozen=True)
class Refused:
    """Tags that could not be written; `why` is by their names."""

    remote: str | None
    why: Mapping[str, str]

    @property
    def warning(self) -> str:
        """Which tags are missing now, and why."""
        return (
            f"{self.remote or 'this repository'} did not take the {'tag' if len(self.why) == 1 else 'tags'} "
            f"{and_more(self.why, _SHOWN)}: {next(iter(self.why.values()))}. "
            "The registry itself is complete; only tools that read GTO's tags miss this."
        )

    @property
    def remedy(self) -> str:
        """What to do so that they can be written; nothing of ours takes a name from another tag."""
        taken = next((name for name, why in self.why.items() if why == _TAKEN or "already exists" in why), None)
        if taken is None:
            return f"To write them later: {REPAIR}"
        removal = how_to_remove(taken, here=self.remote is None, remote=self.remote)
        return f"Another tag has that name: ci-ml registry tags says which. If it may go: {removal}, then {REPAIR}"


def how_to_remove(name: str, *, here: bool, remote: str | None) -> str:
    """What to type so that a tag goes, from this repository or from a remote or from both.

    >>> how_to_remove("churn#staging#1", here=False, remote="origin")
    "git push origin --delete 'refs/tags/churn#staging#1'"
    """
    commands = [f"git tag --delete {shlex.quote(name)}"] if here else []
    if remote:
        commands.append(f"git push {shlex.quote(remote)} --delete {shlex.quote(f'refs/tags/{name}')}")
    return " and ".join(commands)


def write_tags(git: Git, remote: str | None, tags: Sequence[Tag]) -> Refused | None:
    """Write tags to the remote, or where there is none to this repository.

    Returns:
        Those that are missing now; None if all are written.
    """
    if not tags:
        return None
    with at_work(git, remote, BRANCH):
        refused = _write(git, remote, tags)
    return Refused(remote, refused) if refused else None


def _write(git: Git, remote: str | None, tags: Sequence[Tag]) -> dict[str, str]:
    """Name -> why it was not written."""
    try:
        objects = _write_objects(git, tags)
    except MachineError as error:  # the disk is full, say
        return {tag.name: error.message.rstrip(".") for tag in tags}
    if remote is None:
        return _keep(git, objects)
    _fetch_targets(git, remote, tags)
    refused: dict[str, str] = {}
    for start in range(0, len(tags), _AT_ONCE):
        refused |= _push(git, remote, {tag: objects[tag] for tag in tags[start : start + _AT_ONCE]})
    _keep(git, {tag: own for tag, own in objects.items() if tag.name not in refused})
    return refused


def _write_objects(git: Git, tags: Sequence[Tag]) -> dict[Tag, str]:
    objects = Objects(len(tags[0].target))
    ids = {tag: objects.add("tag", tag.content) for tag in tags}
    git.ask("unpack-objects", "-q", stdin=objects.pack())
    return ids


def _keep(git: Git, objects: Mapping[Tag, str]) -> dict[str, str]:
    """Point the local tags at their objects; name -> why one could not be."""
    lines = "".join(f"create refs/tags/{tag.name} {own}\n" for tag, own in objects.items())
    if git.run("update-ref", "--stdin", stdin=lines.encode()).code == 0:
        return {}
    return {tag.name: why for tag, own in objects.items() if (why := _keep_one(git, f"refs/tags/{tag.name}", own))}


def _keep_one(git: Git, reference: str, own: str) -> str:
    answer = git.run("update-ref", reference, own, "0" * len(own))
    if answer.code == 0 or git.run("rev-parse", "--verify", "--quiet", reference).text.strip() == own:
        return ""
    hook = told_by_hook(answer.errors)
    return f"a hook declined, {hook}" if hook else _TAKEN


def _fetch_targets(git: Git, remote: str, tags: Sequence[Tag]) -> None:
    """A shallow checkout lacks the commits of older versions, and git pushes no tag on a commit that it lacks."""
    targets = list(dict.fromkeys(tag.target for tag in tags))
    known = git.run("cat-file", "--batch-check", stdin="".join(f"{target}\n" for target in targets).encode())
    missing = [line.split()[0] for line in known.text.splitlines() if line.endswith(" missing")]
    if missing:
        # A depth would make a shallow clone of a complete one, which lacks the commits of branches that are gone.
        depth = ["--depth=1"] if git.is_shallow() else []
        git.run("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", *depth, "--end-of-options", remote, *missing)


def _push(git: Git, remote: str, objects: dict[Tag, str]) -> dict[str, str]:
    """Name -> why it was refused."""
    refspecs = [f"{own}:refs/tags/{tag.name}" for tag, own in objects.items()]
    answer = git.run("push", "--porcelain", "--no-verify", "--end-of-options", remote, *refspecs)
    if answer.code == 0:
        return {}
    # A line a reference: "!\tFROM:TO\t[remote rejected] (why)"; "*" and "=" are those that arrived.
    lines = [line.split("\t") for line in answer.text.splitlines() if line[1:2] == "\t"]
    refused = {f[1].partition(":refs/tags/")[2]: f[2] for f in lines if f[0] == "!" and len(f) == 3}
    arrived = {f[1].partition(":refs/tags/")[2] for f in lines if f[0] in "*="}
    words = told_by_remote(answer.errors)
    return {
        tag.name: refused.get(tag.name, cause(answer.errors)) + (f", {words}" if words else "")
        for tag in objects
        if tag.name not in arrived
    }
