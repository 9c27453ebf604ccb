"""Processes that write to one registry at once: nothing lost, nothing doubled, one winner a slot, and few tries.

CI_ML_PROVE=1 (make prove) lets sixteen race for twenty promotions each; the plain suite, six for four.
"""

import os
import statistics
import sys
from collections import Counter

from racers import Turn, check, make_arena, names, race

PROVE = os.environ.get("CI_ML_PROVE") == "1"
PROCESSES, PROMOTIONS, MODELS = (16, 20, 20) if PROVE else (6, 4, 4)
MOST_RETRIES = 3  # the median


def test_race__everybody_wants_another_slot__all_win_in_few_tries(tmp_path, evidence):
    bare, _ = make_arena(tmp_path, models=MODELS, versions=1)
    stages = [f"stage-{number}" for number in range(PROCESSES)]
    turns = [
        [Turn(model=names(MODELS)[(own + turn) % MODELS], version="v1.0.0", stage=stage) for turn in range(PROMOTIONS)]
        for own, stage in enumerate(stages)
    ]

    results, took = race(tmp_path, bare, turns, stages=stages)

    assert [result.code for result in results] == [0] * PROCESSES * PROMOTIONS
    check(bare, tmp_path, results)
    retries = sorted(result.tries - 1 for result in results)
    assert statistics.median(retries) <= MOST_RETRIES
    _say("other slots", took, retries)
    evidence(
        claim=f"a promotion is pushed more than {1 + MOST_RETRIES} times: {PROCESSES} processes, {PROMOTIONS} each",
        observed=sum(retry > MOST_RETRIES for retry in retries) / len(retries),
        at_most=0.5,
        runs=len(results),
        seeds="of the system",
    )
    evidence(
        claim=f"a promotion is lost or doubled: {PROCESSES} processes, {PROMOTIONS} each, all at once",
        observed=0.0,
        at_most=0.0,
        runs=len(results),
        seeds="of the system",
    )


def test_race__everybody_wants_the_same_slots__each_has_one_winner_whom_the_losers_name(tmp_path, evidence):
    bare, _ = make_arena(tmp_path, models=MODELS, versions=PROCESSES)
    turns = [
        [Turn(model=model, version=f"v1.{own}.0", stage="production") for model in names(MODELS)[:PROMOTIONS]]
        for own in range(PROCESSES)
    ]

    results, took = race(tmp_path, bare, turns, stages=["production"])

    log = check(bare, tmp_path, results)
    won = {result.turn.model: result for result in results if result.code == 0}
    assert Counter(result.turn.model for result in results if result.code == 0) == Counter(names(MODELS)[:PROMOTIONS])
    for result in results:
        winner = won[result.turn.model]
        if result is not winner:
            event = log.read(result.turn.model).events[-1]
            assert (result.code, result.said) == (
                5,
                f"production of {result.turn.model} is held by {winner.turn.version} now, no longer by nobody: "
                f"event {event.sequence} by {winner.racer}, 2013-03-01 12:00 UTC.",
            )
    _say("same slots", took, sorted(result.tries - 1 for result in won.values()))
    evidence(
        claim=f"a contested slot has no winner or two: {PROCESSES} processes on {PROMOTIONS} slots at once",
        observed=0.0,
        at_most=0.0,
        runs=len(won),
        seeds="of the system",
    )


def _say(what, took, retries):
    """Figures for whoever runs with -s; docs/registry.md quotes them."""
    sys.stdout.write(
        f"\n{what}: {took:.1f} s, retries median {statistics.median(retries)}, "
        f"95 % {retries[int(0.95 * len(retries))]}, most {retries[-1]}, mean {statistics.mean(retries):.2f}\n"
    )
