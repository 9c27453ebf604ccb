"""Changes that mean well: the campaign on trust counts how many of them are held up. None should be.

Each plays on a `Play` (trust_worlds.py), and leaves in `play.good` the model that production should have in the end.
"""

import json
from collections.abc import Callable

from trust_attacks import FLOOR, NO_WORSE, SEGMENTS
from trust_worlds import BETTER, Play
from workbench import PREDICT, TRAIN, set_weights

HONEST: dict[str, Callable[[Play], None]] = {}


def honest(words: str) -> Callable[[Callable[[Play], None]], Callable[[Play], None]]:
    def add(function: Callable[[Play], None]) -> Callable[[Play], None]:
        assert words not in HONEST
        HONEST[words] = function
        return function

    return add


def better(play: Play) -> None:
    play.better_model()
    play.keep_good()


def with_edits(words: str, *edits: tuple[str, str], path: str = "ci-ml.yaml") -> None:
    """A better model, and something else in the same change."""

    @honest(words)
    def play_it(play: Play) -> None:
        play.branch()
        play.edit(*edits, path=path)
        if play.rng.random() < 0.5:
            play.commit("A detail first")
        better(play)
        play.commit()


with_edits("a better model")
with_edits("and a gate is tightened", (NO_WORSE, NO_WORSE.replace("0.01", "0.001")))
with_edits("and a floor is raised", (FLOOR, FLOOR.replace("0.6", "0.65")))
with_edits("and a gate is added", (NO_WORSE, NO_WORSE + "\n      level: {metric: log_loss, maximum: 0.9}"))
with_edits(
    "and a gate that asks for more is added",
    (NO_WORSE, NO_WORSE + "\n      more: {metric: roc_auc, min_improvement: 0}"),
)
with_edits("and a gate gets another name", (NO_WORSE, NO_WORSE.replace("no-worse", "not-worse")))
with_edits("and gates stand in another order", (f"{FLOOR}\n      {NO_WORSE}", f"{NO_WORSE}\n      {FLOOR}"))
with_edits("and a metric is added", ("[roc_auc, log_loss, accuracy]", "[roc_auc, log_loss, accuracy, brier_score]"))
with_edits("and a slice is added", ("slices: [segment]", "slices: [segment, day]"))
with_edits("and a margin is loosened that it does not need", (SEGMENTS, SEGMENTS.replace("0.2", "0.5")))
with_edits(
    "and what is undecided blocks",
    ("    slices:", "    undecided: block\n    slices:"),
    (f"      {FLOOR}\n", f"      {FLOOR}\n"),
)
with_edits("and ci-ml.yaml gets a comment", ("models:\n", "# What is promoted, and when.\nmodels:\n"))
with_edits(
    "and keys stand in another order",
    (
        "    slices: [segment]\n    metrics: [roc_auc, log_loss, accuracy]\n",
        "    metrics: [roc_auc, log_loss, accuracy]\n    slices: [segment]\n",
    ),
)
with_edits(
    "and YAML is written otherwise",
    ("columns: {group: day}", "columns:\n      group: day"),
    ("slices: [segment]", "slices:\n      - segment"),
)
with_edits("and the baseline is said as it was meant", ("    slices:", "    baseline: production\n    slices:"))
with_edits(
    "and the training is written otherwise",
    ('params = json.load(open("params.json"))', 'with open("params.json") as source:\n    params = json.load(source)'),
    path="train.py",
)
with_edits(
    "and predicting is written otherwise",
    ("logit = weights[0]", "# The log-odds.\n        logit = weights[0]"),
    path="predict.py",
)


@honest("and the artifact lies elsewhere")
def artifact_elsewhere(play: Play) -> None:
    play.branch()
    for name in ("train.py", "predict.py"):
        play.edit(("model.json", "out.json"), path=name)
    play.edit(("artifact: model.json", "artifact: out.json"), ("file: model.json", "file: out.json"))
    if (play.bench.root / ".gitignore").exists():
        play.edit(("model.json", "model.json\nout.json"), path=".gitignore")
    play.weights(BETTER)
    play.train()
    play.gate()
    play.keep_good("out.json")
    play.commit()


@honest("and predictions lie elsewhere")
def predictions_elsewhere(play: Play) -> None:
    play.branch()
    play.edit(("predictions.csv", "scores.csv"), path="predict.py")
    play.edit(("predictions: predictions.csv", "predictions: scores.csv"))
    if (play.bench.root / ".gitignore").exists():
        play.edit(("predictions.csv", "scores.csv"), path=".gitignore")
    better(play)
    play.commit()


@honest("in several commits, judged at the end")
def several_commits(play: Play) -> None:
    play.branch()
    play.weights(BETTER)
    play.commit("Parameters")
    play.bench.write("README.md", "About this model\n")
    play.commit("Words")
    play.train()
    play.gate()
    play.keep_good()
    play.commit("A model")


@honest("and trained twice, judged twice")
def twice(play: Play) -> None:
    play.branch()
    play.weights(BETTER)
    play.train()
    play.gate()
    play.commit("Once")
    better(play)
    play.commit("Twice")


@honest("a new model that is as good as the old one")
def as_good(play: Play) -> None:
    play.branch()
    set_weights(play.bench, [round(1.5 + play.rng.uniform(0.01, 0.02), 4), 0.0])
    play.train()
    play.gate()
    play.keep_good()
    play.commit()


@honest("documents only")
def documents(play: Play) -> None:
    play.keep_good()
    play.branch()
    play.bench.write("docs/model.md", "About this model\n")
    play.commit()


@honest("the same training again")
def same_again(play: Play) -> None:
    play.keep_good()
    play.branch()
    play.train()
    play.gate()
    play.bench.write("README.md", "Trained again: the same\n")
    play.commit()


@honest("rules are loosened in a change of their own, then a model needs that")
def loosened_before(play: Play) -> None:
    play.branch("rules")
    play.edit((NO_WORSE, NO_WORSE.replace("0.01", "0.2")))
    play.gate()
    play.commit("A wider margin")
    play.land()
    play.ci_ml("promote", "--merged")
    play.branches = []
    play.branch("model")
    set_weights(play.bench, [1.5, round(-0.15 - play.rng.uniform(0, 0.01), 4)])
    play.train()
    play.gate()
    play.keep_good()
    play.commit("Smaller, and a little worse")


@honest("a gate is taken away in a change of its own, then a better model comes")
def gate_gone_before(play: Play) -> None:
    play.branch("rules")
    play.edit(("      " + SEGMENTS + "\n", ""))
    play.commit("One gate fewer")
    play.land()
    play.ci_ml("promote", "--merged")
    play.branches = []
    play.branch("model")
    better(play)
    play.commit()


@honest("held-out rows are added")
def rows_grow(play: Play) -> None:
    play.branch()
    play.bench.write("rows.csv", play.read("rows.csv") + _more_rows(play, 60))
    better(play)
    play.commit()


def _more_rows(play: Play, count: int) -> str:
    lines = []
    for number in range(count):
        x1, x2 = play.rng.gauss(0, 1), play.rng.gauss(0, 1)
        late = int(play.rng.random() < (0.8 if 1.5 * x1 + 1.5 * x2 > 0.8 else 0.2))
        lines.append(f"{700_000 + number},{late},{x1:.4f},{x2:.4f},{number % 60},{'ABC'[number % 3]}\n")
    return "".join(lines)


@honest("the window of held-out rows moves, as the rules on main say it may")
def rows_move(play: Play) -> None:
    play.branch("rules")
    play.edit(("    slices:", "    holdout: moves\n    slices:"))
    play.commit("The holdout moves")
    play.land()
    play.ci_ml("promote", "--merged")
    play.branches = []
    play.branch("model")
    lines = play.read("rows.csv").splitlines(keepends=True)
    play.bench.write("rows.csv", "".join([lines[0], *lines[61:]]) + _more_rows(play, 60))
    better(play)
    play.commit()


@honest("main moved meanwhile")
def main_moved(play: Play) -> None:
    play.branch()
    better(play)
    play.commit()
    if play.how == "fast-forward":
        play.how = "merge"
    play.bench.git("switch", "--quiet", "main")
    play.bench.write("NEWS.md", "Something else\n")
    play.bench.commit("Elsewhere")
    play.bench.push("main")


@honest("main was merged into the branch before it landed")
def updated_branch(play: Play) -> None:
    main_moved(play)
    play.how = "merge" if play.how == "rebase" else play.how
    play.bench.git("switch", "--quiet", "change")
    play.bench.git("merge", "--quiet", "--no-ff", "--message", "Merge main", "main")
    play.commit("Up to date")


@honest("the branch was rebased before it landed")
def rebased_branch(play: Play) -> None:
    main_moved(play)
    play.bench.git("switch", "--quiet", "change")
    play.bench.git("rebase", "--quiet", "main")
    play.bench.git("push", "--quiet", "--force", "origin", "change")


@honest("two better models in one push, one on the other")
def two_in_a_push(play: Play) -> None:
    play.branch("first")
    set_weights(play.bench, [1.5, 0.6])
    play.train()
    play.gate()
    play.commit("Better")
    play.branch("second", "first")
    better(play)
    play.commit("Better still")
    if play.how in ("squash", "rebase"):
        play.branches = ["second"]


@honest("two better models, one after the other")
def one_after_the_other(play: Play) -> None:
    play.branch("first")
    set_weights(play.bench, [1.5, 0.5])
    play.train()
    play.gate()
    play.commit("Better")
    play.land()
    play.ci_ml("promote", "--merged")
    play.branches = []
    play.branch("second")
    better(play)
    play.commit("Better still")


@honest("a stack: the lower change tidies up, the upper brings a better model")
def stack(play: Play) -> None:
    play.branch("lower")
    play.edit(("import csv, json, math\n", "import csv\nimport json\nimport math\n"), path="predict.py")
    play.train()
    play.gate()
    play.commit("Tidy")
    play.branch("upper", "lower")
    better(play)
    play.commit("Better")
    if play.how in ("squash", "rebase"):
        play.branches = ["upper"]


@honest("a second model joins")
def second_model(play: Play) -> None:
    play.branch()
    text = play.read()
    second = text.partition("models:\n")[2].replace("churn:", "second:").replace("model.json", "second.json")
    second = (
        second.replace("predictions.csv", "second.csv")
        .replace("train.py", "train2.py")
        .replace("predict.py", "predict2.py")
    )
    play.bench.write("ci-ml.yaml", text + second)
    play.bench.write("train2.py", TRAIN.replace("model.json", "second.json"))
    play.bench.write(
        "predict2.py", PREDICT.replace("model.json", "second.json").replace("predictions.csv", "second.csv")
    )
    if (play.bench.root / ".gitignore").exists():
        play.bench.write(".gitignore", play.read(".gitignore") + "second.json\nsecond.csv\n")
    play.weights(BETTER)
    for name in ("churn", "second"):
        play.ci_ml("train", name)
        play.ci_ml("gate", name)
    play.keep_good()
    play.commit()


@honest("after a rollback, another better model")
def after_rollback(play: Play) -> None:
    play.branch("good")
    play.better_model()
    play.commit()
    play.land()
    play.ci_ml("promote", "--merged")
    assert play.ci_ml("rollback", "churn", "production", "--reason", "worse at night").code == 0
    play.branches = []
    play.branch("better")
    set_weights(play.bench, [1.5, 1.61])
    play.train()
    play.gate()
    play.keep_good()
    play.commit("Better")


@honest("a worse model was declined, then a better one comes")
def after_declined(play: Play) -> None:
    play.branch("bad")
    set_weights(play.bench, [1.5, -0.8])
    play.train()
    play.gate()
    play.commit("Worse")
    play.land()
    play.ci_ml("promote", "--merged")
    play.branches = []
    play.branch("better")
    better(play)
    play.commit("Better")


@honest("a branch of a name that looks like main's")
def branch_like_main(play: Play) -> None:
    play.branch("feature/main")
    better(play)
    play.commit()


@honest("beside tags and branches of other tools")
def other_refs(play: Play) -> None:
    play.bench.git("tag", "v9.9.9")
    play.bench.git("push", "--quiet", "origin", "v9.9.9")
    play.branch("gh-pages")
    play.branches = []
    play.commit("Pages")
    play.branch()
    better(play)
    play.commit()


@honest("the gate was asked again after the commit")
def gate_after_commit(play: Play) -> None:
    play.branch()
    play.weights(BETTER)
    play.train()
    play.commit()
    play.gate()
    play.keep_good()


@honest("judged twice, and the commit's message was mended")
def amended(play: Play) -> None:
    play.branch()
    better(play)
    play.commit("Typoo")
    play.gate()
    play.bench.git("commit", "--quiet", "--amend", "--message", "Typo")
    play.bench.git("push", "--quiet", "--force", "origin", "HEAD")


@honest("parameters were tried, and the last ones are the same as in an earlier try")
def tried(play: Play) -> None:
    play.branch()
    set_weights(play.bench, [1.5, 1.2])
    play.train()
    play.gate()
    better(play)
    set_weights(play.bench, [1.5, 1.2])
    play.train()
    play.gate()
    play.keep_good()
    play.commit()


@honest("other files change with it: a link, a folder, an executable")
def other_files(play: Play) -> None:
    play.branch()
    better(play)
    (play.bench.root / "latest").symlink_to("train.py")
    play.bench.write("scripts/run.sh", "#!/bin/sh\n").chmod(0o755)
    play.bench.write("data/notes.json", json.dumps({"rows": 600}))
    play.commit()
