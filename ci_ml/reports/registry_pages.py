"""The pages that people browse on the registry's branch: a table of all models, and a page for each.

They follow from the events alone: no clock, no other file, so two writers render the same page. The block of facts
at the end of each is for machines that check a page against the log.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from ci_ml import assets
from ci_ml.registry.events import Event, event_path
from ci_ml.registry.history import History, Release
from ci_ml.registry.names import encode as folder_of
from ci_ml.registry.summary import Summary
from ci_ml.registry.wording import describe
from ci_ml.reports.escape import code, text
from ci_ml.reports.numbers import bracket, megabytes, number

SCHEMA = 1  # of the block of facts
# What a page shows; the branch keeps everything. A page is written anew with every event, so it must stay small.
SHOWN_EVENTS = 50
SHOWN_VERSIONS = 20


def render_pages(summaries: Mapping[str, Summary], changed: Mapping[str, History]) -> dict[str, bytes]:
    """The index of all models, and the pages of those that changed.

    Returns:
        Path on the branch -> content.
    """
    pages = {
        f"models/{folder_of(model)}/README.md": _render("registry_model.md.j2", _page(history))
        for model, history in changed.items()
    }
    return {"README.md": _render("registry_index.md.j2", _index(summaries)), **pages}


def _index(summaries: Mapping[str, Summary]) -> dict[str, Any]:
    stages = sorted({stage for summary in summaries.values() for stage in summary.holders})
    ordered = [summaries[model] for model in sorted(summaries)]
    return {
        "stages": stages,
        "rows": [_row(summary, stages) for summary in ordered],
        "facts": _json({"models": {summary.model: _facts(summary) for summary in ordered}}),
    }


def _facts(summary: Summary) -> dict[str, Any]:
    """What the index claims about a model, for machines."""
    return {
        "events": summary.last.sequence,
        "last_event_id": summary.last.id,
        "latest": summary.latest_version,
        "stages": dict(sorted(summary.holders.items())),
    }


def _row(summary: Summary, stages: list[str]) -> list[str]:
    page = f"models/{quote(folder_of(summary.model), safe='=')}"
    cells = [f"[{code(summary.model)}]({page}/README.md)"]
    for stage in stages:
        began = summary.since.get(stage)
        cells.append(f"[{text(summary.holders[stage])}]({_event_link(page, began)})" if began else "–")
        cells.append(_date(began) if began else "–")
    latest = summary.latest
    cells.append(f"[{text(summary.latest_version)}]({_event_link(page, latest)})" if latest else "–")
    cells.append(f"[{_date(summary.last)}, {text(describe(summary.last))}]({_event_link(page, summary.last)})")
    return cells


def _page(history: History) -> dict[str, Any]:
    newest = list(history.releases.values())[: -SHOWN_VERSIONS - 1 : -1]
    events = list(reversed(history.events))[:SHOWN_EVENTS]
    return {
        "model": history.model,
        "deprecated": history.deprecated,
        "tenures": [_tenure(history, stage) for stage in sorted(history.holders)],
        "chart": _chart(newest[::-1]),
        "versions": [_version(history, release) for release in newest],
        "older_versions": len(history.releases) - len(newest),
        "events": [_line(event) for event in events],
        "older_events": len(history.events) - len(events),
        "facts": _json(
            {
                "model": history.model,
                "events": len(history.events),
                "last_event": history.last_digest,
                "latest": history.latest.version if history.latest else None,
                "stages": dict(sorted(history.holders.items())),
                "deprecated": history.deprecated,
            }
        ),
    }


def _tenure(history: History, stage: str) -> dict[str, Any]:
    version = history.holders[stage]
    tenure, released = history.tenure(stage), history.releases[version].facts
    began = tenure.began if tenure else history.events[-1]
    return {
        "stage": stage,
        "version": version,
        "event": describe(began),
        "link": _event_link("", began),
        "at": _minute(began),
        "by": began.recorded_by,
        "reason": began.reason,
        "path": released.model.path,
        "size": megabytes(released.model.size / 1e6),
        "sha256": released.model.sha256,
        "commit": released.commit,
        "which": f"{history.model}@{stage}",
    }


def _version(history: History, release: Release) -> list[str]:
    stages = [stage for stage, holder in sorted(history.holders.items()) if holder == release.version]
    state = ["withdrawn"] * release.withdrawn + ["deprecated"] * release.deprecated
    request = f" (pull request {release.facts.pull_request})" if release.facts.pull_request else ""
    return [
        f"[{text(release.version)}]({_event_link('', release.registered)})",
        _date(release.registered),
        text(", ".join([*stages, *state])) or "–",
        _metric(release),
        text(release.facts.bump_reason) + request,
        code(release.facts.commit[:7]),
        ", ".join(f"[{text(path.rpartition('/')[2])}]({_from_page(path)})" for path in release.registered.evidence)
        or "–",
    ]


def _metric(release: Release) -> str:
    headline = release.facts.headline
    if headline is None:
        return "–"
    interval = ""
    if headline.low is not None and headline.high is not None:
        interval = f" {text(bracket(headline.low, headline.high, 3, with_sign=False))}"
    return f"{text(headline.metric)} {number(headline.value)}{interval}"


def _chart(releases: list[Release]) -> dict[str, Any] | None:
    """The main metric over versions, where at least two versions have the same one."""
    known = [(release.version, release.facts.headline) for release in releases if release.facts.headline]
    metric = known[-1][1].metric if known else None
    points = [(version, headline.value) for version, headline in known if headline.metric == metric]
    if len(points) < 2 or metric is None:
        return None
    values = [value for _, value in points]
    margin = (max(values) - min(values)) * 0.2 or abs(values[0]) * 0.1 or 1.0
    return {
        # Mermaid reads quotes and brackets; a metric's name or a version has none to lose.
        "metric": "".join(c for c in metric if c.isalnum() or c in "_- "),
        "versions": ", ".join(f'"{version}"' for version, _ in points),
        "low": f"{min(values) - margin:.4f}",
        "high": f"{max(values) + margin:.4f}",
        "line": ", ".join(f"{value:.4f}" for value in values),
    }


def _line(event: Event) -> str:
    reason = f": {text(event.reason)}" if event.reason else ""
    return f"{_minute(event)} [{text(describe(event))}]({_event_link('', event)}) by {text(event.recorded_by)}{reason}"


def _event_link(page: str, event: Event) -> str:
    path = _from_page(event_path(folder_of(event.model), event.sequence))
    return f"{page}/{path}" if page else path


def _from_page(path: str) -> str:
    """A path on the branch as a link from the model's page."""
    return quote(path.split("/", 2)[2], safe="/=")


def _date(event: Event) -> str:
    return f"{event.moment:%Y-%m-%d}"


def _minute(event: Event) -> str:
    return f"{event.moment:%Y-%m-%d %H:%M}"


def _json(claims: dict[str, Any]) -> str:
    from importlib.metadata import version

    # Fence and quote marks cannot occur: names obey the grammar of tags, the rest are digests and versions.
    return json.dumps({"schema": SCHEMA, "ci_ml": version("ci-ml"), **claims}, indent=2)


def _render(template: str, values: Mapping[str, Any]) -> bytes:
    from jinja2 import Environment, StrictUndefined

    # Markdown, not HTML: every value from outside is made inert by `code` or `text`.
    environment = Environment(  # noqa: S701
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters.update(code=code, text=text)
    return environment.from_string(assets.read_text("templates", template)).render(**values).encode()
