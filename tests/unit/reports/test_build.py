"""The report as a value: nothing in it depends on a rendering."""

from dataclasses import replace

from makers import make_judgement

from ci_ml.reports.build import build_report


def test_build_report__same_judgement__is_the_same_report():
    assert build_report(make_judgement()) == build_report(make_judgement())


def test_build_report__other_level_of_confidence__is_the_one_that_is_named():
    judgement = make_judgement()
    results = tuple(
        replace(r, interval=replace(r.interval, level=0.9) if r.interval else None) for r in judgement.verdict.results
    )
    wider = replace(judgement, verdict=replace(judgement.verdict, results=results))

    assert build_report(wider).level == "90 %"
