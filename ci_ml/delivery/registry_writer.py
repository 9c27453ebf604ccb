"""A command's decision goes into the registry, and the user is told what came of it."""

import uuid
from collections.abc import Callable
from random import SystemRandom

from ci_ml.cli.app import App
from ci_ml.registry.event_builder import Decision
from ci_ml.repository.event_log import append as event_log
from ci_ml.repository.event_log.append import Appended
from ci_ml.repository.event_log.snapshot import Snapshot


def append(app: App, decide: Callable[[Snapshot], Decision], *, signs: bool = True) -> Appended:
    """Write to the registry as this command; warnings are said, and so is a registry that is only local.

    Args:
        signs: whether the configured key, if there is one, signs the events.

    Raises:
        RegistryConflict: what was decided no longer holds.
        MachineError, ForgeError: the remote cannot be reached, or refuses; or the configured key cannot sign.
    """
    from ci_ml.delivery.signing import signing
    from ci_ml.reports.registry_pages import render_pages

    with signing(app, decide, signs=signs) as (signer, decide_by_rules):
        appended = event_log.append(
            app.log,
            decide_by_rules,
            id=uuid.uuid4().hex,
            at=app.now,
            recorded_by=app.actor,
            render_pages=render_pages,
            rng=SystemRandom(),
            signer=signer,
        )
    for warning in appended.warnings:
        app.warn(warning)
    if appended.local_only:
        app.note("There is no remote: the local branch model-registry is the registry.")
    return appended


def answer(app: App, appended: Appended, style: str, said: str, **facts: str | None) -> int:
    """Say what was appended (or why nothing was), in words or as JSON; the command's exit code."""
    if style == "json":
        import json

        changed = bool(appended.events)
        app.out(
            json.dumps(
                {"schema": 1, **facts, "changed": changed, "registry": appended.head, "note": appended.decision.note}
            )
        )
        return 0
    app.out(said if appended.events else appended.decision.note)
    return 0
