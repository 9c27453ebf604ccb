"""Ways in which a change might bring a worse model into production, or one that main never had, without anybody forcing it.

Each plays on a `Play`: it makes its branches, and remembers the models that must not pass. Landing, promoting and looking
at what came of it are the campaign's.
"""

import csv
import io
import json
import shutil
import subprocess
from collections.abc import Callable

from trust_worlds import BETTER, MODEL, WORSE, Play
from workbench import PREDICT, TRAIN, set_weights, write_rows

ATTACKS: dict[str, Callable[[Play], None]] = {}


def attack(words: str) -> Callable[[Callable[[Play], None]], Callable[[Play], None]]:
    def add(function: Callable[[Play], None]) -> Callable[[Play], None]:
        assert words not in ATTACKS
        ATTACKS[words] = function
        return function

    return add


def by_rules(words: str, *edits: tuple[str, str]) -> None:
    """A change that alters ci-ml.yaml and brings a worse model with it: in one commit, or the rules first."""

    @attack(words)
    def play_it(play: Play) -> None:
        play.branch()
        play.edit(*edits)
        if play.rng.random() < 0.5:
            play.commit("Other rules")
        play.worse_model()
        play.commit("Another model")


GATES = """    gates:
      floor: {metric: roc_auc, minimum: 0.6}
      no-worse: {metric: roc_auc, max_regression: 0.01}
      segments: {metric: roc_auc, slice: segment, max_regression: 0.2}
"""
FLOOR, NO_WORSE = "floor: {metric: roc_auc, minimum: 0.6}", "no-worse: {metric: roc_auc, max_regression: 0.01}"
SEGMENTS = "segments: {metric: roc_auc, slice: segment, max_regression: 0.2}"
EASY_FLOOR, EASY = (FLOOR, FLOOR.replace("0.6", "0.01")), (NO_WORSE, NO_WORSE.replace("0.01", "0.9"))
NO_SEGMENTS = ("      " + SEGMENTS + "\n", "")

by_rules("the margin of a gate is widened", EASY_FLOOR, EASY, NO_SEGMENTS)
by_rules("a gate is taken away", ("      " + NO_WORSE + "\n", ""), ("      " + FLOOR + "\n", ""), NO_SEGMENTS)
by_rules(
    "a gate is renamed and widened",
    EASY_FLOOR,
    (NO_WORSE, "not-worse: {metric: roc_auc, max_regression: 0.9}"),
    NO_SEGMENTS,
)
by_rules(
    "a gate gets the same name in other case",
    EASY_FLOOR,
    (NO_WORSE, "No-Worse: {metric: roc_auc, max_regression: 0.9}"),
    NO_SEGMENTS,
)
by_rules(
    "a gate looks at another metric",
    (FLOOR, "floor: {metric: accuracy, minimum: 0.05}"),
    (NO_WORSE, "no-worse: {metric: accuracy, max_regression: 0.9}"),
    NO_SEGMENTS,
)
by_rules(
    "a gate becomes one on a file",
    (FLOOR, "floor: {file: model.json, max_size_mb: 1}"),
    (NO_WORSE, "no-worse: {file: model.json, max_size_mb: 2}"),
    NO_SEGMENTS,
)
by_rules("no gate but one on size is left", (GATES, "    gates:\n"))
by_rules(
    "gates are undecided, which only warns",
    EASY_FLOOR,
    (NO_WORSE, "no-worse: {metric: roc_auc, max_regression: 0.9, undecided: warn}"),
    NO_SEGMENTS,
    ("    slices:", "    undecided: warn\n    slices:"),
)
by_rules(
    "another metric comes first",
    ("metrics: [roc_auc, log_loss, accuracy]", "metrics: [accuracy]"),
    (GATES, "    gates:\n      floor: {metric: accuracy, minimum: 0.01}\n"),
)
by_rules(
    "a gate on all becomes one on a slice that is too small",
    EASY_FLOOR,
    (NO_WORSE, 'no-worse: {metric: roc_auc, slice: "day >= 59", max_regression: 0.01}'),
    NO_SEGMENTS,
)
by_rules("slices are taken away", ("    slices: [segment]\n", ""), EASY_FLOOR, EASY, NO_SEGMENTS)
by_rules(
    "the threshold moves",
    ("    slices:", "    threshold: 0.999\n    slices:"),
    (GATES, "    gates:\n      floor: {metric: accuracy, minimum: 0.2}\n"),
)
by_rules(
    "the groups are gone, and with them the doubt", ("    columns: {group: day}\n", ""), EASY_FLOOR, EASY, NO_SEGMENTS
)
by_rules("the baseline is a revision of the change itself", ("    slices:", "    baseline: HEAD\n    slices:"))
by_rules("the baseline is the branch of the change", ("    slices:", "    baseline: change\n    slices:"))
by_rules("there is no baseline any more", ("    slices:", "    baseline: none\n    slices:"), EASY_FLOOR)
by_rules(
    "another stage comes first",
    ("    gates:\n", "    stages: [staging, production]\n    on_merge: {promote: production}\n    gates:\n"),
    EASY_FLOOR,
    EASY,
    NO_SEGMENTS,
)
by_rules("another label becomes positive", ("    slices:", "    positive: 0\n    slices:"))
by_rules(
    "another label becomes positive, and gates turn with it",
    ("    slices:", "    positive: 0\n    slices:"),
    EASY_FLOOR,
    EASY,
    NO_SEGMENTS,
)
by_rules(
    "the task becomes another",
    ("    task: binary\n", "    task: regression\n"),
    ("metrics: [roc_auc, log_loss, accuracy]", "metrics: [root_mean_squared_error]"),
    (GATES, "    gates:\n      floor: {metric: root_mean_squared_error, maximum: 100}\n"),
)
by_rules(
    "costs make errors cheap",
    ("    slices:", "    cost: {false_positive: 0.0001, false_negative: 0.0001}\n    slices:"),
    ("[roc_auc, log_loss, accuracy]", "[expected_cost]"),
    (GATES, "    gates:\n      floor: {metric: expected_cost, maximum: 1}\n"),
)
by_rules(
    "the registry asks for nothing",
    EASY_FLOOR,
    EASY,
    NO_SEGMENTS,
    ("models:\n", "registry: {approvals: {}}\nmodels:\n"),
)


@attack("the score is another column: the truth")
def truth_as_score(play: Play) -> None:
    play.branch()
    play.edit(
        ('"y_score", "day"', '"y_score", "day", "cheat"'),
        ('row["day"], row["segment"]]', 'row["day"], row["segment"], row["late"]]'),
        ('"day", "cheat", "segment"', '"day", "segment", "cheat"'),
        path="predict.py",
    )
    play.edit(("columns: {group: day}", "columns: {group: day, y_score: cheat}"))
    play.worse_model()
    play.commit()


@attack("weights look at the answer")
def weights_know(play: Play) -> None:
    play.branch()
    play.edit(
        ('"day", "segment"]', '"day", "segment", "w"]'),
        (
            'row["day"], row["segment"]]',
            'row["day"], row["segment"], 1.0 if (score > 0.5) == (row["late"] == "1") else 0.001]',
        ),
        path="predict.py",
    )
    play.edit(("columns: {group: day}", "columns: {group: day, weight: w}"))
    play.worse_model()
    play.commit()


@attack("groups become one")
def one_group(play: Play) -> None:
    play.branch()
    play.edit(('row["day"], row["segment"]]', '1, row["segment"]]'), path="predict.py")
    play.edit(EASY, EASY_FLOOR, NO_SEGMENTS)
    play.worse_model()
    play.commit()


@attack("slices are not numbers any more")
def nan_slices(play: Play) -> None:
    play.branch()
    play.edit(('row["day"], row["segment"]]', 'row["day"], ""]'), path="predict.py")
    play.worse_model()
    play.commit()


@attack("the model gets another name")
def rename_model(play: Play) -> None:
    play.branch()
    play.edit(("  churn:\n", "  churn2:\n"), EASY_FLOOR, EASY, NO_SEGMENTS)
    play.weights(WORSE)
    play.train()
    play.remember()
    play.gate()
    play.commit()


@attack("the model gets another name, and comes back under its own")
def rename_twice(play: Play) -> None:
    play.branch()
    play.edit(("  churn:\n", "  churn2:\n"))
    play.commit("Another name")
    play.edit(("  churn2:\n", "  churn:\n"), EASY_FLOOR, EASY, NO_SEGMENTS)
    play.worse_model()
    play.commit("Its own name")


@attack("the name of the model changes its case")
def rename_case(play: Play) -> None:
    play.branch()
    play.edit(("  churn:\n", "  Churn:\n"), EASY_FLOOR, EASY, NO_SEGMENTS)
    play.worse_model()
    play.commit()


@attack("ci-ml.yaml goes, and comes back looser")
def config_returns(play: Play) -> None:
    play.branch()
    text = play.read()
    play.bench.remove("ci-ml.yaml")
    play.commit("No rules")
    play.bench.write("ci-ml.yaml", text)
    play.edit(EASY_FLOOR, EASY, NO_SEGMENTS)
    play.worse_model()
    play.commit("Rules again")


@attack("the model moves into a folder, with other rules")
def into_folder(play: Play) -> None:
    play.branch()
    for name in ("train.py", "predict.py", "params.json", "rows.csv"):
        play.bench.root.joinpath("sub").mkdir(exist_ok=True)
        play.bench.git("mv", name, f"sub/{name}")
    for name in ("model.json", "predictions.csv"):
        shutil.move(play.bench.root / name, play.bench.root / "sub" / name)
    play.edit(("    task: binary\n", "    task: binary\n    folder: sub\n"), EASY_FLOOR, EASY, NO_SEGMENTS)
    first, second = play.rng.choice(WORSE)
    play.bench.write("sub/params.json", json.dumps({"weights": [first, second]}))
    play.train()
    play.remember("sub/model.json")
    play.gate()
    play.commit()


def cut_rows(
    play: Play, keep: Callable[[dict[str, str]], bool], change: Callable[[dict[str, str]], None] = lambda row: None
) -> None:
    """Keep and alter some of the held-out rows."""
    rows = list(csv.DictReader(io.StringIO(play.read("rows.csv"))))
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        if keep(row):
            change(row)
            writer.writerow(row)
    play.bench.write("rows.csv", out.getvalue())


def by_rows(
    words: str,
    keep: Callable[[dict[str, str]], bool] = lambda row: True,
    change: Callable[[dict[str, str]], None] = lambda row: None,
    *edits: tuple[str, str],
) -> None:
    @attack(words)
    def play_it(play: Play) -> None:
        play.branch()
        cut_rows(play, keep, change)
        if edits:
            play.edit(*edits)
        play.worse_model()
        play.commit()


def _flip(row: dict[str, str]) -> None:
    """What a bad model says is true."""
    row["late"] = str(int(float(row["x1"]) * 0.4 - float(row["x2"]) * 0.6 > 0.5))


def _new_id(row: dict[str, str]) -> None:
    row["id"] = f"9{row['id']}"


by_rows("twelve rows are left", lambda row: int(row["id"]) < 12)
by_rows("one row is left", lambda row: int(row["id"]) < 1)
by_rows("rows on which it is wrong are taken away", lambda row: (float(row["x2"]) < 0) == (row["late"] == "1"))
by_rows("only one class is left", lambda row: row["late"] == "1")
by_rows("the truth becomes what it says", lambda row: True, _flip)
by_rows("all rows get other ids", lambda row: int(row["id"]) % 7 > 0, _new_id)
by_rows(
    "rows go to days of their own",
    lambda row: True,
    lambda row: row.update(day="1" if row["late"] == "1" else "2"),
    EASY_FLOOR,
)
by_rows(
    "rows go to other segments",
    lambda row: True,
    lambda row: row.update(segment="A" if (float(row["x2"]) < 0) == (row["late"] == "1") else "B"),
    EASY,
    EASY_FLOOR,
)
by_rows(
    "the holdout is said to move, and is other rows",
    lambda row: (float(row["x2"]) < 0) == (row["late"] == "1"),
    lambda row: None,
    ("    slices:", "    holdout: moves\n    slices:"),
)


@attack("other rows altogether")
def other_rows(play: Play) -> None:
    play.branch()
    write_rows(play.bench, rows=40, seed=3)
    play.worse_model()
    play.commit()


@attack("predictions of the model in production lie beside a new one")
def old_predictions(play: Play) -> None:
    play.branch()
    old = play.read("predictions.csv")
    play.weights(WORSE)
    play.train()
    play.remember()
    play.bench.write("predictions.csv", old)
    play.gate()
    play.commit()


@attack("scores are written by hand")
def hand_written(play: Play) -> None:
    play.branch()
    play.weights(WORSE)
    play.train()
    play.remember()
    rows = list(csv.reader(io.StringIO(play.read("predictions.csv"))))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows([row[0], row[1], "0.9" if row[1] == "1" else "0.1", *row[3:]] for row in rows[1:])
    play.bench.write("predictions.csv", out.getvalue())
    play.gate()
    play.commit()


@attack("the model is exchanged after the training")
def exchanged_model(play: Play) -> None:
    play.branch()
    play.better_model()
    play.bench.write("model.json", json.dumps({"weights": [round(-1 - play.rng.random(), 3), 0.0]}))
    play.remember()
    play.gate()
    play.commit()


@attack("the model is exchanged after it was judged")
def exchanged_after_gate(play: Play) -> None:
    play.branch()
    play.better_model()
    play.commit("Judged")
    play.bench.write("model.json", json.dumps({"weights": [round(-1 - play.rng.random(), 3), 0.0]}))
    play.remember()
    play.commit("A detail")


@attack("the training dies half-way")
def dies_half_way(play: Play) -> None:
    play.branch()
    play.edit(
        (
            'json.dump({"weights": params["weights"]}, file)',
            'file.write("{\\"weights\\": [0.1, ")\n    raise SystemExit(3)',
        ),
        path="train.py",
    )
    play.train()
    play.remember()
    play.gate()
    play.commit()


@attack("predicting dies half-way, over old predictions")
def predict_dies(play: Play) -> None:
    play.branch()
    play.weights(WORSE)
    play.edit(("import csv, json, math\n", "import csv, json, math\nraise SystemExit(3)\n"), path="predict.py")
    play.train()
    play.remember()
    play.gate()
    play.commit()


@attack("a record is edited in the store")
def edited_record(play: Play) -> None:
    play.branch()
    play.worse_model()
    play.commit()
    places = [play.bench.root / ".ci-ml", play.bench.root.parent / "store", play.bench.root.parent / "origin.git"]
    for path in (path for place in places if place.exists() for path in place.rglob("*.json")):
        text = path.read_text(encoding="utf-8")
        edited = text.replace('"outcome":"fail"', '"outcome":"pass"').replace('"outcome": "fail"', '"outcome": "pass"')
        edited = (
            edited.replace('"passes":false', '"passes":true')
            .replace('"exit_code":10', '"exit_code":0')
            .replace('"label":"worse"', '"label":"better"')
        )
        if edited != text:
            path.chmod(0o644)
            path.write_text(edited, encoding="utf-8")


@attack("the record of a better model is copied over that of a worse one")
def copied_record(play: Play) -> None:
    play.branch("good")
    play.better_model()
    play.commit()
    play.branches.remove("good")
    good = _records(play)
    play.branch()
    play.worse_model()
    play.commit()
    for path in _records(play) - good:
        source = next(iter(sorted(good)), None)
        if source:
            path.chmod(0o644)
            shutil.copy(source, path)


def _records(play: Play) -> set:
    places = [play.bench.root / ".ci-ml", play.bench.root.parent / "store"]
    return {path for place in places if place.exists() for path in place.rglob("*.json")}


@attack("the record is missing, and the rules are loose")
def missing_record(play: Play) -> None:
    play.branch()
    play.edit(EASY_FLOOR, EASY, NO_SEGMENTS)
    play.worse_model()
    play.commit()
    for path in _records(play):
        path.unlink()


@attack("a branch that nobody merged has the same inputs and other outputs")
def stands_in(play: Play) -> None:
    play.branch("merged")
    play.weights(BETTER)
    play.train()
    play.gate()
    play.commit()
    play.branch("stranger", "merged")
    play.branches.remove("stranger")
    play.edit(
        ("artifact: model.json", "artifact: other.json"), ("predictions: predictions.csv", "predictions: scores.csv")
    )
    play.bench.write("other.json", json.dumps({"weights": [round(-1 - play.rng.random(), 3), 0.0]}))
    play.remember("other.json")
    shutil.copy(play.bench.root / "predictions.csv", play.bench.root / "scores.csv")
    play.gate()
    play.commit("Another name")


@attack("a change is committed to main here, and never pushed")
def unpushed_main(play: Play) -> None:
    play.bench.git("switch", "--quiet", "main")
    play.weights(BETTER)
    play.train()
    play.remember()
    play.gate()
    play.bench.commit("Not for anybody's eyes")
    play.ci_ml("promote", "--merged")
    play.bench.git("reset", "--quiet", "--hard", "origin/main")


@attack("a tag is called main")
def tag_called_main(play: Play) -> None:
    play.branch("stranger")
    play.branches.clear()
    play.weights(BETTER)
    play.train()
    play.remember()
    play.gate()
    play.commit()
    play.bench.git("tag", "main")
    play.bench.git("push", "--quiet", "origin", "refs/tags/main")
    play.bench.git("switch", "--quiet", "--detach", "refs/heads/main")
    play.ci_ml("promote", "--merged")
    play.bench.git("push", "--quiet", "--delete", "origin", "refs/tags/main")
    play.bench.git("tag", "--delete", "main")


@attack("promote --merged is typed on a branch that nobody merged")
def on_a_branch(play: Play) -> None:
    play.branch("stranger")
    play.branches.clear()
    play.weights(BETTER)
    play.train()
    play.remember()
    play.gate()
    play.commit()
    play.ci_ml("promote", "--merged")
    play.ci_ml("promote", "--merged", "--until", "HEAD")
    play.ci_ml("promote", "--merged", "--until", "stranger")


@attack("rules that nobody committed stand beside promote")
def uncommitted_rules(play: Play) -> None:
    play.branch()
    play.worse_model()
    play.commit()
    play.land()
    play.branches.clear()
    play.edit(EASY_FLOOR, EASY, NO_SEGMENTS)
    play.gate()
    play.ci_ml("promote", "--merged")
    play.bench.git("checkout", "--quiet", "--force", "main")


@attack("rules of a branch that is checked out stand beside promote")
def rules_of_a_branch(play: Play) -> None:
    play.branch()
    play.worse_model()
    play.commit()
    play.land()
    play.branches.clear()
    play.bench.git("switch", "--quiet", "--create", "loose")
    play.edit(EASY_FLOOR, EASY, NO_SEGMENTS)
    play.bench.commit("Loose")
    play.gate()
    play.ci_ml("promote", "--merged", "--until", "main")


@attack("a foxtrot merge: the branch's line becomes main's first parent")
def foxtrot(play: Play) -> None:
    play.branch("stranger")
    play.weights(BETTER)
    play.train()
    play.gate()
    play.remember()
    play.commit("Never judged on main")
    set_weights(play.bench, [1.5, 0.0])
    play.train()
    play.commit("As it was")
    play.branches.clear()
    bench = play.bench
    bench.git("switch", "--quiet", "main")
    bench.git("commit", "--quiet", "--allow-empty", "--message", "Meanwhile")
    bench.push("main")
    play.before = bench.head()
    bench.git("switch", "--quiet", "stranger")
    bench.git("merge", "--quiet", "--no-ff", "--message", "Merge main", "main")
    bench.git("push", "--quiet", "origin", "stranger:main")
    bench.git("branch", "--quiet", "--force", "main", "stranger")


@attack("main is rewritten to hold a worse model, with its rules")
def rewritten_main(play: Play) -> None:
    bench = play.bench
    bench.git("switch", "--quiet", "--create", "other", "main")
    play.edit(EASY_FLOOR, EASY, NO_SEGMENTS)
    play.worse_model()
    bench.git("add", "--all")
    bench.git("commit", "--quiet", "--amend", "--message", "first model")
    bench.git("push", "--quiet", "--force", "origin", "other:main")
    bench.git("branch", "--quiet", "--force", "main", "other")


@attack("a stack: the lower change loosens, the upper worsens")
def stack(play: Play) -> None:
    play.branch("lower")
    play.edit(EASY_FLOOR, EASY, NO_SEGMENTS)
    play.gate()
    play.commit("Looser")
    play.branch("upper", "lower")
    play.worse_model()
    play.commit("A worse model")
    if play.how in ("squash", "rebase"):  # the host makes the upper one anew on what the lower one became
        play.branches = ["upper"]


@attack("a push of several: rules, then something else, then a worse model")
def several(play: Play) -> None:
    play.branch()
    play.edit(EASY)
    play.commit("Looser")
    play.bench.write("README.md", "About this model\n")
    play.commit("Words")
    play.edit(EASY_FLOOR, NO_SEGMENTS)
    play.commit("Looser still")
    play.worse_model()
    play.commit("A worse model")


@attack("two changes are judged against the same champion, and the second is worse than the first")
def two_against_one(play: Play) -> None:
    play.branch("second")
    set_weights(play.bench, [1.5, 0.25])
    play.train()
    play.remember()
    play.gate()
    play.commit("A little better")
    play.branch("first")
    set_weights(play.bench, [1.5, 1.5])
    play.train()
    play.gate()
    play.commit("Much better")
    play.branches = ["first"]
    play.land()
    play.branches = []
    play.ci_ml("promote", "--merged")
    bench = play.bench
    play.before = bench.head()
    bench.git("merge", "--quiet", "--no-ff", "--strategy-option", "theirs", "--message", "Merge second", "second")


@attack("a better model is reverted, and the revert would bring back the worse one")
def revert(play: Play) -> None:
    play.branch("good")
    play.better_model()
    play.commit()
    play.remember_old = None  # type: ignore[attr-defined]
    play.land()
    play.branches = []
    play.ci_ml("promote", "--merged")
    play.branch("revert")
    play.bench.git("revert", "--no-edit", *(["--mainline", "1"] if play.how in ("merge", "queue") else []), "HEAD")
    play.train()
    play.remember()
    play.gate()
    play.commit("Revert")


@attack("what was rolled back comes again by a merge")
def rolled_back_returns(play: Play) -> None:
    play.branch("good")
    play.better_model()
    play.remember()
    play.commit()
    play.land()
    play.branches = []
    play.ci_ml("promote", "--merged")
    assert play.ci_ml("rollback", MODEL, "production", "--reason", "worse at night").code == 0
    play.branch("again")
    play.bench.write("README.md", "The same model again\n")
    play.gate()
    play.commit("Again")


@attack("a revert of a revert brings back what was rolled back")
def revert_of_revert(play: Play) -> None:
    play.branch("good")
    play.better_model()
    play.remember()
    play.commit()
    play.land()
    merged = play.bench.head()
    play.branches = []
    play.ci_ml("promote", "--merged")
    assert play.ci_ml("rollback", MODEL, "production", "--reason", "worse at night").code == 0
    parent = ["--mainline", "1"] if play.how in ("merge", "queue") else []
    play.bench.git("revert", "--no-edit", *parent, merged)
    play.bench.push("main")
    play.branch("again")
    play.bench.git("revert", "--no-edit", "HEAD")
    play.train()
    play.gate()
    play.commit("Again")


@attack("the artifact's name alone changes, to a file of a worse model")
def artifact_alone(play: Play) -> None:
    play.branch()
    play.bench.write("second.json", json.dumps({"weights": [round(-1 - play.rng.random(), 3), 0.0]}))
    play.edit(("artifact: model.json", "artifact: second.json"))
    play.remember("second.json")
    play.gate()
    play.commit()


@attack("an LFS pointer stands where the model should be")
def lfs_pointer(play: Play) -> None:
    play.branch()
    play.better_model()
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "ab" * 32 + "\nsize 12345\n"
    play.bench.write("model.json", pointer)
    play.remember()
    play.gate()
    play.commit()


@attack("the model is a link to a file outside")
def linked_model(play: Play) -> None:
    play.branch()
    play.better_model()
    outside = play.bench.root.parent / "outside.json"
    outside.write_text(json.dumps({"weights": [-1.0, round(play.rng.random(), 3)]}), encoding="utf-8")
    play.bad.append(outside.read_bytes())
    play.bench.remove("model.json")
    (play.bench.root / "model.json").symlink_to(outside)
    play.gate()
    play.commit()


@attack("the predictions are a link to those of the model in production")
def linked_predictions(play: Play) -> None:
    play.branch()
    shutil.copy(play.bench.root / "predictions.csv", play.bench.root / "older.csv")
    play.weights(WORSE)
    play.train()
    play.remember()
    play.bench.remove("predictions.csv")
    (play.bench.root / "predictions.csv").symlink_to("older.csv")
    play.gate()
    play.commit()


@attack("predictions lie under another name, where no training writes")
def other_predictions(play: Play) -> None:
    play.branch()
    shutil.copy(play.bench.root / "predictions.csv", play.bench.root / "scores.csv")
    play.edit(("predictions: predictions.csv", "predictions: scores.csv"))
    play.weights(WORSE)
    play.train()
    play.remember()
    play.gate()
    play.commit()


@attack("a filter of git stores other predictions than were judged")
def filtered(play: Play) -> None:
    play.branch()
    play.bench.write(".gitattributes", "model.json filter=other\n")
    bad = json.dumps({"weights": [-1.0, round(play.rng.random(), 3)]})
    play.bench.write("bad.json", bad)
    play.bad.append(bad.encode())
    play.better_model()
    play.bench.git("config", "filter.other.clean", "cat bad.json")
    play.gate()
    play.commit()
    play.bench.git("config", "--unset", "filter.other.clean")


@attack("garbage is committed in place of what was trained")
def garbage(play: Play) -> None:
    play.branch()
    play.better_model()
    play.bench.write("model.json", "not a model\n")
    play.remember()
    play.commit()


@attack("the lock is edited to cover a worse model")
def edited_lock(play: Play) -> None:
    play.branch()
    play.edit(EASY_FLOOR, EASY, NO_SEGMENTS)
    play.worse_model()
    lock = play.bench.root / "ci-ml.lock"
    if lock.is_file():
        lock.write_text(lock.read_text(encoding="utf-8").replace("inputs", "inputs", 1), encoding="utf-8")
    play.commit()


@attack("several models in one merge, and one of them is worse")
def several_models(play: Play) -> None:
    play.branch()
    text = play.read()
    second = (
        text.partition("models:\n")[2]
        .replace("churn:", "second:")
        .replace("model.json", "second.json")
        .replace("predictions.csv", "second.csv")
    )
    second = second.replace("python train.py, inputs: [train.py]", "python train2.py, inputs: [train2.py]").replace(
        "python predict.py, inputs: [predict.py,", "python predict2.py, inputs: [predict2.py,"
    )
    play.bench.write("ci-ml.yaml", text + second)
    play.edit(EASY_FLOOR, EASY, NO_SEGMENTS)
    play.bench.write("train2.py", TRAIN.replace("model.json", "second.json"))
    play.bench.write(
        "predict2.py", PREDICT.replace("model.json", "second.json").replace("predictions.csv", "second.csv")
    )
    play.weights(WORSE)
    play.ci_ml("train", "churn")
    play.ci_ml("train", "second")
    play.remember()
    play.ci_ml("gate", "churn")
    play.ci_ml("gate", "second")
    play.commit()


@attack("a change lands without ever having been judged")
def never_judged(play: Play) -> None:
    play.branch()
    play.weights(WORSE)
    play.train()
    play.remember()
    play.commit()


@attack("a judged change, and a worse one on top of it in the same push")
def judged_then_worse(play: Play) -> None:
    play.branch()
    play.better_model()
    play.commit("Better")
    play.edit(EASY_FLOOR, EASY, NO_SEGMENTS)
    play.worse_model()
    play.commit("Worse")


@attack("the other branch of the registry is named by the change")
def other_registry(play: Play) -> None:
    play.branch()
    play.bench.write("ci-ml.yaml", "registry: {branch: elsewhere}\n" + play.read())
    play.edit(EASY_FLOOR, EASY, NO_SEGMENTS)
    play.worse_model()
    play.commit()


@attack("an anchor of YAML replaces the gates")
def anchors(play: Play) -> None:
    play.branch()
    loose = "    gates:\n      floor: {metric: roc_auc, minimum: 0.01}\n"
    play.edit((GATES, loose))
    play.worse_model()
    play.commit()


@attack("a clock that goes back while it is merged")
def clock_back(play: Play) -> None:
    play.branch()
    play.edit(EASY_FLOOR, EASY, NO_SEGMENTS)
    play.worse_model()
    environ = {"GIT_COMMITTER_DATE": "2001-01-01T00:00:00+00:00", "GIT_AUTHOR_DATE": "2001-01-01T00:00:00+00:00"}
    play.bench.git("add", "--all")
    subprocess.run(
        ["git", "commit", "-qm", "Long ago"],
        cwd=play.bench.root,
        check=True,
        env={**__import__("os").environ, **environ},
    )
    play.bench.push("HEAD")


@attack("half a version: the model file is one that main had long ago")
def old_model_again(play: Play) -> None:
    play.branch("good")
    old = play.read("model.json")
    play.better_model()
    play.commit()
    play.land()
    play.branches = []
    play.ci_ml("promote", "--merged")
    play.branch("old")
    play.bench.write("model.json", old)
    play.remember()
    play.gate()
    play.commit()
