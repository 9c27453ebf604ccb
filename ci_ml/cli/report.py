"""`ci-ml report`: show the last judging to people, as comment, check and page."""

from pathlib import Path
from urllib.parse import quote

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL

CONCLUSIONS = {0: "success", 10: "failure", 11: "failure"}


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

    With no --format it publishes: the pull-request comment, the check and the
    full page. Without a host these are files, whose places it prints.

    \b
    Examples:
      ci-ml report late-flight
      ci-ml report --format html --output report.html
    """
    from ci_ml.delivery.release_facts import run_of
    from ci_ml.files import write_bytes
    from ci_ml.gates.judgement import Judgement
    from ci_ml.reports.build import build_report
    from ci_ml.reports.render import render_html, render_json, render_markdown, render_terminal
    from ci_ml.reports.report import Links
    from ci_ml.repository.records import load

    name, _ = app.model(model)
    judgement = load(app.root, name, "judgement", Judgement, made_by="ci-ml gate")
    content = build_report(judgement, links=Links(run=run_of(app.environ).url))
    if style is None and output is not None:
        style = "html" if output.suffix == ".html" else "json" if output.suffix == ".json" else "markdown"
    if style is not None:
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
    change = app.environ.get("GITHUB_HEAD_REF") or app.git.branch() or "detached"
    page = app.forge.publish_report(change=change, model=name, page=render_html(content))
    # The comment lies beside the page, so a bare name leads there.
    linked = build_report(judgement, links=Links(report=quote(page.name), run=run_of(app.environ).url))
    comment = app.forge.publish_comment(change=change, model=name, body=render_markdown(linked))
    check = app.forge.publish_check(
        change=change,
        model=name,
        commit=judgement.candidate.commit,
        conclusion=CONCLUSIONS[judgement.verdict.exit_code],
        title=content.headline,
        summary=render_markdown(linked),
    )
    for what, path in (("comment", comment), ("check", check), ("report", page)):
        app.out(f"{what:<8} {path.relative_to(app.root)}")
    return 0
