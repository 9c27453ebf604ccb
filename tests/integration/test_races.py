"""Processes that write to one registry at once: nothing lost, nothing doubled, one winner a slot, and few tries.

CI_ML_PROVE=1 (make prove) lets sixteen race for twenty promotions each; the plain suite, five for four.
"""

import os
import re
import statistics
import subprocess
import sys
from collections import Counter

from racers import Turn, check, make_arena, names, race
from registry_makers import clone

from ci_ml.repository.event_log.log import EventLog

PROVE = os.environ.get("CI_ML_PROVE") == "1"
PROCESSES, PROMOTIONS, MODELS = (16, 20, 20) if PROVE else (5, 4, 4)
MOST_RETRIES = 3  # the median
COMMANDS, COMMAND_ROUNDS = (16, 5) if PROVE else (3, 1)
ONE_MODEL = "{}: {{task: binary, predictions: p.csv}}"


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


def test_promote__commands_at_once__a_success_is_an_event_and_every_loser_names_who_won(tmp_path, evidence):
    """The command itself, a process for each promotion: what it saw when it began is what it expects to replace."""
    bare, git = make_arena(tmp_path, models=COMMAND_ROUNDS, versions=COMMANDS)
    clones = [clone(bare, tmp_path / f"racer-{number}") for number in range(COMMANDS)]
    for own in clones:
        (own.root / "ci-ml.yaml").write_text(f"models: {{{', '.join(map(ONE_MODEL.format, names(COMMAND_ROUNDS)))}}}\n")
    conflicts = 0
    for model in names(COMMAND_ROUNDS):
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "ci_ml", "-C", str(own.root), "promote", model, f"v1.{number}.0", "staging"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for number, own in enumerate(clones)
        ]
        said = [process.communicate() for process in started]

        log = EventLog(git, "origin")
        log.refresh()
        moves = [event.payload for event in log.read(model).events if event.kind == "promoted"]
        won = [f"v1.{number}.0" for number, process in enumerate(started) if process.returncode == 0]
        assert sorted(move.version for move in moves) == sorted(won)
        # Each replaced whom it had seen there, so each slot (who is replaced) has one winner.
        assert [move.replaces for move in moves] == [None, *(move.version for move in moves[:-1])]
        for process, (_, errors) in zip(started, said, strict=True):
            if process.returncode:
                conflicts += 1
                words = rf"error: staging of {model} is held by (v1\.\d+\.0) now, no longer by .+: event \d+ by Ada, .+ UTC\."
                assert (process.returncode, bool(re.match(words, errors))) == (5, True), errors
                assert re.match(words, errors)[1] in won
    sys.stdout.write(f"\ncommands: {conflicts} conflicts\n")
    evidence(
        claim=f"a command that won is no event, or one that lost is: {COMMANDS} at once",
        observed=0.0,
        at_most=0.0,
        runs=COMMANDS * COMMAND_ROUNDS,
        seeds="of the system",
    )


def _say(what, took, retries):
    """Figures for whoever runs with -s; docs/registry.md quotes them."""
    sys.stdout.write(
        f"\n{what}: {took:.1f} s, retries median {statistics.median(retries)}, "
        f"95 % {retries[int(0.95 * len(retries))]}, most {retries[-1]}, mean {statistics.mean(retries):.2f}\n"
    )
