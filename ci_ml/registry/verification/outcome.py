"""What did a verification of the whole registry come to? Counts, findings, and whether that is a failure."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ci_ml.registry.verification.additions import Walk
from ci_ml.registry.verification.continuity import Continuity
from ci_ml.registry.verification.findings import KINDS, Finding, unchecked, wrong
from ci_ml.registry.verification.layout import event_of
from ci_ml.text import shown

_ORDER = {kind: place for place, kind in enumerate(KINDS)}


@dataclass(frozen=True, kw_only=True)
class Verification:
    """All that was looked at.

    Attributes:
        head: the registry's commit; None while there is no registry.
        models, versions, events, commits, tags: how many were checked.
        findings: those that fail first.
    """

    head: str | None
    models: int = 0
    versions: int = 0
    events: int = 0
    commits: int = 0
    tags: int = 0
    findings: tuple[Finding, ...] = ()

    def of(self, weight: str) -> tuple[Finding, ...]:
        """The findings of one weight."""
        return tuple(finding for finding in self.findings if finding.weight == weight)

    def failed(self, *, complete: bool) -> bool:
        """Whether anything is wrong, or with `complete` anything was left unchecked."""
        return any(f.weight == "wrong" or (complete and f.weight == "unchecked") for f in self.findings)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once, the kinds in the order of `KINDS`."""
    unique = dict.fromkeys(findings)
    return tuple(sorted(unique, key=lambda finding: _ORDER.get(finding.kind, len(_ORDER))))


def check_witnesses(walk: Walk, witnesses: Mapping[str, str]) -> Iterator[Finding]:
    """Every witness must be a commit of the branch.

    Args:
        witnesses: commit id, at least seven digits of it -> who names it.
    """
    short = {size: {id[:size] for id in walk.commits} for size in {len(id) for id in witnesses} if size < 40}
    for id, where in witnesses.items():
        if id in walk.commits or id in short.get(len(id), ()):
            continue
        if walk.boundary:
            yield unchecked("witness", where, f"names {id[:12]}, which may lie before what this clone has")
        else:
            yield wrong("cut_off", where, f"names {id[:12]}, which the branch does not contain: rewritten or cut off")


def check_commands(walk: Walk, found: Iterable[Continuity]) -> Iterator[Finding]:
    """All events of one command are in one commit; the same `id` in two commits means that it acted twice."""
    seen: dict[str, str] = {}
    for continuity in found:
        for event in continuity.events:
            commit = walk.maker(event.model, event.sequence)
            if commit and seen.setdefault(event.id, commit) != commit:
                where = event_of(event.model, event.sequence)
                yield wrong("doubled", where, f"has the id of a command that commit {seen[event.id][:12]} recorded")


def check_twins(models: Iterable[str]) -> Iterator[Finding]:
    """Names are unique ignoring case."""
    seen: dict[str, str] = {}
    for model in sorted(models):
        twin = seen.setdefault(model.lower(), model)
        if twin != model:
            yield wrong("twin", shown(model), f"differs from '{shown(twin)}' only in case")


def check_boundary(walk: Walk, branch: str) -> Iterator[Finding]:
    """What a shallow clone cannot show."""
    for commit in sorted(walk.boundary):
        what = (
            f"commits before {commit[:12]} are not here, so nobody can tell whether each only added: "
            f"git fetch --unshallow REMOTE {branch}"
        )
        yield unchecked("boundary", f"branch {branch}", what)


def check_lost_models(walk: Walk, models: Collection[str]) -> Iterator[Finding]:
    """Files of a model that has no events."""
    for model in sorted(set(models) - set(walk.added)):
        yield wrong("stray", shown(model), "has a page or evidence, and no event")
