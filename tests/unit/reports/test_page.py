"""The HTML page: one file that fetches nothing, that no value can break, and that says all the comment says."""

import base64
import hashlib
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import pytest
from hostile import HOSTILE
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import CARRIERS, STORIES, first, hostile, make_comparison, make_delta, make_judgement, make_slice

from ci_ml.reports.build import build_not_judged, build_report
from ci_ml.reports.render import render_html
from ci_ml.reports.report import Links

VOID = {"meta", "br", "link", "img", "input", "hr"}


class Reader(HTMLParser):
    """Checks that tags nest, and keeps what there is to see."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.text: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}>")

    def handle_comment(self, data):
        self.wrong.append(f"comment {data}")

    def handle_data(self, data):
        if self.open[-1:] not in (["script"], ["style"]):
            self.text.append(data)


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    return reader


def shape(page: str) -> list[tuple[str, ...]]:
    """Tags and the names of their attributes: what a value must not change."""
    reader = read(page)
    return [*((tag,) for tag in reader.tags), *((tag, name) for tag, name, _ in reader.attributes)]


@cache
def harmless() -> list[tuple[str, ...]]:
    return shape(render_html(build_report(hostile("x y"))))


@pytest.mark.parametrize("story", STORIES)
def test_render_html__each_story__is_one_well_formed_file_that_fetches_nothing(story):
    page = render_html(build_report(STORIES[story]()))
    reader = read(page)

    assert (reader.wrong, reader.open) == ([], [])
    assert len(page.encode()) < 500_000
    assert {name for _, name, _ in reader.attributes}.isdisjoint({"src", "srcset", "href", "action", "data"})
    assert not re.search(r"url\(|@import|https?:", page)


@pytest.mark.parametrize("story", STORIES)
def test_render_html__each_story__says_the_headline_and_every_gate(story):
    report = build_report(STORIES[story]())
    text = " ".join(" ".join(read(render_html(report)).text).split())

    assert report.headline in text
    assert all(gate.gate in text for gate in report.gates)


@pytest.mark.parametrize("value", HOSTILE)
def test_render_html__hostile_value_in_every_place__runs_and_links_nothing(value):
    reader = read(render_html(build_report(hostile(value))))

    assert (reader.wrong, reader.open) == ([], [])
    assert [tag for tag in reader.tags if tag in ("script", "style", "a", "img", "iframe", "form", "object")] == [
        "style",
        "script",
    ]
    assert [name for _, name, _ in reader.attributes if name.startswith("on")] == []
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", "".join(reader.text))


@pytest.mark.parametrize("value", [value for value in HOSTILE if value.strip()])
def test_render_html__hostile_value_in_every_place__leaves_the_page_as_it_was_laid_out(value):
    assert shape(render_html(build_report(hostile(value)))) == harmless()


@settings(max_examples=15, deadline=None)
@given(st.text(alphabet="<>&\"'/=a !-`{}%", min_size=1, max_size=12).filter(lambda v: v.strip()))
def test_render_html__any_value__leaves_the_page_as_it_was_laid_out(value):
    assert shape(render_html(build_report(hostile(value)))) == harmless()


def test_render_html__policy__allows_our_script_and_no_other():
    page = render_html(build_report(make_judgement()))
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert f"script-src 'sha256-{digest}'" in page


def test_render_html__links__are_followed_only_where_that_is_safe():
    links = Links(
        run="https://ci.example/runs/1?a=1&b=2", pull_request="javascript:alert(1)", registry="tree/model-registry"
    )
    reader = read(render_html(build_report(make_judgement(), links=links)))

    assert [value for _, name, value in reader.attributes if name == "href"] == [
        "https://ci.example/runs/1?a=1&b=2",
        "tree/model-registry",
    ]


def test_render_html__thousands_of_slices__stay_within_the_budget_and_say_what_is_missing():
    name = "airline-with-quite-a-long-name-"
    slices = tuple(make_slice(f"{name}{i}", 900, make_delta("roc_auc", 0.7, 0.71, -0.01, 0.03)) for i in range(5000))

    page = render_html(build_report(make_judgement(comparison=make_comparison(slices=slices))))

    assert len(page.encode()) < 500_000
    assert "… and 4,600 more slices: ci-ml report --format json has them all." in page


def test_render_html__charts__have_their_numbers_as_tables():
    text = "|".join(part.strip() for part in read(render_html(build_report(make_judgement()))).text if part.strip())

    assert "carrier=AA|1,286|+0.057 [+0.022, +0.092]" in text
    assert "0.10 to 0.20|2,874|0.145|0.133|17 %|25 %" in text


def test_render_html__pictures__are_named_or_hidden_from_those_who_cannot_see_them():
    reader = read(render_html(build_report(make_judgement())))
    svgs = reader.tags.count("svg")
    explained = [name for tag, name, _ in reader.attributes if tag == "svg" and name in ("aria-label", "aria-hidden")]

    assert svgs == len(explained) > 10


def test_render_html__coordinates__are_all_numbers():
    reader = read(render_html(build_report(make_judgement())))
    places = [
        v
        for _, name, v in reader.attributes
        if name in ("x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "width", "height")
    ]

    assert len(places) > 100
    assert [v for v in places if not re.fullmatch(r"-?\d+(\.\d+)?%?", v or "")] == []


def test_render_html__task_without_scores__has_no_curves():
    assert "Calibration" not in render_html(build_report(STORIES["regression"]()))


def test_render_html__first_model__has_no_column_for_a_baseline():
    text = "|".join(read(render_html(build_report(first()))).text)

    assert "change, 95 % interval" not in text
    assert "v1.0.0" not in text


def test_render_html__not_judged__says_why_and_what_to_do():
    report = build_not_judged("late-flight", at="", why="no rows are left", advice="Add predict: to the model.")
    text = " ".join(" ".join(read(render_html(report)).text).split())

    assert "late-flight was not judged: no rows are left" in text
    assert "Add predict: to the model." in text


def test_render_html__slice_too_small__is_listed_with_its_reason():
    page = render_html(build_report(make_judgement(comparison=make_comparison(slices=CARRIERS[9:]))))

    assert "too small: 22 positive and 76 negative rows; 30 of each are needed" in page


def test_render_html__more_gates_than_a_page_holds__are_counted():
    judgement = make_judgement()
    many = tuple(replace(judgement.verdict.results[3], gate=f"gate-{i}") for i in range(130))
    verdict = replace(judgement.verdict, results=many)

    assert "… and 30 more gates." in render_html(build_report(replace(judgement, verdict=verdict)))


def test_render_html__multiclass__has_a_row_a_class_and_the_confusion_matrix():
    text = "|".join(
        part.strip() for part in read(render_html(build_report(STORIES["multiclass"]()))).text if part.strip()
    )

    assert "Classes: F1 from 0.842 (bus) to 0.966 (car)" in text
    assert (
        "class|rows|precision|recall|F1, v1.0.0|F1|ROC AUC|boat|0|–|–|–|–|–|bus|2,104|0.811|0.876|0.802|0.842|0.951"
        in text
    )
    assert "Confusion: 12 % of bus taken for car (2,104 rows)" in text
    assert "true|boat|bus|car|boat|0|0|0|bus|0|1,844|260|car|3|410|9,600" in text


def test_render_html__confusion__shade_follows_the_share_and_what_is_right_has_another_colour():
    cells = re.findall(
        r'<td class="figure (shade-\d ?\w*)">([\d,]+)</td>', render_html(build_report(STORIES["multiclass"]()))
    )

    assert [(name.strip(), rows) for name, rows in cells[3:]] == [
        ("shade-0", "0"), ("shade-5 right", "1,844"), ("shade-1", "260"),
        ("shade-1", "3"), ("shade-1", "410"), ("shade-5 right", "9,600"),
    ]  # fmt: skip


def test_render_html__regression__has_residuals_and_predicted_against_true_with_their_numbers():
    page = render_html(build_report(STORIES["regression"]()))
    text = "|".join(part.strip() for part in read(page).text if part.strip())

    assert "Residuals: off by −1,250 on average (v1.0.0: +9,400)" in text
    assert "candidate: true by predicted values|mean predicted|mean true|8 of 10 true values|rows|120,000|" in text
    assert "candidate: predicted minus true|residual|rows|share|−120,000 to −108,000|" in text
    assert page.count('class="between ') == 20


def test_render_html__gate_that_fails__is_told_by_word_form_and_colour():
    page = render_html(build_report(STORIES["failing"]()))

    assert '<span class="outcome fail">fail</span>' in page
    assert '<tr class="fail">' in page
    assert ".outcome.fail { background: var(--fail);" in page
    assert ".fail .sign-disc { fill: var(--fail); }" in page


def test_render_html__strips__have_a_legend_that_says_they_share_no_scale():
    text = "|".join(part.strip() for part in read(render_html(build_report(make_judgement()))).text if part.strip())

    assert "change, 95 % interval|no change|what the gate asks for|Each row has a scale of its own." in text
    assert "Each row has a scale" not in render_html(build_report(first()))


def test_render_html__gates_on_a_phone__are_cards_whose_numbers_carry_their_names():
    page = render_html(build_report(make_judgement()))
    heads = {value for tag, name, value in read(page).attributes if (tag, name) == ("td", "data-head")}

    assert heads == {"v1.0.0", "candidate", "change, 95 % interval"}
    assert "table.gates td.figure::before { content: attr(data-head);" in page
