"""Where does a reading command get the registry from? This repository's remote, what was fetched last, or elsewhere."""

from typing import TYPE_CHECKING

import click

from ci_ml.cli.adapters import open_git, registry_log, registry_remote
from ci_ml.cli.app import App
from ci_ml.delivery.registry_source import bring_up_to_date, snapshot_of
from ci_ml.errors import ConfigError

if TYPE_CHECKING:
    from ci_ml.repository.event_log.log import EventLog
    from ci_ml.repository.event_log.snapshot import Snapshot

OFFLINE = click.option("--offline", is_flag=True, help="Do not fetch; answer from what was fetched last.")
REMOTE = click.option(
    "--remote", "address", metavar="URL", help="Read the registry of the repository there; no clone is needed."
)


def open_log(app: App, *, offline: bool, address: str | None, whole: bool = False) -> "EventLog":
    """The registry to read, fetched; what was fetched for the one command is gone when it ends.

    Args:
        address: of another repository; None for the one around us.
        whole: whether all commits of the branch are needed, not only what the newest one says.

    Raises:
        ConfigError: the options contradict each other, or the address is none.
        MachineError: no repository here, the address cannot be reached, or this clone lacks the configured remote.
        DataError: there is no registry at that address.
    """
    if address is not None:
        if offline:
            raise ConfigError("--remote fetches, and --offline forbids it.", hint="Leave one of them out.")
        from ci_ml.repository.event_log.remote_registry import registry_at

        return click.get_current_context().with_resource(registry_at(address, start=app.start, whole=whole))
    git = open_git(app)
    log = registry_log(git)
    bring_up_to_date(log, configured=registry_remote(git.root), offline=offline, messages=app)
    return log


def open_snapshot(app: App, *, offline: bool, address: str | None) -> "Snapshot":
    """What the registry's newest commit says; see `open_log`."""
    log = open_log(app, offline=offline, address=address)
    return snapshot_of(log, offline=offline, messages=app)
