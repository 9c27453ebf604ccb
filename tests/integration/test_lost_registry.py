"""The registry's branch was deleted where everybody keeps it: nobody takes that for a registry that never was."""

import pytest
from workbench import BETTER, merge, propose, start_registry


@pytest.fixture
def lost(remote_bench, tmp_path):
    """A fresh clone of a repository whose registry's branch was deleted, and the commit that it ended with."""
    start_registry(remote_bench)
    propose(remote_bench, "better", BETTER)
    merge(remote_bench, "better")
    remote_bench.git("push", "--quiet", "--delete", "origin", "model-registry")
    return remote_bench.clone(tmp_path / "clone")


@pytest.mark.parametrize(
    "command",
    [
        ["registry", "show"], ["registry", "show", "churn"], ["registry", "which", "churn@production"],
        ["registry", "history"], ["registry", "log"], ["registry", "verify"], ["promote", "--merged"],
    ],
)  # fmt: skip
def test_any_command__branch_is_gone_and_tags_name_it__says_so(lost, command):
    done = lost.ci_ml(*command)

    assert done.code == 13
    assert "model-registry is gone" in done.err or "there is no registry" in done.out
    assert lost.git("ls-remote", "origin", "refs/heads/model-registry") == ""


def test_registry_show__tags_of_somebody_else__are_no_registry(remote_bench):
    start_registry(remote_bench)
    remote_bench.git("push", "--quiet", "--delete", "origin", "model-registry")
    for name in remote_bench.git("tag").split():
        remote_bench.git("tag", "--delete", name)
    remote_bench.git("tag", "--annotate", "v1", "--message", "Registry: of births")
    remote_bench.git("update-ref", "-d", "refs/remotes/origin/model-registry")

    assert remote_bench.ci_ml("registry", "show").code == 0
