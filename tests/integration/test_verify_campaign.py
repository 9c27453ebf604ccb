"""Every attack is found and named, and no honest history is suspected: by counting.

CI_ML_PROVE=1 (make prove) plays each attack on a hundred histories, and a thousand honest ones in ten kinds of clone; the plain suite fewer.
"""

import os
import shutil
from random import Random

import pytest
from registry_attacks import ATTACKS, Scene
from registry_makers import clone, run_git
from registry_worlds import draw_world, make_main, tags_of, write_world

from ci_ml.delivery.verification import verify_log
from ci_ml.repository.event_log.log import EventLog

PROVE = bool(os.environ.get("CI_ML_PROVE"))
HISTORIES = 100 if PROVE else 1
HONEST = 100 if PROVE else 3  # of each kind of clone
FIRST_SEED = 20_000


@pytest.fixture(scope="module")
def main(tmp_path_factory):
    return make_main(tmp_path_factory.mktemp("main") / "repository")


def scene_of(main, seed, folder):
    """A registry with a model that has a history worth attacking, and that model."""
    rng = Random(seed)
    for attempt in range(50):
        world = draw_world(main, seed * 100 + attempt, commands=9, signed=rng.random() < 0.5)
        able = [model for model, own in world.histories.items() if _worth(own)]
        if able and len(world.commits) > 2:
            break
    return Scene(world, write_world(world, folder), rng, rng.choice(able))


def _worth(history):
    return len(history.events) >= 4 and any(event.evidence for event in history.events)


def refused(world, main, rng):
    """Tags that the server would not take: those of moves, and of versions whose commits main keeps."""
    tags = tags_of(world, ("0" * 40,) * len(world.commits)) if rng.random() < 0.4 else []
    return frozenset(tag.name for tag in tags if tag.target not in main.orphans and rng.random() < 0.5)


def in_place(written, folder, rng):
    """The registry is the local branch: there is no remote."""
    return written.git


def cloned(*options):
    def make(written, folder, rng):
        run_git(written.git.root, "config", "uploadpack.allowFilter", "true")
        return clone(written.git.root, folder, *options)

    return make


def begun_locally(written, folder, rng):
    """The registry began before there was a remote, and went there with a later append."""
    git = clone(written.git.root, folder)
    run_git(folder, "branch", "model-registry", rng.choice(written.ids))
    return git


def fetched_behind(written, folder, rng):
    """A clone from before the last appends: tags and branches of others are not here yet."""
    git = clone(written.git.root, folder)
    earlier = rng.choice(written.ids)
    run_git(folder, "update-ref", "refs/remotes/origin/model-registry", earlier)
    return git


CLONES = {
    "where it was written": in_place,
    "a whole clone": cloned(),
    "a clone of depth 1": cloned("--depth=1", "--no-single-branch"),
    "a clone of depth 3": cloned("--depth=3"),
    "a clone without tags": cloned("--no-tags"),
    "a clone of one branch": cloned("--single-branch"),
    "a clone without blobs": cloned("--filter=blob:none", "--no-checkout"),
    "a clone without trees": cloned("--filter=tree:0", "--no-checkout"),
    "a clone whose registry began before its remote": begun_locally,
    "a clone from before the last appends": fetched_behind,
}
WHOLE = ("where it was written", "a whole clone", "a clone whose registry began before its remote")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.play.__name__)
def test_verify__attacked_histories__are_found_and_the_fault_is_named(attack, main, tmp_path, evidence):
    missed = []
    seeds = range(FIRST_SEED, FIRST_SEED + HISTORIES)
    for seed in seeds:
        scene = scene_of(main, seed, tmp_path / str(seed))
        expected = attack.play(scene)
        shutil.rmtree(scene.written.git.root / ".git" / "logs", ignore_errors=True)  # as in a fresh clone
        witnesses = {id: f"witness {id}" for id in expected.witnesses}
        found = verify_log(scene.written.log, model=None, witnesses=witnesses, offline=True)
        wrong = [finding for finding in found.of("wrong") if finding.kind == expected.kind]
        if not any(finding.where in expected.places for finding in wrong):
            missed.append((seed, expected, found.findings))
        shutil.rmtree(scene.written.git.root)

    assert missed == []
    evidence(
        claim=f"verify misses or misnames an attack: {attack.says}",
        observed=len(missed) / len(seeds),
        at_most=0.0,
        runs=len(seeds),
        seeds=f"{seeds[0]} to {seeds[-1]}",
    )


@pytest.mark.parametrize("kind", CLONES, ids=lambda kind: kind.replace(" ", "_"))
def test_verify__honest_histories__are_never_suspected(kind, main, tmp_path, evidence):
    """Merge, squash, rebase, queue and direct pushes; orphaned commits; concurrent writers; imports; refused tags."""
    suspected = []
    first = FIRST_SEED + 1000 * list(CLONES).index(kind)
    seeds = range(first, first + HONEST)
    for seed in seeds:
        rng = Random(seed)
        world = draw_world(main, seed)
        written = write_world(world, tmp_path / str(seed), without=refused(world, main, rng))
        git = CLONES[kind](written, tmp_path / f"{seed}-clone", rng)
        log = EventLog(git, "origin" if git.has_remote("origin") else None)
        log.refresh()
        found = verify_log(log, model=None, witnesses=written.noted(rng), offline=rng.random() < 0.5)
        if found.of("wrong") or found.head != written.ids[-1] or (kind in WHOLE and found.of("unchecked")):
            suspected.append((seed, found.findings))
        shutil.rmtree(written.git.root)
        shutil.rmtree(git.root, ignore_errors=True)

    assert suspected == []
    evidence(
        claim=f"an honest registry is suspected by `ci-ml registry verify`: {kind}",
        observed=len(suspected) / len(seeds),
        at_most=0.0,
        runs=len(seeds),
        seeds=f"{seeds[0]} to {seeds[-1]}",
    )
