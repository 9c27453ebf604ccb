"""`ci-ml register` and `promote`: the moves that bring a model towards production."""

from contextlib import suppress
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING

import click

from ci_ml.cli.app import App
from ci_ml.cli.options import MODEL, REASON, format_option
from ci_ml.names import with_v

if TYPE_CHECKING:
    from ci_ml.delivery.merging import Outcome
    from ci_ml.registry.event_builder import Decision
    from ci_ml.repository.event_log.snapshot import Snapshot


@click.command()
@MODEL
@click.option("--bump", type=click.Choice(["patch", "minor", "major"]), help="Raise the version at least this much.")
@click.option("--force", is_flag=True, help="Register a model whose gates do not pass; needs --reason.")
@REASON
@format_option("table", "json")
@click.pass_obj
def register(app: App, model: str | None, bump: str | None, force: bool, reason: str | None, style: str) -> int:
    """Give the committed, judged MODEL a version.

    Needs a clean checkout and a ci-ml gate of just these inputs. The version
    follows from what changed: code, features or parameters raise the minor
    number, data alone the patch number.

    \b
    Example:
      ci-ml register late-flight
    """
    from ci_ml.cli.answers import answer
    from ci_ml.delivery.judging import is_current
    from ci_ml.delivery.model_finder import Finder
    from ci_ml.delivery.registration_card import card_of
    from ci_ml.delivery.release_facts import check_durable, evidence_of, facts_of, no_artifact
    from ci_ml.errors import ConfigError, DataError, MachineError
    from ci_ml.registry import moves

    name, settings = app.model(model)
    if settings.artifact is None:
        raise no_artifact(app, name)
    if force and not reason:
        raise ConfigError("--force needs a reason.", hint='--reason "why it is registered although gates fail"')
    changed = app.git.changed_files()
    commit = app.git.head()
    if changed or commit is None:
        shown = ", ".join(changed[:5]) + (", …" if len(changed) > 5 else "")
        raise MachineError(
            f"the working copy has changes that are in no commit ({shown or 'there is no commit yet'}).",
            hint="git commit them: a version pins a commit that everybody can check out.",
        )
    finder = Finder(app, name, settings)
    now = finder.candidate(None)
    record = finder.record(commit)
    if record is None:
        raise DataError(f"the inputs of {name} at {commit[:7]} were never judged.", hint=f"ci-ml gate {name}")
    for then, file in (
        (record.judgement.candidate.artifact, now.side.artifact),
        (record.judgement.candidate.predictions, now.side.predictions),
    ):
        if then is None or file is None or then.sha256 != file.sha256:
            path = file.path if file else settings.artifact
            raise DataError(f"{path} changed since ci-ml gate judged it.", hint=f"ci-ml gate {name}")
    if not is_current(finder, record):
        raise DataError(
            f"the baseline or the rules of {name} changed since ci-ml gate judged it.", hint=f"ci-ml gate {name}"
        )
    verdict = record.judgement.verdict
    if not verdict.passes and not force:
        why = "; ".join(f"{r.gate}: {r.outcome}" for r in verdict.results if r.outcome in ("fail", "undecided"))
        app.warn(f"{name} was not registered: {why}")
        app.note("  try: ci-ml report shows why; --force with --reason registers it all the same")
        return verdict.exit_code
    check_durable(finder, record, commit)
    facts = facts_of(app, record, commit=commit)
    evidence = evidence_of(record) | card_of(app, record, facts, strict=True)

    def decide(snapshot: "Snapshot") -> "Decision":
        return moves.register(snapshot.read(name), facts, evidence=evidence, at_least=bump, reason=reason)  # type: ignore[arg-type]

    appended = app.writer.append(decide)
    return answer(
        app,
        appended,
        style,
        f"registered {name} {appended.decision.version}",
        name=name,
        version=appended.decision.version,
    )


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
    from ci_ml.registry import moves

    if merged:
        if version or stage or force:
            raise ConfigError("--merged takes at most a MODEL, no VERSION, STAGE or --force.")
        return _promote_merged(app, model, until, since, style)
    if until or since:
        raise ConfigError("--until and --since go with --merged.")
    if not (model and version and stage):
        raise ConfigError("promote takes MODEL VERSION STAGE, or --merged.", hint="ci-ml promote --help")
    from ci_ml.cli.answers import answer
    from ci_ml.delivery.approvals import not_counted_yet, what_is_missing
    from ci_ml.git.background import meanwhile

    chosen, target = with_v(version), stage
    _ = app.log  # it may have to read ci-ml.yaml, and then the thread below need not
    with meanwhile(partial(_make_ready, app)):  # git fetches
        seen = app.history(model)
    name, settings = app.model(model)
    holder = seen.holder(target)

    def decide(snapshot: "Snapshot") -> "Decision":
        history = snapshot.read(name)
        decision = moves.promote(
            history,
            chosen,
            target,
            stages=settings.stages,
            expected_holder=holder,
            force=force,
            reason=reason,
        )
        # --force passes over the order of stages, and over nothing else.
        missing = what_is_missing(app.policy, history, chosen, target, at=app.now) if decision.drafts else None
        if missing:
            raise missing
        return decision

    appended = app.writer.append(decide)
    if appended.events:
        for warning in not_counted_yet(app.policy, app.registry.approvals, target):
            app.warn(warning)
        commit = app.log.read(name).releases[chosen].commit
        app.forge.publish_deployment(
            model=name, stage=target, version=chosen, commit=commit, registry_head=str(appended.head), at=app.now
        )
    was = f" (was {holder})" if holder else ""
    said = f"{name} {chosen} is in {target}{was}"
    return answer(app, appended, style, said, name=name, version=chosen, stage=target, replaced=holder)


def _make_ready(app: App) -> None:
    """What a promotion needs in any case; what is wrong with it is said where it is asked for."""
    from ci_ml.errors import CiMlError
    from ci_ml.reports.registry_pages import load_templates

    load_templates()
    with suppress(CiMlError):
        _ = app.config


def _promote_merged(app: App, model: str | None, until: str | None, since: str | None, style: str) -> int:
    from ci_ml.delivery.merging import promote_merged

    with_artifact = [name for name, settings in app.config.models.items() if settings.artifact]
    names = [app.model(model)[0]] if model else with_artifact or list(app.config.models)
    begin = app.git.resolve(since) if since else None
    outcomes, troubles = promote_merged(app, names, until=_merged_commit(app, until), since=begin)
    _warn_of_unpushed(app, [outcome.commit for outcome in outcomes if outcome.version and outcome.head])
    if style == "json":
        import json

        errors = [trouble.message for trouble in troubles]
        app.out(json.dumps({"schema": 1, "outcomes": [asdict(o) for o in outcomes], "errors": errors}, indent=2))
    else:
        for outcome in outcomes:
            app.out(_said(outcome))
    if troubles:
        for trouble in troubles[1:]:
            app.warn(trouble.message)
        raise troubles[0]
    results = {outcome.result for outcome in outcomes}
    return 10 if "declined" in results else 11 if results & {"stale", "pending"} else 0


def _merged_commit(app: App, until: str | None) -> str:
    """The commit of the main branch to promote up to.

    Raises:
        ConfigError: there is no main branch, or the commit is not on it: what is not merged is not promoted.
    """
    from ci_ml.errors import ConfigError

    settings = app.config.registry
    tips = [app.git.find(f"refs/remotes/{settings.remote}/{settings.branch}"), app.git.find(settings.branch)]
    known = [tip for tip in tips if tip is not None]
    on_it = app.git.branch() in (settings.branch, None)
    if not known and not (until or on_it):
        raise ConfigError(
            f"there is no branch '{settings.branch}'.", hint="registry: {branch: NAME} in ci-ml.yaml names yours"
        )
    commit = app.git.resolve(until or ("HEAD" if on_it else settings.branch))
    if known and not any(app.git.is_ancestor(commit, tip) for tip in known):
        raise ConfigError(
            f"commit {commit[:12]} is not on {settings.branch}: what is not merged is not promoted.",
            hint=f"git switch {settings.branch}",
        )
    return commit


def _warn_of_unpushed(app: App, commits: list[str]) -> None:
    """Say which commit of main the registry names by now, and the remote's main does not have; nothing is fetched.

    Args:
        commits: on one line, in any order; only the newest is named, for a push of it brings the others.
    """
    settings = app.config.registry
    tip = app.git.find(f"refs/remotes/{settings.remote}/{settings.branch}") if app.log.remote else None
    if tip is None or not commits:
        return
    newest = app.git.run("rev-list", "--topo-order", "--max-count=1", *commits, "--not", tip).text.strip()
    # A shallow clone may lack what lies between the two, but not where the remote's main comes first.
    if newest and (app.git.is_ancestor(tip, newest) or not app.git.is_shallow()):
        where = f"{settings.remote}/{settings.branch} as fetched last"
        app.warn(f"commit {newest[:7]} is not on {where}: push it, so that others see what is in the registry.")


def _said(outcome: "Outcome") -> str:
    """One line on one merged commit."""
    name, commit = outcome.model, outcome.commit[:7]
    if outcome.result == "promoted":
        was = f" (was {outcome.replaced})" if outcome.replaced else ""
        return f"{name} {outcome.version} is in {outcome.stage}{was}, from commit {commit}"
    if outcome.result == "registered":
        return f"{name} {outcome.version} is registered, from commit {commit}"
    if outcome.result == "nothing":
        return f"{name}: nothing to do: {outcome.reason}"
    return f"{name}: commit {commit} is {outcome.result}: {outcome.reason}"
