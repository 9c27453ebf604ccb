"""The same in a terminal: aligned, never wider than asked, nothing that a log or a shell takes for a command."""

import re
from dataclasses import replace

import pytest
from hostile import HOSTILE
from hypothesis import given
from hypothesis import strategies as st
from makers import STORIES, failing, first, hostile, make_judgement, undecided

from ci_ml.reports.build import build_not_judged, build_report
from ci_ml.reports.render import render_terminal
from ci_ml.reports.terminal import printed
from ci_ml.reports.text_width import columns

OUTCOMES = ("pass", "fail", "undecided", "not applicable")
NAMES = st.text("ab-_=日 ", min_size=1, max_size=60).map(str.strip).filter(bool)
CODES = re.compile(r"\x1b\[[0-9;]*m")


def test_render_terminal__failing_slice__shows_the_gates_then_what_to_do():
    assert render_terminal(build_report(failing()), colour=False) == (
        "late-flight  candidate 51d0e7a  against v1.2.0 in production\n"
        "  28,293 rows of 31 groups\n"
        "\n"
        "  FAIL  carriers      roc_auc carrier=AA  0.752 → 0.665  -0.087 [-0.108, -0.066]\n"
        "  pass  auc-floor     roc_auc             0.760          at least 0.65\n"
        "  pass  auc-no-worse  roc_auc             0.757 → 0.760  +0.003 [+0.001, +0.006]\n"
        "  pass  size          late_flight.txt     1.2 MB         at most 50 MB\n"
        "\n"
        "Better overall, but worse for carrier AA: 1 of 4 gates fails. For carrier=AA\n"
        "(3,090 rows), roc_auc is worse by at least 0.066; up to 0.020 is allowed. Look\n"
        "closer:\n"
        "  ci-ml compare late-flight --candidate 51d0e7a --slice carrier=AA\n"
        "\n"
        "Too small to judge: carrier=VX (98 rows), carrier=AS (31 rows), carrier=HA (15\n"
        "rows).\n"
    )


def test_render_terminal__sixty_columns__numbers_go_below_and_a_shell_reads_the_command():
    assert render_terminal(build_report(failing()), width=60, colour=False).splitlines()[3:16] == [
        "  FAIL  carriers      roc_auc carrier=AA",
        "        0.752 → 0.665  -0.087 [-0.108, -0.066]",
        "  pass  auc-floor     roc_auc",
        "        0.760  at least 0.65",
        "  pass  auc-no-worse  roc_auc",
        "        0.757 → 0.760  +0.003 [+0.001, +0.006]",
        "  pass  size          late_flight.txt",
        "        1.2 MB  at most 50 MB",
        "",
        "Better overall, but worse for carrier AA: 1 of 4 gates",
        "fails. For carrier=AA (3,090 rows), roc_auc is worse by at",
        "least 0.066; up to 0.020 is allowed. Look closer:",
        "  ci-ml compare late-flight --candidate 51d0e7a --slice \\",
    ]


def test_render_terminal__one_name_too_long_for_its_line__is_whole_and_the_others_stay_in_their_columns():
    report = build_report(make_judgement())
    long = replace(report.gates[0], gate="a-gate-whose-name-nobody-shortened-when-it-was-written")
    lines = render_terminal(replace(report, gates=(long, *report.gates[1:])), colour=False).splitlines()

    assert lines[3:6] == [
        "  pass  a-gate-whose-name-nobody-shortened-when-it-was-written  roc_auc",
        "        0.746  at least 0.65",
        "  pass  auc-no-worse  roc_auc             0.669 → 0.746  +0.077 [+0.054, +0.097]",
    ]


@given(
    st.lists(st.tuples(NAMES, NAMES, st.sampled_from(OUTCOMES)), min_size=1, max_size=5),
    NAMES,
    st.integers(30, 100),
)
def test_render_terminal__any_names_and_width__fit_and_are_whole(gates, model, width):
    report = build_report(make_judgement())
    rows = [
        replace(report.gates[0], gate=gate, subject=f"roc_auc {part}", outcome=outcome, why=f"For {part}, worse.")
        for gate, part, outcome in gates
    ]
    page = render_terminal(replace(report, gates=tuple(rows), model=model, baseline=model), width=width, colour=False)

    assert max(columns(line) for line in page.splitlines()) <= width
    letters = "".join(page.split())
    assert "…" not in page
    assert all("".join(name.split()) in letters for name in (model, *(name for row in gates for name in row[:2])))


def test_render_terminal__command_with_a_space_in_a_value__is_parted_outside_the_quotes():
    gate = replace(build_report(failing()).gates[0], command="ci-ml compare late-flight --slice 'carrier=Aa Bb Cc Dd'")
    page = render_terminal(replace(build_report(failing()), gates=(gate,)), width=46, colour=False)

    assert "  ci-ml compare late-flight --slice \\\n  'carrier=Aa Bb Cc Dd'\n" in page


def test_render_terminal__first_model__shows_levels_and_what_does_not_apply():
    assert render_terminal(build_report(first()), colour=False) == (
        "late-flight  candidate 9f3c2ab  no baseline  12,377 rows of 59 groups\n"
        "\n"
        "  pass  auc-floor     roc_auc             0.746   at least 0.65\n"
        "  pass  size          late_flight.txt     1.2 MB  at most 50 MB\n"
        "  –     auc-no-worse  roc_auc             0.746   no worse by more than 0.002\n"
        "  –     carriers      roc_auc by carrier          no worse by more than 0.02\n"
        "\n"
        "First model, nothing to compare with; 2 of 2 gates pass.\n"
        "\n"
        "roc_auc is 0.746 [0.731, 0.760]; asked of the next model: no worse by more than\n"
        "0.002.\n"
        "\n"
        "Too small to judge: carrier=VX (98 rows), carrier=AS (31 rows), carrier=HA (15\n"
        "rows).\n"
    )


def test_render_terminal__undecided__says_what_would_settle_it():
    lines = render_terminal(build_report(undecided()), colour=False).splitlines()

    assert lines[3].startswith("  ??    auc-better")
    assert lines[7] == "No worse, but auc-better is undecided: about 14 more groups would settle it. On"


def test_render_terminal__not_judged__says_why_and_what_to_do():
    report = build_not_judged("late-flight", at="", why="no rows", advice="Add predict: to the model.")

    assert render_terminal(report, colour=False) == (
        "late-flight\n\nlate-flight was not judged: no rows. Add predict: to the model.\n"
    )


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_render_terminal__any_width__is_never_exceeded(story, width):
    page = render_terminal(build_report(STORIES[story]()), width=width, colour=False)

    assert max(columns(line) for line in page.splitlines()) <= width


@pytest.mark.parametrize("story", STORIES)
def test_render_terminal__colour__adds_only_codes_to_the_same_words(story):
    report = build_report(STORIES[story]())
    coloured = render_terminal(report, colour=True)

    assert "\x1b[" in coloured
    assert CODES.sub("", coloured) == render_terminal(report, colour=False)


@pytest.mark.parametrize("value", HOSTILE)
def test_render_terminal__hostile_value_in_every_place__is_only_read(value):
    page = render_terminal(build_report(hostile(value)), colour=False)

    assert max(columns(line) for line in page.splitlines()) <= 80
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", page)
    assert "##[" not in page
    assert not any(line.lstrip().startswith("::") for line in page.splitlines())


@given(st.text(alphabet=":#[ a\x1b\n", max_size=20))
def test_printed__any_text__holds_no_command_for_a_runner(value):
    assert "::" not in printed(value)
    assert "##[" not in printed(value)


def test_render_terminal__many_unsettled_gates__explains_the_first_and_counts_the_rest():
    page = render_terminal(build_report(STORIES["long_names"]()), colour=False)

    assert "\n\n17 more do not pass: see --format json.\n" in page


def test_render_terminal__all_pass__ends_with_the_answer():
    report = build_report(make_judgement())

    assert render_terminal(replace(report, slices=()), colour=False).endswith("\n\nBetter: 4 of 4 gates pass.\n")
