"""The registry as tables for a terminal, or as JSON."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from textwrap import wrap
from typing import Any

import msgspec

from ci_ml.names import in_tag
from ci_ml.registry.events import Event
from ci_ml.registry.history import History, Release
from ci_ml.registry.payloads import Imported, RolledBack
from ci_ml.registry.summary import Summary, summarise
from ci_ml.registry.wording import describe
from ci_ml.reports.approval_rows import ApprovalRow, approval_rows
from ci_ml.reports.escape import plain
from ci_ml.reports.fit_width import WIDTH, fits, fitted_rows, fitted_table
from ci_ml.reports.numbers import bracket, number
from ci_ml.reports.text_width import GLUE
from ci_ml.text import count

SCHEMA = 1
_LAST, _OTHERS = "LAST EVENT", "OTHER STAGES"
_UNDER = " " * 18  # below what happened, clear of the date
_LONGEST_PERSON = 30
_UNITS = (("year", 365.25), ("month", 30.44), ("day", 1.0))


def render_models(summaries: Mapping[str, Summary], *, stages: Sequence[str], now: datetime, style: str) -> str:
    """A row a model: who holds each stage, since when, the latest version and the last event.

    Args:
        stages: in their order; the last one is shown first, with its age.
        style: table or json.
    """
    if style == "json":
        return _json({"models": [_summary(summary) for summary in summaries.values()]})
    used = Counter(stage for summary in summaries.values() for stage in summary.holders)
    # Of stages whose order nobody tells, the one that most models hold is the likeliest to be asked for.
    others = sorted(used.keys() - set(stages), key=lambda stage: (-used[stage], stage))
    shown = [*[stage for stage in reversed(stages) if stage in used], *others]
    main, others = (shown[0], shown[1:]) if shown else (None, [])
    header = ["MODEL", *([main.upper(), "SINCE"] if main else []), *map(str.upper, others), "LATEST", _LAST]
    rows = [header]
    for summary in summaries.values():
        began = summary.since.get(main) if main else None
        held = [summary.holders.get(main, "–"), age(began.moment, now) if began else "–"] if main else []
        rest = [summary.holders.get(stage, "–") for stage in others]
        rows.append([summary.model, *held, *rest, summary.latest_version or "–", _brief(summary)])
    if len(others) > 1 and not fits(rows, wrap=[_LAST]):
        rows = [_with_others_as_one(row, header=row is header, stages=others) for row in rows]
    return fitted_table(rows, wrap=[_LAST, _OTHERS], drop=[_LAST])


def _with_others_as_one(row: list[str], *, header: bool, stages: Sequence[str]) -> list[str]:
    """The same row with all stages but the first in one column, those that somebody holds, each with its version."""
    held, rest = row[3 : 3 + len(stages)], row[3 + len(stages) :]
    named = [f"{stage}{GLUE}{version}" for stage, version in zip(stages, held, strict=True) if version != "–"]
    return [*row[:3], _OTHERS if header else ", ".join(named) or "–", *rest]


def render_model(history: History, *, style: str) -> str:
    """A row a version, the newest first."""
    releases = list(history.releases.values())[::-1]
    if style == "json":
        summary = summarise(reversed(history.events))
        head = _summary(summary) if summary else {"model": history.model}
        return _json(
            {
                **head,
                "deprecated": history.deprecated,
                "versions": [_release(history, release) for release in releases],
                "approvals": [_approval(row) for row in approval_rows(history)],
            }
        )
    said = f"{history.model} is deprecated as a whole.\n\n" if history.deprecated else ""
    if not releases:
        return f"{said}{history.model} has no version yet.{_approved(history)}"
    rows = [["VERSION", "REGISTERED", "STAGES", "MEASURED", "COMMIT", "WHY THIS NUMBER"]]
    for release in releases:
        place = ", ".join([*_stages_of(history, release), *_flags(release)]) or "–"
        why = release.why
        rows.append([release.version, _date(release.registered), place, _measured(release), release.commit[:7], why])
    wrap = ["WHY THIS NUMBER", "MEASURED", "STAGES"]
    return said + fitted_table(rows, wrap=wrap, drop=wrap[:1]) + _approved(history)


def _approved(history: History) -> str:
    """Who approved which version for which stage, as the events say; nothing where nobody did."""
    people: dict[tuple[str, str], dict[str, None]] = {}
    for row in reversed(approval_rows(history)):
        what = row.version or f"model {row.digest[:8]}"
        people.setdefault((what, row.stage), {})[row.approver] = None
    if not people:
        return ""
    rows = [["APPROVED", "FOR", "BY"], *([*key, ", ".join(names)] for key, names in reversed(people.items()))]
    return "\n\n" + fitted_table(rows, wrap=["BY"])


def _approval(row: ApprovalRow) -> dict[str, Any]:
    return {
        "version": row.version,
        "stage": row.stage,
        "approver": row.approver,
        "model_digest": row.digest,
        "signed": row.signed,
        "at": _written(row.event.moment),
        "event": row.event.sequence,
    }


def render_events(events: Sequence[Event], *, left_out: int, of: int, several: bool, style: str) -> str:
    """A line an event, in the order given, and under it the reason that was given.

    Args:
        left_out: how many more were asked for, all of them older.
        of: how many events there are, asked for or not.
        several: whether there is more than one model, so that each line must name its own.
    """
    if style == "json":
        return _json({"events": [msgspec.to_builtins(event) for event in events], "left_out": left_out})
    if not events:
        return f"None of {count(of, 'event')} is like that." if of else "Nothing has happened yet."
    answer, *laid_out = _event_rows(events, several=several)
    for lines, event in zip(laid_out, events, strict=True):
        answer += lines
        if event.reason:
            answer += wrap(plain(event.reason), WIDTH, initial_indent=_UNDER, subsequent_indent=_UNDER)
    if left_out:
        answer += ["", f"{count(left_out, 'older event')} left out: --limit 0 shows all, --since and --until a part."]
    return "\n".join(answer)


def _event_rows(events: Sequence[Event], *, several: bool) -> list[list[str]]:
    """The lines of the header and of every event; where they are too wide, tags do not repeat the model's name."""

    def rows(describe: Callable[[Event], str]) -> list[list[str]]:
        return [
            ["WHEN (UTC)", *(["MODEL"] if several else []), "WHAT", "BY"],
            *(
                [f"{event.moment:%Y-%m-%d %H:%M}", *([event.model] if several else []), describe(event), _person(event)]
                for event in events
            ),
        ]

    wrap = ["BY", "WHAT"]
    if fits(rows(describe), wrap=wrap):
        return fitted_rows(rows(describe), wrap=wrap)
    return fitted_rows(rows(_describe_within), wrap=wrap, drop=wrap[:1])


def _describe_within(event: Event) -> str:
    """What happened, where the model is known: an imported tag begins with its name."""
    if isinstance(event.payload, Imported):
        return f"imported …{event.payload.tag.removeprefix(in_tag(event.model))}"
    return describe(event)


def age(then: datetime, now: datetime) -> str:
    """How long ago, in the largest unit of which there are two.

    >>> from datetime import UTC
    >>> age(datetime(2013, 1, 1, tzinfo=UTC), datetime(2013, 1, 13, tzinfo=UTC))
    '12 days'
    """
    passed = max(now - then, timedelta(0))
    for unit, days in _UNITS:
        count = int(passed / timedelta(days=days))
        if count >= 2 or (unit == "day" and count == 1):
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "today"


def _brief(summary: Summary) -> str:
    """The last event in as few words as leave the row on one line."""
    event = summary.last
    if isinstance(event.payload, RolledBack):
        return f"rolled back {event.payload.left} → {event.payload.version}"
    return describe(event)


def _person(event: Event) -> str:
    """Who, without the address; it is in the JSON."""
    name = plain(event.recorded_by).partition(" <")[0]
    return name if len(name) <= _LONGEST_PERSON else name[: _LONGEST_PERSON - 1] + "…"


def _summary(summary: Summary) -> dict[str, Any]:
    return {
        "model": summary.model,
        "stages": {
            stage: {"version": version, "since": _written(summary.since[stage].moment)}
            for stage, version in sorted(summary.holders.items())
            if stage in summary.since
        },
        "latest": summary.latest_version,
        "events": summary.last.sequence,
        "last_event": msgspec.to_builtins(summary.last),
    }


def _release(history: History, release: Release) -> dict[str, Any]:
    return {
        "version": release.version,
        "registered": _written(release.registered.moment),
        "stages": _stages_of(history, release),
        "withdrawn": release.withdrawn,
        "deprecated": release.deprecated,
        "commit": release.commit,
        "facts": msgspec.to_builtins(release.facts),
        "evidence": msgspec.to_builtins(release.registered.evidence),
    }


def _stages_of(history: History, release: Release) -> list[str]:
    return [stage for stage, version in sorted(history.holders.items()) if version == release.version]


def _flags(release: Release) -> list[str]:
    return ["withdrawn"] * release.withdrawn + ["deprecated"] * release.deprecated


def _measured(release: Release) -> str:
    headline = release.headline
    if headline is None:
        return "–"
    has_interval = headline.low is not None and headline.high is not None
    interval = f" {bracket(headline.low, headline.high, 3, with_sign=False)}" if has_interval else ""  # type: ignore[arg-type]
    return f"{headline.metric} {number(headline.value)}{interval.replace(', ', f',{GLUE}')}"


def _date(event: Event) -> str:
    return f"{event.moment:%Y-%m-%d}"


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _json(facts: dict[str, Any]) -> str:
    return json.dumps({"schema": SCHEMA, **facts}, indent=2)
