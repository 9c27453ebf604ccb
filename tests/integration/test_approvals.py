"""Who may bring what to production: signed events, approvals N of M, and the checking of both."""

import json
import os
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
from workbench import BETTER, CONFIG, FIRST, Done, Workbench, add_model, merge, propose, set_weights, train_and_gate

POLICY = """\
registry:
  allowed_signers: allowed_signers
  approvals: {production: 2}
"""
APPROVE = ("registry", "approve", "churn", "--stage", "production")


@pytest.fixture(scope="module")
def judged(tmp_path_factory, keys) -> Workbench:
    """A first model on main, judged and pushed; production needs two approvals, by Ann, Bob or Cat."""
    folder = tmp_path_factory.mktemp("approvals")
    bench = Workbench.make(folder / "work", remote=folder / "origin.git")
    add_model(bench, config=CONFIG + POLICY)
    people = (keys["ann"].line(), keys["bob"].line('namespaces="ci-ml-approval"'), keys["cat"].line())
    bench.write("allowed_signers", "".join(people))
    train_and_gate(bench)
    bench.commit("first model")
    bench.push("main")
    return bench


@pytest.fixture(scope="module")
def promoted(judged, keys, tmp_path_factory) -> Workbench:
    """The same, approved by Ann and Bob and promoted by Ann: four events, of which Bob's is signed by him alone."""
    bench = judged.copy(tmp_path_factory.mktemp("promoted"))
    with pytest.MonkeyPatch.context() as patch:
        for name, command in (("ann", APPROVE), ("bob", APPROVE), ("ann", ("promote", "--merged"))):
            patch.setenv("CI_ML_SIGNING_KEY", str(keys[name].path))
            assert bench.ci_ml(*command).code == 0
    return bench


@pytest.fixture(scope="module")
def waiting(promoted, tmp_path_factory) -> Workbench:
    """After that, two merges, one after the other, both without approvals."""
    bench = promoted.copy(tmp_path_factory.mktemp("waiting"))
    for branch, weights in (("better", BETTER), ("other", [1.6, 1.5])):
        propose(bench, branch, weights)
        merge(bench, branch)
        assert bench.ci_ml("promote", "--merged").code == 11
    return bench


@pytest.fixture
def work(request, tmp_path) -> Workbench:
    """A copy of `judged`, or of where else a test says it starts."""
    marked = request.node.get_closest_marker("usefixtures")
    made: Workbench = request.getfixturevalue(marked.args[0] if marked else "judged")
    return made.copy(tmp_path)


@pytest.fixture
def as_(work, keys, monkeypatch):
    """Run a command with somebody's key, or with none."""

    def run(name: str | None, *arguments: str) -> Done:
        if name is None:
            monkeypatch.delenv("CI_ML_SIGNING_KEY", raising=False)
        else:
            monkeypatch.setenv("CI_ML_SIGNING_KEY", str(keys[name].path))
        return work.ci_ml(*arguments)

    return run


def registry_file(work: Workbench, path: str) -> str:
    return work.git("show", f"origin/model-registry:{path}")


def events(work: Workbench) -> list[dict]:
    listing = work.git("ls-tree", "-r", "--name-only", "origin/model-registry", "models/churn/events/")
    return [json.loads(registry_file(work, path)) for path in listing.splitlines() if path.endswith(".json")]


def kinds(work: Workbench) -> list[str]:
    return [event["kind"] for event in events(work)]


def rewrite(work: Workbench, change) -> None:
    """Somebody with the right to push changes the last commit of the registry's branch."""
    tree = work.root.parent / "branch"
    work.git("worktree", "add", "--quiet", "--detach", str(tree), "origin/model-registry")
    change(tree / "models" / "churn" / "events" / "0000")
    subprocess.run(["git", "add", "--all"], cwd=tree, check=True)
    subprocess.run(["git", "commit", "--quiet", "--amend", "--no-edit"], cwd=tree, check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tree, check=True, capture_output=True, text=True).stdout
    work.git("update-ref", "refs/remotes/origin/model-registry", head.strip())
    work.git("push", "--quiet", "--force", "origin", f"{head.strip()}:refs/heads/model-registry")
    subprocess.run(["git", "reflog", "expire", "--expire=now", "--all"], cwd=work.root, check=True)


def faults(done: Done) -> list[tuple[str, str]]:
    """Kind and place of everything that a verification found wrong."""
    found = json.loads(done.out)["findings"]
    return [(one["kind"], one["where"]) for one in found if one["weight"] == "wrong"]


# A merge that waits for approvals --------------------------------------------------------------------------------

WAITS = """\
churn: commit {} is pending: churn v1.0.0 needs 2 approvals to enter production; it has none, so 2 more.
  try: ci-ml registry approve churn --version v1.0.0 --stage production   \
(ann@example.com or bob@example.com or cat@example.com)
"""


def test_promote_merged__approvals_pending__registers_and_waits_and_then_promotes(work, as_):
    commit = work.head()

    first = as_(None, "promote", "--merged")
    assert (first.code, first.out) == (11, WAITS.format(commit[:7]))
    assert kinds(work) == ["registered"]

    again = as_(None, "promote", "--merged")
    assert (again.code, again.out) == (11, first.out)
    assert kinds(work) == ["registered"]

    assert as_("ann", *APPROVE).out.endswith(" for production: 1 of 2\n")
    assert as_(None, "promote", "--merged").out.startswith(
        f"churn: commit {commit[:7]} is pending: churn v1.0.0 needs 2 approvals to enter production; "
        "it has 1 (ann@example.com), so 1 more.\n"
    )
    assert as_("bob", *APPROVE, "--version", "1.0.0").out.endswith(" for production: 2 of 2\n")
    done = as_(None, "promote", "--merged")
    assert (done.code, done.out) == (0, f"churn v1.0.0 is in production, from commit {commit[:7]}\n")
    assert kinds(work) == ["registered", "approved", "approved", "promoted"]
    assert events(work)[-1]["payload"]["main_commit"] == commit

    nothing = as_(None, "promote", "--merged")
    assert (nothing.code, nothing.out) == (0, "churn: nothing to do: main brought nothing new since the last time\n")


def test_promote_merged__approved_before_the_merge__is_promoted_at_once(work, as_):
    as_("ann", *APPROVE)
    as_("cat", *APPROVE, "--candidate", "HEAD")

    assert as_(None, "promote", "--merged").code == 0
    assert kinds(work) == ["approved", "approved", "registered", "promoted"]


def test_promote_merged__pending_version_is_withdrawn__is_declined(work, as_):
    as_(None, "promote", "--merged")
    as_(None, "registry", "withdraw", "churn", "v1.0.0", "--reason", "wrong rows")

    done = as_(None, "promote", "--merged")
    assert (done.code, done.out) == (10, f"churn: commit {work.head()[:7]} is declined: v1.0.0 was withdrawn\n")
    assert as_(None, "promote", "--merged").code == 0


@pytest.mark.usefixtures("waiting")
def test_promote_merged__later_merge_is_approved_first__overtakes_the_one_that_waits(work, as_):
    for name in ("ann", "bob"):
        assert as_(name, *APPROVE).code == 0

    done = as_(None, "promote", "--merged")
    assert done.code == 11  # the first one still waited when it was looked at
    assert done.out.splitlines()[-1].startswith("churn v1.2.0 is in production")
    assert as_(None, "promote", "--merged").code == 0
    assert kinds(work)[-5:] == ["registered", "registered", "approved", "approved", "promoted"]


@pytest.mark.usefixtures("waiting")
def test_promote_merged__earlier_merge_is_approved_first__enters_and_the_later_one_waits(work, as_):
    for name in ("ann", "bob"):
        assert as_(name, *APPROVE, "--version", "v1.1.0").code == 0

    done = as_(None, "promote", "--merged")
    assert done.code == 11
    assert done.out.startswith("churn v1.1.0 is in production (was v1.0.0), from commit ")
    assert "is pending: churn v1.2.0 needs 2 approvals to enter production; it has none, so 2 more.\n" in done.out


@pytest.mark.usefixtures("promoted")
def test_promote_merged__retrained_model__needs_approvals_of_its_own(work, as_):
    set_weights(work, BETTER)
    train_and_gate(work)
    work.commit("retrained")
    work.push("main")

    done = as_(None, "promote", "--merged")
    assert done.code == 11
    assert done.out.splitlines()[:3] == [
        f"churn: commit {work.head()[:7]} is pending: "
        "churn v1.1.0 needs 2 approvals to enter production; it has none, so 2 more.",
        "  ann@example.com approved another model file, or another evaluation: it counts no more.",
        "  bob@example.com approved another model file, or another evaluation: it counts no more.",
    ]


def test_promote_merged__judged_again_with_other_rules__needs_approvals_of_that_evaluation(work, as_):
    for name in ("ann", "bob"):
        as_(name, *APPROVE)
    work.write("ci-ml.yaml", CONFIG.replace("    slices:", "    metrics: [roc_auc, accuracy]\n    slices:") + POLICY)
    work.commit("show the accuracy too")
    work.push("main")

    done = as_(None, "promote", "--merged")
    assert done.code == 11
    assert done.out.splitlines()[1:3] == [
        "  ann@example.com approved another model file, or another evaluation: it counts no more.",
        "  bob@example.com approved another model file, or another evaluation: it counts no more.",
    ]
    for name in ("ann", "bob"):
        assert as_(name, *APPROVE).code == 0  # the evaluation that was filed, not the older one of the record
    assert as_(None, "promote", "--merged").code == 0


def test_approve__pull_request_with_rules_of_its_own__is_found_by_its_commit(work, as_):
    work.git("switch", "--quiet", "--create", "topic")
    work.write(
        "ci-ml.yaml", (work.root / "ci-ml.yaml").read_text().replace("inputs: [train.py]", "inputs: [train.py, x]")
    )
    work.write("x", "another input\n")
    work.git("add", "x")
    train_and_gate(work)
    work.commit("another input")
    work.git("switch", "--quiet", "main")

    assert as_("ann", *APPROVE, "--candidate", "topic").out.endswith(" for production: 1 of 2\n")


# Promoting by hand -----------------------------------------------------------------------------------------------


def test_promote__approvals_missing__is_refused_even_by_force(work, as_):
    as_(None, "register")
    as_("ann", *APPROVE)
    refused = (
        5,
        "error: churn v1.0.0 needs 2 approvals to enter production; it has 1 (ann@example.com), so 1 more.\n"
        "  try: ci-ml registry approve churn --version v1.0.0 --stage production   "
        "(bob@example.com or cat@example.com)\n",
    )

    forced = as_(None, "promote", "churn", "v1.0.0", "production", "--force", "--reason", "in a hurry")
    assert forced.said == refused
    assert as_(None, "promote", "churn", "v1.0.0", "staging").code == 0
    assert as_(None, "promote", "churn", "v1.0.0", "production").said == refused
    as_("cat", *APPROVE)
    assert as_(None, "promote", "churn", "v1.0.0", "production").code == 0


def test_promote__rules_of_the_working_copy__do_not_count(work, as_):
    as_(None, "register")
    as_(None, "promote", "churn", "v1.0.0", "staging")
    work.write("ci-ml.yaml", CONFIG)

    assert as_(None, "promote", "churn", "v1.0.0", "production").code == 5
    work.write("ci-ml.yaml", CONFIG + POLICY.replace("2", "3").replace("production", "staging"))
    as_(None, "registry", "vacate", "churn", "staging")
    done = as_(None, "promote", "churn", "v1.0.0", "staging")
    assert done.code == 0
    assert done.err == (
        f"warning: registry.approvals of staging is not on main ({work.head()[:7]}) yet, so it does not count.\n"
    )


def test_promote__rules_merged_since_the_last_fetch__count(work, as_, tmp_path):
    as_(None, "register")
    work.write("ci-ml.yaml", CONFIG)
    work.commit("No rules")
    work.push("main")
    behind = work.clone(tmp_path / "behind")
    work.write("ci-ml.yaml", CONFIG + POLICY)
    work.commit("Rules")
    work.push("main")

    done = behind.ci_ml("promote", "churn", "v1.0.0", "production", "--force", "--reason", "x")
    assert done.code == 5
    assert done.err.startswith("error: churn v1.0.0 needs 2 approvals to enter production")


def test_verify__rules_that_may_have_changed__are_not_taken_for_checked(promoted, tmp_path, keys):
    work = promoted.copy(tmp_path)
    asked = work.ci_ml("registry", "verify", "--complete", "--format", "json")
    silent = work.ci_ml("registry", "verify", "--complete", "--offline", "--format", "json")

    assert asked.code == 0
    (doubt,) = [one for one in json.loads(silent.out)["findings"] if one["kind"] == "rules"]
    assert (silent.code, doubt["weight"]) == (13, "unchecked")
    assert doubt["what"].endswith("signatures were held to those fetched last: the remote was not asked")


def test_promote__clone_without_the_main_branch__fetches_it(work, as_, tmp_path):
    work.git("push", "--quiet", "origin", "main:refs/heads/topic")
    as_(None, "register")
    clone = work.clone(tmp_path / "single", "--single-branch", "--branch", "topic", "--depth=1")

    done = clone.ci_ml("promote", "churn", "v1.0.0", "production", "--force", "--reason", "x")
    assert done.code == 5
    assert done.err.startswith("error: churn v1.0.0 needs 2 approvals to enter production")


def test_promote__no_main_branch_anywhere__says_what_to_fetch(work, as_, tmp_path):
    as_(None, "register")
    bare = work.root.parent / "origin.git"
    subprocess.run(["git", "branch", "--move", "main", "trunk"], cwd=bare, check=True)
    # Its default branch is none that is there, and there are two others: nothing says which one counts.
    subprocess.run(["git", "symbolic-ref", "HEAD", "refs/heads/main"], cwd=bare, check=True)
    subprocess.run(["git", "branch", "other", "trunk"], cwd=bare, check=True)
    clone = work.clone(tmp_path / "trunk", "--branch", "trunk")

    assert clone.ci_ml("promote", "churn", "v1.0.0", "production", "--force", "--reason", "x").said == (
        3,
        "error: who may sign cannot be told: this clone lacks the branch main.\n"
        "  try: git fetch origin main:refs/remotes/origin/main\n",
    )


def test_promote__main_branch_of_another_name__is_found_and_another_one_is_not_taken_for_it(work, as_, tmp_path):
    as_(None, "register")
    bare = work.root.parent / "origin.git"
    subprocess.run(["git", "branch", "--move", "main", "trunk"], cwd=bare, check=True)
    clone = work.clone(tmp_path / "trunk", "--branch", "trunk")

    # By the rules of the branch that the remote calls its default ...
    done = clone.ci_ml("promote", "churn", "v1.0.0", "production", "--force", "--reason", "x")
    assert done.code == 5
    assert done.err.startswith("error: churn v1.0.0 needs 2 approvals to enter production")
    # ... and a configuration that names another one is in doubt.
    config = (clone.root / "ci-ml.yaml").read_text()
    clone.write("ci-ml.yaml", config.replace("registry:\n", "registry:\n  branch: main\n"))
    assert clone.ci_ml("promote", "churn", "v1.0.0", "production", "--force", "--reason", "x").said == (
        2,
        "error: whose rules count is in doubt: ci-ml.yaml names branch main, origin/trunk:ci-ml.yaml trunk.\n"
        "  try: Work from a commit that trunk has; another registry.branch counts once it is there.\n",
    )


@pytest.mark.usefixtures("waiting")
def test_rollback__only_to_what_held_the_stage__needs_no_approvals(as_):
    for name in ("ann", "bob"):
        as_(name, *APPROVE)
    as_(None, "promote", "--merged")
    back = ("rollback", "churn", "production", "--reason", "worse")

    for options in ((), ("--dry-run",), ("--force",)):
        assert as_(None, *back, "--to", "v1.1.0", *options).code == 5
    assert as_(None, *back).out.startswith("churn: production is back at v1.0.0 (was v1.2.0)")
    assert as_("ann", "registry", "verify", "--format", "json").code == 0


@pytest.mark.usefixtures("waiting")
def test_verify__brought_back_without_approvals__is_listed_as_not_checked(work, as_):
    for name in ("ann", "bob"):
        as_(name, *APPROVE)
    as_("ann", "promote", "--merged")
    assert as_("ann", "rollback", "churn", "production", "--reason", "worse").code == 0

    def unapproved() -> list[dict]:
        done = as_(None, "registry", "verify", "--require-signatures", "--format", "json")
        return [one for one in json.loads(done.out)["findings"] if one["kind"] == "unapproved"]

    assert unapproved() == []
    work.write("ci-ml.yaml", CONFIG + POLICY.replace("2", "3"))
    work.commit("three from now on")
    work.push("main")
    assert unapproved() == [
        {
            "weight": "unchecked",
            "kind": "unapproved",
            "where": f"event {len(events(work))} of churn",
            "what": "brought v1.0.0 back to production, which lacks approvals by today's rules; what they were "
            "when it was first promoted there is not told",
        }
    ]


@pytest.mark.usefixtures("promoted")
def test_vacate__stage_that_needs_approvals__needs_none(as_):
    assert as_(None, "registry", "vacate", "churn", "production").code == 0


# Approving -------------------------------------------------------------------------------------------------------


def test_approve__twice__is_nothing_to_do(work, as_):
    as_("ann", *APPROVE, "--reason", "looked at the slices")
    digest = events(work)[0]["payload"]["model_digest"]

    assert as_("ann", *APPROVE).out == f"ann@example.com approved churn {digest[:8]} for production already.\n"
    assert [event["reason"] for event in events(work)] == ["looked at the slices"]


def test_approve__handed_over__is_appended_by_somebody_else(work, as_, tmp_path):
    printed = as_("bob", *APPROVE, "--print", "--reason", "fine")
    file = tmp_path / "bob.approval"
    file.write_text(printed.out)
    assert work.git("branch", "--remotes", "--list", "origin/model-registry") == ""

    assert as_("ann", "registry", "approve", "--from", str(file)).code == 0
    (event,) = events(work)
    assert (event["payload"]["approver"], event["reason"]) == ("bob@example.com", "fine")
    assert as_(None, "registry", "verify", "--require-signatures").code == 0


@pytest.mark.parametrize("field", ["model", "stage", "model_digest", "evaluation"])
def test_approve__handed_over_and_altered__is_refused(work, as_, tmp_path, field):
    handed = json.loads(as_("bob", *APPROVE, "--print").out)
    handed[field] = {"model": "fraud", "stage": "staging"}.get(field, "0" * 64)
    (tmp_path / "bob.approval").write_text(json.dumps(handed))

    assert as_(None, "registry", "approve", "--from", str(tmp_path / "bob.approval")).said[0] == 13
    assert as_(None, "registry", "approve", "--from", str(tmp_path / "bob.approval")).err.startswith(
        "error: bob.approval carries an approval whose signature is not over these bytes.\n"
    )


def test_approve__somebody_elses_name_on_it__is_filed_under_the_signers(work, as_, tmp_path):
    handed = json.loads(as_("bob", *APPROVE, "--print").out)
    (tmp_path / "f").write_text(json.dumps({**handed, "approver": "cat@example.com"}))

    assert as_(None, "registry", "approve", "--from", str(tmp_path / "f")).code == 0
    assert events(work)[0]["payload"]["approver"] == "bob@example.com"


def test_approve__key_that_nobody_knows__is_refused(work, as_, keys):
    assert as_("mallory", *APPROVE).said == (
        3,
        f"error: CI_ML_SIGNING_KEY would approve as {keys['mallory'].fingerprint}, "
        "a key that main:allowed_signers does not know.\n"
        "  try: production of churn may be approved by: ann@example.com, bob@example.com, cat@example.com.\n",
    )


def test_approve__no_key__says_how_to_name_one(work, as_):
    assert as_(None, *APPROVE).said == (
        3,
        "error: there is no key to sign with.\n"
        "  try: CI_ML_SIGNING_KEY=~/.ssh/id_ed25519, or: git config gpg.format ssh && git config user.signingkey FILE\n",
    )


def test_approve__gits_own_key__signs_the_approval_and_no_event(work, as_, keys):
    work.git("config", "gpg.format", "ssh")
    work.git("config", "user.signingkey", str(keys["ann"].path))

    assert as_(None, *APPROVE).code == 0
    (event,) = events(work)
    assert (event["signer"], event["payload"]["approver"]) == (None, "ann@example.com")


def test_approve__no_allowed_signers__names_the_line_to_add(work, as_):
    work.write("ci-ml.yaml", CONFIG)
    work.commit("no rules")
    work.push("main")

    assert as_("ann", *APPROVE).said == (
        2,
        f"error: no approval counts yet: main ({work.head()[:7]}) names no allowed signers.\n"
        "  try: registry: {allowed_signers: FILE} in ci-ml.yaml, both brought to that branch: docs/signatures.md\n",
    )


def test_approve__model_that_was_never_judged__is_refused(work, as_):
    set_weights(work, FIRST[::-1])
    work.commit("not trained")

    assert as_("ann", *APPROVE).said == (
        4,
        f"error: the inputs of churn at {work.head()[:7]} were never judged.\n  try: ci-ml gate churn\n",
    )


@pytest.mark.parametrize(
    "arguments",
    [(), ("churn",), ("churn", "--stage", "production", "--candidate", "HEAD", "--version", "v1.0.0"), ("--print",)],
)
def test_approve__arguments_that_say_too_little_or_too_much__are_refused(work, as_, arguments):
    assert as_("ann", "registry", "approve", *arguments).code == 2


# Signed events ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("promoted")
def test_append__with_a_key__signs_every_event_of_a_command(work, as_, keys):

    assert [event["signer"] for event in events(work)] == [
        keys["ann"].fingerprint,
        None,  # Bob's key is for approvals only, and the approval is signed in itself
        keys["ann"].fingerprint,
        keys["ann"].fingerprint,
    ]
    names = work.git("ls-tree", "--name-only", "origin/model-registry", "models/churn/events/0000/").splitlines()
    assert [Path(name).name for name in names] == [
        "00000001.json", "00000001.json.sig", "00000002.json",
        "00000003.json", "00000003.json.sig", "00000004.json", "00000004.json.sig",
    ]  # fmt: skip
    assert as_(None, "registry", "verify", "--require-signatures", "--complete").code == 0


@pytest.mark.usefixtures("promoted")
def test_append__signature__is_one_that_ssh_keygen_alone_can_check(work, as_):
    path = "models/churn/events/0000/00000004.json"
    for name in (path, f"{path}.sig"):
        work.write(
            Path(name).name, subprocess.check_output(["git", "show", f"origin/model-registry:{name}"], cwd=work.root)
        )

    command = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", "ann@example.com", "-n", "ci-ml-event"]
    data = (work.root / "00000004.json").read_bytes()
    assert subprocess.run([*command, "-s", "00000004.json.sig"], cwd=work.root, input=data).returncode == 0


def test_append__key_that_may_not_sign_this__writes_nothing(work, as_, keys):
    assert as_("bob", "promote", "--merged").said == (
        3,
        f"error: CI_ML_SIGNING_KEY would sign as bob@example.com ({keys['bob'].fingerprint}), "
        "whose key is not for events (namespace ci-ml-event).\n"
        "  try: main:allowed_signers says who may sign. Nothing was written.\n",
    )
    assert work.git("ls-remote", "origin", "model-registry") == ""


def test_append__key_that_cannot_sign__writes_nothing(work, as_, monkeypatch, tmp_path):
    monkeypatch.setenv("CI_ML_SIGNING_KEY", str(tmp_path / "gone"))

    done = work.ci_ml("promote", "--merged")
    assert done.said == (
        3,
        f"error: CI_ML_SIGNING_KEY cannot sign: ssh-keygen: {tmp_path / 'gone'}: No such file or directory.\n"
        "  try: ssh-keygen -Y sign -n ci-ml-event -f KEY shows what it wants; nothing was written.\n",
    )
    assert work.git("ls-remote", "origin", "model-registry") == ""


def test_append__signing_is_asked_for_by_the_configuration__takes_gits_key_or_stops(work, as_, keys):
    work.write("ci-ml.yaml", CONFIG + "registry: {sign: true}\n")
    work.commit("sign")
    work.push("main")
    assert as_(None, "promote", "--merged").code == 3

    work.git("config", "gpg.format", "ssh")
    work.git("config", "user.signingkey", str(keys["cat"].path))
    assert as_(None, "promote", "--merged").code in (0, 11)
    assert {event["signer"] for event in events(work)} == {keys["cat"].fingerprint}


@pytest.mark.usefixtures("promoted")
def test_verify__signature_stripped__is_named(work, as_):
    rewrite(work, lambda folder: (folder / "00000004.json.sig").unlink())

    assert ("stripped", "event 4 of churn") in faults(as_(None, "registry", "verify", "--format", "json"))


@pytest.mark.usefixtures("promoted")
def test_verify__signature_of_another_key_put_in_its_place__is_named(work, as_, keys):

    def swap(folder: Path) -> None:
        data = (folder / "00000004.json").read_bytes()
        (folder / "00000004.json.sig").write_bytes(keys["mallory"].sign(data, "ci-ml-event"))

    rewrite(work, swap)
    assert ("bad_signature", "event 4 of churn") in faults(as_(None, "registry", "verify", "--format", "json"))


@pytest.mark.usefixtures("promoted")
def test_verify__last_event_made_anew_without_signature__fails_where_signatures_are_required(work, as_):

    def forge(folder: Path) -> None:
        event = json.loads((folder / "00000004.json").read_bytes())
        text = json.dumps({**event, "signer": None, "recorded_by": "Ann"}, indent=2, ensure_ascii=False) + "\n"
        (folder / "00000004.json").write_text(text)
        (folder / "00000004.json.sig").unlink()

    rewrite(work, forge)
    required = as_(None, "registry", "verify", "--require-signatures", "--format", "json")
    assert required.code == 13
    assert ("unsigned", "event 4 of churn") in faults(required)


@pytest.mark.usefixtures("promoted")
def test_verify__unsigned_event_that_claims_a_newer_form__fails_where_signatures_are_required(work, as_):

    def forge(folder: Path) -> None:
        last = (folder / "00000004.json").read_bytes()
        newer = {"schema": 99, "sequence": 5, "previous": sha256(last).hexdigest(), "signer": None}
        (folder / "00000005.json").write_text(json.dumps({**json.loads(last), **newer}))

    rewrite(work, forge)
    required = as_(None, "registry", "verify", "--require-signatures", "--format", "json")
    assert (required.code, faults(required)) == (13, [("unsigned", "event 5 of churn")])


@pytest.mark.usefixtures("promoted")
def test_verify__other_allowed_signers__decide(work, as_, keys, tmp_path):
    (tmp_path / "allowed").write_text(keys["cat"].line())

    done = as_(None, "registry", "verify", "--allowed-signers", str(tmp_path / "allowed"), "--format", "json")
    assert done.code == 13
    assert {kind for kind, _ in faults(done)} == {"unknown_key"}


@pytest.mark.usefixtures("promoted")
def test_verify__revoked_key__is_named(work, as_, keys):
    work.write("ci-ml.yaml", CONFIG + POLICY + "  revoked_keys: revoked\n")
    work.write("revoked", keys["ann"].public + "\n")
    work.commit("Ann lost her laptop")
    work.push("main")

    refused = (
        3,
        f"error: CI_ML_SIGNING_KEY is {keys['ann'].fingerprint}, a key of ann@example.com that was revoked.\n"
        f"  try: registry.revoked_keys on main ({work.head()[:7]}) lists it. Nothing was written.\n",
    )
    assert as_("ann", *APPROVE).said == refused
    assert as_("ann", "registry", "deprecate", "churn").said == refused
    done = as_(None, "registry", "verify", "--format", "json")
    assert faults(done) == [("revoked", f"event {number} of churn") for number in (1, 1, 3, 4)]
    required = as_(None, "registry", "verify", "--require-signatures", "--format", "json")
    assert ("unapproved", "event 4 of churn") in faults(required)


def test_verify__holder_without_approvals__fails_where_signatures_are_required(work, as_):
    work.write("ci-ml.yaml", CONFIG + POLICY.replace("2", "0"))
    work.commit("no approvals yet")
    work.push("main")
    as_("ann", "promote", "--merged")
    work.write("ci-ml.yaml", CONFIG + POLICY)
    work.commit("from now on")
    work.push("main")

    assert as_(None, "registry", "verify").code == 0
    done = as_(None, "registry", "verify", "--require-signatures", "--format", "json")
    assert faults(done) == [("unapproved", "event 2 of churn")]
    for name in ("ann", "cat"):
        as_(name, *APPROVE, "--version", "v1.0.0")
    assert as_(None, "registry", "verify", "--require-signatures").code == 0


def test_verify__events_from_before_there_were_signatures__may_be_unsigned(work, as_):
    as_(None, "promote", "--merged")
    as_("ann", *APPROVE)
    as_(None, "registry", "deprecate", "churn", "v1.0.0")
    tomorrow = "2999-01-01"
    for since, unsigned in (("2000-01-01", [1, 3]), (tomorrow, [3])):
        work.write("ci-ml.yaml", CONFIG + POLICY + f"  signed_since: {since}\n")
        work.commit("since when")
        work.push("main")

        done = as_(None, "registry", "verify", "--require-signatures", "--format", "json")
        assert faults(done) == [("unsigned", f"event {number} of churn") for number in unsigned]


@pytest.mark.usefixtures("promoted")
def test_verify__nobody_says_who_may_sign__signatures_are_not_checked(work, as_):
    work.write("ci-ml.yaml", CONFIG)
    work.commit("no rules any more")
    work.push("main")

    done = as_(None, "registry", "verify", "--format", "json")
    assert done.code == 0
    assert [one["what"] for one in json.loads(done.out)["findings"] if one["kind"] == "signature"] == [
        f"has 4 signatures that were not looked into: main ({work.head()[:7]}) names no allowed signers"
    ]
    assert as_(None, "registry", "verify", "--complete").code == 13
    assert as_(None, "registry", "verify", "--require-signatures").said[0] == 2


@pytest.mark.usefixtures("promoted")
def test_verify__no_ssh_keygen__signatures_are_not_checked(work, as_, tmp_path, monkeypatch):
    folder = tmp_path / "bin"
    folder.mkdir()
    for path in os.environ["PATH"].split(os.pathsep):
        for name in ("git", "sh"):
            if (Path(path) / name).exists() and not (folder / name).exists():
                (folder / name).symlink_to(Path(path) / name)
    monkeypatch.setenv("PATH", str(folder))

    done = as_(None, "registry", "verify", "--format", "json")
    assert done.code == 0
    assert ["ssh-keygen is not installed" in one["what"] for one in json.loads(done.out)["findings"]] == [True]
    assert as_(None, "registry", "verify", "--require-signatures").said[0] == 3
