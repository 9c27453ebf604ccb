"""How often do gates err, at the boundary of what they promise? Simulated, with groups that are not alike.

CI_ML_PROVE=1 (make prove) runs enough worlds to tell 5 % from 6 %; the plain suite runs fewer.
"""

import os
from dataclasses import replace
from functools import cache
from math import sqrt
from types import MappingProxyType

import numpy as np
import pytest
from gate_maker import make_gate
from predictions_maker import make_binary

from ci_ml.config import Model
from ci_ml.evaluation.comparison import compare, plan_for
from ci_ml.evaluation.metrics import score
from ci_ml.gates.judge import judge
from ci_ml.rules.table import RULES
from ci_ml.vocabulary import METRICS

PROMISED = 0.05
PROVE = bool(os.environ.get("CI_ML_PROVE"))
WORLDS = 4000 if PROVE else 400
# Fewer than the 2,000 of a real judging: percentiles of fewer resamples are noisier, so this errs on the safe side.
REPLICATES = 500
GROUPS, ROWS_PER_GROUP = 30, 40
FIRST_SEED = 10_000


def make_world(seed, *, groups=GROUPS, rows=ROWS_PER_GROUP, worse=0.0, slices=0):
    """Two models of one truth: days differ in base rate, and each model misjudges each day in its own way.

    Args:
        worse: noise added to the candidate; at 0 the two are exchangeable, so their true difference is exactly 0.
    """
    rng = np.random.default_rng(seed)
    day, n = np.repeat(np.arange(groups), rows), groups * rows
    signal = rng.normal(size=n)
    truth = rng.random(n) < _chance(signal + rng.normal(0, 0.8, groups)[day] - 0.6)

    def model(noise):
        slope, level = rng.normal(1, 0.4, groups)[day], rng.normal(0, 0.8, groups)[day]
        return _chance(signal * slope + level + noise * rng.normal(size=n) - 0.6)

    sides = [make_binary(truth, model(noise), group=day, digest=f"sha256:{seed}") for noise in (0.5, 0.5 + worse)]
    if slices:
        columns = MappingProxyType({"carrier": rng.integers(slices, size=n)})
        sides = [replace(side, slices=columns) for side in sides]
    return sides


def allowed(worlds):
    """The promised share, and three standard deviations of a count of errors whose true share it is."""
    return PROMISED + 3 * sqrt(PROMISED * (1 - PROMISED) / worlds)


def _chance(logit):
    return 1 / (1 + np.exp(-logit))


@cache
def true_levels(metric, worse):
    """Both models' levels in a world of very many days."""
    old, new = (replace(side, group=None) for side in make_world(999, groups=20_000, worse=worse))
    return score(metric, old).value, score(metric, new).value


def at_the_limit(rule, metric, worse):
    """(threshold, whether the models change places) such that the truth is exactly at an end of what is allowed."""
    old, new = true_levels(metric, worse)
    gain = (new - old) * (1 if METRICS[metric].greater_is_better else -1)
    truths = [(gain, False), (-gain, True)] if rule.is_change else [(new, False)]
    found = [(abs(truth), swapped) for truth, swapped in truths if truth in rule.allowed(abs(truth)).ends]
    return found[0]


def verdicts(metric, gates, *, grouped=True, worlds=WORLDS, swapped=False, **world):
    """Judge many worlds with the same gates."""
    model = Model(task="binary", predictions="p.csv", metrics=(metric,), gates=gates)
    plan = plan_for(model, True)
    for seed in range(FIRST_SEED, FIRST_SEED + worlds):
        sides = make_world(seed, **world)
        if not grouped:
            sides = [replace(side, group=None) for side in sides]
        if swapped:
            sides.reverse()
        yield judge(model, compare(*sides, plan, replicates=REPLICATES), files={})


def share(answers):
    answers = list(answers)
    return sum(answers) / len(answers)


@pytest.fixture
def rarely(evidence):
    """Hold a share of the worlds to what is promised, Monte Carlo error allowed for, and hand it in as evidence."""

    def rarely(claim, observed, worlds=WORLDS):
        seeds = f"{FIRST_SEED:,} to {FIRST_SEED + worlds - 1:,}"
        evidence(claim=claim, observed=observed, at_most=PROMISED, runs=worlds, seeds=seeds)
        assert observed <= allowed(worlds)

    return rarely


@pytest.mark.parametrize("metric", ["log_loss", "roc_auc"])
@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if rule.about != "size"])
def test_rule__truth_exactly_at_its_limit__passes_and_fails_in_at_most_5_percent(rule, metric, rarely):
    threshold, swapped = at_the_limit(RULES[rule], metric, 0.6)
    gates = {"g": make_gate(metric=metric, **{rule: threshold})}

    outcomes = [v.results[0].outcome for v in verdicts(metric, gates, worse=0.6, swapped=swapped)]

    for outcome, verb in (("pass", "passes"), ("fail", "fails")):
        observed = share(found == outcome for found in outcomes)
        rarely(f"`{rule}` {verb} a model that is truly just at its limit ({metric}, {GROUPS} groups)", observed)


@pytest.mark.parametrize("metric", ["log_loss", "roc_auc"])
def test_min_improvement__two_equal_models__passes_and_is_called_better_in_at_most_5_percent(metric, rarely):
    gates = {"g": make_gate(metric=metric, min_improvement=0.0)}

    found = [(v.results[0].outcome == "pass", v.label == "better", v.label == "worse") for v in verdicts(metric, gates)]

    passed, better, worse = (share(answers) for answers in zip(*found, strict=True))
    rarely(f"`min_improvement: 0` passes an equal model ({metric}, {GROUPS} groups)", passed)
    rarely(f"an equal model is called better ({metric}, {GROUPS} groups)", better)
    rarely(f"an equal model is called worse ({metric}, {GROUPS} groups)", worse)
    assert better + worse > 0.005  # an interval that never errs is too wide to be of use


@pytest.mark.parametrize("metric", ["log_loss", "roc_auc"])
def test_slices__family_without_a_true_regression__fails_in_at_most_5_percent(metric, rarely):
    gates = {"g": make_gate(metric=metric, slice="carrier", max_regression=0.0)}
    worlds = WORLDS // 2

    found = list(verdicts(metric, gates, worlds=worlds, rows=64, slices=8))

    assert {v.results[0].judged for v in found} == {8}
    failed = share(v.results[0].outcome == "fail" for v in found)
    rarely(f"a family of 8 slices without a regression fails ({metric}, {GROUPS} groups)", failed, worlds)
    # The same slices by their plain intervals: what Holm's correction is for.
    beyond = share(v.results[0].outcome == "fail" or "chance" in v.results[0].reason for v in found)
    assert beyond > allowed(worlds)


def test_auc_of_independent_rows__two_equal_models__is_called_better_in_at_most_5_percent(rarely):
    # One row a day: no day's own error is shared, so rows are independent and DeLong's form is used.
    gates = {"g": make_gate(metric="roc_auc", min_improvement=0.0)}

    better = share(v.label == "better" for v in verdicts("roc_auc", gates, grouped=False, groups=150, rows=1))

    rarely("an equal model is called better (roc_auc in DeLong's form, 150 independent rows)", better)


@pytest.mark.parametrize("metric", ["log_loss", "roc_auc"])
def test_simulation__rows_drawn_in_place_of_groups__would_be_noticed(metric):
    gates = {"g": make_gate(metric=metric, min_improvement=0.0)}

    better = share(v.label == "better" for v in verdicts(metric, gates, grouped=False))

    assert better > allowed(WORLDS)
