"""Which commit of the registry's branch added each event? The tags' messages name it; only the whole branch tells."""

import re
from collections.abc import Iterable

from ci_ml.errors import MachineError
from ci_ml.git.fetch import fetch
from ci_ml.git.questions import Git
from ci_ml.names import encode as folder_of
from ci_ml.registry.branch_paths import EVENT_PATTERN, events_folder
from ci_ml.registry.gto.tags import Witness
from ci_ml.repository.event_log.log import EventLog

# --unshallow would bring the older commits of every branch.
_DEEP = "--depth=1000000000"
_ADDED = re.compile(EVENT_PATTERN)


def is_whole(git: Git, head: str) -> bool:
    """Whether every commit of a branch is in this clone; a shallow one lacks the older ones."""
    if not git.is_shallow():
        return True
    cut = git.root / git.ask("rev-parse", "--git-path", "shallow").strip()
    ends = set(cut.read_text(encoding="ascii").split()) if cut.is_file() else set()
    return ends.isdisjoint(git.ask("rev-list", "--max-parents=0", head).split())


def bring_whole(log: EventLog, *, offline: bool) -> None:
    """Fetch the older commits of the registry's branch into a shallow clone.

    Raises:
        MachineError: they are not here, and must or can not be fetched.
    """
    head = log.head
    if head is None or is_whole(log.git, head):
        return
    hint = f"git fetch --unshallow {log.remote or 'REMOTE'} {log.branch}"
    if offline or log.remote is None:
        raise MachineError(
            f"this clone has only the newest commits of {log.branch}, and each tag's message names the one that "
            "added its event.",
            hint="Leave out --offline." if offline and log.remote else hint,
        )
    reason = fetch(log.git, log.remote, [f"refs/heads/{log.branch}:{log.reference}"], options=[_DEEP])
    if reason:
        raise MachineError(f"the older commits of {log.branch} cannot be fetched: {reason}.", hint=hint)


def witnesses(git: Git, head: str, models: Iterable[str]) -> dict[str, Witness]:
    """For each model: the number of an event -> the commit that added it, None for one that no commit adds.

    Args:
        head: of a branch that is whole.
    """
    walk = ("log", "--first-parent", "--reverse", "--format=%H", "--name-only", "--no-renames", "--diff-filter=A")
    wanted = [events_folder(folder_of(model)) for model in models]
    found: dict[str, dict[int, str]] = {}
    commit = ""
    for line in git.ask(*walk, head, "--", *wanted).splitlines() if wanted else ():
        added = _ADDED.fullmatch(line)
        if added:
            found.setdefault(added[1], {}).setdefault(int(added[2] + added[3]), commit)
        elif line:
            commit = line
    return {model: found.get(folder_of(model), {}).get for model in models}
