"""Are the tags that GTO reads what the registry says? Here and on the remote; what is missing can be written."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ci_ml.delivery.registry_reading import require_model
from ci_ml.errors import CiMlError, DataError, ForgeError, VerificationError
from ci_ml.repository.event_log.event_commits import bring_whole, witnesses
from ci_ml.repository.event_log.log import EventLog
from ci_ml.repository.event_log.tag_state import (
    Surplus,
    TagState,
    local_tags,
    remote_tags,
    surplus_tags,
    tag_states,
)
from ci_ml.repository.event_log.tags import REPAIR, Refused, how_to_remove, write_tags

_SHORT = 12


@dataclass(frozen=True, kw_only=True)
class Tags:
    """The tags of one model, or of all.

    Attributes:
        states: those that follow from the registry.
        surplus: those that follow from nothing.
        written: what was missing and is there now.
        lacking: what a repair was to write.
        refused: what the remote said to that; None where it took all.
    """

    states: tuple[TagState, ...]
    surplus: tuple[Surplus, ...]
    written: tuple[TagState, ...] = ()
    lacking: tuple[TagState, ...] = ()
    refused: Refused | None = None

    @property
    def contradicting(self) -> tuple[TagState, ...]:
        return tuple(state for state in self.states if state.contradicts)

    @property
    def missing(self) -> int:
        return sum(state.missing for state in self.states)


def look_at_tags(log: EventLog, model: str | None, *, offline: bool) -> Tags:
    """What is there of the tags that should be.

    Args:
        offline: look at this repository only.

    Raises:
        ConfigError: the registry has no such model.
        MachineError: the remote cannot be reached.
    """
    # Before the branch: whoever promotes writes that first, and so a tag of right now is not taken for surplus.
    here = local_tags(log.git)
    remote = None if offline or log.remote is None else remote_tags(log.git, log.remote)
    warning = None if offline or log.fresh else log.refresh()
    if warning and log.problem:
        raise log.problem
    bring_whole(log, offline=offline)
    snapshot = log.snapshot()
    if model is not None:
        require_model(snapshot, model)
    histories = [snapshot.read(model)] if model else list(snapshot.read_all().values())
    names = [history.model for history in histories]
    found = witnesses(log.git, snapshot.head, names) if snapshot.head else {}
    states = tag_states(histories, found, here=here, remote=remote)
    # Without asking the remote, this clone's branch may be older than its tags.
    behind = offline and log.remote is not None
    surplus = [] if behind else surplus_tags(states, names, here=here, remote=remote)
    return Tags(states=tuple(states), surplus=tuple(surplus))


def repair_tags(log: EventLog, model: str | None) -> Tags:
    """The same, after what was missing was written as well as the remote lets us."""
    before = look_at_tags(log, model, offline=False)
    lacking = tuple(state for state in before.states if state.missing)
    if not lacking:
        return before
    refused = write_tags(log.git, log.remote, [state.tag for state in lacking if state.tag])
    after = look_at_tags(log, model, offline=False)
    there = {state.name for state in after.states if not state.missing}
    written = tuple(state for state in lacking if state.name in there)
    return replace(after, surplus=before.surplus, written=written, lacking=lacking, refused=refused)


def fault_of(tags: Tags, *, remote: str | None) -> CiMlError | None:
    """What a command that saw these tags must end with; None where all is well."""
    if tags.contradicting or tags.surplus:
        return _contradiction(tags.contradicting, tags.surplus, remote)
    if tags.refused and len(tags.written) < len(tags.lacking):
        return ForgeError(
            tags.refused.warning, hint="Its rules must allow these tags, or somebody who may pushes them."
        )
    lost = [state.name for state in tags.lacking if state.tag is None and state not in tags.written]
    if lost:
        return DataError(
            f"imported tags that the registry cannot make again from what it keeps: {', '.join(lost)}.",
            hint=f"From a clone that has them: git push {remote or 'HERE'} {shlex.quote(f'refs/tags/{lost[0]}')}",
        )
    return None


def _contradiction(states: Sequence[TagState], surplus: Sequence[Surplus], remote: str | None) -> VerificationError:
    def tell(tag: TagState | Surplus, what: str) -> list[str]:
        places = {"here": "in this repository", "remote": remote}
        return [f"tag {tag.name} ({places[place]}){what.format(found[:_SHORT])}" for place, found in tag.found.items()]

    lines = [line for state in states for line in tell(state, f" is {{}}; the registry says {state.object[:_SHORT]}")]
    lines += [line for tag in surplus for line in tell(tag, ": no event implies it")]
    first: TagState | Surplus = states[0] if states else surplus[0]
    removal = how_to_remove(first.name, here="here" in first.found, remote=remote if "remote" in first.found else None)
    then = f", then {REPAIR}" if states else ""
    return VerificationError(
        "\n".join(lines),
        hint=f"Find out who wrote it; ci-ml moves and deletes no tag. If it may go: {removal}{then}",
    )
