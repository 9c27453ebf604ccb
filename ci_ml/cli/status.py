"""`ci-ml status`: what is the state here, and what comes next?"""

from typing import TYPE_CHECKING, Any

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import format_option

if TYPE_CHECKING:
    from ci_ml.delivery.next_step import NextStep
    from ci_ml.delivery.status import CopyStatus, ModelStatus, ProjectStatus


@click.command()
@format_option("table", "json")
@click.pass_obj
def status(app: App, style: str) -> int:
    """What is the state here, and what comes next?

    Shows who is in production and since when, whether the model in the working
    copy is trained, up to date and judged, and the next command to type. It
    asks no remote: the registry is shown as it was fetched last.

    \b
    Example:
      ci-ml status
    """
    from ci_ml.cli.adapters import open_git, open_project, project_log
    from ci_ml.delivery.next_step import INIT, mend_configuration, next_step
    from ci_ml.delivery.registry_view import view_of
    from ci_ml.delivery.status import project_status
    from ci_ml.errors import ConfigError

    git = open_git(app)
    try:
        project = open_project(app, git)
    except ConfigError as error:
        missing = error.hint.startswith("ci-ml init")
        _print(app, None, INIT if missing else mend_configuration(error.message), style)
        return 0
    found = project_status(project, view_of(project_log(project)))
    _print(app, found, next_step(found), style)
    return 0


def _print(app: App, found: "ProjectStatus | None", step: "NextStep", style: str) -> None:
    if style == "json":
        from ci_ml.reports.json_text import json_text

        facts = {"models": {}} if found is None else _facts(found)
        app.out(json_text({"schema": 1, **facts, "next": {"do": step.do, "why": step.why}}))
        return
    if found is not None:
        from textwrap import fill

        from ci_ml.reports.fit_width import fitted_table

        rows = [("MODEL", "IN USE", "SINCE", "LIES HERE", "JUDGED"), *map(_row, found.models)]
        table = fitted_table(rows, wrap=["LIES HERE", "JUDGED", "IN USE"])
        app.out(f"{fill(_describe(found.copy), 80)}\n\n{table}\n\n{_say(step)}")
    else:
        app.out(_say(step))


def _say(step: "NextStep") -> str:
    from textwrap import fill

    why = fill(step.why, 80, initial_indent="      ", subsequent_indent="      ", break_long_words=False)
    return f"Next: {step.do}\n{why}"


def _describe(copy: "CopyStatus") -> str:
    """The working copy in a line."""
    from ci_ml.text import count

    parts = [f"{copy.branch or 'no branch'} at {copy.commit[:7] if copy.commit else 'no commit yet'}"]
    if copy.changed:
        parts.append(f"{count(len(copy.changed), 'file')} not committed")
    if copy.remote is None:
        parts.append("no remote")
    elif copy.commit:
        parts.append(f"{count(copy.unpushed, 'commit')} not on {copy.remote}" if copy.unpushed else "all pushed")
    return ", ".join(parts)


def _row(model: "ModelStatus") -> tuple[str, ...]:
    held = next((held for held in model.stages if held.stage == model.goal), None)
    in_use = (
        f"{held.version} {held.stage}" if held else f"{model.latest} in no stage" if model.latest else "nothing yet"
    )
    return (
        model.name,
        in_use,
        f"{held.since:%Y-%m-%d}" if held else "",
        _outputs(model),
        _judged(model),
    )


def _outputs(model: "ModelStatus") -> str:
    if model.outputs != "current":
        return f"{'not trained' if model.outputs == 'missing' else 'outdated'}: {model.why}"
    return model.version or "up to date, no version yet"


def _judged(model: "ModelStatus") -> str:
    from ci_ml.reports.headline import headline

    if model.judgement is None:
        return "" if model.outputs != "current" or model.is_delivered else "not yet"
    said = headline(model.judgement)
    # The first column has the name already.
    return said.removeprefix(model.name).removeprefix(":").strip().removeprefix("is ") + (
        " (by earlier rules)" if model.judged_again and not model.is_delivered else ""
    )


def _facts(found: "ProjectStatus") -> dict[str, Any]:
    from dataclasses import asdict

    return {
        **asdict(found.copy),
        "main": found.main,
        "faults": list(found.faults),
        "models": {model.name: _model(model) for model in found.models},
    }


def _model(model: "ModelStatus") -> dict[str, Any]:
    from ci_ml.reports.headline import answer_of, headline

    judgement = model.judgement
    return {
        "stages": {held.stage: {"version": held.version, "since": held.since} for held in model.stages},
        "latest": model.latest,
        "outputs": model.outputs,
        "why": model.why,
        "version": model.version,
        "rolled_back": model.rolled_back,
        "delivered": model.is_delivered,
        "judged": {
            "answer": answer_of(judgement),
            "passes": judgement.verdict.passes,
            "current": not model.judged_again,
            "headline": headline(judgement),
        }
        if judgement
        else None,
    }
