"""The pull-request comment: read as GitHub would render it, whole, cut short, and attacked.

`CI_ML_GOLDEN=1 pytest tests/unit/reports/test_comment.py` writes the golden files anew; look at the difference.
"""

import os
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hostile import HOSTILE, harm
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import STORIES, failing, first, hostile, long_names, make_judgement

from ci_ml.reports.build import build_not_judged, build_report
from ci_ml.reports.comment import LIMIT, length, marker, safe_address
from ci_ml.reports.inert import environment
from ci_ml.reports.render import render_markdown
from ci_ml.reports.report import Links

GOLDEN = Path(__file__).parent / "golden"
WRITE_GOLDEN = os.environ.get("CI_ML_GOLDEN") == "1"
LINKS = Links(
    report="https://ci.example/report.html", run="https://ci.example/runs/1", registry="../tree/model-registry"
)


def rendered(markdown: str) -> str:
    return cmarkgfm.markdown_to_html_with_extensions(
        markdown,
        options=Options.CMARK_OPT_UNSAFE,
        extensions=["table", "autolink", "strikethrough", "tagfilter", "tasklist"],
    )


def structure(page: str) -> list[str]:
    """The tags in their order, but for code spans, whose value may also be shown as text."""
    return [tag for tag in re.findall(r"</?[a-z0-9]+", page) if not tag.endswith("code")]


@cache
def harmless() -> list[str]:
    return structure(rendered(render_markdown(build_report(hostile("x y")))))


@pytest.mark.parametrize("story", [story for story in STORIES if story != "long_names"])
def test_render_markdown__each_story__reads_as_reviewed(story):
    page = render_markdown(build_report(STORIES[story](), links=LINKS))
    golden = GOLDEN / f"{story}.md"
    if WRITE_GOLDEN:
        golden.write_text(page, encoding="utf-8")

    assert page == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("value", HOSTILE)
def test_render_markdown__hostile_value_in_every_place__does_nothing(value):
    page = render_markdown(build_report(hostile(value)))
    hidden, body = page.split("\n", 1)

    assert re.fullmatch(r"<!-- ci-ml:report [\w.~%-]* -->", hidden)
    assert "--" not in hidden.removeprefix("<!--").removesuffix("-->")
    assert harm(rendered(body)) == []


@pytest.mark.parametrize("value", [value for value in HOSTILE if value.strip()])
def test_render_markdown__hostile_value_in_every_place__leaves_the_page_as_it_was_laid_out(value):
    assert structure(rendered(render_markdown(build_report(hostile(value))))) == harmless()


@settings(max_examples=30, deadline=None)
@given(st.text(alphabet="\\|`a @#:$-_*<>&;[]()!~.1 \n\r", min_size=1, max_size=12).filter(lambda v: v.strip()))
def test_render_markdown__any_value__leaves_the_page_as_it_was_laid_out(value):
    assert structure(rendered(render_markdown(build_report(hostile(value))))) == harmless()


def test_render_markdown__first_lines__are_the_marker_and_the_answer():
    lines = render_markdown(build_report(failing())).splitlines()

    assert lines[:2] == [
        "<!-- ci-ml:report late-flight -->",
        "### ❌ late-flight is better overall, but worse for carrier AA: 1 of 4 gates fails",
    ]


@pytest.mark.parametrize("limit", [LIMIT, 30_000, 10_000, 6_000, 1_000, 200])
def test_render_markdown__too_long__loses_details_first_and_never_the_answer(limit):
    page = render_markdown(build_report(long_names()), limit=limit)

    assert length(page) <= limit
    assert page.splitlines()[1].startswith("### ❌ a_very_long_name_of_something")
    assert ("| ❌\u00a0**fail** |" in page) == (limit >= 6_000)


def test_render_markdown__nothing_asked__stays_within_what_github_takes():
    judgement = long_names()
    slices = tuple(replace(s, by=f"{s.by}{i % 6}") for i, s in enumerate(judgement.comparison.slices))
    report = build_report(replace(judgement, comparison=replace(judgement.comparison, slices=slices)))

    assert length(render_markdown(report)) <= 65_000 < length(render_markdown(report, limit=10**7))


def test_render_markdown__details_left_out__says_where_they_are():
    page = render_markdown(build_report(make_judgement(), links=LINKS), limit=2_200)

    assert "What changed" not in page
    assert page.count("| pass |") == 4
    assert (
        "The details are too long for a comment; `ci-ml report --format html` shows them, and so does the full report."
        in page
    )


def test_render_markdown__more_than_seven_gates__folds_the_rest():
    page = render_markdown(build_report(long_names()))
    before, folded = page.split("<details><summary><b>17 more gates</b>: 1 fail, 16 undecided</summary>")

    assert before.count("❌\u00a0**fail**") == 7
    assert folded.count("❔\u00a0undecided") == 16


def test_render_markdown__first_model__has_no_empty_columns():
    page = render_markdown(build_report(first()))

    assert "| | gate | what is held to what | candidate |\n| :-- | :-- | :-- | --: |\n" in page


def test_render_markdown__not_judged__says_why_and_what_to_do():
    report = build_not_judged(
        "late-flight",
        at="2026-03-01T09:14:02Z",
        why="the held-out rows changed and there is no predict:",
        advice="Add predict: to the model in ci-ml.yaml.",
        links=LINKS,
    )

    assert render_markdown(report) == (
        "<!-- ci-ml:report late-flight -->\n"
        "### ⏸ late-flight was not judged: the held-out rows changed and there is no predict:\n\n"
        "Add predict: to the model in ci-ml.yaml.\n\n"
        "[full report](<https://ci.example/report.html>) · [run](<https://ci.example/runs/1>)\n"
    )


def test_marker__same_models_in_any_order__are_the_same():
    assert marker("b", "a") == marker("a", "b") == "<!-- ci-ml:report a,b -->"


@given(st.text(max_size=20), st.text(max_size=20))
def test_marker__any_two_names__are_one_comment_each_and_differ(one, other):
    assert re.fullmatch(r"<!-- ci-ml:report [\w.~%-]* -->", marker(one))
    assert "--" not in marker(one)[4:-3]
    assert (marker(one) == marker(other)) == (one == other)
    assert marker(one, other) != marker(f"{one},{other}")


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://ci.example/r?a=1&b=2#c", "https://ci.example/r?a=1&b=2#c"),
        ("report/index.html", "report/index.html"),
        ("https://x.example/a) [b](c) <d>\n", "https://x.example/a%29%20%5Bb%5D%28c%29%20%3Cd%3E"),
        ("javascript:alert(1)", ""),
        (" JavaScript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("java\nscript:alert(1)", "java%20script:alert%281%29"),
        (None, ""),
        ("", ""),
    ],
)
def test_safe_address__any_address__is_one_that_a_reader_may_follow(address, safe):
    assert safe_address(address) == safe


def test_environment__template_that_forgets_to_escape__is_refused():
    template = environment().from_string("{{ name }}")

    with pytest.raises(TypeError, match=r"^a Markdown template puts out '<b>', which no filter has made inert$"):
        template.render(name="<b>")


def test_length__emoji__counts_as_two_as_in_a_browser():
    assert [length("abc"), length("✅"), length("👋")] == [3, 1, 2]
