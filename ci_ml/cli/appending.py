"""A command's decision goes into the registry, and the user is told what came of it."""

import uuid
from collections.abc import Callable
from random import SystemRandom

from ci_ml.cli.app import App
from ci_ml.errors import ConfigError
from ci_ml.registry.sealing import Decision
from ci_ml.repository.event_log.log import Appended
from ci_ml.repository.event_log.snapshot import Snapshot


def append(app: App, decide: Callable[[Snapshot], Decision]) -> Appended:
    """Write to the registry as this command; warnings are said, and so is a registry that is only local.

    Raises:
        RegistryConflict: what was decided no longer holds.
        MachineError, ForgeError: the remote cannot be reached, or refuses.
    """
    from ci_ml.reports.registry_pages import render_pages

    appended = app.log.append(
        decide,
        id=uuid.uuid4().hex,
        at=app.now,
        recorded_by=app.actor,
        render_pages=render_pages,
        rng=SystemRandom(),
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


def refuse_unmet_approvals(app: App, stage: str) -> None:
    """A rule that this version cannot check must not be passed over in silence.

    Raises:
        ConfigError: the stage needs approvals.
    """
    needed = app.config.registry.approvals.get(stage, 0)
    if needed:
        where = app.config.locate("registry", "approvals", stage)
        raise ConfigError(
            f"{where}: {stage} needs {needed} approvals, which this version of ci-ml cannot count.",
            hint="Take registry.approvals out, or wait for a version that can.",
        )
