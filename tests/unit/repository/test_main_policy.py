"""ci_ml/repository/policy.py: the rules as the main branch has them."""

from datetime import UTC, datetime

import pytest
from registry_makers import clone, commit_change, fails, make_remote, make_repository, run_git

from ci_ml.config import Registry
from ci_ml.errors import ConfigError, MachineError
from ci_ml.git.questions import Git
from ci_ml.repository.policy import read_policy

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
        (
            {"config": "models: {churn: {task: binary, predictions: p.csv}}\nregistry: 1\n"},
            "main:ci-ml.yaml:2:11: registry is 1; it takes a mapping.",
        ),
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


def other_clone(tmp_path, remote):
    run_git(tmp_path, "clone", "--quiet", str(remote), "other")
    return Git(tmp_path / "other")


def push_rules(git, branch, rules=RULES):
    """Rules on a branch of the remote; the short id of their commit."""
    run_git(git.root, "switch", "--quiet", "--force-create", branch)
    id = commit(git, config=MODELS + rules, allowed=f"ann {PUBLIC}\n")
    run_git(git.root, "push", "--quiet", "--force", "origin", branch)
    return id


def references(git):
    return run_git(git.root, "for-each-ref")


def test_read_policy__main_moved_on_and_was_rewritten__is_read_as_it_is_now_and_no_reference_moves(tmp_path):
    remote, git = make_remote(tmp_path)
    other, before = other_clone(tmp_path, remote), references(git)
    start = run_git(other.root, "rev-parse", "main")
    for rules in (RULES, RULES.replace("live: 1", "live: 2")):
        run_git(other.root, "reset", "--quiet", "--hard", start)
        id = push_rules(other, "main", rules)

        found = read_policy(git, Registry())
        assert (found.source, found.stale) == (f"main ({id})", "")
        assert found.approvals["live"] == (2 if "2}" in rules else 1)
    assert references(git) == before
    assert read_policy(git, Registry(), offline=True).source == f"main ({start[:7]})"
    assert read_policy(git, Registry(), offline=True).stale == "the remote was not asked"


def test_read_policy__remote_gone__takes_what_was_fetched_last_and_says_why(tmp_path):
    remote, git = make_remote(tmp_path)
    remote.rename(tmp_path / "elsewhere")

    found = read_policy(git, Registry())
    assert found.source.startswith("main (")
    assert "does not appear to be a git repository" in found.stale or "Could not read" in found.stale


def test_read_policy__remote_gone_and_main_never_fetched__cannot_be_told(tmp_path):
    remote, git = make_remote(tmp_path)
    remote.rename(tmp_path / "elsewhere")
    run_git(git.root, "update-ref", "-d", "refs/remotes/origin/main")

    message, hint = fails(MachineError, lambda: read_policy(git, Registry()))
    assert message.startswith("whose rules count cannot be told: main of origin cannot be fetched (")
    assert hint == "git fetch origin main:refs/remotes/origin/main"


def test_read_policy__branch_of_the_registry_itself__is_no_place_for_rules(git):
    with pytest.raises(ConfigError, match="where the registry itself lies"):
        read_policy(git, Registry(branch="model-registry"))


def trunk(tmp_path):
    """A remote whose main branch is called trunk and has rules, a clone from before those, and another clone."""
    remote, git = make_remote(tmp_path)
    run_git(remote, "branch", "--move", "main", "trunk")
    run_git(git.root, "fetch", "--quiet", "--prune", "origin")
    run_git(git.root, "remote", "set-head", "origin", "--delete")
    other = other_clone(tmp_path, remote)
    push_rules(other, "trunk", RULES + "  branch: trunk\n")
    return git, other


@pytest.mark.parametrize("branch", ["evil", "main"])
def test_read_policy__branch_makes_its_own_rules__does_not_count_beside_the_default_branch(tmp_path, branch):
    git, other = trunk(tmp_path)
    push_rules(other, branch, f"registry: {{branch: {branch}}}\n")

    message, _ = fails(ConfigError, lambda: read_policy(git, Registry(branch=branch)))
    assert message == (
        f"whose rules count is in doubt: ci-ml.yaml names branch {branch}, origin/trunk:ci-ml.yaml trunk."
    )


def test_read_policy__somebody_pushes_a_branch_called_main__keeps_nobody_from_promoting(tmp_path):
    git, other = trunk(tmp_path)
    id = run_git(other.root, "rev-parse", "--short=7", "trunk")
    push_rules(other, "main", RULES)

    assert read_policy(git, Registry(branch="trunk")).source == f"trunk ({id})"


def test_read_policy__shallow_clone__keeps_the_history_that_it_has(tmp_path):
    remote, _ = make_remote(tmp_path)
    other = other_clone(tmp_path, remote)
    for number in range(4):
        commit_change(other, f"change {number}")
    run_git(other.root, "push", "--quiet", "origin", "main", "main:refs/heads/topic")
    shallow = clone(remote, tmp_path / "shallow", "--depth=4", "--branch", "topic", "--single-branch")
    before = run_git(shallow.root, "rev-list", "--count", "HEAD")

    id = run_git(other.root, "rev-parse", "--short=7", "main~1")
    run_git(remote, "update-ref", "refs/heads/main", run_git(other.root, "rev-parse", "main~1"))
    assert read_policy(shallow, Registry()).source == f"main ({id})"
    assert run_git(shallow.root, "rev-list", "--count", "HEAD") == before == "4"


# No branch is named, so it is found ----------------------------------------------------------------------------------

FOUND = Registry()


def test_read_policy__default_branch_of_another_name__is_found(tmp_path):
    git, other = trunk(tmp_path)
    id = run_git(other.root, "rev-parse", "--short=7", "trunk")

    found = read_policy(git, FOUND)
    assert (found.source, found.approvals["live"]) == (f"trunk ({id})", 1)


@pytest.mark.parametrize("offline", [False, True])
def test_read_policy__checkout_of_a_proposal_with_rules_of_its_own__takes_those_of_the_default_branch(
    tmp_path, offline
):
    _, other = trunk(tmp_path)
    push_rules(other, "evil", "registry: {approvals: {live: 0}}\n")
    remote = tmp_path / "remote.git"
    proposal = clone(remote, tmp_path / "ci", "--single-branch", "--branch=evil")

    found = read_policy(proposal, FOUND, offline=offline)
    assert not found.source.startswith("evil")
    assert found.approvals.get("live") == (None if offline else 1)
    assert bool(found.stale) == offline


def test_read_policy__somebody_pushes_a_branch_called_main__the_remote_s_head_decides(tmp_path):
    git, other = trunk(tmp_path)
    id = run_git(other.root, "rev-parse", "--short=7", "trunk")
    push_rules(other, "main", "registry: {approvals: {live: 0}}\n")

    assert read_policy(git, FOUND).source == f"trunk ({id})"


def test_read_policy__branch_names_itself_where_the_default_branch_names_none__does_not_count(tmp_path):
    _, git = make_remote(tmp_path)
    push_rules(git, "main")
    push_rules(git, "evil", "registry: {branch: evil}\n")

    assert fails(ConfigError, lambda: read_policy(git, Registry(branch="evil")))[0] == (
        "whose rules count is in doubt: ci-ml.yaml names branch evil, origin/main:ci-ml.yaml main."
    )


def test_read_policy__no_remote_and_only_one_branch__is_that(tmp_path):
    git = make_repository(tmp_path / "work")
    run_git(git.root, "branch", "--move", "main", "trunk")
    id = commit(git, config=MODELS + RULES, allowed=f"ann {PUBLIC}\n")

    assert read_policy(git, FOUND).source == f"trunk ({id})"
