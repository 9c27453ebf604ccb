"""Which GTO tags does a history imply? Everything in them follows from the log, so a repair writes the same tags.

A tag's message names, as a witness, the commit of the registry's branch that added its event: whoever has the branch
can find it again. GTO orders by clock, to the second, and falls back to an earlier version when one leaves a stage;
hence the strictly increasing times, and the unassignments before every move.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ci_ml.registry.events import Event
from ci_ml.registry.history import History
from ci_ml.registry.names import in_tag
from ci_ml.registry.payloads import Deprecated, Promoted, Registered, Restored, RolledBack, Vacated, Withdrawn

_SECOND = timedelta(seconds=1)
Witness = Callable[[int], str | None]


@dataclass(frozen=True, kw_only=True)
class Tag:
    """An annotated tag: `target` is a commit, `tagger` is "Name <e-mail>", `at` is UTC in whole seconds."""

    name: str
    target: str
    message: str
    tagger: str
    at: datetime
    sequence: int


def implied_tags(history: History, *, witness: Witness, since: int = 1) -> tuple[Tag, ...]:
    """The tags of the events from number `since` on, in order.

    Args:
        witness: number of an event -> the registry commit that added it, None where it cannot be told.
    """
    state = _Gto(history.model)
    return tuple(tag for event in history.events for tag in state.tags(event, witness, since))


@dataclass
class _Gto:
    """What GTO would know after the tags so far."""

    model: str
    counter: int = 0
    clock: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    commits: dict[str, str] = field(default_factory=dict)  # version -> released commit
    staged: dict[str, str] = field(default_factory=dict)  # stage -> the version that GTO shows there
    withdrawn: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)  # endings of tags without a counter

    def tags(self, event: Event, witness: Witness, since: int) -> Iterator[Tag]:
        for name, version, headline in self.actions(event):
            self.clock = max(event.at, self.clock + _SECOND)
            if event.sequence < since:  # counted, but nobody asked for it
                continue
            yield Tag(
                name=name,
                target=self.commits[version],
                message=_message(headline, event, witness(event.sequence)),
                tagger=_tagger(event.recorded_by),
                at=self.clock,
                sequence=event.sequence,
            )

    def actions(self, event: Event) -> Iterator[tuple[str, str, str]]:
        """Name of the tag, the version on whose commit it lies, and what it says."""
        match event.payload:
            case Registered(version=version, commit=commit):
                self.commits[version] = commit
                yield self.simple(f"@{version}"), version, f"Register {self.model} {version}"
            case Promoted(stage=stage, version=version):
                yield from self.move(stage, version, f"Promote {self.model} {version} to {stage}")
            case RolledBack(stage=stage, version=version, left=left):
                yield from self.move(stage, version, f"Roll {stage} of {self.model} back from {left} to {version}")
            case Vacated(stage=stage):
                yield from self.move(stage, None, "")
            case Withdrawn(version=version):
                self.withdrawn.add(version)
                yield self.simple(f"@{version}!"), version, f"Withdraw {self.model} {version}"
            case Restored(version=str(version)) if version in self.withdrawn:
                self.withdrawn.remove(version)
                yield self.simple(f"@{version}"), version, f"Restore {self.model} {version}"
            case Deprecated(version=None) if self.commits:
                yield self.simple("@deprecated"), list(self.commits)[-1], f"Deprecate {self.model}"
            case Restored(version=None):
                # GTO holds a model for deprecated until something else happens to it.
                for stage, version in self.staged.items():
                    yield self.numbered(f"#{stage}"), version, f"Restore {self.model}: {version} holds {stage}"
            case _:
                pass

    def move(self, stage: str, version: str | None, headline: str) -> Iterator[tuple[str, str, str]]:
        shown = self.staged.pop(stage, None)
        if shown is not None:
            yield self.numbered(f"#{stage}!"), shown, f"Take {self.model} {shown} out of {stage}"
        if version is not None:
            self.staged[stage] = version
            yield self.numbered(f"#{stage}"), version, headline

    def numbered(self, ending: str) -> str:
        self.counter += 1
        return f"{in_tag(self.model)}{ending}#{self.counter}"

    def simple(self, ending: str) -> str:
        """The name without a counter where it is free; GTO reads both."""
        if ending in self.used:
            return self.numbered(ending)
        self.used.add(ending)
        return f"{in_tag(self.model)}{ending}"


def _message(headline: str, event: Event, witness: str | None) -> str:
    reason = f"{' '.join(event.reason.split())}\n\n" if event.reason else ""
    trail = f"Event: {event.sequence} of {event.model}\n"
    return f"{headline}\n\n{reason}{trail}" + (f"Registry: {witness}\n" if witness else "")


def _tagger(recorded_by: str) -> str:
    """Who recorded it, in the form that git wants; nobody's address is invented."""
    name, _, address = recorded_by.partition("<")
    clean = "".join(c for c in " ".join(name.split()) if c.isprintable() and c not in "<>").strip(" .,:;\"'\\")
    mail = address.partition(">")[0].strip()
    valid = mail.isascii() and mail.isprintable() and "@" in mail and not set(mail) & set(" <>")
    return f"{clean or 'ci-ml'} <{mail if valid else 'ci-ml@localhost.invalid'}>"
