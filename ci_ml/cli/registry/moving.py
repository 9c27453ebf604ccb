"""`ci-ml registry vacate`, `withdraw`, `deprecate`, `restore`: what is said of versions and stages without judging."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import REASON, format_option
from ci_ml.names import with_v

if TYPE_CHECKING:
    from ci_ml.registry.event_builder import Decision
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
    from ci_ml.delivery.registry_reading import require_stage
    from ci_ml.registry import moves

    seen = _history(app, model)
    holder = seen.holder(stage)
    if holder is None and stage not in seen.stages:
        require_stage(stage, (*app.stages_of(model), *seen.stages))
    return _write(
        app,
        model,
        lambda history: moves.vacate(history, stage, reason=reason, expected_holder=holder),
        style,
        said=f"{model}: nothing holds {stage} any more (was {holder})",
        facts={"stage": stage, "replaced": holder},
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
    from ci_ml.registry import lifecycle

    chosen = with_v(version)
    return _stand(app, model, chosen, style, partial(lifecycle.withdraw, version=chosen, reason=reason), "withdrawn")


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
    from ci_ml.registry import lifecycle

    chosen = None if version is None else with_v(version)
    return _stand(app, model, chosen, style, partial(lifecycle.deprecate, version=chosen, reason=reason), "deprecated")


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
    from ci_ml.registry import lifecycle

    chosen = None if version is None else with_v(version)
    return _stand(app, model, chosen, style, partial(lifecycle.restore, version=chosen, reason=reason), "restored")


def _stand(
    app: App, model: str, version: str | None, style: str, decide: "Callable[[History], Decision]", word: str
) -> int:
    """Say of a version, or with None of the whole model, that it is `word` from now on."""
    subject = f"{model} {version}" if version else f"{model} as a whole"
    return _write(app, model, decide, style, said=f"{subject} is {word}", facts={"version": version})


def _write(
    app: App,
    model: str,
    decide: "Callable[[History], Decision]",
    style: str,
    *,
    said: str,
    facts: dict[str, str | None],
) -> int:
    from ci_ml.cli.answers import answer

    _history(app, model)
    appended = app.writer.append(lambda snapshot: decide(snapshot.read(model)))
    return answer(app, appended, style, said, name=model, **facts)


def _history(app: App, model: str) -> "History":
    """What the registry says of a model now; it need not stand in ci-ml.yaml any more.

    Raises:
        ConfigError: the registry has no such model.
    """
    from ci_ml.delivery.registry_reading import require_model

    if not app.log.fresh:
        warning = app.log.refresh()
        if warning:
            app.warn(warning)
    snapshot = app.log.snapshot()
    require_model(snapshot, model)
    return snapshot.read(model)
