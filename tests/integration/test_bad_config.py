"""What a wrong ci-ml.yaml gets: one message with file, line and column, what was found, what is allowed; exit 2."""

import pytest
from workbench import Workbench

HEAD = "models:\n  churn:\n    task: binary\n    predictions: predictions.csv\n"
MULTI = HEAD.replace("binary", "multiclass")
NUMBER = HEAD.replace("binary", "regression")
MODEL_KEYS = (
    "task, folder, train, predict, artifact, predictions, columns, positive, threshold, holdout, slices, fairness, cost, metrics, "
    "baseline, gates, undecided, stages, on_merge, monitor, card, signers, features, params"
)
GATE_KEYS = (
    "metric, slice, file, key, minimum, maximum, max_regression, min_improvement, max_change, max_size_mb, undecided"
)  # fmt: skip
BINARY_METRICS = (
    "roc_auc, average_precision, log_loss, brier_score, accuracy, balanced_accuracy, f1, precision, recall, "
    "matthews_corrcoef, expected_cost"
)
ONE_HYPOTHESIS = "Give exactly one of minimum, maximum, max_regression, min_improvement, max_change, max_size_mb; for two, write two gates."


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """One repository for all cases: `check` writes nothing."""
    bench = Workbench.make(tmp_path_factory.mktemp("config") / "work")
    bench.write("dvc.yaml", "stages: {fit: {cmd: make}}\n")
    return bench


def error(message: str, hint: str = "") -> tuple[int, str]:
    return 2, f"error: {message}\n" + (f"  try: {hint}\n" if hint else "")


UNKNOWN_KEYS = {
    "of the file": ("modles: {}\n", "1:1: the file has no key 'modles'", "Did you mean 'models'? Allowed: models, registry."),
    "of a model": (HEAD + "    artefact: m.txt\n", "5:5: models.churn has no key 'artefact'", f"Did you mean 'artifact'? Allowed: {MODEL_KEYS}."),
    "unlike any other": (HEAD + "    zzz: 1\n", "5:5: models.churn has no key 'zzz'", f"Allowed: {MODEL_KEYS}."),
    "of columns": (HEAD + "    columns: {y_ture: late}\n", "5:15: models.churn.columns has no key 'y_ture'", "Did you mean 'y_true'? Allowed: id, y_true, y_score, y_pred, group, weight, latency_ms."),
    "of a step": (HEAD + "    train: {stages: fit}\n", "5:13: models.churn.train has no key 'stages'", "Did you mean 'stage'? Allowed: stage, command, inputs, estimator, target, params."),
    "of a gate": (HEAD + "    gates:\n      auc-floor: {metric: roc_auc, minimun: 0.5}\n", "6:36: models.churn.gates.auc-floor has no key 'minimun'", f"Did you mean 'minimum'? Allowed: {GATE_KEYS}."),
    "of a cost": (HEAD + "    cost: {false_positives: 1}\n", "5:12: models.churn.cost has no key 'false_positives'", "Did you mean 'false_positive'? Allowed: false_positive, false_negative."),
    "of a merge": (HEAD + "    on_merge: {promote: staging, stage: production}\n", "5:34: models.churn.on_merge has no key 'stage'", "Allowed: promote."),
    "of monitoring": (HEAD + "    monitor: {current: x, label: {column: y}}\n", "5:27: models.churn.monitor has no key 'label'", "Did you mean 'labels'? Allowed: current, timestamp, labels, retrain."),
    "of retraining": (HEAD + "    monitor: {current: x, retrain: {cooldown: 3}}\n", "5:37: models.churn.monitor.retrain has no key 'cooldown'", "Did you mean 'cooldown_days'? Allowed: confirm, cooldown_days, max_per_month, max_gpu_hours_per_month."),
    "of the registry": (HEAD + "registry: {remotes: x}\n", "5:12: registry has no key 'remotes'", "Did you mean 'remote'? Allowed: remote, branch, sign, allowed_signers, revoked_keys, signed_since, signers, require, approvals."),
}  # fmt: skip

WRONG_TYPES = {
    "file a list": ("- a\n", "1:1: the file is a list; it takes a mapping", ""),
    "file a word": ("hello\n", "1:1: the file is 'hello'; it takes a mapping", ""),
    "models nothing": ("models:\n", "1:1: models is nothing; it takes a mapping", ""),
    "models a list": ("models: []\n", "1:9: models is a list; it takes a mapping", ""),
    "models empty": ("models: {}\n", "1:9: models names no model", ""),
    "model nothing": ("models:\n  churn:\n", "2:3: models.churn is nothing; it takes a mapping", ""),
    "no task": ("models:\n  churn: {predictions: p.csv}\n", "2:10: models.churn lacks 'task'", "Add task: binary, multiclass or regression."),
    "no predictions": ("models:\n  churn: {task: binary}\n", "2:10: models.churn lacks 'predictions'", "Add predictions: Predictions on held-out rows, Parquet or CSV."),
    "task unknown": ("models:\n  churn: {task: binray, predictions: p.csv}\n", "2:17: models.churn.task is 'binray'", "Did you mean 'binary'? Allowed: binary, multiclass, regression."),
    "text for a number": (HEAD + "    threshold: high\n", "5:16: models.churn.threshold is 'high'; it takes a number", ""),
    "quoted number": (HEAD + "    threshold: '0.5'\n", "5:16: models.churn.threshold is '0.5'; it takes a number", ""),
    "truth for a number": (HEAD + "    threshold: true\n", "5:16: models.churn.threshold is true; it takes a number", ""),
    "not a number": (HEAD + "    threshold: .nan\n", "5:16: models.churn.threshold is .nan; it takes a finite number", ""),
    "infinite": (HEAD + "    threshold: 1e999\n", "5:16: models.churn.threshold is 1e999; it takes a finite number", ""),
    "negative margin": (HEAD + "    gates: {g: {metric: f1, max_regression: -0.1}}\n", "5:45: models.churn.gates.g.max_regression is -0.1; it takes a number of at least 0", ""),
    "broken count": (HEAD + "registry: {approvals: {production: 1.5}}\n", "5:36: registry.approvals.production is 1.5; it takes a whole number", ""),
    "mapping for text": (HEAD + "    artifact: {path: m}\n", "5:15: models.churn.artifact is a mapping; it takes text", ""),
    "truth for text": (HEAD + "    artifact: false\n", "5:15: models.churn.artifact is false; it takes text", ""),
    "empty text": (HEAD + "    artifact: ' '\n", "5:15: models.churn.artifact is empty; it takes text", ""),
    "list in a list": (HEAD + "    slices: [a, [b]]\n", "5:17: models.churn.slices.1 is a list; it takes text", ""),
    "list for a step": (HEAD + "    train: [a, b]\n", "5:12: models.churn.train is a list; it takes text or a mapping", ""),
    "list for a score": (HEAD + "    columns: {y_score: [a]}\n", "5:24: models.churn.columns.y_score is a list; it takes text or a mapping", ""),
    "list for gates": (HEAD + "    gates: [roc_auc]\n", "5:12: models.churn.gates is a list; it takes a mapping", ""),
    "word not allowed": (HEAD + "    undecided: fail\n", "5:16: models.churn.undecided is 'fail'", "Allowed: warn, block."),
    "path outside": (HEAD + "    artifact: ../m.txt\n", "5:15: models.churn.artifact is '../m.txt'; it takes a path inside the repository", ""),
    "path absolute": (HEAD + "    params: [/etc/p.yaml]\n", "5:14: models.churn.params.0 is '/etc/p.yaml'; it takes a path inside the repository", ""),
}  # fmt: skip

CONTRADICTIONS = {
    "name that tags cannot carry": ("models:\n  my model: {task: binary, predictions: p}\n", "2:13: models.my model is not a name that tags can carry: letters, digits, '-', '_' and '/' in between", ""),
    "names alike but for case": (HEAD + "  Churn: {task: binary, predictions: p}\n", "5:10: models.Churn differs from 'churn' only in case", ""),
    "two hypotheses": (HEAD + "    gates: {g: {metric: f1, minimum: 0.5, max_regression: 0.1}}\n", "5:16: models.churn.gates.g states one hypothesis; found minimum and max_regression", ONE_HYPOTHESIS),
    "no hypothesis": (HEAD + "    gates: {g: {metric: f1}}\n", "5:16: models.churn.gates.g states one hypothesis; found none", ONE_HYPOTHESIS),
    "metric and file": (HEAD + "    gates: {g: {metric: f1, file: m.txt, minimum: 1}}\n", "5:16: models.churn.gates.g takes either metric or file", ""),
    "neither metric nor file": (HEAD + "    gates: {g: {minimum: 1}}\n", "5:16: models.churn.gates.g takes either metric or file", ""),
    "size of a metric": (HEAD + "    gates: {g: {metric: f1, max_size_mb: 1}}\n", "5:16: models.churn.gates.g has a metric: max_size_mb and key go with file", ""),
    "key of a metric": (HEAD + "    gates: {g: {metric: f1, key: a.b, minimum: 1}}\n", "5:16: models.churn.gates.g has a metric: max_size_mb and key go with file", ""),
    "slice of a file": (HEAD + "    gates: {g: {file: m.txt, slice: age, max_size_mb: 1}}\n", "5:37: models.churn.gates.g.slice goes with a metric, not with a file", ""),
    "change of a file": (HEAD + "    gates: {g: {file: m.json, key: auc, max_regression: 1}}\n", "5:16: models.churn.gates.g gates a plain number, which has no interval: max_regression needs a metric", ""),
    "number without key": (HEAD + "    gates: {g: {file: m.json, minimum: 1}}\n", "5:16: models.churn.gates.g takes file with max_size_mb, or file and key with minimum or maximum", ""),
    "metric unknown": (HEAD + "    metrics: [roc-auc]\n", "5:15: models.churn.metrics.0 is 'roc-auc', which is no metric", f"Did you mean 'roc_auc'? Allowed: {BINARY_METRICS}."),
    "metric by another name": (HEAD + "    metrics: [AUC]\n", "5:15: models.churn.metrics.0 is 'AUC', which is no metric", f"Did you mean 'roc_auc'? Allowed: {BINARY_METRICS}."),
    "baseline that is an option": (HEAD + "    baseline: --all\n", "5:15: models.churn.baseline is '--all'; it takes a name, and what begins with '-' is none", ""),
    "metric of another task": (HEAD + "    metrics: [r2]\n", "5:15: models.churn.metrics.0 is 'r2', which is not for binary", f"Allowed: {BINARY_METRICS}."),
    "gate on a metric of another task": (NUMBER + "    gates: {g: {metric: f1, minimum: 1}}\n", "5:25: models.churn.gates.g.metric is 'f1', which is not for regression", "Allowed: mean_absolute_error, root_mean_squared_error, r2, mean_absolute_percentage_error, mean_pinball_loss."),
    "cost without costs": (HEAD + "    metrics: [expected_cost]\n", "5:15: models.churn.metrics.0 is 'expected_cost', which needs cost: {false_positive: …, false_negative: …}", ""),
    "slice that is no condition": (HEAD + "    slices: ['age >=']\n", "5:14: models.churn.slices.0 is 'age >=', which is neither a column nor a condition", "A condition is a column, one of == != < <= > >=, and a number or text: age >= 60."),
    "slice of a gate that is none": (HEAD + "    gates: {g: {metric: f1, slice: '> 3', minimum: 1}}\n", "5:36: models.churn.gates.g.slice is '> 3', which is neither a column nor a condition", "A condition is a column, one of == != < <= > >=, and a number or text: age >= 60."),
    "stage and command": (HEAD + "    train: {stage: fit, command: make}\n", "5:12: models.churn.train takes exactly one of stage, command, estimator (found: stage and command)", ""),
    "empty step": (HEAD + "    train: {}\n", "5:12: models.churn.train takes exactly one of stage, command, estimator (found: none)", ""),
    "inputs of a stage": (HEAD + "    train: {stage: fit, inputs: [a]}\n", "5:33: models.churn.train.inputs goes with a command; a DVC stage names its own deps", ""),
    "target of a command": (HEAD + "    train: {command: make, target: y}\n", "5:36: models.churn.train.target goes with an estimator", ""),
    "estimator that predicts": (HEAD + "    predict: {estimator: lightgbm}\n", "5:26: models.churn.predict.estimator goes with train; predict takes stage or command", ""),
    "artifact is predictions": (HEAD + "    artifact: ./predictions.csv\n", "5:15: models.churn.artifact is the same file as predictions", ""),
    "no stages": (HEAD + "    stages: []\n", "5:13: models.churn.stages is empty; a model has at least one stage", ""),
    "stage twice": (HEAD + "    stages: [a, b, a]\n", "5:20: models.churn.stages.2 names 'a' twice", ""),
    "stage that tags cannot carry": (HEAD + "    stages: [pro#d]\n", "5:14: models.churn.stages.0 is 'pro#d', which tags cannot carry", ""),
    "merge to no stage": (HEAD + "    on_merge: {promote: prodution}\n", "5:25: models.churn.on_merge.promote is 'prodution', which is no stage of this model", "Did you mean 'production'? Allowed: staging, production."),
    "one score for several classes": (MULTI + "    columns: {y_score: p}\n", "5:24: models.churn.columns.y_score is one column; for multiclass it takes {class: column, ...}", ""),
    "score of one class": (MULTI + "    columns: {y_score: {a: p}}\n", "5:24: models.churn.columns.y_score names fewer than two classes", ""),
    "several scores for two classes": (HEAD + "    columns: {y_score: {a: p, b: q}}\n", "5:24: models.churn.columns.y_score is a mapping; for binary it takes one column", ""),
    "score of a number": (NUMBER + "    columns: {y_score: p}\n", "5:24: models.churn.columns.y_score is set, but a regression predicts a value", "Use y_pred."),
    "column with two roles": (HEAD + "    columns: {y_true: late, y_score: late}\n", "5:38: models.churn.columns.y_score is the column of y_true too", ""),
    "positive of several classes": (MULTI + "    positive: a\n", "5:15: models.churn.positive is for binary tasks; this one is multiclass", ""),
    "threshold of a number": (NUMBER + "    threshold: 1\n", "5:16: models.churn.threshold is for binary tasks; this one is regression", ""),
    "cost of a number": (NUMBER + "    cost: {}\n", "5:11: models.churn.cost is for binary tasks; this one is regression", ""),
    "confirmation that cannot be": (HEAD + "    monitor: {current: x, retrain: {confirm: 3 of 2}}\n", "5:46: models.churn.monitor.retrain.confirm is '3 of 2'; it takes 'K of N' with K at most N, such as '2 of 3'", ""),
    "signers of no stage": (HEAD + "registry: {allowed_signers: f, signers: {producton: [ann]}}\n", "5:53: registry.signers.producton is no stage of any model", "Did you mean 'production'? Allowed: production, staging."),
    "signers of another model's stage": (HEAD + "    signers: {canary: [ann]}\nregistry: {allowed_signers: f}\n", "5:23: models.churn.signers.canary is no stage of this model", "Allowed: staging, production."),
    "signatures since no day": (HEAD + "registry: {allowed_signers: f, signed_since: soon}\n", "5:46: registry.signed_since is 'soon', which is no day", ""),
    "approvals by nobody": (HEAD + "registry: {approvals: {production: 2}}\n", "5:23: registry.approvals needs registry.allowed_signers: nothing else says whose signatures count", "Add to registry: allowed_signers: FILE"),
    "signers without keys": (HEAD + "    signers: {production: ann}\n", "5:14: models.churn.signers needs registry.allowed_signers: nothing else says whose signatures count", "Add to registry: allowed_signers: FILE"),
    "approvals of no stage": (HEAD + "registry: {allowed_signers: f, approvals: {producton: 1}}\n", "5:55: registry.approvals.producton is no stage of any model", "Did you mean 'production'? Allowed: production, staging."),
}  # fmt: skip

NOT_YAML = {
    "empty": ("", "1:1: the file lacks 'models'", "Add models: The models of this repository, by name."),
    "tab": ("models:\n\tchurn: {}\n", "2:1: not valid YAML: found character '\\t' that cannot start any token", ""),
    "key twice": (HEAD + "    task: binary\n", "5:5: key 'task' stands twice (also on line 3)", ""),
    "tag": (HEAD + "    card: !!python/object/apply:os.system [x]\n", "5:11: the tag '!!python/object/apply:os.system' is not allowed here", ""),
    "brackets": ("models: " + "[" * 9999, "1:209: nested too deeply for a configuration", ""),
    "latin-1": ((HEAD + "    card: café.md\n").encode("latin-1"), "5:14: not UTF-8 (byte 0xe9)", "Save it as UTF-8."),
    "utf-16": (HEAD.encode("utf-16"), "1:1: not UTF-8 (byte 0xff)", "Save it as UTF-8."),
    "control character": (HEAD + "    card: a\x00b\n", "5:12: not valid YAML: the character U+0000 is not allowed", ""),
}  # fmt: skip

CASES = {f"{kind}: {name}": case for kind, cases in {
    "unknown key": UNKNOWN_KEYS, "wrong type": WRONG_TYPES, "contradiction": CONTRADICTIONS, "not YAML": NOT_YAML,
}.items() for name, case in cases.items()}  # fmt: skip


@pytest.mark.parametrize(("text", "message", "hint"), CASES.values(), ids=CASES.keys())
def test_check__wrong_configuration__is_refused_with_place_reason_and_remedy(place, text, message, hint):
    place.write("ci-ml.yaml", text)

    assert place.ci_ml("check").said == error(f"ci-ml.yaml:{message}.", hint)


MANY = """\
models:
  churn:
    tsak: binary
    predictions: predictions.csv
    threshold: high
  late:
    task: binary
    task: multiclass
    artefact: m.txt
    stages: [pro#d, live]
    on_merge: {promote: live}
    metrics: [auc, r2]
    gates:
      floor: {metric: roc_auc, minimun: 0.5}
registry: {allowed_signers: /etc/keys, approvals: {live: 2}, branches: [main]}
"""


@pytest.mark.parametrize("command", ["check", "gate"])
def test_any_command__many_faults__are_named_at_once_in_their_order(place, command):
    place.write("ci-ml.yaml", MANY)

    assert place.ci_ml(command).said == (
        2,
        f"""\
error: ci-ml.yaml has 11 faults:
  ci-ml.yaml:3:5: models.churn has no key 'tsak'.
    Did you mean 'task'? Allowed: {MODEL_KEYS}.
  ci-ml.yaml:5:16: models.churn.threshold is 'high'; it takes a number.
  ci-ml.yaml:7:5: models.late lacks 'predictions'.
    Add predictions: Predictions on held-out rows, Parquet or CSV.
  ci-ml.yaml:8:5: key 'task' stands twice (also on line 7).
  ci-ml.yaml:9:5: models.late has no key 'artefact'.
    Did you mean 'artifact'? Allowed: {MODEL_KEYS}.
  ci-ml.yaml:10:14: models.late.stages.0 is 'pro#d', which tags cannot carry.
  ci-ml.yaml:12:15: models.late.metrics.0 is 'auc', which is no metric.
    Did you mean 'roc_auc'? Allowed: {BINARY_METRICS}.
  ci-ml.yaml:12:20: models.late.metrics.1 is 'r2', which is not for binary.
    Allowed: {BINARY_METRICS}.
  ci-ml.yaml:14:32: models.late.gates.floor has no key 'minimun'.
    Did you mean 'minimum'? Allowed: {GATE_KEYS}.
  ci-ml.yaml:15:29: registry.allowed_signers is '/etc/keys'; it takes a path inside the repository.
  ci-ml.yaml:15:62: registry has no key 'branches'.
    Did you mean 'branch'? Allowed: remote, branch, sign, allowed_signers, revoked_keys, signed_since, signers, require, approvals.
""",
    )


def test_check__fault_of_a_model__hides_none_of_the_registry(place):
    rules = "registry: {allowed_signers: f, approvals: {producton: 1}}\n"
    place.write("ci-ml.yaml", HEAD + "    threshold: high\n" + rules)

    assert [line for line in place.ci_ml("check").err.splitlines() if ".yaml:" in line] == [
        "  ci-ml.yaml:5:16: models.churn.threshold is 'high'; it takes a number.",
        "  ci-ml.yaml:6:55: registry.approvals.producton is no stage of any model.",
    ]

    place.write("ci-ml.yaml", HEAD + "    stages: [pro#d, 3: 4]\n" + rules)

    assert "of any model" not in place.ci_ml("check").err


def test_check__more_faults_than_anybody_reads__shows_the_first_and_counts_the_rest(place):
    place.write("ci-ml.yaml", HEAD + "".join(f"    zzz{number}: 1\n" for number in range(30)))

    lines = place.ci_ml("check").err.splitlines()

    assert (lines[0], lines[-1], len(lines)) == ("error: ci-ml.yaml has 30 faults:", "  and 10 more", 42)


@pytest.mark.parametrize("command", ["check", "train", "evaluate", "compare", "gate", "report", "register"])
def test_any_command__no_configuration__says_how_to_get_one(bench, command):
    assert bench.ci_ml(command).said == error("work/ has no ci-ml.yaml.", "ci-ml init writes one.")


@pytest.mark.parametrize(
    "text",
    [
        HEAD.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + HEAD.encode(),
        ("# Modèles\n---\n" + HEAD).encode(),
    ],
    ids=["CRLF", "BOM", "comment and document start"],
)
def test_check__unusual_but_valid_file__is_read(place, text):
    place.write("ci-ml.yaml", text)

    done = place.ci_ml("check")

    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("ci-ml.yaml is valid: 1 model.\n")


def test_check__keys_for_a_later_version__are_named(place):
    place.write("ci-ml.yaml", HEAD + "    monitor: {current: x}\n")

    done = place.ci_ml("check")

    assert done.said == (
        0,
        "warning: ci-ml.yaml:5:14: models.churn.monitor is read, but this version does not act on it\n",
    )


def test_train__built_in_estimator__is_for_a_later_version(place):
    place.write("ci-ml.yaml", HEAD + "    train: {estimator: lightgbm, target: late, params: {num_leaves: 31}}\n")

    assert place.ci_ml("--quiet", "train").said == error(
        "train: {estimator: lightgbm} is read, but this version does not fit built-in estimators.",
        "train: COMMAND, or train: {stage: NAME}",
    )


def test_train__no_step__names_the_model(place):
    place.write("ci-ml.yaml", HEAD)

    assert place.ci_ml("train").said == error(
        "ci-ml.yaml:3:5: 'churn' has no train: step.", "train: COMMAND, or train: {stage: NAME}"
    )


def test_register__no_artifact__names_the_model(place):
    place.write("ci-ml.yaml", HEAD)

    commit = place.commit()
    for command, of in ((["register"], ""), (["promote", "--merged"], f"{commit[:7]}:")):
        assert place.ci_ml(*command).said == error(
            f"{of}ci-ml.yaml:3:5: 'churn' names no artifact, so there is nothing to register.", "artifact: PATH"
        )
