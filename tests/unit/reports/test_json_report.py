"""ci_ml/reports/json_report.py: machines get numbers, at full precision, in a form that a schema describes."""

import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator
from makers import CARRIERS, STORIES, make_judgement

from ci_ml import assets
from ci_ml.reports.build import build_report
from ci_ml.reports.json_report import render_json
from ci_ml.reports.json_text import json_text
from ci_ml.reports.report import Links
from tools.write_schema import SCHEMAS, report_schema

VALIDATOR = Draft202012Validator(json.loads(assets.read_text("schema", "report.schema.json")))


def document(judgement, **links):
    return json.loads(render_json(judgement, build_report(judgement, links=Links(**links))), parse_constant=pytest.fail)


def test_report_schema__shipped_file__is_current_and_valid():
    Draft202012Validator.check_schema(VALIDATOR.schema)

    assert VALIDATOR.schema == SCHEMAS["report.schema.json"](), "run: make schema"


def test_report_schema__every_key_of_ours__says_what_it_is():
    ours = ("JsonReport", "GateFigures", "MetricFigures", "SliceFigures", "Figure")

    silent = [
        (name, key)
        for name in ours
        for key, schema in report_schema()["$defs"][name]["properties"].items()
        if not schema.get("description")
    ]
    assert silent == []


@pytest.mark.parametrize("story", STORIES)
def test_render_json__each_story__is_what_the_schema_says(story):
    found = document(STORIES[story](), run="https://ci.example/1")

    assert [error.message for error in VALIDATOR.iter_errors(found)] == []
    assert next(iter(found)) == "schema"


@pytest.mark.parametrize("key", ["metrics", "rows", "exit_code"])
def test_report_schema__document_without_a_key__is_refused(key):
    found = document(make_judgement())
    del found[key]

    assert not VALIDATOR.is_valid(found)


def test_render_json__numbers_of_all_rows__are_unrounded_with_interval_and_standard_error():
    judgement = make_judgement()
    delta = judgement.comparison.deltas["roc_auc"]
    exact = replace(delta, candidate=replace(delta.candidate, value=0.7461234567890123), standard_error=0.0123456789)
    comparison = replace(
        judgement.comparison,
        deltas={**judgement.comparison.deltas, "roc_auc": exact},
        scores={**judgement.comparison.scores, "roc_auc": exact.candidate},
    )

    found = document(replace(judgement, comparison=comparison))["metrics"]["roc_auc"]

    assert found == {
        "greater_is_better": True,
        "baseline": {"value": 0.669, "interval": None, "standard_error": None, "reason": None},
        "candidate": {
            "value": 0.7461234567890123,
            "interval": {"low": 0.731, "high": 0.760, "level": 0.95},
            "standard_error": None,
            "reason": None,
        },
        "change": {
            "value": 0.7461234567890123 - 0.669,
            "interval": {"low": 0.054, "high": 0.097, "level": 0.95},
            "standard_error": 0.0123456789,
            "reason": None,
        },
    }


def test_render_json__gate_of_slices__has_the_numbers_and_rows_of_the_slice_that_decided():
    (gate,) = [g for g in document(make_judgement())["gates"] if g["gate"] == "carriers"]

    part = next(s for s in CARRIERS if s.value == "AA")
    assert (gate["slice"], gate["rows"], gate["groups"]) == ("carrier=AA", part.rows, part.groups)
    assert gate["baseline"]["value"] == 0.641
    assert gate["candidate"]["value"] == 0.698
    assert gate["change"] == {
        "value": 0.698 - 0.641,
        "interval": {"low": 0.022, "high": 0.092, "level": 0.95},
        "standard_error": (0.092 - 0.022) / 3.92,
        "reason": None,
    }
    assert (gate["demand"], gate["threshold"]) == ("no worse by more than 0.02", 0.02)


def test_render_json__every_slice__judged_with_numbers_too_small_with_the_reason():
    found = {s["name"]: s for s in document(make_judgement())["slices"]}

    assert found.keys() == {s.name for s in CARRIERS}
    assert found["carrier=UA"]["metrics"]["roc_auc"]["change"]["interval"] == {
        "low": 0.041,
        "high": 0.110,
        "level": 0.95,
    }
    assert found["carrier=HA"]["metrics"] == {}
    assert found["carrier=HA"]["too_small"] == "2 positive and 13 negative rows; 30 of each are needed"


def test_render_json__file__is_a_number_in_megabytes():
    (gate,) = [g for g in document(make_judgement())["gates"] if g["metric"] is None]

    assert gate["candidate"]["value"] == pytest.approx(1.18)
    assert (gate["baseline"], gate["change"], gate["rows"]) == (None, None, None)


def test_render_json__exit_code__is_that_of_the_command():
    assert {name: document(STORIES[name]())["exit_code"] for name in ("passing", "failing")} == {
        "passing": 0,
        "failing": 10,
    }


def test_render_json__number_in_a_file_is_none__is_null_not_invalid_json():
    judgement = make_judgement()
    results = tuple(replace(r, observed=float("nan")) if r.metric is None else r for r in judgement.verdict.results)
    text = render_json(judgement, build_report(replace(judgement, verdict=replace(judgement.verdict, results=results))))

    assert VALIDATOR.is_valid(json.loads(text, parse_constant=pytest.fail))


def test_json_text__what_json_cannot_say__is_null_wherever_it_stands():
    text = json_text({"a": float("nan"), "b": [float("inf"), (1.5, float("-inf"))], "c": "x\udc80"})

    assert json.loads(text, parse_constant=pytest.fail) == {"a": None, "b": [None, [1.5, None]], "c": "x\udc80"}


def test_json_report__every_number_of_the_comparison__is_in_the_document():
    """Nothing that was measured is dropped on the way: every float of scores, deltas and slices can be found again."""
    judgement = STORIES["passing"]()
    text = json.dumps(document(judgement))

    comparison = judgement.comparison
    for where in (comparison, *comparison.slices):
        for delta in where.deltas.values():
            for value in (delta.baseline.value, delta.candidate.value, delta.delta, delta.standard_error):
                assert value is None or repr(value) in text
