"""`ci-ml registry diff` over two real versions, and why there is no paired change where there is none."""

import json
import re
import subprocess
import sys

import pytest
from registry_makers import fails, grow, registered, run_git
from workbench import (
    BETTER,
    CONFIG,
    Workbench,
    ci_ml,
    merge,
    propose,
    set_weights,
    start_registry,
    train_and_gate,
    write_rows,
)

from ci_ml.delivery.registry_diff import _differences
from ci_ml.errors import VerificationError
from ci_ml.registry.history import History
from ci_ml.registry.provenance import Provenance

# Stands in for an installation without the extra.
BASE_ONLY = """
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("numpy", "scipy", "pyarrow"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
from ci_ml.cli.main import main
main()
"""
LEVELS = """\
metric             v1.0.0                v1.1.0
roc_auc            0.745 [0.704, 0.784]  0.858 [0.824, 0.893]
average_precision  0.626                 0.789
log_loss           0.567                 0.436
brier_score        0.189                 0.142
"""


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """v1.0.0, and v1.1.0 with another parameter, which is in production; only to be read."""
    folder = tmp_path_factory.mktemp("two")
    bench = Workbench.make(folder / "work", remote=folder / "origin.git")
    start_registry(bench)
    propose(bench, "better", BETTER)
    merge(bench, "better")
    assert bench.ci_ml("promote", "--merged").code == 0
    return bench


def told(bench, *arguments):
    done = bench.ci_ml("registry", "diff", "churn", *arguments)
    assert (done.code, done.err) == (0, "")
    return done.out


def test_diff__in_a_checkout__is_levels_change_and_causes_in_one_look(two):
    out = told(two, "v1.0.0", "production")
    when = r"2013-07-01 12:00"
    commits = [run_git(two.root, "rev-parse", "--short=7", name) for name in ("main^1", "main")]
    body = out.split("\n\n")

    assert body[0] == "churn v1.0.0 → v1.1.0: better, roc_auc +0.113 [+0.076, +0.149]"
    assert body[1].splitlines()[:3] == [
        "metric             v1.0.0          v1.1.0          change, 95 %",
        "roc_auc            0.745           0.858           +0.113 [+0.076, +0.149]",
        "                   [0.704, 0.784]  [0.824, 0.893]",
    ]
    assert max(map(len, [*body[1].splitlines(), *body[3].splitlines()])) <= 80
    assert all(line.endswith("]") for line in body[1].splitlines()[1:])
    assert body[2] == "Each on the same 600 rows of 60 groups."
    rows = [line.split("  ") for line in body[3].splitlines()]
    named = {cells[0]: [cell.strip() for cell in cells[1:] if cell.strip()] for cells in rows[1:]}
    assert len(when) == len(named["registered"][0])
    assert named["stages"] == ["–", "production"]
    assert named["commit"] == commits
    assert named["params.json:weights"] == ["[1.5, 0.0]", "[1.5, 1.5]"]
    assert body[4] == (
        "The same: code, outputs and held-out rows.\n"
        "Not recorded of both: features, training data and environment.\n"
        "4 files differ between the commits: M ci-ml.lock, M model.json, M params.json, M predictions.csv.\n"
    )


def test_diff__json__has_all_of_it(two):
    answer = json.loads(told(two, "1.0.0", "v1.1.0", "--format", "json"))

    assert (answer["schema"], answer["model"]) == (1, "churn")
    assert answer["registry"] == run_git(two.remote, "rev-parse", "model-registry")
    assert [answer[side]["version"] for side in ("before", "after")] == ["v1.0.0", "v1.1.0"]
    assert answer["after"]["facts"]["rows"] == answer["paired"]["rows_digest"]
    assert set(answer["paired"]["deltas"]) == set(answer["after"]["evaluation"]["scores"])
    assert all(delta["interval"] for delta in answer["paired"]["deltas"].values())
    assert answer["files"][:2] == [{"status": "M", "path": path} for path in ("ci-ml.lock", "model.json")]
    assert (answer["unpaired"], answer["files_note"]) == (None, None)


def test_diff__markdown__says_the_same(two):
    out = told(two, "v1.0.0", "v1.1.0", "--format", "markdown")

    assert out.startswith("### churn v1.0.0 → v1.1.0: better, roc_auc +0.113 \\[+0.076, +0.149\\]\n")
    assert "| roc_auc | 0.745 \\[0.704, 0.784\\] | 0.858" in out


def test_diff__same_version_twice__is_one_line(two):
    assert told(two, "production", "v1.1.0") == "churn: both are v1.1.0, so nothing differs.\n"


def test_diff__base_install__tells_all_but_the_change_and_names_what_to_install(two):
    command = [sys.executable, "-c", BASE_ONLY, "registry", "diff", "churn", "v1.0.0", "v1.1.0"]
    done = subprocess.run(command, cwd=two.root, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"churn v1.0.0 → v1.1.0: changed: 1 parameter\n\n{LEVELS}\n")
    assert (
        "No paired change: it needs 'numpy', which is not installed. "
        "pip install 'ci-ml[evaluate]'  (from a path or a git URL: see README)\n" in done.stdout
    )


def test_diff__remote_without_a_clone__tells_what_was_filed(two, tmp_path):
    done = ci_ml("registry", "diff", "churn", "v1.0.0", "v1.1.0", "--remote", str(two.remote), folder=tmp_path)

    assert (done.code, done.err) == (0, "")
    assert LEVELS in done.out
    assert "No paired change: --remote reads the registry alone.\n" in done.out
    assert done.out.endswith("Files between the commits: ask in a clone; --remote reads the registry alone.\n")


def test_diff__shallow_clone__says_which_commit_it_lacks(two, tmp_path):
    runner = two.clone(tmp_path / "runner", "--depth=1", "--single-branch", "--no-tags")
    old = run_git(two.root, "rev-parse", "main^1")

    out = told(runner, "v1.0.0", "v1.1.0", "--offline") if runner.ci_ml("registry", "show").code == 0 else ""
    assert f"Files between the commits: this clone lacks {old[:7]}: git fetch origin {old}\n" in out
    assert "No paired change: --offline fetches no predictions.\n" in out
    # The predictions lie in git, and the older commit is fetched for them.
    assert told(runner, "v1.0.0", "v1.1.0").startswith("churn v1.0.0 → v1.1.0: better, ")


def test_diff__checkout_without_the_model__says_why_there_is_no_paired_change(two, tmp_path):
    other = two.clone(tmp_path / "other")
    other.remove("ci-ml.yaml")

    out = told(other, "v1.0.0", "v1.1.0")
    assert "No paired change: other/ has no ci-ml.yaml. ci-ml init writes one.\n" in out


def test_diff__other_rows__says_how_to_compare_all_the_same(two, tmp_path):
    bench = two.copy(tmp_path)
    write_rows(bench, seed=1)
    set_weights(bench, [1.4, 1.4])
    train_and_gate(bench)
    bench.commit("other rows")
    bench.push("main")
    assert bench.ci_ml("registry", "show").code == 0
    assert bench.ci_ml("register", "--force", "--reason", "other rows").code == 0

    out = told(bench, "v1.1.0", "v1.2.0")
    assert (
        "Measured on 600 rows of 60 groups each, but not the same ones or not with the same columns: "
        "compare no levels." in out
    )
    assert (
        "No paired change: they were judged on other rows; "
        "ci-ml compare churn --baseline v1.1.0 --candidate v1.2.0 scores both on the same.\n" in out
    )


def test_diff__other_slices_alone__are_the_same_rows_and_compared(two, tmp_path):
    bench = two.copy(tmp_path)
    bench.write("ci-ml.yaml", CONFIG.replace("slices: [segment]", "slices: [day, segment]"))
    set_weights(bench, [1.4, 1.4])
    train_and_gate(bench)
    bench.commit("other slices")
    bench.push("main")
    assert bench.ci_ml("registry", "show").code == 0
    assert bench.ci_ml("register").code == 0

    there, back = told(bench, "v1.1.0", "v1.2.0"), told(bench, "v1.2.0", "v1.1.0")
    assert "\n\nEach on the same 600 rows of 60 groups, cut into other slices.\n\n" in there
    assert there.startswith("churn v1.1.0 → v1.2.0: no clear change, roc_auc ")
    assert back.startswith("churn v1.2.0 → v1.1.0: no clear change, roc_auc ")
    rows = [re.split("  +", line) for line in there.splitlines()]
    assert ["slices", "segment", "segment, day"] in rows
    assert "held-out rows" not in there
    unfetched = told(bench, "v1.1.0", "v1.2.0", "--offline")
    assert (
        "Measured on 600 rows of 60 groups each, cut into other slices; only their predictions tell whether they are "
        "the same ones. No paired change: --offline fetches no predictions.\n" in unfetched
    )


@pytest.mark.parametrize(
    ("names", "code", "message"),
    [
        (("v1.0.0", "v9.0.0"), 2, "churn has no version and no stage 'v9.0.0'."),
        (("--", "-c", "v1.0.0"), 2, "churn has no version and no stage '-c'."),
    ],
)
def test_diff__unknown_version__names_those_that_there_are(two, names, code, message):
    assert two.ci_ml("registry", "diff", "churn", *names).said == (
        code,
        f"error: {message}\n  try: It has production, v1.1.0, v1.0.0.\n",
    )


def test_diff__empty_stage__is_exit_4(two, tmp_path):
    bench = two.copy(tmp_path)
    assert bench.ci_ml("registry", "vacate", "churn", "production").code == 0

    assert bench.ci_ml("registry", "diff", "churn", "production", "v1.0.0").said == (
        4,
        "error: nobody holds production of churn.\n  try: ci-ml registry history churn --stage production\n",
    )


def test_diff__evidence_that_was_edited__is_exit_13(two, tmp_path):
    bench = two.copy(tmp_path)
    bench.git("switch", "--quiet", "model-registry")
    path = "models/churn/versions/v1.0.0/evaluation.json"
    bench.write(path, (bench.root / path).read_text().replace("0.7", "0.9"))
    bench.commit("better now")
    bench.git("push", "--quiet", "origin", "model-registry")
    bench.git("switch", "--quiet", "main")

    assert bench.ci_ml("registry", "diff", "churn", "v1.0.0", "v1.1.0").said == (
        13,
        f"error: {path} is not the file that was filed.\n  try: ci-ml registry verify says what else is wrong.\n",
    )


def test_differences__parameters_nested_too_deeply_to_be_written__are_refused():
    nested: object = 1
    for _ in range(5_000):
        nested = {"a": nested}
    releases = list(
        grow(
            History(model="m"), registered("a", "v1.0.0"), registered("b", "v1.1.0", parameters="1" * 64)
        ).releases.values()
    )

    message, _ = fails(
        VerificationError, lambda: _differences("m", releases, [Provenance(parameters={"p": nested}), Provenance()])
    )
    assert message == "the parameters of m v1.0.0 or v1.1.0 are nested too deeply."
