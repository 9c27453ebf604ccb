"""How is an event said in a few words, for tables, commit messages and pages? Values come out as they are."""

from collections.abc import Sequence

from ci_ml.registry.events import Event
from ci_ml.registry.payloads import (
    Approved,
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


def describe_all(events: Sequence[Event]) -> str:
    """What one command did; an import is said in one breath."""
    tags = sum(isinstance(event.payload, Imported) for event in events)
    imported = [f"imported {tags} {'tag' if tags == 1 else 'tags'}"] if tags else []
    return ", ".join(imported + [describe(event) for event in events if not isinstance(event.payload, Imported)])


def describe(event: Event) -> str:
    """Such as "promoted v1.1.0 to production"."""
    match event.payload:
        case Registered(version=version):
            return f"registered {version}"
        case Promoted(version=version, stage=stage, forced=forced):
            return f"promoted {version} to {stage}" + (" by force" if forced else "")
        case RolledBack(version=version, stage=stage, left=left):
            return f"rolled back {stage} from {left} to {version}"
        case Vacated(version=version, stage=stage):
            return f"took {version} out of {stage}"
        case Withdrawn(version=version):
            return f"withdrew {version}"
        case Deprecated(version=version):
            return f"deprecated {version or 'the model'}"
        case Restored(version=version):
            return f"restored {version or 'the model'}"
        case Approved(stage=stage, approver=approver):
            return f"{approver} approved it for {stage}"
        case Declined(main_commit=commit, cause=cause):
            return f"declined {commit[:7]}: {cause}"
        case Imported(tag=tag):
            return f"imported {tag}"
        case _:
            return event.kind.replace("_", " ")
