"""`ci-ml report`: show the last judging to people, as comment, check and page."""

from pathlib import Path

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL


@click.command()
@MODEL
@click.option(
    "--format",
    "style",
    type=click.Choice(["markdown", "html", "json", "table"]),
    help="Print it so, instead of publishing it.",
)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="Write it there, not to stdout.")
@click.pass_obj
def report(app: App, model: str | None, style: str | None, output: Path | None) -> int:
    """Show what the last ci-ml gate of MODEL found.

    With no --format it publishes the comment for a reviewer, the check and the
    full page: as files below .ci-ml/, and it prints where they are.

    \b
    Examples:
      ci-ml report late-flight
      ci-ml report --format html --output report.html
    """
    from ci_ml.cli.adapters import ci_event, open_forge, open_project
    from ci_ml.delivery.publication import publish
    from ci_ml.files import write_bytes
    from ci_ml.forge.base import Change
    from ci_ml.gates.judgement import Judgement
    from ci_ml.reports.build import build_report
    from ci_ml.reports.render import render_html, render_json, render_markdown, render_terminal
    from ci_ml.reports.report import Links
    from ci_ml.repository.records import load

    project, event = open_project(app), ci_event(app)
    name = project.source(model).name
    judgement = load(project.root, name, "judgement", Judgement, made_by="ci-ml gate")
    links = Links(run=event.run_url)
    if style is None and output is not None:
        style = "html" if output.suffix == ".html" else "json" if output.suffix == ".json" else "markdown"
    if style is not None:
        content = build_report(judgement, links=links)
        if style == "json":
            text = render_json(judgement, content)
        elif style == "table":
            text = render_terminal(content, width=80, colour=False)
        else:
            text = (render_html if style == "html" else render_markdown)(content)
        if output is None:
            app.out(text)
        else:
            write_bytes(output if output.is_absolute() else app.start / output, text.encode())
            app.out(str(output))
        return 0
    change = Change(
        branch=event.head_branch or project.git.branch() or "detached",
        pull_request=event.pull_request,
        head=event.head,
    )
    published = publish(open_forge(project.root), change, judgement, links=links)
    for what, place in (("comment", published.comment), ("check", published.check), ("report", published.page)):
        app.out(f"{what:<8} {place.where}")
    return 0
