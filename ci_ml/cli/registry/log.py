"""`ci-ml registry log`: every event as it is stored, for auditors and scripts. Nothing is checked or left out."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL, format_option
from ci_ml.cli.registry.source import OFFLINE, REMOTE, open_snapshot

if TYPE_CHECKING:
    from ci_ml.repository.event_log.snapshot import Snapshot


@click.command()
@MODEL
@OFFLINE
@REMOTE
@format_option("table", "json", "jsonl")
@click.pass_obj
def log(app: App, model: str | None, offline: bool, address: str | None, style: str) -> int:
    """Every event as it is stored, the oldest first.

    Model by model, or MODEL's alone. Each with its path on the branch, the SHA-256 of its bytes and the commit
    that wrote them, also where this version does not know its kind. Nothing is
    checked: that is ci-ml registry verify. What happened, for people, is
    ci-ml registry history. Exits 13 if an event is no JSON.

    \b
    Examples:
      ci-ml registry log --format jsonl
      ci-ml registry log late-flight --format json --remote ../flights.git
    """
    from ci_ml.delivery.registry_reading import require_model
    from ci_ml.errors import VerificationError
    from ci_ml.reports import event_records

    snapshot = open_snapshot(app, offline=offline, address=address)
    if model is not None:
        require_model(snapshot, model)
    records = _records(snapshot, (model,) if model is not None else snapshot.models())
    unreadable: list[str] = []
    seen = _noting(records, unreadable)
    if style == "table":
        lines = event_records.as_table(seen)
    else:
        lines = event_records.as_lines(seen) if style == "jsonl" else event_records.as_json(seen, head=snapshot.head)
    for line in lines:
        app.out(line)
    if unreadable:
        raise VerificationError(
            f"{len(unreadable):,} of these cannot be read, the first is {unreadable[0]}.",
            hint="ci-ml registry verify says what is wrong.",
        )
    return 0


def _records(snapshot: "Snapshot", models: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    from ci_ml.reports.event_records import record
    from ci_ml.repository.event_log.stored_events import stored_events

    for one in stored_events(snapshot, models):
        yield record(model=one.model, sequence=one.sequence, path=one.path, commit=one.commit, data=one.data)


def _noting(records: Iterator[dict[str, Any]], unreadable: list[str]) -> Iterator[dict[str, Any]]:
    """The same records; where one has a problem, its place and why is added to `unreadable`."""
    for one in records:
        if one["problem"]:
            unreadable.append(f"{one['path']}: {one['problem']}")
        yield one
