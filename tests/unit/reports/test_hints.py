"""What looks like a mistake is in sight wherever a judgement is shown."""

import json
from dataclasses import replace

from makers import make_comparison, make_judgement

from ci_ml.evaluation.results import Suspicion
from ci_ml.reports.build import build_report
from ci_ml.reports.evaluation import render_evaluation
from ci_ml.reports.json_report import render_json
from ci_ml.reports.page import render_html
from ci_ml.reports.render import render_markdown
from ci_ml.reports.terminal import render_terminal

SAID = "All 569 scores are 0.5: the model tells no rows apart."
ODD = replace(make_comparison(), suspicions=(Suspicion(kind="all the same", sentence=SAID),))


def test_hints__suspicion__is_in_terminal_comment_page_json_and_evaluation():
    judgement = make_judgement(comparison=ODD)
    report = build_report(judgement)

    assert f"\n\nPlease check: {SAID}\n" in render_terminal(report, width=120, colour=False)
    assert "\n- **Please check:** All 569 scores are 0.5: the model tells no rows apart.\n" in render_markdown(report)
    assert f'<h2>Please check</h2>\n<ul class="reasons"><li>{SAID}</li></ul>' in render_html(report)
    assert json.loads(render_json(judgement, report))["suspicions"] == [{"kind": "all the same", "sentence": SAID}]
    assert f"\nPlease check: {SAID}\n" in render_evaluation("m", judgement.candidate, ODD, style="table")


def test_hints__nothing_odd__is_not_mentioned():
    report = build_report(make_judgement())

    assert "Please check" not in render_terminal(report, width=80, colour=False) + render_markdown(report)
    assert "Please check" not in render_html(report)
