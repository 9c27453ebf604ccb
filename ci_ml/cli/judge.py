"""`ci-ml evaluate`, `compare` and `gate`: how good, how much better, good enough?"""

from typing import TYPE_CHECKING

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import BASELINE, CANDIDATE, MODEL, format_option

if TYPE_CHECKING:
    from ci_ml.gates.judgement import Judgement


@click.command()
@MODEL
@CANDIDATE
@format_option("table", "json", "markdown")
@click.pass_obj
def evaluate(app: App, model: str | None, candidate: str | None, style: str) -> int:
    """How good is MODEL? Every metric with its interval.

    \b
    Example:
      ci-ml evaluate late-flight
    """
    from ci_ml.cli.adapters import open_project, project_log
    from ci_ml.delivery.judging import evaluate_model
    from ci_ml.reports.evaluation import render_evaluation

    project = open_project(app)
    source = project.source(model)
    found = evaluate_model(source, project_log(project), app, candidate=candidate)
    app.out(render_evaluation(source.name, found.side, found.comparison, style=style))
    return 0


@click.command()
@MODEL
@BASELINE
@CANDIDATE
@click.option("--slice", "by", metavar="COLUMN[=VALUE]", help="Look at the parts of one column (or at one part).")
@format_option("table", "json", "markdown")
@click.pass_obj
def compare(
    app: App, model: str | None, baseline: str | None, candidate: str | None, by: str | None, style: str
) -> int:
    """How do two models differ on the same rows?

    Judges like gate, but exits 0 whatever the answer.

    \b
    Examples:
      ci-ml compare late-flight
      ci-ml compare late-flight --candidate 9f3c2ab --slice carrier=AA
      ci-ml compare --baseline old.csv --candidate new.csv
    """
    from ci_ml.cli.adapters import ci_event, open_project, project_log
    from ci_ml.delivery.judging import judge_named, looking_at

    project = open_project(app)
    source = project.source(model)
    if by:
        source = looking_at(source, by)
    log = project_log(project)
    run = ci_event(app)
    judgement = judge_named(source, log, app, now=app.now, candidate=candidate, baseline=baseline, run=run).judgement
    if by:
        from ci_ml.reports.focus import focus, slice_table

        judgement = focus(judgement, by)
    _print(app, judgement, style)
    if by and style == "table":
        app.out("\n" + slice_table(judgement))
    return 0


@click.command()
@MODEL
@BASELINE
@CANDIDATE
@click.option("--retraining", is_flag=True, help="Also require that the main metric improves (undecided blocks).")
@format_option("table", "json", "markdown")
@click.pass_obj
def gate(app: App, model: str | None, baseline: str | None, candidate: str | None, retraining: bool, style: str) -> int:
    """Is MODEL good enough? Judge it by its gates.

    Exits 0 if they pass, 10 if one fails, 11 if one that blocks is undecided.
    Keeps the record that register and promote --merged use, unless --baseline
    or --candidate asks for another comparison than ci-ml.yaml does.

    \b
    Example:
      ci-ml gate late-flight
    """
    from ci_ml.cli.adapters import ci_event, open_project, project_log
    from ci_ml.delivery.judging import gate_model

    project = open_project(app)
    judgement = gate_model(
        project.source(model),
        project_log(project),
        app,
        now=app.now,
        candidate=candidate,
        baseline=baseline,
        retraining=retraining,
        run=ci_event(app),
    )
    _print(app, judgement, style)
    return judgement.verdict.exit_code


def _print(app: App, judgement: "Judgement", style: str) -> None:
    from ci_ml.reports.build import build_report
    from ci_ml.reports.render import render_json, render_markdown, render_terminal

    report = build_report(judgement)
    if style == "json":
        app.out(render_json(judgement, report))
    elif style == "markdown":
        app.out(render_markdown(report))
    else:
        app.out(render_terminal(report, width=80, colour=app.colour))
