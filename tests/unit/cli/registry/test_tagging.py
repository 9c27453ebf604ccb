"""`ci-ml registry tags`: tags that a server lost, refused, or never had."""

import json
import subprocess

import pytest
from registry_makers import append, clone, fill, install_hook, make_remote, make_repository, promoting, run_git
from workbench import ci_ml

REFUSE = 'case "$1" in refs/tags/*) echo "tags are closed"; exit 1;; esac'


@pytest.fixture
def repositories(tmp_path):
    """A remote and a clone with two versions, one in staging, and all their tags."""
    bare, git = make_remote(tmp_path)
    append(fill(git), promoting("v1.0.1"))
    return bare, git


def objects(folder):
    return run_git(folder, "for-each-ref", "--format=%(objectname) %(refname)", "refs/tags")


def test_tags__all_there__lists_them(repositories):
    _, git = repositories

    assert ci_ml("registry", "tags", folder=git.root).out == (
        "TAG                    EVENT  HERE   ORIGIN\n"
        "late-flight@v1.0.0     1      there  there\n"
        "late-flight@v1.0.1     2      there  there\n"
        "late-flight#staging#1  3      there  there\n"
    )


def test_tags__lost_on_the_remote__repair_writes_the_same_objects(repositories, tmp_path):
    bare, _ = repositories
    before = objects(bare)
    run_git(bare, "tag", "--delete", "late-flight@v1.0.1", "late-flight#staging#1")
    other = clone(bare, tmp_path / "bob")

    listed = ci_ml("registry", "tags", folder=other.root)
    repaired = ci_ml("registry", "tags", "late-flight", "--repair", folder=other.root)
    again = ci_ml("registry", "tags", "--repair", "--format", "json", folder=other.root)

    assert listed.out.splitlines()[1:] == [
        "late-flight@v1.0.0     1      there    there",
        "late-flight@v1.0.1     2      missing  missing",
        "late-flight#staging#1  3      missing  missing",
        "2 of 3 tags missing in origin: ci-ml registry tags --repair",
    ]
    assert repaired.out.splitlines()[-1] == "2 tags written to origin."
    assert objects(bare) == objects(other.root) == before
    assert json.loads(again.out)["written"] == []


def test_tags__offline_without_tags__says_how_to_get_them(repositories, tmp_path):
    bare, _ = repositories
    other = clone(bare, tmp_path / "bob", "--no-tags")

    done = ci_ml("registry", "tags", "--offline", folder=other.root)

    assert done.out.splitlines()[0].split() == ["TAG", "EVENT", "HERE"]
    assert done.out.splitlines()[-1] == "3 of 3 tags missing in this repository: git fetch --tags origin"


def test_tags__shallow_clone_without_tags__repairs_them_all_the_same(repositories, tmp_path):
    bare, _ = repositories
    before = objects(bare)
    run_git(bare, "tag", "--delete", *run_git(bare, "tag", "--list").split())
    other = clone(bare, tmp_path / "runner", "--depth=1", "--no-tags")
    assert ci_ml("registry", "which", "late-flight@staging", folder=other.root).out == "v1.0.1\n"

    offline = ci_ml("registry", "tags", "--offline", folder=other.root)
    repaired = ci_ml("registry", "tags", "--repair", folder=other.root)

    assert offline.said == (
        3,
        "error: this clone has only the newest commits of model-registry, and each tag's message names the one that "
        "added its event.\n  try: Leave out --offline.\n",
    )
    assert repaired.code == 0
    assert objects(bare) == before
    # The checkout itself stays as shallow as it was.
    assert run_git(other.root, "rev-list", "--count", "HEAD") == "1"


def test_tags__contradicting__is_named_and_left_alone(repositories):
    bare, git = repositories
    right = run_git(bare, "rev-parse", "late-flight@v1.0.0")
    run_git(git.root, "tag", "--force", "-m", "mine", "late-flight@v1.0.0", "HEAD")
    run_git(git.root, "push", "--quiet", "--force", "origin", "late-flight@v1.0.0")
    wrong = run_git(git.root, "rev-parse", "late-flight@v1.0.0")
    run_git(bare, "tag", "--delete", "late-flight@v1.0.1")

    done = ci_ml("registry", "tags", "--repair", folder=git.root)

    assert done.said == (
        13,
        f"error: tag late-flight@v1.0.0 (in this repository) is {wrong[:12]}; the registry says {right[:12]}\n"
        f"tag late-flight@v1.0.0 (origin) is {wrong[:12]}; the registry says {right[:12]}\n"
        "  try: Find out who wrote it; ci-ml moves and deletes no tag. If it may go: git tag --delete late-flight@v1.0.0 "
        "and git push origin --delete refs/tags/late-flight@v1.0.0, then ci-ml registry tags --repair\n",
    )
    assert run_git(bare, "rev-parse", "late-flight@v1.0.0") == wrong
    # What could be mended is mended.
    assert done.out.splitlines()[-1] == "1 tag written to origin."


def test_tags__contradicting__may_go_as_the_hint_says(repositories):
    bare, git = repositories
    before = objects(bare)
    run_git(git.root, "tag", "--force", "-m", "mine", "late-flight#staging#1", "HEAD")
    run_git(git.root, "push", "--quiet", "--force", "origin", "refs/tags/late-flight#staging#1")

    hint = ci_ml("registry", "tags", folder=git.root).err.partition("If it may go: ")[2].strip()
    for command in hint.replace("ci-ml registry tags --repair", "true").replace(", then ", " && ").split(" and "):
        subprocess.run(["sh", "-c", command], check=True, cwd=git.root, capture_output=True)
    repaired = ci_ml("registry", "tags", "--repair", folder=git.root)

    assert repaired.out.splitlines()[-1] == "1 tag written to origin."
    assert objects(bare) == objects(git.root) == before


def test_tags__branch_here_older_than_the_tags__are_not_called_surplus_offline(repositories):
    _, git = repositories
    run_git(git.root, "tag", "-m", "by an event that was not fetched yet", "late-flight#production#2")

    offline = ci_ml("registry", "tags", "--offline", folder=git.root)
    assert (offline.code, "late-flight#production#2" in offline.out) == (0, False)
    assert ci_ml("registry", "tags", folder=git.root).code == 13


def test_tags__that_no_event_implies__are_listed_and_named(repositories):
    bare, git = repositories
    for name in ("late-flight@v9.0.0", "late-flight#production#7", "early-flight@v1.0.0", "v2.0"):
        run_git(git.root, "tag", "-m", "by hand", name)
    run_git(git.root, "push", "--quiet", "origin", "refs/tags/late-flight@v9.0.0", "refs/tags/early-flight@v1.0.0")
    run_git(git.root, "tag", "--delete", "late-flight@v9.0.0")

    done = ci_ml("registry", "tags", folder=git.root)
    told = json.loads(ci_ml("registry", "tags", "late-flight", "--format", "json", folder=git.root).out)

    assert done.out == (
        "TAG                       EVENT  HERE     ORIGIN\n"
        "late-flight@v1.0.0        1      there    there\n"
        "late-flight@v1.0.1        2      there    there\n"
        "late-flight#staging#1     3      there    there\n"
        "late-flight#production#7  none   surplus  –\n"
        "late-flight@v9.0.0        none   –        surplus\n"
    )
    assert done.said == (
        13,
        "error: tag late-flight#production#7 (in this repository): no event implies it\n"
        "tag late-flight@v9.0.0 (origin): no event implies it\n"
        "  try: Find out who wrote it; ci-ml moves and deletes no tag. If it may go: "
        "git tag --delete 'late-flight#production#7'\n",
    )
    assert told["surplus"] == [
        {
            "model": "late-flight",
            "tag": "late-flight#production#7",
            "found": {"here": run_git(git.root, "rev-parse", "late-flight#production#7")},
        },
        {
            "model": "late-flight",
            "tag": "late-flight@v9.0.0",
            "found": {"remote": run_git(bare, "rev-parse", "late-flight@v9.0.0")},
        },
    ]
    verified = json.loads(ci_ml("registry", "verify", "--format", "json", folder=git.root).out)
    assert [(f["kind"], f["where"], f["what"]) for f in verified["findings"] if f["kind"] == "tag"] == [
        ("tag", "tag late-flight#production#7", "no event implies it")
    ]


def test_tags__surplus_and_missing__what_is_missing_is_written_all_the_same(repositories):
    bare, git = repositories
    run_git(bare, "tag", "--delete", "late-flight@v1.0.1")
    run_git(bare, "tag", "-m", "by hand", "late-flight@v9.0.0", "main")

    done = ci_ml("registry", "tags", "--repair", folder=git.root)

    assert done.out.splitlines()[-2:] == ["late-flight@v9.0.0     none   –      surplus", "1 tag written to origin."]
    assert done.code == 13


def test_tags__refused__says_why(repositories):
    bare, git = repositories
    run_git(bare, "tag", "--delete", "late-flight@v1.0.1")
    install_hook(bare, "update", REFUSE)

    done = ci_ml("registry", "tags", "--repair", folder=git.root)

    assert done.said == (
        6,
        "error: origin did not take the tag late-flight@v1.0.1: [remote rejected] (hook declined), tags "
        "are closed. The registry itself is complete; only tools that read GTO's tags miss this.\n"
        "  try: Its rules must allow these tags, or somebody who may pushes them.\n",
    )


def test_tags__no_remote__looks_and_repairs_here(tmp_path):
    git = make_repository(tmp_path / "alone")
    fill(git)
    before = objects(git.root)
    run_git(git.root, "tag", "--delete", "late-flight@v1.0.1")

    listed, repaired = (ci_ml("registry", "tags", *more, folder=git.root) for more in ([], ["--repair"]))

    assert listed.out.splitlines()[-1] == "1 of 2 tags missing in this repository: ci-ml registry tags --repair"
    assert repaired.out.splitlines()[-1] == "1 tag written to this repository."
    assert objects(git.root) == before


def test_tags__nothing_registered__says_so(tmp_path):
    git = make_repository(tmp_path / "alone")

    assert ci_ml("registry", "tags", folder=git.root).out == "No tag follows from the registry yet.\n"


def test_tags__repair_offline__is_refused(repositories):
    _, git = repositories

    assert ci_ml("registry", "tags", "--repair", "--offline", folder=git.root).said == (
        2,
        "error: --repair writes to the remote.\n  try: Leave out --offline.\n",
    )
