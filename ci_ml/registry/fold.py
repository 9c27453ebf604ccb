"""What state do a model's events lead to? The same events always give the same answer; there is no other state."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

from ci_ml.errors import VerificationError
from ci_ml.hashing import sha256_hex
from ci_ml.registry.events import Event, decode
from ci_ml.registry.gto.imports import ImportedTags
from ci_ml.registry.gto.rules import parse_tag
from ci_ml.registry.history import History, Release, Tenure
from ci_ml.registry.payloads import EventPayload, Imported, Placement, Registered

# Two machines that are set right differ by less.
CLOCKS_DIFFER_BY = timedelta(minutes=5)


def fold(model: str, stored: Iterable[bytes]) -> History:
    """The state that a model's stored events lead to.

    Args:
        stored: the bytes of events 1, 2, 3, ...

    Raises:
        VerificationError: one is damaged, out of place, or contradicts those before it.
        MachineError: a newer ci-ml wrote one.
    """
    return fold_further(History(model=model), stored)


def fold_further(history: History, stored: Iterable[bytes]) -> History:
    """The state after the events that came after a history; raises what `fold` does."""
    folding = Folding(history)
    for sequence, data in enumerate(stored, start=len(history.events) + 1):
        folding.add(decode(data, model=history.model, sequence=sequence), sha256_hex(data))
    return folding.history()


def extend(history: History, event: Event, data: bytes) -> History:
    """The state after one more event, whose stored bytes are `data`."""
    folding = Folding(history)
    folding.add(event, sha256_hex(data))
    return folding.history()


class Folding:
    """A history in the making: events are added, and what they lead to can be had at any time."""

    def __init__(self, history: History) -> None:
        self.model = history.model
        self.events = list(history.events)
        self.last_digest = history.last_digest
        self.releases = dict(history.releases)
        self.holders = dict(history.holders)
        self.tenures = list(history.tenures)
        self.rolled_back = set(history.rolled_back)
        self.barred = set(history.barred)
        self.cursor = history.cursor
        self.deprecated = history.deprecated
        self._open = {t.stage: place for place, t in enumerate(self.tenures) if t.ended is None}
        self._tags: ImportedTags | None = None

    def add(self, event: Event, own_digest: str) -> None:
        """One more event; `own_digest` is that of its stored bytes.

        Raises:
            VerificationError: it contradicts those before it.
        """
        self._event = event
        if event.previous != self.last_digest:
            raise self._contradiction("does not follow the one before it: that one was altered or replaced")
        # One that is later by more than clocks differ was written by a wrong one; it does not date what comes after it.
        if self.events and timedelta(0) < self.events[-1].at - event.at <= CLOCKS_DIFFER_BY:
            raise self._contradiction("is earlier than the one before it")
        if isinstance(event.payload, EventPayload):  # a kind that this version does not know changes nothing
            event.payload.apply(self)
            if event.payload.placement:
                self._enter(*event.payload.placement)
        if event.holders != self.holders:
            raise self._contradiction("names other holders of stages than follow from the events")
        self.events.append(event)
        self.last_digest = own_digest

    def holders_after(self, payload: object) -> dict[str, str]:
        """Who holds each stage once this has happened next."""
        placements: Iterable[Placement] = ()
        if isinstance(payload, Imported):
            placements = self._imported.foresee(payload).placements
        elif isinstance(payload, EventPayload) and payload.placement:
            placements = (payload.placement,)
        holders = {**self.holders, **dict(placements)}
        return {stage: version for stage, version in holders.items() if version is not None}

    def release(self, version: str) -> Release:
        """See `HistoryInTheMaking`, as with what follows."""
        if version not in self.releases:
            raise self._contradiction(f"speaks of {version}, which no event registers")
        return self.releases[version]

    def register(self, payload: Registered) -> None:
        if payload.version in self.releases:
            raise self._contradiction(f"registers {payload.version} a second time")
        self.releases[payload.version] = Release(
            version=payload.version, commit=payload.commit, facts=payload, registered=self._event
        )

    def mark(self, version: str, *, withdrawn: bool | None = None, deprecated: bool | None = None) -> None:
        release = self.release(version)
        self.releases[version] = replace(
            release,
            withdrawn=release.withdrawn if withdrawn is None else withdrawn,
            deprecated=release.deprecated if deprecated is None else deprecated,
        )

    def import_tag(self, payload: Imported) -> None:
        """One of the tags with which a history begins."""
        name = parse_tag(payload.tag)
        if self.events and self.events[-1].kind != "imported":
            raise self._contradiction("is imported after events of ci-ml's own")
        if name is None or name.model != self.model:
            raise self._contradiction("is no tag of this model")
        if self._event.occurred_at != payload.moment:
            raise self._contradiction("has another time than its tag")
        effect = self._imported.take(payload)
        if effect.deprecated is not None:
            self.deprecated = effect.deprecated
        if effect.renamed and effect.renamed.before in self.releases:
            self._rename(*effect.renamed)
        if effect.release:
            known = self.releases.get(effect.release.name)
            self.releases[effect.release.name] = Release(
                version=effect.release.name,
                commit=effect.release.commit,
                facts=None,
                registered=known.registered if known else self._event,
                withdrawn=effect.withdrawn,
            )
        for stage, version in effect.placements:
            if self.holders.get(stage) != version:
                self._enter(stage, version)

    def history(self) -> History:
        """What the events so far lead to."""
        return History(
            model=self.model,
            events=tuple(self.events),
            last_digest=self.last_digest,
            releases=MappingProxyType(dict(self.releases)),
            holders=MappingProxyType(dict(self.holders)),
            tenures=tuple(self.tenures),
            rolled_back=frozenset(self.rolled_back),
            barred=frozenset(self.barred),
            cursor=self.cursor,
            deprecated=self.deprecated,
        )

    @property
    def _imported(self) -> ImportedTags:
        if self._tags is None:
            self._tags = ImportedTags(e.payload for e in self.events if isinstance(e.payload, Imported))
        return self._tags

    def _enter(self, stage: str, version: str | None) -> None:
        """A version, or with None nobody, takes the place of who holds a stage."""
        if stage in self._open:
            place = self._open.pop(stage)
            over = self.tenures[place]
            self.tenures[place] = Tenure(stage=stage, version=over.version, began=over.began, ended=self._event)
            del self.holders[stage]
        if version is not None:
            self._open[stage] = len(self.tenures)
            self.tenures.append(Tenure(stage=stage, version=version, began=self._event))
            self.holders[stage] = version

    def _rename(self, before: str, after: str) -> None:
        known = self.releases.pop(before)
        self.releases.setdefault(after, replace(known, version=after))
        self.tenures = [replace(t, version=after) if t.version == before else t for t in self.tenures]
        self.holders |= {stage: after for stage, holder in self.holders.items() if holder == before}

    def _contradiction(self, what: str) -> VerificationError:
        return VerificationError(f"event {self._event.sequence} of {self.model} {what}.")
