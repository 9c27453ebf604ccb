"""A version enters a stage because somebody says so. What merges bring is in `merging`."""

from dataclasses import dataclass

from ci_ml.delivery.approvals import not_counted_yet, what_is_missing
from ci_ml.delivery.messages import Messages
from ci_ml.delivery.project import ModelSource
from ci_ml.delivery.registry_view import RegistryView, view_of
from ci_ml.delivery.registry_writer import RegistryWriter
from ci_ml.forge.base import Deployment, Forge
from ci_ml.registry import moves
from ci_ml.registry.event_builder import Decision
from ci_ml.repository.event_log.append import Appended
from ci_ml.repository.event_log.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """What came of promoting a version.

    Attributes:
        replaced: the version that held the stage.
    """

    version: str
    stage: str
    replaced: str | None
    appended: Appended


def promote_version(
    source: ModelSource,
    view: RegistryView,
    writer: RegistryWriter,
    forge: Forge,
    messages: Messages,
    *,
    version: str,
    stage: str,
    force: bool = False,
    reason: str | None = None,
) -> Promotion:
    """Bring a version into a stage, and ask the forge for the deployment.

    Args:
        view: by which somebody decided this. If another version holds the stage by now, it is refused.
        force: pass over the order of stages, and over nothing else; then with a reason.

    Raises:
        RegistryConflict: it contradicts the registry's state, or approvals are missing.
    """
    holder = view.history(source.name).holder(stage)

    def decide(snapshot: Snapshot) -> Decision:
        history = snapshot.read(source.name)
        decision = moves.promote(
            history,
            version,
            stage,
            stages=source.model.stages,
            expected_holder=holder,
            force=force,
            reason=reason,
        )
        missing = what_is_missing(writer.rules(), history, version, stage, at=writer.now) if decision.drafts else None
        if missing:
            raise missing
        return decision

    appended = writer.append(decide)
    if appended.events:
        for warning in not_counted_yet(writer.rules(), source.project.config.registry.approvals, stage):
            messages.warn(warning)
        deployment = Deployment(
            model=source.name,
            stage=stage,
            version=version,
            commit=view_of(writer.log).history(source.name).releases[version].commit,
            registry_head=str(appended.head),
            at=writer.now,
        )
        forge.publish_deployment(deployment)
    return Promotion(version=version, stage=stage, replaced=holder, appended=appended)
