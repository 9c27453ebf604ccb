"""No change talks its judge round, and no honest one is held up for that: by counting.

CI_ML_PROVE=1 (make prove) plays every way with every landing, in every place; the plain suite, each way once.
"""

import os
from random import Random
from zlib import crc32

import pytest
from honest_changes import HONEST
from trust_attacks import ATTACKS
from trust_worlds import LANDINGS, PLACES, Play, in_production, make_template

PROVE = bool(os.environ.get("CI_ML_PROVE"))
TIMES = 6 if PROVE else 1
HONEST_TIMES = 8 if PROVE else 1
FIRST_SEED = 30_000


@pytest.fixture(scope="module")
def templates(tmp_path_factory):
    """The same project twice: with model and predictions in git, and on a DVC remote."""
    return [make_template(tmp_path_factory.mktemp(name), store=name == "store") for name in ("tracked", "store")]


def start(templates, folder, seed):
    """A copy of one of them to play in, with the ways that the seed chooses."""
    rng = Random(seed)
    source = rng.choice(templates)
    bench = source.copy(folder)
    store = source.root.parent / "store"
    if store.exists():
        _copy_store(store, folder / "store", bench)
    return Play(bench, rng, how=rng.choice(sorted(LANDINGS))), rng.choice(sorted(PLACES))


def _copy_store(store, target, bench):
    import shutil

    shutil.copytree(store, target)
    text = (bench.root / ".dvc/config").read_text(encoding="utf-8")
    bench.write(".dvc/config", text.replace(str(store), str(target)))
    bench.commit("The store of this copy")
    bench.push("main")


@pytest.mark.parametrize("way", ATTACKS)
def test_attack__does_not_reach_production(way, templates, tmp_path, evidence):
    passed = []
    for number in range(TIMES):
        seed = FIRST_SEED + crc32(way.encode()) % 1000 * 100 + number
        folder = tmp_path / str(seed)
        folder.mkdir()
        play, place = start(templates, folder, seed)
        ATTACKS[way](play)
        play.land()
        PLACES[place](play, folder)
        if in_production(play, folder) in play.bad:
            passed.append(f"seed {seed}: {play.how}, {place}")

    assert passed == []
    evidence(
        claim=f"a worse model, or one that is not main's, reaches production: {way}",
        observed=0.0,
        at_most=0.0,
        runs=TIMES,
        seeds=f"{seed - TIMES + 1} and on",
    )


@pytest.mark.parametrize("way", HONEST)
def test_honest_change__is_not_held_up(way, templates, tmp_path, evidence):
    held_up = []
    for number in range(HONEST_TIMES):
        seed = FIRST_SEED + crc32(way.encode()) % 1000 * 100 + number
        folder = tmp_path / str(seed)
        folder.mkdir()
        play, place = start(templates, folder, seed)
        HONEST[way](play)
        play.land()
        promoted = PLACES[place](play, folder)
        if in_production(play, folder) != play.good or promoted.code != 0:
            said = [(answer.code, answer.err or answer.out) for answer in play.answers if answer.code]
            held_up.append((f"seed {seed}: {play.how}, {place}", said))

    assert held_up == []
    evidence(
        claim=f"an honest change is held up: {way}",
        observed=0.0,
        at_most=0.0,
        runs=HONEST_TIMES,
        seeds=f"{seed - HONEST_TIMES + 1} and on",
    )
