"""A command killed with SIGKILL at any point leaves all of its events or none, and a clone that the next one can use.

CI_ML_PROVE=1 (make prove) kills at every call of git in every way, and at random times; the plain suite, a sample.
"""

import os
import random

import pytest
from crashes import (
    KILLS,
    OPERATIONS,
    check_aftermath,
    kinds,
    make_worlds,
    run_to_crash,
    run_to_moment,
    shallow,
    without_remote,
    worktree_of,
)

PROVE = os.environ.get("CI_ML_PROVE") == "1"
SEED = 20130301
MOMENTS = 5 if PROVE else 1
SINCE = "" if PROVE else "unpack-objects"  # the first call that writes
PLACES = {"remote": lambda bench: bench, "shallow": shallow, "alone": without_remote}
SHALLOW = ("promote", "rollback", "withdraw")  # the others need more than one commit
WORLDS = [(place, name) for place in PLACES for name in OPERATIONS if place != "shallow" or name in SHALLOW]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory):
    return make_worlds(tmp_path_factory.mktemp("worlds"))


@pytest.mark.parametrize(("place", "name"), WORLDS)
def test_crash__at_calls_of_git__leaves_all_or_nothing_and_the_same_command_ends_as_wanted(
    place, name, worlds, tmp_path, evidence
):
    kills = 0
    for number, (at, how) in enumerate(crashes(worlds[name], place, name, tmp_path)):
        bench = PLACES[place](worlds[name].copy(tmp_path / f"crash-{number}"))
        before, untouched = kinds(bench), worktree_of(bench)

        crash = run_to_crash(bench, OPERATIONS[name].command, at=at, how=how, seed=SEED + number, since=SINCE)

        # A git that is asked for objects one by one is ended by ci-ml, and then kills nobody.
        kills += crash.killed
        check_aftermath(bench, OPERATIONS[name], before=before, untouched=untouched)
    assert kills
    evidence(
        claim=f"a killed command leaves part of its events, doubles them, or needs a hand: {name}, {place}",
        observed=0.0,
        at_most=0.0,
        runs=kills,
        seeds=f"{SEED} and on",
    )


@pytest.mark.parametrize(("place", "name"), WORLDS if PROVE else WORLDS[:1])
def test_crash__at_random_times__leaves_all_or_nothing(place, name, worlds, tmp_path, evidence):
    rng = random.Random(f"{SEED} {place} {name}")
    kills = 0
    for number in range(MOMENTS):
        bench = PLACES[place](worlds[name].copy(tmp_path / f"crash-{number}"))
        before, untouched = kinds(bench), worktree_of(bench)

        kills += run_to_moment(bench, OPERATIONS[name].command, seconds=rng.uniform(0.2, 1.2))

        check_aftermath(bench, OPERATIONS[name], before=before, untouched=untouched)
    if not kills:  # on a fast disk a command may be over each time, and that is evidence of nothing
        return
    evidence(
        claim=f"a command killed at a random time leaves part of its events, or needs a hand: {name}, {place}",
        observed=0.0,
        at_most=0.0,
        runs=kills,
        seeds=f"{SEED} {place} {name}",
    )


def crashes(world, place, name, tmp_path):
    """Which call of git to be killed at, and how: each in turn, or one of those that write."""
    rng = random.Random(f"{SEED} {place} {name}")
    if not PROVE:
        return [(rng.randint(1, 5), rng.choice(KILLS))]
    bench = PLACES[place](world.copy(tmp_path / "whole"))
    whole = run_to_crash(bench, OPERATIONS[name].command, at=0, how="never")
    assert not whole.killed
    # Every call where there is a remote, every other one elsewhere.
    return [(at, rng.choice(KILLS)) for at in range(1, whole.calls + 1, 1 if place == "remote" else 2)]
