"""GTO itself reads the tags that ci-ml implies, after imports and moves of every kind, and says what ci-ml says."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from random import Random

import pytest
from gto_worlds import MODELS, World, ask_gto, begin, go_on, original, own_tags, raw_tags

from ci_ml.registry.gto.rules import version_of_commit
from ci_ml.registry.history import History

if find_spec("gto") is None:
    pytest.skip("gto is not installed: pip install 'gto>=1.10,<2'", allow_module_level=True)
from gto.exceptions import ManyVersions

FULL = os.environ.get("CI_ML_PROVE") == "1"
WORLDS = 1000 if FULL else 6


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


def test_implied_tags__commits_with_several_versions__never_stop_gto_where_it_went_on_before(tmp_path, evidence):
    world, model, asked = World.make(tmp_path / "world"), MODELS[0], 0

    for seed in range(WORLDS // 2):
        rng = Random(f"crowded {seed}")
        old = raw_tags(rng, model, world.commits[:5], count=rng.choice([3, 6, 9]), crowded=True)
        world.replace_tags(map(original, old))
        try:
            ask_gto(world.git.root, [model])
        except ManyVersions:  # GTO stopped before ci-ml came; it is imported all the same
            begin(model, old)
            continue
        history = go_on(begin(model, old), rng, world.commits, moves_made=15)
        world.replace_tags([*map(original, old), *own_tags(history)])
        ask_gto(world.git.root, [model])
        asked += 1

    assert asked > WORLDS // 4
    evidence(
        claim="a tag of ci-ml's stops GTO, which went on before",
        observed=0.0,
        at_most=0.0,
        runs=asked,
        seeds=f"0 to {WORLDS // 2 - 1}",
    )


def test_gto__as_it_is_typed__says_the_same(tmp_path):
    world, rng = World.make(tmp_path / "world"), Random("as typed")
    old = raw_tags(rng, MODELS[1], world.commits[:5], count=12)
    history = go_on(begin(MODELS[1], old), rng, world.commits, moves_made=12)
    world.replace_tags([*map(original, old), *own_tags(history)])

    shown, versions, past = (
        json.loads(gto(world.git.root, *words, "--json"))
        for words in (["show", "--deprecated"], ["show", MODELS[1]], ["history"])
    )

    assert len(own_tags(history)) > 5
    assert_agreement(
        history, {"show": shown, "versions": {MODELS[1]: versions}, "history": past[::-1]}, "as it is typed"
    )
    gto(world.git.root, "show", MODELS[1])


def gto(folder, *words):
    command = [str(Path(sys.executable).parent / "gto"), *words, "--repo", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


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
