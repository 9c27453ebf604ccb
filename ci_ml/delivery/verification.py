"""Gather everything that a verification looks at, and hold each thing to its rule. One list takes all findings."""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from ci_ml.errors import MachineError
from ci_ml.git.background import in_a_thread, on_another_core
from ci_ml.git.partial_clone import fetch_missing
from ci_ml.registry.summary import summarise
from ci_ml.registry.verification import evidence, page_facts
from ci_ml.registry.verification import outcome as verification
from ci_ml.registry.verification.additions import Walk, walk
from ci_ml.registry.verification.continuity import Continuity, follow
from ci_ml.registry.verification.findings import Finding, unchecked, wrong
from ci_ml.registry.verification.layout import ATTRIBUTES, named, place_of
from ci_ml.registry.verification.outcome import Verification
from ci_ml.reports.registry_pages import render_pages
from ci_ml.repository.event_log import audit, audit_objects, audit_tags
from ci_ml.repository.event_log.lost_branch import witnesses_in_tags

if TYPE_CHECKING:
    from ci_ml.git.questions import Git
    from ci_ml.registry.history import History
    from ci_ml.repository.event_log.audit import StoredModel
    from ci_ml.repository.event_log.log import EventLog

# One model's events as they are stored, and what they say together -> what is wrong with their signatures, say.
Check = Callable[["StoredModel", Continuity], Iterable[Finding]]


def verify_log(
    log: "EventLog",
    *,
    model: str | None,
    witnesses: Mapping[str, str],
    offline: bool,
    now: datetime | None = None,
    checks: Sequence[Check] = (),
) -> Verification:
    """Look at everything, of one model or of all; nothing that is found stops the search for more.

    Args:
        witnesses: commit id, seven digits of it at least -> who names it.
        offline: ask the remote nothing.
        now: no event can be later; None: nobody knows what time it is.
        checks: what else each model is held to, on the same reading.
    """
    # Before the head is read: what another command appends at this moment must not look like something lost.
    own = audit.seen_before(log.git, log.reference, f"refs/heads/{log.branch}")
    head = log.head
    if head is None:
        tagged = {id: f"tag {name}" for name, id in witnesses_in_tags(log.git).items()}
        lost = [
            wrong("cut_off", where, f"names {id[:12]}, and there is no registry")
            for id, where in {**tagged, **witnesses}.items()
        ]
        return Verification(head=None, findings=tuple(lost))
    audited = _Audit(log, log.git, head, model, offline, now)
    with _uncollected():
        audited.read(checks)
        audited.compare()
    audited.findings += verification.check_witnesses(audited.walk, {**own, **witnesses})
    return audited.result()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without looking for cycles: there are none among the events, and looking takes an eighth of the time."""

    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def walk_branch(git: "Git", head: str, branch: str, model: str | None) -> Walk:
    """Every commit of the branch, held to the rule that it may only add."""
    line = audit.line_of(git, head)
    with _uncollected():
        try:
            return walk(audit.commits_of(git, line), boundary=line.boundary, only=model)
        except MachineError as error:
            lost = Walk(boundary=frozenset(line.parents), commits=set(line.parents))
            lost.findings.append(unchecked("boundary", f"branch {branch}", error.message.rstrip(".")))
            return lost


@dataclass(frozen=True)
class _Due:
    """What is derived from the events: path on the branch -> page, and each model's tags."""

    pages: Mapping[str, bytes]
    tags: "Sequence[audit_tags.Due]"


@dataclass
class _Audit:
    """One verification at work; `findings` is where everything ends up."""

    log: "EventLog"
    git: "Git"
    head: str
    model: str | None
    offline: bool
    now: datetime | None = None
    findings: list[Finding] = field(default_factory=list)
    found: dict[str, Continuity] = field(default_factory=dict)
    histories: dict[str, "History"] = field(default_factory=dict)
    tags: int = 0

    def read(self, checks: Sequence[Check]) -> None:
        """Every event and every commit: the chain, and whether each commit only added."""
        # Git compares commits, and the walk judges them, while the events are folded here. A process takes a moment to
        # start; a thread would have to share Python with the folding.
        beside = on_another_core if audit.is_long(self.git, self.head) else in_a_thread
        with beside(walk_branch, self.git, self.head, self.log.branch, self.model) as walked:
            self.listing = audit.list_files(self.git, self.head)
            self.absent = self._absent()
            chosen = sorted(self.listing.events) if self.model is None else [self.model]
            for stored in audit.read_models(self.git, self.listing, chosen, absent=self.absent):
                continuity = follow(stored.model, stored.events, unread=stored.unread, now=self.now)
                self.found[stored.model] = continuity
                self.findings += continuity.findings
                for check in checks:
                    self.findings += check(stored, continuity)
            self.findings += self._evidence()
            folded = {model: one.history for model, one in self.found.items() if one.history}
            due = self._due(folded)
            self.walk = walked()
        self.findings += self.walk.findings
        self.histories = dict(self._histories())
        same = folded.keys() == self.histories.keys() and all(self.histories[m] is folded[m] for m in folded)
        self.due = due if same else self._due(self.histories)

    def compare(self) -> None:
        """Everything that follows from the events, or is named by them."""
        self.findings += verification.check_boundary(self.walk, self.log.branch)
        self.findings += verification.check_commands(self.walk, self.found.values())
        self.findings += verification.check_twins(self.listing.events)
        self.findings += self._files()
        self.findings += self._pages()
        known = {*self.walk.added, *self.listing.events}
        tags = audit_tags.audit_tags(self.git, self.due.tags, self.walk, known=known)
        self.tags = tags.checked
        self.findings += tags.findings
        releases = [(model, release) for model, own in self.histories.items() for release in own.releases.values()]
        why = audit_objects.incomplete(
            self.git, self.log.remote, self.log.reference, tags=tags.any, offline=self.offline
        )
        self.findings += audit_objects.audit_trees(self.git, releases, complete=why)

    def result(self) -> Verification:
        return Verification(
            head=self.head,
            models=len(self.found),
            versions=sum(len(history.releases) for history in self.histories.values()),
            events=sum(len(continuity.events) for continuity in self.found.values()),
            commits=len(self.walk.commits),
            tags=self.tags,
            findings=verification.in_order(self.findings),
        )

    def _due(self, histories: "Mapping[str, History]") -> "_Due":
        """What follows from the events, as if they were all that was ever added."""

        summaries = {model: summarise(reversed(own.events)) for model, own in histories.items()}
        pages = render_pages({m: s for m, s in summaries.items() if s}, histories, self._filed)
        return _Due(pages, [audit_tags.tags_due(own) for own in histories.values()])

    def _absent(self) -> set[str]:
        """What a partial clone left out, after what may be fetched was."""

        listing = self.listing
        groups = [own.values() for own in (*listing.events.values(), *listing.signatures.values())]
        blobs = {blob for group in groups for blob in group}.union(listing.evidence.values(), listing.pages.values())
        if not self.offline:
            fetch_missing(self.git, [self.head], blobs)
        return audit_objects.absent_objects(self.git, blobs)

    def _histories(self) -> "Iterator[tuple[str, History]]":
        """What the models' events said when they were added: tags and pages were made from that."""
        for model in sorted({*self.found, *self.walk.added}) if self.model is None else [self.model]:
            now = self.listing.events.get(model, {})
            first = {number: added.blob for number, added in self.walk.added.get(model, {}).items()}
            history = self.found[model].history if model in self.found else None
            if first and first != now:
                contents = zip(first, self.git.read_blobs(first.values()), strict=True)
                history = (
                    follow(model, {number: data for number, data in contents if data is not None}).history or history
                )
            if history is not None:
                yield model, history
            else:
                self.findings.append(
                    unchecked("history", model, "its tags, page and versions: its events cannot be followed to the end")
                )

    def _files(self) -> Iterator[Finding]:
        for path in self.listing.strays:
            if path not in self.walk.strays:
                yield wrong("stray", named(path), "belongs nowhere")
        for path in self.listing.odd_modes:
            if path not in self.walk.odd_modes:
                yield wrong("mode", named(path), "is no plain file")
        yield from page_facts.check_attributes(self.listing.pages.get(ATTRIBUTES))

    def _evidence(self) -> Iterator[Finding]:
        events = [event for continuity in self.found.values() for event in continuity.events]
        claimed = evidence.claims(events)
        there = self._own(self.listing.evidence)
        # An event that cannot be read, here or by this version, may name any file of its model.
        read = {m for m, own in self.found.items() if len(own.events) == len(self.listing.events.get(m, {}))}
        sure = [path for path in there if place_of(path).model in read]
        yield from evidence.check_evidence(claimed, self._contents([p for p in there if p in claimed]), filed=sure)

    def _pages(self) -> Iterator[Finding]:
        whole = self.model is None and len(self.histories) == len({*self.found, *self.walk.added})
        due = self.due.pages
        if not whole:  # the table of all models cannot be made of some
            due = {path: page for path, page in due.items() if "/" in path}
        pages = dict(self._contents([path for path in self._own(self.listing.pages) if path != ATTRIBUTES]))
        yield from page_facts.check_pages(due, pages)
        if self.model is None:
            models = {m for path in (*self.listing.evidence, *self.listing.pages) if (m := place_of(path).model)}
            yield from verification.check_lost_models(self.walk, models)

    def _own(self, paths: Iterable[str]) -> list[str]:
        """Those of the model that was asked for."""
        return [path for path in paths if self.model is None or place_of(path).model in (None, self.model)]

    def _filed(self, path: str) -> bytes | None:
        return dict(self._contents([path])).get(path)

    def _contents(self, paths: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
        """The files of the branch among these, one after the other; None for one that this clone does not have."""
        blobs = {
            path: blob for path in paths if (blob := self.listing.evidence.get(path) or self.listing.pages.get(path))
        }
        there = self.git.read_blobs(blob for blob in blobs.values() if blob not in self.absent)
        for path, blob in blobs.items():
            yield path, None if blob in self.absent else next(there)
