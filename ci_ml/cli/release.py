"""`ci-ml register` and `promote`: the moves that bring a model towards production."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL, REASON, format_option
from ci_ml.names import with_v

if TYPE_CHECKING:
    from ci_ml.delivery.merge_outcomes import MergeOutcome
    from ci_ml.delivery.project import Project
    from ci_ml.git.questions import Git
    from ci_ml.registry.versions import Bump


@click.command()
@MODEL
@click.option("--bump", type=click.Choice(["patch", "minor", "major"]), help="Raise the version at least this much.")
@click.option("--force", is_flag=True, help="Register a model whose gates do not pass; needs --reason.")
@REASON
@format_option("table", "json")
@click.pass_obj
def register(app: App, model: str | None, bump: "Bump | None", force: bool, reason: str | None, style: str) -> int:
    """Give the committed, judged MODEL a version.

    Needs a clean checkout, and a ci-ml gate of exactly these inputs. The version
    follows from what changed: code, features or parameters raise the minor
    number, data alone the patch number.

    \b
    Example:
      ci-ml register late-flight
    """
    from ci_ml.cli.adapters import ci_event, open_project, project_writer
    from ci_ml.cli.answers import answer
    from ci_ml.delivery.registering import register_model

    project = open_project(app)
    writer = project_writer(app, project)
    found = register_model(project.source(model), writer, app, run=ci_event(app), bump=bump, force=force, reason=reason)
    if found.appended is None:
        answers = [f"{r.gate}: {r.outcome}" for r in found.verdict.results if r.outcome in ("fail", "undecided")]
        why = "; ".join([*found.verdict.refused, *answers])
        app.warn(f"{found.model} was not registered: {why}")
        app.note("  try: ci-ml report shows why; --force with --reason registers it all the same")
        return found.verdict.exit_code
    version = found.appended.decision.version
    said = f"registered {found.model} {version}"
    return answer(app, found.appended, style, said, name=found.model, version=version)


@click.command()
@click.argument("model", required=False)
@click.argument("version", required=False)
@click.argument("stage", required=False)
@click.option("--merged", is_flag=True, help="Promote what merges brought to main since the last time.")
@click.option("--until", metavar="REV", help="With --merged: main's commit. Default: HEAD on main, else main.")
@click.option("--since", metavar="REV", help="With --merged: begin after this commit, as after a rewritten main.")
@click.option("--force", is_flag=True, help="Pass over the order of stages; needs --reason.")
@REASON
@format_option("table", "json")
@click.pass_obj
def promote(
    app: App,
    model: str | None,
    version: str | None,
    stage: str | None,
    merged: bool,
    until: str | None,
    since: str | None,
    force: bool,
    reason: str | None,
    style: str,
) -> int:
    """Bring VERSION of MODEL into STAGE, or what merges brought.

    promote --merged takes what ci-ml gate judged, by digest, and trains nothing.
    It exits 10 if something was declined, 11 if something was never trained
    or waits for approvals, and does nothing when run twice.

    \b
    Examples:
      ci-ml promote late-flight v1.1.0 staging
      ci-ml promote --merged
    """
    from ci_ml.errors import ConfigError

    if merged:
        if version or stage or force:
            raise ConfigError("--merged takes at most a MODEL, no VERSION, STAGE or --force.")
        return _promote_merged(app, model, until, since, style)
    if until or since:
        raise ConfigError("--until and --since go with --merged.")
    if not (model and version and stage):
        raise ConfigError("promote takes MODEL VERSION STAGE, or --merged.", hint="ci-ml promote --help")
    from ci_ml.cli.adapters import open_forge, open_git, project_writer, registry_log
    from ci_ml.cli.answers import answer
    from ci_ml.delivery.promoting import promote_version
    from ci_ml.delivery.registry_view import newest_view
    from ci_ml.git.background import in_a_thread

    git = open_git(app)
    log = registry_log(git)
    with in_a_thread(_made_ready, app, git) as made_ready:  # git fetches
        view = newest_view(log, app, model=model)
        project = made_ready()
    found = promote_version(
        project.source(model),
        view,
        project_writer(app, project, log),
        open_forge(git.root),
        app,
        version=with_v(version),
        stage=stage,
        force=force,
        reason=reason,
    )
    was = f" (was {found.replaced})" if found.replaced else ""
    said = f"{model} {found.version} is in {stage}{was}"
    facts = {"name": model, "version": found.version, "stage": stage, "replaced": found.replaced}
    return answer(app, found.appended, style, said, **facts)


def _made_ready(app: App, git: "Git") -> "Project":
    """What a promotion needs in any case."""
    from ci_ml.cli.adapters import open_project
    from ci_ml.reports.registry_pages import load_templates

    load_templates()
    return open_project(app, git)


def _promote_merged(app: App, model: str | None, until: str | None, since: str | None, style: str) -> int:
    from ci_ml.cli.adapters import ci_event, open_forge, open_project, project_writer
    from ci_ml.delivery.main_branch import merged_commit
    from ci_ml.delivery.merging import promote_merged

    here = open_project(app)
    commit = merged_commit(here, until)
    project = here.as_of(commit)
    with_artifact = [name for name, settings in project.config.models.items() if settings.artifact]
    names = [project.source(model).name] if model else with_artifact or list(project.config.models)
    begin = project.git.resolve(since) if since else None
    found = promote_merged(
        project,
        project_writer(app, project),
        open_forge(project.git.root),
        app,
        models=names,
        until=commit,
        since=begin,
        run=ci_event(app),
    )
    if style == "json":
        import json

        outcomes, errors = [asdict(one) for one in found.outcomes], [trouble.message for trouble in found.troubles]
        app.out(json.dumps({"schema": 1, "outcomes": outcomes, "errors": errors}, indent=2))
    else:
        for outcome in found.outcomes:
            app.out(_said(outcome))
    if found.troubles:
        for trouble in found.troubles[1:]:
            app.warn(trouble.message)
        raise found.troubles[0]
    return found.exit_code


def _said(outcome: "MergeOutcome") -> str:
    """One line on one merged commit."""
    name, commit = outcome.model, outcome.commit[:7]
    if outcome.result == "promoted":
        was = f" (was {outcome.replaced})" if outcome.replaced else ""
        doubt = f"; undecided: {', '.join(outcome.undecided)}" if outcome.undecided else ""
        return f"{name} {outcome.version} is in {outcome.stage}{was}, from commit {commit}{doubt}"
    if outcome.result == "registered":
        return f"{name} {outcome.version} is registered, from commit {commit}"
    if outcome.result == "nothing":
        return f"{name}: nothing to do: {outcome.reason}"
    return f"{name}: commit {commit} is {outcome.result}: {outcome.reason}"
