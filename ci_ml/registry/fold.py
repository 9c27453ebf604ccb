"""What state do a model's events lead to? The same events always give the same answer; there is no other state."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ci_ml.errors import VerificationError
from ci_ml.registry.events import Event, decode, digest
from ci_ml.registry.gto.imports import fold_imported
from ci_ml.registry.gto.imports import holders_after as holders_after_import
from ci_ml.registry.gto.rules import Gto
from ci_ml.registry.history import History, Release, Tenure
from ci_ml.registry.payloads import (
    Declined,
    Deprecated,
    Imported,
    Promoted,
    Registered,
    Restored,
    RolledBack,
    Vacated,
    Withdrawn,
)


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
        folding.add(decode(data, model=history.model, sequence=sequence), digest(data))
    return folding.history()


def extend(history: History, event: Event, data: bytes) -> History:
    """The state after one more event, whose stored bytes are `data`."""
    folding = Folding(history)
    folding.add(event, digest(data))
    return folding.history()


def holders_after(holders: Mapping[str, str], payload: object) -> dict[str, str]:
    """Who holds each stage once this has happened; for imported tags only `Folding` knows."""
    match payload:
        case Promoted(stage=stage, version=version) | RolledBack(stage=stage, version=version):
            return {**holders, stage: version}
        case Vacated(stage=stage):
            return {other: version for other, version in holders.items() if other != stage}
        case _:
            return dict(holders)


class Folding:
    """A history in the making: events are added, and what they lead to can be had at any time."""

    def __init__(self, history: History) -> None:
        self.model = history.model
        self.events = list(history.events)
        self.last_digest = history.last_digest
        self.releases = dict(history.releases)
        self.holders = dict(history.holders)
        self.tenures = list(history.tenures)
        self.open = {t.stage: place for place, t in enumerate(self.tenures) if t.ended is None}
        self.rolled_back = set(history.rolled_back)
        self.barred = set(history.barred)
        self.cursor = history.cursor
        self.deprecated = history.deprecated
        # What GTO makes of the imported tags, once somebody asks; with one that was foreseen and is not added yet.
        self.gto: Gto | None = None
        self.foreseen: Imported | None = None

    def add(self, event: Event, own_digest: str) -> None:
        """One more event; `own_digest` is that of its stored bytes.

        Raises:
            VerificationError: it contradicts those before it.
        """
        if event.previous != self.last_digest:
            raise self.contradiction(event, "does not follow the one before it: that one was altered or replaced")
        if self.events and event.at < self.events[-1].at:
            raise self.contradiction(event, "is earlier than the one before it")
        _EFFECTS.get(event.kind, _no_effect)(self, event, event.payload)
        if event.holders != self.holders:
            raise self.contradiction(event, "names other holders of stages than follow from the events")
        self.events.append(event)
        self.last_digest = own_digest

    def holders_after(self, payload: object) -> dict[str, str]:
        """Who holds each stage once this has happened next; see `holders_after`."""
        if isinstance(payload, Imported):
            return holders_after_import(self, payload)
        return holders_after(self.holders, payload)

    def release(self, event: Event, version: str) -> Release:
        """A version that an event speaks of."""
        if version not in self.releases:
            raise self.contradiction(event, f"speaks of {version}, which no event registers")
        return self.releases[version]

    def enter(self, event: Event, stage: str, version: str | None) -> None:
        """A version, or with None nobody, takes the place of who holds a stage."""
        if stage in self.open:
            place = self.open.pop(stage)
            over = self.tenures[place]
            self.tenures[place] = Tenure(stage=stage, version=over.version, began=over.began, ended=event)
            del self.holders[stage]
        if version is not None:
            self.open[stage] = len(self.tenures)
            self.tenures.append(Tenure(stage=stage, version=version, began=event))
            self.holders[stage] = version

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

    def contradiction(self, event: Event, what: str) -> VerificationError:
        return VerificationError(f"event {event.sequence} of {self.model} {what}.")


def _registered(state: Folding, event: Event, payload: Registered) -> None:
    if payload.version in state.releases:
        raise state.contradiction(event, f"registers {payload.version} a second time")
    state.releases[payload.version] = Release(
        version=payload.version, commit=payload.commit, facts=payload, registered=event
    )


def _promoted(state: Folding, event: Event, payload: Promoted) -> None:
    release = state.release(event, payload.version)
    state.enter(event, payload.stage, payload.version)
    if payload.main_commit is not None:
        state.cursor = payload.main_commit
    else:  # by hand: that lifts what a rollback decided
        state.barred.discard(release.digest)


def _rolled_back(state: Folding, event: Event, payload: RolledBack) -> None:
    state.release(event, payload.version)
    left = state.release(event, payload.left)
    state.enter(event, payload.stage, payload.version)
    state.rolled_back.add(payload.left)
    state.barred.add(left.digest)


def _vacated(state: Folding, event: Event, payload: Vacated) -> None:
    state.release(event, payload.version)
    state.enter(event, payload.stage, None)


def _withdrawn(state: Folding, event: Event, payload: Withdrawn) -> None:
    release = state.release(event, payload.version)
    state.releases[payload.version] = replace(release, withdrawn=True)


def _deprecated(state: Folding, event: Event, payload: Deprecated) -> None:
    if payload.version is None:
        state.deprecated = True
    else:
        state.releases[payload.version] = replace(state.release(event, payload.version), deprecated=True)


def _restored(state: Folding, event: Event, payload: Restored) -> None:
    if payload.version is None:
        state.deprecated = False
    else:
        release = state.release(event, payload.version)
        state.releases[payload.version] = replace(release, withdrawn=False, deprecated=False)


def _declined(state: Folding, event: Event, payload: Declined) -> None:  # noqa: ARG001 one signature for all
    state.cursor = payload.main_commit


def _no_effect(state: Folding, event: Event, payload: object) -> None:
    """Kinds that change neither versions nor stages, those of a newer ci-ml among them."""


_EFFECTS: dict[str, Any] = {
    "registered": _registered,
    "promoted": _promoted,
    "rolled_back": _rolled_back,
    "vacated": _vacated,
    "withdrawn": _withdrawn,
    "deprecated": _deprecated,
    "restored": _restored,
    "declined": _declined,
    "imported": fold_imported,
}
