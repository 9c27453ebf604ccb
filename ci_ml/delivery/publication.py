"""Show a judging to people where its change is discussed: the comment, the check and the full report."""

from dataclasses import dataclass, replace

from ci_ml.forge.base import Change, Check, Comment, Conclusion, Forge, Published, ReportPage
from ci_ml.gates.judgement import Judgement
from ci_ml.reports.build import build_report
from ci_ml.reports.render import render_html, render_markdown
from ci_ml.reports.report import Links

_CONCLUSIONS: dict[int, Conclusion] = {0: "success", 10: "failure", 11: "failure"}


@dataclass(frozen=True, kw_only=True)
class Publication:
    """Where the parts of it can be looked at."""

    comment: Published
    check: Published
    page: Published


def publish(forge: Forge, change: Change, judgement: Judgement, *, links: Links) -> Publication:
    """Publish what a judging found on a change, in place of what was published there before.

    Raises:
        ForgeError: the host refused.
        DataError: the local folder cannot be written.
    """
    models = (judgement.model,)
    report = build_report(judgement, links=links)
    page = forge.publish_report(ReportPage(change=change, models=models, html=render_html(report)))
    body = render_markdown(build_report(judgement, links=replace(links, report=page.link)))
    comment = forge.publish_comment(Comment(change=change, models=models, body=body))
    check = Check(
        change=change,
        models=models,
        commit=judgement.candidate.commit,
        conclusion=_CONCLUSIONS[judgement.verdict.exit_code],
        title=report.headline,
        summary=body,
    )
    return Publication(comment=comment, check=forge.publish_check(check), page=page)
