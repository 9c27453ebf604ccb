"""ci_ml/gates/stricter.py: of two answers to a gate the stricter stands."""

import pytest

from ci_ml.gates.stricter import otherwise, stricter
from ci_ml.gates.verdict import GateResult, Verdict


def answer(outcome, *, gate="g", threshold=0.01, blocks=False):
    return GateResult(
        gate=gate, rule="max_regression", outcome=outcome, threshold=threshold, subject="f1", metric="f1", blocks=blocks
    )


def verdict(*results, label="no worse", refused=()):
    return Verdict(label=label, margin=0.01, results=results, refused=refused)


ORDER = [answer("pass"), answer("undecided"), answer("undecided", blocks=True), answer("fail")]


@pytest.mark.parametrize("base", range(4))
@pytest.mark.parametrize("own", range(4))
def test_stricter__two_answers_to_one_gate__the_stricter_stands(base, own):
    (standing,) = stricter(verdict(ORDER[base]), verdict(ORDER[own])).results

    expected = ORDER[max(base, own)]
    assert (standing.outcome, standing.blocks) == (expected.outcome, expected.blocks)
    if own > base:
        assert standing.rules == "change"


@pytest.mark.parametrize(("theirs", "rules"), [(0.01, ""), (0.9, "main")])
def test_stricter__same_answer__names_whose_rule_it_is_where_they_ask_otherwise(theirs, rules):
    (standing,) = stricter(verdict(answer("pass")), verdict(answer("pass", threshold=theirs))).results

    assert (standing.threshold, standing.rules) == (0.01, rules)


def test_stricter__gates_of_one_side_only__all_stand():
    both = stricter(verdict(answer("fail", gate="old")), verdict(answer("pass", gate="new")))

    assert [(r.gate, r.outcome, r.rules) for r in both.results] == [("old", "fail", "main"), ("new", "pass", "change")]


def test_stricter__label_and_rows__are_mains_and_both():
    both = stricter(verdict(label="worse", refused=("a",)), verdict(label="better", refused=("a", "b")))

    assert (both.label, both.refused, both.exit_code) == ("worse", ("a", "b"), 10)


def test_otherwise__what_its_own_rules_answer__is_said_of_each_gate():
    own = verdict(answer("pass", gate="wide", threshold=0.9), answer("fail", gate="same"))
    base = verdict(answer("fail", gate="wide"), answer("fail", gate="same"), answer("fail", gate="gone"))

    assert otherwise(stricter(base, own), own) == (
        "wide: fail; by the change's own rules: pass",
        "gone: fail; the change has no such gate",
    )
