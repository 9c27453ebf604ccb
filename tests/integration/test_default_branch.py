"""Merging is promoting, whatever the main branch is called, and only there."""

import pytest
from workbench import BETTER, Workbench, propose, start_registry


@pytest.fixture(params=["master", "trunk"])
def merged(request, tmp_path) -> tuple[Workbench, str]:
    """A merge to a main branch of another name, which ci-ml.yaml does not tell; the remote's HEAD does."""
    bench = Workbench.make(tmp_path / "work", remote=tmp_path / "remote.git")
    start_registry(bench)
    bench.git("branch", "--move", "main", request.param)
    Workbench(bench.remote).git("branch", "--move", "main", request.param)
    propose(bench, "better", BETTER)
    bench.git("switch", "--quiet", request.param)
    bench.git("merge", "--quiet", "--no-ff", "--message", "merge", "better")
    return bench, request.param


def test_promote_merged__main_branch_of_another_name__is_found(merged):
    bench, name = merged
    bench.push(name)

    done = bench.ci_ml("promote", "--merged")

    assert done.code == 0, done
    assert bench.ci_ml("registry", "which", "churn@production").out == "v1.1.0\n"


def test_promote_merged__from_another_branch__takes_only_what_is_merged(merged):
    bench, name = merged
    bench.push(name)
    bench.git("switch", "--quiet", "better")
    bench.commit("more")

    refused = bench.ci_ml("promote", "--merged", "--until", "HEAD")

    assert refused.said == (
        2,
        f"error: commit {bench.head()[:12]} is not on origin/{name}: what is not merged is not promoted.\n"
        f"  try: git switch {name}\n",
    )
    assert bench.ci_ml("promote", "--merged").code == 0
    assert bench.ci_ml("registry", "which", "churn@production").out == "v1.1.0\n"


@pytest.mark.parametrize("options", [["--depth=1"], []])
def test_promote_merged__checkout_of_a_proposal_alone__takes_only_what_the_remotes_main_has(merged, tmp_path, options):
    bench, name = merged
    runner = bench.clone(tmp_path / "runner", "--single-branch", "--branch=better", *options)

    done = runner.ci_ml("promote", "--merged")

    assert done.out == "churn: nothing to do: main brought nothing new since the last time\n"
    assert runner.git("rev-parse", "--verify", f"refs/remotes/origin/{name}") == bench.head(
        f"refs/remotes/origin/{name}"
    )
    assert bench.ci_ml("registry", "which", "churn@production").out == "v1.0.0\n"


def test_promote_merged__only_here_and_not_pushed__is_refused_and_says_which_branch_lacks_it(merged):
    bench, name = merged
    bench.git("fetch", "--quiet", "origin")

    done = bench.ci_ml("promote", "--merged")

    assert done.said == (
        2,
        f"error: commit {bench.head()[:12]} is not on origin/{name}: what is not merged is not promoted.\n"
        f"  try: git push origin {name}\n",
    )
