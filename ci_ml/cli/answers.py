"""What a command says that wrote to the registry: in words or as JSON, and why where nothing was written."""

from typing import TYPE_CHECKING

from ci_ml.cli.app import App

if TYPE_CHECKING:
    from ci_ml.repository.event_log.append import Appended


def answer(app: App, appended: "Appended", style: str, said: str, **facts: str | None) -> int:
    """Say what was appended, or why nothing was; the command's exit code."""
    from ci_ml.delivery.registry_writer import tell

    tell(appended, app)
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
