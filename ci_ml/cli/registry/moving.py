"""`ci-ml registry vacate`, `withdraw`, `deprecate`, `restore`: what is said of versions and stages without judging."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import REASON, format_option
from ci_ml.names import with_v

if TYPE_CHECKING:
    from ci_ml.delivery.lifecycle_moves import Move
    from ci_ml.registry.history import History

_ANY_VERSION = click.argument("version", required=False)


@click.command()
@click.argument("model")
@click.argument("stage")
@REASON
@format_option("table", "json")
@click.pass_obj
def vacate(app: App, model: str, stage: str, reason: str | None, style: str) -> int:
    """Take what holds STAGE of MODEL out, and put nothing there.

    \b
    Example:
      ci-ml registry vacate late-flight staging
    """
    from ci_ml.cli.adapters import stages_here
    from ci_ml.delivery.lifecycle_moves import vacating

    return _write(
        app, model, style, lambda seen: vacating(seen, stage, stages=lambda: stages_here(app, model), reason=reason)
    )


@click.command()
@click.argument("model")
@click.argument("version")
@REASON
@format_option("table", "json")
@click.pass_obj
def withdraw(app: App, model: str, version: str, reason: str | None, style: str) -> int:
    """Say that VERSION of MODEL must not be used any more.

    Needs --reason. It cannot be promoted, nor gone back to, until ci-ml registry restore. A
    version that holds a stage is refused: roll back or vacate first.

    \b
    Example:
      ci-ml registry withdraw late-flight v1.2.0 --reason "leaked labels"
    """
    from ci_ml.delivery.lifecycle_moves import withdrawing

    chosen = with_v(version)
    return _write(app, model, style, lambda _: withdrawing(model, chosen, reason=reason))


@click.command()
@click.argument("model")
@_ANY_VERSION
@REASON
@format_option("table", "json")
@click.pass_obj
def deprecate(app: App, model: str, version: str | None, reason: str | None, style: str) -> int:
    """Advise against VERSION of MODEL, or against the whole model.

    Nothing is refused because of it; ci-ml registry show MODEL and the model's
    page say so.

    \b
    Example:
      ci-ml registry deprecate late-flight v1.0.0
    """
    from ci_ml.delivery.lifecycle_moves import deprecating

    chosen = None if version is None else with_v(version)
    return _write(app, model, style, lambda _: deprecating(model, chosen, reason=reason))


@click.command()
@click.argument("model")
@_ANY_VERSION
@REASON
@format_option("table", "json")
@click.pass_obj
def restore(app: App, model: str, version: str | None, reason: str | None, style: str) -> int:
    """Undo withdraw or deprecate of VERSION, or of the whole model.

    \b
    Example:
      ci-ml registry restore late-flight v1.2.0 --reason "the labels were right"
    """
    from ci_ml.delivery.lifecycle_moves import restoring

    chosen = None if version is None else with_v(version)
    return _write(app, model, style, lambda _: restoring(model, chosen, reason=reason))


def _write(app: App, model: str, style: str, plan: "Callable[[History], Move]") -> int:
    """Say of a model what follows from its newest state."""
    from ci_ml.cli.adapters import open_git, registry_log, registry_writer
    from ci_ml.cli.answers import answer
    from ci_ml.delivery.lifecycle_moves import newest_history, write

    log = registry_log(open_git(app))
    move = plan(newest_history(log, model, app))
    return answer(app, write(registry_writer(app, log), model, move), style, move.said, name=model, **move.facts)
