"""What state do a model's events lead to? The same events always give the same answer; there is no other state."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from ci_ml.errors import VerificationError
from ci_ml.registry.events import Event, decode, digest
from ci_ml.registry.history import History, Release, Tenure
from ci_ml.registry.payloads import (
    Declined,
    Deprecated,
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
    state = _State(model)
    for sequence, data in enumerate(stored, start=1):
        state.apply(decode(data, model=model, sequence=sequence), digest(data))
    return state.freeze()


def extend(history: History, event: Event, data: bytes) -> History:
    """The state after one more event, whose stored bytes are `data`."""
    state = _State.of(history)
    state.apply(event, digest(data))
    return state.freeze()


def holders_after(holders: Mapping[str, str], payload: object) -> dict[str, str]:
    """Who holds each stage once this has happened."""
    match payload:
        case Promoted(stage=stage, version=version) | RolledBack(stage=stage, version=version):
            return {**holders, stage: version}
        case Vacated(stage=stage):
            return {other: version for other, version in holders.items() if other != stage}
        case _:
            return dict(holders)


@dataclass
class _State:
    """The fold's working copy."""

    model: str
    events: list[Event] = field(default_factory=list)
    last_digest: str | None = None
    releases: dict[str, Release] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)
    tenures: list[Tenure] = field(default_factory=list)
    open: dict[str, int] = field(default_factory=dict)
    rolled_back: set[str] = field(default_factory=set)
    barred: set[str] = field(default_factory=set)
    cursor: str | None = None
    deprecated: bool = False

    @classmethod
    def of(cls, history: History) -> "_State":
        return cls(
            model=history.model,
            events=list(history.events),
            last_digest=history.last_digest,
            releases=dict(history.releases),
            holders=dict(history.holders),
            tenures=list(history.tenures),
            open={t.stage: place for place, t in enumerate(history.tenures) if t.ended is None},
            rolled_back=set(history.rolled_back),
            barred=set(history.barred),
            cursor=history.cursor,
            deprecated=history.deprecated,
        )

    def apply(self, event: Event, own_digest: str) -> None:
        if event.previous != self.last_digest:
            raise self.contradiction(event, "does not follow the one before it: that one was altered or replaced")
        if self.events and event.at < self.events[-1].at:
            raise self.contradiction(event, "is earlier than the one before it")
        _EFFECTS.get(event.kind, _no_effect)(self, event, event.payload)
        if event.holders != self.holders:
            raise self.contradiction(event, "names other holders of stages than follow from the events")
        self.events.append(event)
        self.last_digest = own_digest

    def release(self, event: Event, version: str) -> Release:
        if version not in self.releases:
            raise self.contradiction(event, f"speaks of {version}, which no event registers")
        return self.releases[version]

    def enter(self, event: Event, stage: str, version: str | None) -> None:
        if stage in self.open:
            place = self.open.pop(stage)
            over = self.tenures[place]
            self.tenures[place] = Tenure(stage=stage, version=over.version, began=over.began, ended=event)
            del self.holders[stage]
        if version is not None:
            self.open[stage] = len(self.tenures)
            self.tenures.append(Tenure(stage=stage, version=version, began=event))
            self.holders[stage] = version

    def freeze(self) -> History:
        return History(
            model=self.model,
            events=tuple(self.events),
            last_digest=self.last_digest,
            releases=MappingProxyType(self.releases),
            holders=MappingProxyType(self.holders),
            tenures=tuple(self.tenures),
            rolled_back=frozenset(self.rolled_back),
            barred=frozenset(self.barred),
            cursor=self.cursor,
            deprecated=self.deprecated,
        )

    def contradiction(self, event: Event, what: str) -> VerificationError:
        return VerificationError(f"event {event.sequence} of {self.model} {what}.")


def _registered(state: _State, event: Event, payload: Registered) -> None:
    if payload.version in state.releases:
        raise state.contradiction(event, f"registers {payload.version} a second time")
    state.releases[payload.version] = Release(
        version=payload.version, commit=payload.commit, facts=payload, registered=event
    )


def _promoted(state: _State, event: Event, payload: Promoted) -> None:
    release = state.release(event, payload.version)
    state.enter(event, payload.stage, payload.version)
    if payload.main_commit is not None:
        state.cursor = payload.main_commit
    else:  # by hand: that lifts what a rollback decided
        state.barred.discard(release.digest)


def _rolled_back(state: _State, event: Event, payload: RolledBack) -> None:
    state.release(event, payload.version)
    left = state.release(event, payload.left)
    state.enter(event, payload.stage, payload.version)
    state.rolled_back.add(payload.left)
    state.barred.add(left.digest)


def _vacated(state: _State, event: Event, payload: Vacated) -> None:
    state.release(event, payload.version)
    state.enter(event, payload.stage, None)


def _withdrawn(state: _State, event: Event, payload: Withdrawn) -> None:
    release = state.release(event, payload.version)
    state.releases[payload.version] = replace(release, withdrawn=True)


def _deprecated(state: _State, event: Event, payload: Deprecated) -> None:
    if payload.version is None:
        state.deprecated = True
    else:
        state.releases[payload.version] = replace(state.release(event, payload.version), deprecated=True)


def _restored(state: _State, event: Event, payload: Restored) -> None:
    if payload.version is None:
        state.deprecated = False
    else:
        release = state.release(event, payload.version)
        state.releases[payload.version] = replace(release, withdrawn=False, deprecated=False)


def _declined(state: _State, event: Event, payload: Declined) -> None:  # noqa: ARG001 one signature for all
    state.cursor = payload.main_commit


def _no_effect(state: _State, event: Event, payload: object) -> None:
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
}
