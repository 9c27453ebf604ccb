"""ci_ml/repository/policy.py: the rules as the main branch has them."""

from datetime import UTC, datetime

import pytest
from registry_makers import fails, make_remote, make_repository, run_git

from ci_ml.config import Registry
from ci_ml.errors import ConfigError, MachineError
from ci_ml.repository.policy import fetch_rules, read_policy

PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEq5cyeeuCnlHxGrCCDClNX7Ow9fZPPZJ3LHtO0BQ/eJ"
MODELS = """\
models:
  churn: {task: binary, predictions: p.csv, signers: {production: [ann]}}
  fraud: {task: binary, predictions: p.csv, stages: [live]}
"""
RULES = """\
registry:
  allowed_signers: keys/allowed
  signed_since: 2026-02-03
  signers: {staging: [bob], production: [bob, ann], live: bob}
  approvals: {live: 1}
"""


@pytest.fixture
def git(tmp_path):
    return make_repository(tmp_path / "work")


def commit(git, **files: str) -> str:
    for name, content in files.items():
        path = git.root / {"config": "ci-ml.yaml", "allowed": "keys/allowed", "revoked": "keys/revoked"}[name]
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode("latin-1"))
    run_git(git.root, "add", "--all")
    run_git(git.root, "commit", "--quiet", "-m", "Rules")
    return run_git(git.root, "rev-parse", "HEAD")[:7]


def test_read_policy__rules_on_main__are_read_as_they_are_committed(git):
    id = commit(git, config=MODELS + RULES, allowed=f"ann {PUBLIC}\n")
    (git.root / "ci-ml.yaml").write_text("nothing that counts")
    (git.root / "keys" / "allowed").unlink()

    found = read_policy(git, Registry())
    assert (found.source, found.signers and found.signers.name) == (f"main ({id})", "main:keys/allowed")
    assert found.limits == {
        "churn": {"staging": ("bob",), "production": ("ann",)},  # the model's own, before the common ones
        "fraud": {"live": ("bob",)},
    }
    assert found.common == {"staging": ("bob",), "production": ("bob", "ann"), "live": ("bob",)}
    assert found.stages == {"churn": ("staging", "production"), "fraud": ("live",)}
    assert (found.approvals, found.revoked) == ({"live": 1}, None)
    assert found.signed_since == datetime(2026, 2, 3, tzinfo=UTC)


def test_read_policy__remote_has_another_main__counts_before_the_local_one(tmp_path):
    _, git = make_remote(tmp_path)
    seen = run_git(git.root, "rev-parse", "origin/main")[:7]
    commit(git, config=MODELS + RULES, allowed=f"ann {PUBLIC}\n")

    found = read_policy(git, Registry())
    assert (found.source, found.signers) == (f"main ({seen})", None)


@pytest.mark.parametrize("config", [None, MODELS.replace("signers: {production: [ann]}", "")])
def test_read_policy__nothing_said__is_no_rule(git, config):
    id = commit(git, **({"config": config} if config else {"allowed": ""}))

    found = read_policy(git, Registry())
    assert (found.source, found.signers, dict(found.approvals)) == (f"main ({id})", None, {})


def test_read_policy__no_main_branch__is_an_error_only_where_there_seem_to_be_rules(git):
    assert read_policy(git, Registry(branch="trunk")).source == "no branch trunk"
    assert fails(MachineError, lambda: read_policy(git, Registry(branch="trunk", allowed_signers="f"))) == (
        "who may sign cannot be told: this clone lacks the branch trunk.",
        "git fetch origin trunk:refs/remotes/origin/trunk",
    )


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"config": MODELS + RULES},
            "main:ci-ml.yaml:5:20: registry.allowed_signers names keys/allowed, which is not on that branch.",
        ),
        ({"config": MODELS + RULES, "allowed": "ann\n"}, "main:keys/allowed:1: there is no public key."),
        ({"config": MODELS + RULES, "allowed": "\xe9"}, "main:keys/allowed is not text in UTF-8."),
        ({"config": "registry: 1\n"}, "main:ci-ml.yaml:1:11: registry is 1; it takes a mapping."),
        (
            {"config": MODELS + RULES + "  revoked_keys: keys/revoked\n", "allowed": "", "revoked": "ann\n"},
            "main:keys/revoked:1: there is no public key.",
        ),
    ],
)
def test_read_policy__what_main_says_is_wrong__is_refused_with_its_place(git, files, message):
    commit(git, **files)

    assert fails(ConfigError, lambda: read_policy(git, Registry()))[0] == message


def test_read_policy__list_of_revoked_keys__is_handed_on(git):
    commit(git, config=MODELS + RULES + "  revoked_keys: keys/revoked\n", allowed="", revoked=f"{PUBLIC}\n")

    assert read_policy(git, Registry()).revoked == f"{PUBLIC}\n".encode()


def test_read_policy__branch_that_makes_rules_of_its_own__does_not_count(tmp_path):
    _, git = make_remote(tmp_path)
    commit(git, config=MODELS + RULES, allowed=f"ann {PUBLIC}\n")
    run_git(git.root, "push", "--quiet", "origin", "main")
    run_git(git.root, "switch", "--quiet", "--create", "mine")
    commit(git, config=MODELS + "registry: {branch: mine}\n")

    assert fails(ConfigError, lambda: read_policy(git, Registry(branch="mine"))) == (
        "whose rules count is in doubt: ci-ml.yaml names branch mine, origin/main:ci-ml.yaml main.",
        "Work from a commit that main has; another registry.branch counts once it is there.",
    )


def test_read_policy__branch_that_main_names_too__counts(tmp_path):
    _, git = make_remote(tmp_path)
    commit(git, config=MODELS + RULES + "  branch: trunk\n", allowed=f"ann {PUBLIC}\n")
    run_git(git.root, "push", "--quiet", "origin", "main", "main:trunk")

    assert read_policy(git, Registry(branch="trunk")).approvals == {"live": 1}


def test_fetch_rules__main_moved_and_rewritten__is_here(tmp_path):
    remote, git = make_remote(tmp_path)
    run_git(tmp_path, "clone", "--quiet", str(remote), "other")
    for _ in range(2):
        run_git(tmp_path / "other", "commit", "--quiet", "--amend", "--allow-empty", "-m", "Rewritten")
        run_git(tmp_path / "other", "push", "--quiet", "--force", "origin", "main")

        assert fetch_rules(git, Registry()) is None
        assert run_git(git.root, "rev-parse", "origin/main") == run_git(tmp_path / "other", "rev-parse", "main")


def test_fetch_rules__remote_without_such_a_branch_or_no_remote__is_fine(tmp_path, git):
    _, cloned = make_remote(tmp_path)

    assert fetch_rules(cloned, Registry(branch="trunk")) is None
    assert fetch_rules(git, Registry()) is None


def test_fetch_rules__remote_gone__says_that_the_last_rules_count(tmp_path):
    remote, git = make_remote(tmp_path)
    remote.rename(tmp_path / "elsewhere")

    assert fetch_rules(git, Registry()).startswith("main of origin cannot be fetched: ")
    assert fetch_rules(git, Registry()).endswith(" Its rules count as they were fetched last.")
