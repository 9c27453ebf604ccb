"""GTO itself reads the tags that ci-ml implies, after imports and moves of every kind, and says what ci-ml says."""

import os
from importlib.util import find_spec
from random import Random

import pytest
from gto_worlds import MODELS, World, ask_gto, begin, go_on, original, own_tags, raw_tags

from ci_ml.registry.gto import version_of_commit
from ci_ml.registry.history import History

pytestmark = pytest.mark.skipif(find_spec("gto") is None, reason="gto is not installed: pip install 'gto>=1.10,<2'")

FULL = os.environ.get("CI_ML_PROVE") == "1"
WORLDS = 1000 if FULL else 20


def test_implied_tags__histories_of_every_kind__gto_says_the_same(tmp_path, evidence):
    world = World.make(tmp_path / "world")
    moved = imported = 0

    for seed in range(WORLDS):
        rng = Random(f"gto {seed}")
        tags, histories = [], []
        for model in MODELS:
            old = raw_tags(rng, model, world.commits[:5], count=rng.choice([0, 0, 3, 12, 25]))
            history = begin(model, old) if old else History(model=model)
            history = go_on(history, rng, world.commits, moves_made=rng.randrange(25))
            histories.append(history)
            tags += [*map(original, old), *own_tags(history)]
            moved, imported = moved + len(history.events) - len(old), imported + len(old)
        world.replace_tags(tags)
        known = {history.model for history in histories if any(tag_of(history, tag) for tag in tags)}
        answer = ask_gto(world.git.root, known)
        for history in histories:
            if history.model in known:
                assert_agreement(history, answer, f"seed {seed}")

    assert moved > WORLDS
    assert imported > WORLDS
    evidence(
        claim="GTO 1.10 shows another stage, version or order than ci-ml",
        observed=0.0,
        at_most=0.0,
        runs=WORLDS,
        seeds=f"0 to {WORLDS - 1}",
    )


def tag_of(history, tag):
    return tag.name.startswith((f"{history.model.replace(':', '=')}@", f"{history.model.replace(':', '=')}#"))


def assert_agreement(history, answer, where):
    state = answer["show"][history.model]
    own = own_tags(history)
    registered = {tag.name.rpartition("@")[2].partition("#")[0].rstrip("!") for tag in own if "@" in tag.name}
    # What GTO calls by its commit has a version of that commit here.
    bare = {
        version: release.commit
        for version, release in history.releases.items()
        if version == version_of_commit(release.commit) and version not in registered
    }

    shown = {stage: version for stage, version in state["stage"].items() if version}
    assert shown == {stage: bare.get(version, version) for stage, version in history.holders.items()}, where
    assert state["active"] == (not history.deprecated), where
    standing = [r for r in history.releases.values() if not r.withdrawn and r.version not in bare]
    latest = max(standing, key=lambda release: release.precedence, default=None)
    assert state["version"] == (latest.version if latest else None), where
    if not history.deprecated:
        # GTO lists commits without a version too, even those that only left a stage.
        listed = {v["version"] for v in answer["versions"][history.model] if v["version"].startswith("v")}
        assert listed == {r.version for r in standing}, where
    events = {e["ref"]: e for e in answer["history"]}
    assert [ref for ref in events if ref in {tag.name for tag in own}] == [tag.name for tag in own], where
