"""A repository whose models lived in GTO's tags goes on with ci-ml: train, judge, promote, roll back, verify."""

import json

import pytest
from workbench import BETTER, FIRST, Done, Workbench, add_model, set_weights, train_and_gate


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> Workbench:
    """A model with two versions in GTO's tags, both once in production and never taken out, now imported."""
    folder = tmp_path_factory.mktemp("imported")
    bench = Workbench.make(folder / "work", remote=folder / "origin.git")
    add_model(bench, weights=FIRST)
    assert bench.ci_ml("--quiet", "train").code == 0
    for number in (1, 2):
        bench.write("notes.txt", f"version {number}\n")
        bench.commit(f"version {number}")
        bench.git("tag", "-m", "Registering", f"churn@v0.{number}.0")
        bench.git("tag", "-m", "Assigning", f"churn#production#{number}")
    # Of two in one second, GTO shows the one that was registered first.
    bench.push("main", "--tags")
    done = bench.ci_ml("registry", "import")
    assert (done.code, done.out) == (0, "churn: 4 tags, 2 versions; production v0.1.0\n")
    return bench


@pytest.fixture
def bench(imported, tmp_path) -> Workbench:
    return imported.copy(tmp_path)


def run(bench: Workbench, *words: str, code: int = 0) -> str:
    done = bench.ci_ml(*words)
    assert done.code == code, (words, done)
    return done.out


def test_after_an_import__a_merge__is_judged_promoted_and_rolled_back(bench):
    set_weights(bench, BETTER)
    judged = train_and_gate(bench)
    assert judged.code == 0, judged
    commit = bench.commit("better")
    bench.push("main")

    said = run(bench, "promote", "--merged")
    assert said == f"churn v0.3.0 is in production (was v0.1.0), from commit {commit[:7]}\n"
    back = run(bench, "rollback", "churn", "production", "--to", "v0.2.0", "--reason", "worse")
    assert "churn: production is back at v0.2.0 (was v0.3.0)" in back
    assert run(bench, "registry", "vacate", "churn", "production").startswith("churn: nothing holds production")

    tags = bench.git("for-each-ref", "--format=%(refname:short)", "--sort=taggerdate", "refs/tags").splitlines()
    assert [tag for tag in tags if "#production" in tag and int(tag.rpartition("#")[2]) > 2] == [
        "churn#production!#3",
        "churn#production#4",
        "churn#production!#5",
        "churn#production#6",
        "churn#production!#7",
    ]
    assert run(bench, "registry", "verify")
    assert json.loads(run(bench, "registry", "tags", "--format", "json"))["tags"][0]["remote"] == "there"
    shown = json.loads(run(bench, "registry", "show", "churn", "--format", "json"))
    assert [(v["version"], v["facts"] is None) for v in shown["versions"]] == [
        ("v0.3.0", False),
        ("v0.2.0", True),
        ("v0.1.0", True),
    ]


def test_after_an_import__rollback__names_the_commits_for_no_digest_is_known(bench):
    by_hand = ("production", "--force", "--reason", "by hand")
    run(bench, "promote", "churn", "v0.2.0", *by_hand)
    back = bench.ci_ml("rollback", "churn", "production", "--reason", "worse")
    set_weights(bench, BETTER)
    train_and_gate(bench)
    own = bench.commit("better")
    bench.push("main")
    run(bench, "promote", "--merged")
    again = run(bench, "rollback", "churn", "production", "--reason", "no better", "--dry-run")
    run(bench, "promote", "churn", "v0.1.0", *by_hand)
    forth = run(bench, "rollback", "churn", "production", "--reason", "a mistake", "--dry-run")

    first, second = (bench.head(f"churn@v0.{number}.0^{{commit}}")[:12] for number in (1, 2))
    recorded = "  model      not recorded, for v0.1.0 was imported"
    assert back == Done(
        0,
        f"churn: production is back at v0.1.0 (was v0.2.0)\n  commit     {first}  was {second}\n{recorded}\n",
        "warning: v0.1.0 was imported, and no digest of its files is known: nothing of them was checked.\n",
    )
    assert again.splitlines()[1:3] == [f"  commit     {first}  was {own[:12]}", recorded]
    commit, model, *_ = forth.splitlines()[1:]
    assert commit == f"  commit     {own[:12]}  was {first}"
    assert model.startswith("  model      sha256:") and model.endswith("  was not recorded")


def test_after_an_import__registering_an_imported_commit__says_that_it_has_a_version(bench):
    assert train_and_gate(bench).code == 0

    done = bench.ci_ml("register", "churn")

    assert done.code == 5
    assert "is v0.2.0 of churn already" in done.err


def test_after_an_import__files_of_an_imported_version__are_refused(bench):
    for command in ("pull", "checkout"):
        done = bench.ci_ml(command, "churn@production")
        assert done.code in (4, 13), done
        assert "v0.1.0" in done.err


def test_after_an_import__no_predictions_in_the_imported_commit__is_judged_alone_and_says_so(tmp_path):
    bench = Workbench.make(tmp_path / "work", remote=tmp_path / "origin.git")
    add_model(bench, weights=FIRST)
    bench.commit("start")
    bench.git("tag", "-m", "Registering", "churn@v0.1.0")
    bench.git("tag", "-m", "Assigning", "churn#production#1")
    bench.push("main", "--tags")
    run(bench, "registry", "import")

    set_weights(bench, BETTER)
    assert train_and_gate(bench).code == 0
    page = bench.ci_ml("report", "--format", "json").out
    commit = bench.commit("trained")
    bench.push("main")

    assert "v0.1.0, in production, was imported and has no predictions that it could be compared by." in page
    said = run(bench, "promote", "--merged")
    assert said == f"churn v0.2.0 is in production (was v0.1.0), from commit {commit[:7]}\n"
    assert bench.ci_ml("gate", "--baseline", "v0.1.0").said == (
        4,
        "error: v0.1.0 of churn has no recorded predictions.\n  try: Choose another baseline.\n",
    )
