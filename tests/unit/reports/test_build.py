"""The report as a value: JSON holds all of it, and nothing depends on a rendering."""

import json
from dataclasses import replace

import msgspec
import pytest
from makers import STORIES, make_judgement

from ci_ml.reports.build import build_report
from ci_ml.reports.render import render_json
from ci_ml.reports.report import Links, Report


@pytest.mark.parametrize("story", STORIES)
def test_render_json__each_story__reads_back_as_the_same_report(story):
    report = build_report(STORIES[story](), links=Links(run="https://ci.example/1"))

    assert msgspec.json.decode(render_json(report), type=Report) == report


def test_render_json__format__has_a_version_and_the_answer():
    found = json.loads(render_json(build_report(make_judgement())))

    assert {name: found[name] for name in ("schema", "model", "answer", "glyph", "headline", "verdict")} == {
        "schema": 1,
        "model": "late-flight",
        "answer": "pass",
        "glyph": "✅",
        "headline": "late-flight is better: 4 of 4 gates pass",
        "verdict": "4 pass",
    }


def test_build_report__same_judgement__is_the_same_report():
    assert build_report(make_judgement()) == build_report(make_judgement())


def test_build_report__other_level_of_confidence__is_the_one_that_is_named():
    judgement = make_judgement()
    results = tuple(
        replace(r, interval=replace(r.interval, level=0.9) if r.interval else None) for r in judgement.verdict.results
    )
    wider = replace(judgement, verdict=replace(judgement.verdict, results=results))

    assert build_report(wider).level == "90 %"
