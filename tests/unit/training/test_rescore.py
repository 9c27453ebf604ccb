"""ci_ml/training/rescore.py: an older model on today's rows, by its own code, in a checkout of its own."""

import csv
from pathlib import Path

import pytest
from workbench import BETTER, CONFIG, FIRST, PREDICT, add_model, set_weights, train_and_gate, write_rows

from ci_ml.config import read_config
from ci_ml.errors import ConfigError, DataError
from ci_ml.git.questions import Git
from ci_ml.training.rescore import rescored


def read(path: Path) -> dict[str, str]:
    return {row["id"]: row["y_score"] for row in csv.DictReader(path.read_text().splitlines())}


@pytest.fixture
def old(bench, tmp_path):
    """A model in git; its commit, and its file apart."""
    add_model(bench, weights=FIRST, rows=40)
    train_and_gate(bench)
    commit = bench.commit("first")
    artifact = tmp_path / "stored"
    artifact.write_bytes((bench.root / "model.json").read_bytes())
    return commit, artifact


def score(bench, old, *, then: str = CONFIG, now: str = CONFIG):
    commit, artifact = old
    said = []
    models = [read_config(text).models["churn"] for text in (now, then)]
    with rescored(
        Git(bench.root), models[0], then=models[1], commit=commit, artifact=artifact, say=said.append
    ) as made:
        return read(made), made, said


def test_rescored__rows_changed__are_scored_by_the_old_model(bench, old):
    before = read(bench.root / "predictions.csv")
    write_rows(bench, rows=40, seed=3)
    set_weights(bench, BETTER)
    bench.write("predict.py", "raise SystemExit('today')")

    after, place, _ = score(bench, old)

    assert before.keys().isdisjoint(after)
    assert sorted(after) == sorted(str(300_000 + n) for n in range(40))
    assert not place.exists()
    assert bench.git("worktree", "list").count("\n") == 0


def test_rescored__same_rows__give_the_recorded_scores(bench, old):
    assert score(bench, old)[0] == read(bench.root / "predictions.csv")


def test_rescored__step_that_writes_to_its_inputs__touches_only_its_own_copies(bench, old):
    bench.write("predict.py", PREDICT + "open('rows.csv', 'w').close()\nopen('model.json', 'w').close()\n")
    commit, artifact = bench.commit("careless"), old[1]
    stored, rows = artifact.read_bytes(), (bench.root / "rows.csv").read_bytes()

    score(bench, (commit, artifact))

    assert (artifact.read_bytes(), (bench.root / "rows.csv").read_bytes()) == (stored, rows)


def test_rescored__step_that_writes_nothing__does_not_pass_off_what_git_has(bench, old):
    bench.write("predict.py", "print('nothing to do')\n")
    commit = bench.commit("lazy")

    with pytest.raises(DataError) as caught:
        score(bench, (commit, old[1]))

    assert caught.value.message == f"the predict step of commit {commit[:12]} wrote no predictions.csv."


def test_rescored__step_that_fails__carries_its_words(bench, old):
    bench.write("predict.py", "raise SystemExit('no such column: x1')\n")
    commit = bench.commit("broken")

    with pytest.raises(DataError) as caught:
        score(bench, (commit, old[1]))

    assert caught.value.message == "the command failed with exit code 1: python predict.py\n  no such column: x1"


def test_rescored__names_of_the_old_commit__are_used_for_its_files(bench, old):
    moved = CONFIG.replace("predictions.csv", "out/p.csv").replace("model.json", "m.json")

    scores, place, _ = score(bench, old, now=moved)

    assert scores == read(bench.root / "predictions.csv")
    assert place.name == "predictions.csv"


def test_rescored__no_predict_step__says_what_to_add(bench, old):
    without = "\n".join(line for line in CONFIG.splitlines() if "predict:" not in line) + "\n"

    with pytest.raises(ConfigError) as caught:
        score(bench, old, then=without)

    assert caught.value.message == f"the model of commit {old[0][:12]} cannot be scored again."


def test_rescored__data_that_were_not_pulled__are_named(bench, old):
    bench.git("rm", "--quiet", "--cached", "rows.csv")
    bench.remove("rows.csv")
    bench.write("rows.csv.dvc", f"outs:\n- md5: {'0' * 32}\n  size: 1\n  path: rows.csv\n")
    bench.write(".gitignore", "rows.csv\n")
    commit = bench.commit("data to DVC")

    with pytest.raises(DataError) as caught:
        score(bench, (commit, old[1]))

    assert (caught.value.message, caught.value.hint) == (
        "rows.csv is not here, and the predict step reads it.",
        "dvc pull rows.csv",
    )
