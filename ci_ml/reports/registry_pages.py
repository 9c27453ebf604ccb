"""The pages that people browse on the registry's branch: a table of all models, and a page for each.

They follow from the events and the evidence that these pin: no clock, no other file, so two writers render the same
page. The block of facts at the end of each is for machines that check a page against the log.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from ci_ml import VERSION
from ci_ml.names import encode as folder_of
from ci_ml.registry.branch_paths import event_path, page_path
from ci_ml.registry.events import Event
from ci_ml.registry.history import History, Release
from ci_ml.registry.summary import Summary
from ci_ml.registry.wording import describe
from ci_ml.reports.approval_rows import ApprovalRow, approval_rows
from ci_ml.reports.escape import code, text
from ci_ml.reports.inert import Inert, environment
from ci_ml.reports.numbers import bracket, megabytes, number
from ci_ml.reports.registry_card import NAME as CARD
from ci_ml.reports.registry_card import card_path, card_shown, main_stage

SCHEMA = 1  # of the block of facts
# What a page shows; the branch keeps everything. A page is written anew with every event, so it must stay small.
SHOWN_EVENTS = 50
SHOWN_VERSIONS = 20
SHOWN_APPROVALS = 20
_SHOWN_REASON = 160  # characters; the event has all of them
_NONE = Inert("–")


def render_pages(
    summaries: Mapping[str, Summary],
    changed: Mapping[str, History],
    evidence: Callable[[str], bytes | None],
) -> dict[str, bytes]:
    """The index of all models, and the pages of those that changed.

    Args:
        evidence: the content of a file that was filed with a version, by its path on the branch; None where it
            cannot be had.

    Returns:
        Path on the branch -> content.
    """
    pages = {
        page_path(folder_of(model)): _render("registry_model.md.j2", _page(history, evidence))
        for model, history in changed.items()
    }
    return {"README.md": _render("registry_index.md.j2", _index(summaries)), **pages}


def load_templates() -> None:
    """What `render_pages` would otherwise load and compile when it is called: a tenth of a second's work."""
    for template in ("registry_index.md.j2", "registry_model.md.j2"):
        environment().get_template(template)


def _index(summaries: Mapping[str, Summary]) -> dict[str, Any]:
    stages = sorted({stage for summary in summaries.values() for stage in summary.holders})
    ordered = [summaries[model] for model in sorted(summaries)]
    return {
        "stages": stages,
        "rows": [_row(summary, stages) for summary in ordered],
        "facts": _json({"models": {summary.model: _facts(summary) for summary in ordered}}),
    }


def _row(summary: Summary, stages: list[str]) -> list[Inert]:
    page = f"models/{quote(folder_of(summary.model), safe='=')}/"
    cells = [Inert(f"[{code(summary.model)}]({page}README.md)")]
    for stage in stages:
        began = summary.since.get(stage)
        cells += [_link(summary.holders[stage], began, page), _date(began)] if began else [_NONE, _NONE]
    latest = summary.latest
    cells.append(_link(summary.latest_version, latest, page) if latest else _NONE)
    cells.append(_link(f"{_date(summary.last)} {describe(summary.last)}", summary.last, page))
    return cells


def _facts(summary: Summary) -> dict[str, Any]:
    return {
        "events": summary.last.sequence,
        "last_event_id": summary.last.id,
        "latest": summary.latest_version,
        "stages": dict(sorted(summary.holders.items())),
    }


def _page(history: History, evidence: Callable[[str], bytes | None]) -> dict[str, Any]:
    newest = list(history.releases.values())[: -SHOWN_VERSIONS - 1 : -1]
    approvals = approval_rows(history)
    events = history.events[: -SHOWN_EVENTS - 1 : -1]
    return {
        "model": history.model,
        "deprecated": history.deprecated,
        "tenures": [_tenure(history, stage, approvals) for stage in _in_order(history)],
        "card": _card(history, evidence),
        "chart": _chart(newest[::-1]),
        "versions": [_version(history, release) for release in newest],
        "older_versions": len(history.releases) - len(newest),
        "approvals": [_approval(row) for row in approvals[:SHOWN_APPROVALS]],
        "older_approvals": max(0, len(approvals) - SHOWN_APPROVALS),
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


def _in_order(history: History) -> list[str]:
    """The held stages, the one that matters most first."""
    main = main_stage(history)
    return sorted(history.holders, key=lambda stage: (stage != main, stage))


def _card(history: History, evidence: Callable[[str], bytes | None]) -> dict[str, Any] | None:
    shown = card_shown(history, evidence)
    if shown is None:
        return None
    release = shown.release
    filed = release.registered.evidence.get(card_path(history, release.version))
    return {
        "version": release.version,
        "stage": shown.stage,
        "body": Inert(shown.body),  # made inert when it was filed, and still just that
        "why": shown.why,
        "link": Inert(_from_page(card_path(history, release.version))) if filed else None,
        "sha256": filed.sha256 if filed else None,
    }


def _approval(row: ApprovalRow) -> list[Inert]:
    return [
        _minute(row.event),
        Inert(text(row.approver)),
        Inert(text(row.stage)),
        Inert(text(row.version)) if row.version else Inert(f"no version, {code(f'sha256:{row.digest[:12]}')}"),
        _link("signed" if row.signed else "not signed", row.event),
    ]


def _tenure(history: History, stage: str, approvals: list[ApprovalRow]) -> dict[str, Any]:
    tenure = history.tenure(stage)
    began = tenure.began if tenure else history.events[-1]
    version = history.holders[stage]
    release = history.releases[version]
    file = release.facts.model if release.facts else None
    return {
        "stage": stage,
        "version": version,
        "event": _link(describe(began), began),
        "at": _minute(began),
        "by": began.recorded_by,
        "reason": began.reason,
        "approved": ", ".join(
            dict.fromkeys(
                row.approver if row.signed else f"{row.approver} (not signed)"
                for row in approvals
                if (row.stage, row.version) == (stage, version)
            )
        ),
        "path": file.path if file else None,
        "size": megabytes(file.size / 1e6) if file else None,
        "sha256": f"sha256:{file.sha256}" if file else None,
        "commit": release.commit,
        "which": Inert(f"{history.model}@{stage}"),  # both obey the grammar of tags: no quotes, no fence
    }


def _version(history: History, release: Release) -> list[Inert]:
    stages = [stage for stage, holder in sorted(history.holders.items()) if holder == release.version]
    state = [*stages, *["withdrawn"] * release.withdrawn, *["deprecated"] * release.deprecated]
    pull_request = release.facts.pull_request if release.facts else None
    request = f" (pull request {pull_request})" if pull_request else ""
    return [
        _link(release.version, release.registered),
        _date(release.registered),
        Inert(text(", ".join(state))) if state else _NONE,
        _measured(release),
        Inert(text(release.why + request)),
        Inert(code(release.commit[:7])),
        _evidence(release.registered) or _NONE,
    ]


def _measured(release: Release) -> Inert:
    headline = release.headline
    if headline is None:
        return _NONE
    interval = ""
    if headline.low is not None and headline.high is not None:
        interval = f" {text(bracket(headline.low, headline.high, 3, with_sign=False))}"
    return Inert(f"{text(headline.metric)} {number(headline.value)}{interval}")


def _chart(releases: list[Release]) -> dict[str, Inert] | None:
    """The main metric over versions, where at least two versions have the same one."""
    known = [(release.version, release.headline) for release in releases if release.headline]
    metric = known[-1][1].metric if known else None
    points = [(version, headline.value) for version, headline in known if headline.metric == metric]
    if len(points) < 2 or metric is None:
        return None
    values = [value for _, value in points]
    margin = (max(values) - min(values)) * 0.2 or abs(values[0]) * 0.1 or 1.0
    return {
        # Mermaid reads quotes and brackets; a metric's name has none to lose, a version obeys the standard's grammar.
        "metric": Inert("".join(c for c in metric if c.isalnum() or c in "_- ")),
        "versions": Inert(", ".join(f'"{version}"' for version, _ in points)),
        "low": Inert(f"{min(values) - margin:.4f}"),
        "high": Inert(f"{max(values) + margin:.4f}"),
        "line": Inert(", ".join(f"{value:.4f}" for value in values)),
    }


def _line(event: Event) -> Inert:
    reason = f": {text(event.reason, _SHOWN_REASON)}" if event.reason else ""
    filed = _evidence(event)
    evidence = f" ({filed})" if filed else ""
    return Inert(f"{_minute(event)} {_link(describe(event), event)} by {text(event.recorded_by)}{reason}{evidence}")


def _evidence(event: Event) -> Inert:
    """Links to the files that were filed with an event, from the model's page."""
    names = {path: path.rpartition("/")[2] for path in event.evidence}
    # People read the card, machines the rest.
    first = sorted(names, key=lambda path: names[path] != CARD)
    shown = {path: "model card" if names[path] == CARD else names[path].removesuffix(".json") for path in first}
    return Inert(", ".join(f"[{text(name)}]({_from_page(path)})" for path, name in shown.items()))


def _link(words: str | None, event: Event, page: str = "") -> Inert:
    """Words that lead to an event's file; `page` is where the model's folder is, seen from the page."""
    return Inert(f"[{text(words)}]({page}{_from_page(event_path(folder_of(event.model), event.sequence))})")


def _from_page(path: str) -> str:
    """A path on the branch as a link from the model's page."""
    return quote(path.split("/", 2)[2], safe="/=")


def _date(event: Event) -> Inert:
    return Inert(f"{event.moment:%Y-%m-%d}")


def _minute(event: Event) -> Inert:
    return Inert(f"{event.moment:%Y-%m-%d %H:%M}")


def _json(claims: dict[str, Any]) -> Inert:
    # No fence can occur in it: names obey the grammar of tags, the rest are digests and versions.
    return Inert(json.dumps({"schema": SCHEMA, "ci_ml": VERSION, **claims}, indent=2))


def _render(template: str, values: Mapping[str, Any]) -> bytes:
    return (environment().get_template(template).render(**values) + "\n").encode()
