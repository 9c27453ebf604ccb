"""`ci-ml registry import` as it is typed, in repositories that GTO's users have."""

import json
import shlex
import subprocess
import time

import pytest
from registry_makers import clone, commit_change, make_remote, make_repository, run_git
from workbench import ci_ml

LEFT_ALONE = "left alone: late-flight@1.0.0 (GTO does not read it)\n"


def tag(git, name, commit, day=1, message="why"):
    time_of_day = f"2013-02-{day:02d}T12:00:00Z"
    git_tag = ["git", "-c", "user.name=Bea", "-c", "user.email=bea@example.com", "tag", "-m", message, name, commit]
    environment = {**__import__("os").environ, "GIT_COMMITTER_DATE": time_of_day}
    subprocess.run(git_tag, cwd=git.root, check=True, env=environment)


@pytest.fixture
def bare(tmp_path):
    """A remote with a registry of GTO's: two models, a stage that fell back, look-alikes."""
    bare, git = make_remote(tmp_path)
    one, two = git.head(), commit_change(git, "two")
    tag(git, "late-flight@v0.0.1", one, 2)
    tag(git, "late-flight#production#1", one, 3)
    tag(git, "late-flight@v0.0.2", two, 4)
    tag(git, "late-flight#production#2", two, 5)
    tag(git, "late-flight#production!#3", two, 7)
    tag(git, "models/churn=classifier@v1.0.0", two, 8)
    tag(git, "models/churn=classifier#staging#1", two, 9)
    run_git(git.root, "tag", "late-flight@1.0.0")
    run_git(git.root, "tag", "late-flight@v0.0.3")
    run_git(git.root, "tag", "release-1")
    run_git(git.root, "push", "--quiet", "origin", "HEAD:main", "--tags")
    return bare


@pytest.fixture
def folder(bare, tmp_path):
    """A shallow clone without a tag, as CI makes it."""
    return clone(bare, tmp_path / "runner", "--depth=1", "--no-tags").root


def objects(folder):
    return run_git(folder, "for-each-ref", "--format=%(objectname) %(refname)", "refs/tags")


def test_import__all_models__says_what_became_of_every_tag(bare, folder):
    before = objects(bare)

    done = ci_ml("registry", "import", folder=folder)

    assert (done.code, done.out) == (
        0,
        "late-flight: 6 tags, 2 versions; production v0.0.1\n"
        "  late-flight@v0.0.3 is without effect: it is lightweight, and GTO counts only annotated tags\n"
        "models/churn:classifier: 2 tags, 1 version; staging v1.0.0\n" + LEFT_ALONE,
    )
    assert objects(bare) == before
    assert run_git(bare, "log", "--format=%s%n%b", "model-registry").split("\n") == [
        "2 models",
        "late-flight: imported 6 tags",
        "models/churn:classifier: imported 2 tags",
    ]
    which = [
        ci_ml("registry", "which", "late-flight@production", *moment, folder=folder).out
        for moment in ([], ["--at", "2013-02-06"], ["--at", "2013-02-03"])
    ]
    assert which == ["v0.0.1\n", "v0.0.2\n", "v0.0.1\n"]
    assert ci_ml("registry", "which", "late-flight@production", "--at", "2013-02-02", folder=folder).code == 4


def test_import__dry_run__writes_nothing(bare, folder):
    done = ci_ml("registry", "import", "models/churn:classifier", "--dry-run", folder=folder)

    assert (done.code, done.out) == (
        0,
        "models/churn:classifier: 2 tags, 1 version; staging v1.0.0\n"
        "Nothing was written: without --dry-run it will be.\n",
    )
    assert run_git(bare, "branch", "--list").split() == ["*", "main"]


def test_import__twice_and_one_after_the_other__does_each_model_once(bare, folder):
    first = ci_ml("registry", "import", "late-flight", "--format", "json", folder=folder)
    rest = ci_ml("registry", "import", "--format", "json", folder=folder)
    again = ci_ml("registry", "import", folder=folder)

    answers = [json.loads(done.out) for done in (first, rest)]
    assert [[model["name"] for model in answer["models"]] for answer in answers] == [
        ["late-flight"],
        ["models/churn:classifier"],
    ]
    assert answers[0]["models"][0] == {
        "name": "late-flight",
        "tags": 6,
        "versions": ["v0.0.1", "v0.0.2"],
        "stages": {"production": "v0.0.1"},
        "remarks": [
            {
                "tag": "late-flight@v0.0.3",
                "what": "without effect: it is lightweight, and GTO counts only annotated tags",
            }
        ],
    }
    assert again.out == (
        "late-flight: nothing to import, its tags are there already.\n"
        "models/churn:classifier: nothing to import, its tags are there already.\n" + LEFT_ALONE
    )
    assert run_git(bare, "rev-list", "--count", "model-registry") == "2"


def test_import__tags_after_the_import__are_refused_for_one_and_told_for_all(bare, folder, tmp_path):
    ci_ml("registry", "import", folder=folder)
    other = clone(bare, tmp_path / "bea")
    tag(other, "late-flight#production#4", "late-flight@v0.0.2^{commit}", 20)
    run_git(other.root, "push", "--quiet", "origin", "late-flight#production#4")
    said = (
        "late-flight has 6 events already, and tags can only begin a history: late-flight#production#4 would come "
        "after them."
    )

    named, all_of_them = (ci_ml("registry", "import", *name, folder=folder) for name in (["late-flight"], []))

    assert named.said == (
        5,
        f"error: {said}\n"
        "  try: ci-ml registry history late-flight shows what is there; ci-ml promote does what the tags say.\n",
    )
    assert (all_of_them.code, all_of_them.out.splitlines()[0]) == (0, said)


def test_import__tag_that_is_only_here__is_left_alone(folder):
    run_git(folder, "tag", "-m", "mine", "late-flight#production#9")

    done = ci_ml("registry", "import", "late-flight", folder=folder)

    assert done.out.splitlines()[-1] == (
        "left alone: late-flight#production#9 (it is not on origin; git push origin "
        "'refs/tags/late-flight#production#9' first, if it should count)"
    )


def test_import__tags_that_were_never_pushed__are_one_line_with_a_command_that_mends_it_all(folder, bare):
    for number in range(11, 19):
        run_git(folder, "tag", "-m", "mine", f"late-flight#production#{number}")
    run_git(folder, "tag", "-m", "mine", "late-flight@v2.0.0")
    run_git(folder, "tag", "private")

    done = ci_ml("registry", "import", "late-flight", "--dry-run", folder=folder)

    (line,) = [line for line in done.out.splitlines() if "production#11" in line]
    command = "git push origin 'refs/tags/late-flight@*' 'refs/tags/late-flight#*'"
    assert line == (
        "left alone: late-flight#production#11, late-flight#production#12, late-flight#production#13 and 6 more "
        f"(they are not on origin; {command} first, if they should count)"
    )
    subprocess.run(shlex.split(command), cwd=folder, check=True, capture_output=True)
    again = ci_ml("registry", "import", "late-flight", "--dry-run", folder=folder)
    assert "not on origin" not in again.out
    assert again.out.startswith("late-flight: 15 tags, 3 versions; ")
    assert "private" not in run_git(bare, "tag")


def test_import__tags_of_many_models_that_were_never_pushed__are_pushed_by_one_short_command(folder):
    for number in range(5):
        run_git(folder, "tag", "-m", "mine", f"model-{number}@v1.0.0")

    done = ci_ml("registry", "import", "--dry-run", "--format", "json", folder=folder)

    left = [one for one in json.loads(done.out)["left_alone"] if one["tag"].startswith("model-")]
    what = "it is not on origin; git push origin --tags first, if it should count"
    assert left == [{"tag": f"model-{number}@v1.0.0", "what": what} for number in range(5)]


def test_import__tags_with_one_reason__share_a_line(folder, bare):
    for number in range(4, 14):
        run_git(bare, "tag", f"late-flight@v0.0.{number}", "main")

    done = ci_ml("registry", "import", "late-flight", "--dry-run", folder=folder)

    assert done.out.splitlines()[1] == (
        "  late-flight@v0.0.10, late-flight@v0.0.11, late-flight@v0.0.12 and 8 more are without effect: it is "
        "lightweight, and GTO counts only annotated tags"
    )


def test_import__unknown_model__names_those_that_have_tags(folder):
    assert ci_ml("registry", "import", "late-fligth", folder=folder).said == (
        2,
        "error: no tag of GTO's speaks of 'late-fligth'.\n"
        "  try: There are tags of: late-flight, models/churn:classifier.\n",
    )


def test_import__no_tags__says_so(tmp_path):
    git = make_repository(tmp_path / "alone")

    assert ci_ml("registry", "import", folder=git.root).out == "No tag of GTO's was found.\n"


def test_tags__after_an_import__are_the_imported_ones_and_can_be_put_back(bare, folder):
    ci_ml("registry", "import", folder=folder)
    before = objects(bare)
    run_git(bare, "tag", "--delete", "late-flight#production!#3", "models/churn=classifier@v1.0.0")

    repaired = ci_ml("registry", "tags", "--repair", folder=folder)

    assert repaired.out.splitlines()[-1] == "2 tags written to origin."
    assert objects(bare) == before


def test_tags__imported_lightweight_tag_is_gone__says_that_it_cannot_be_made_again(bare, folder):
    ci_ml("registry", "import", folder=folder)
    run_git(bare, "tag", "--delete", "late-flight@v0.0.3")

    assert ci_ml("registry", "tags", "--repair", folder=folder).said == (
        4,
        "error: imported tags that the registry cannot make again from what it keeps: late-flight@v0.0.3.\n"
        "  try: From a clone that has them: git push origin refs/tags/late-flight@v0.0.3\n",
    )


def test_import__two_thousand_tags__take_seconds(tmp_path):
    git = make_repository(tmp_path / "big")
    lines = []
    for number in range(1000):
        at = f"B <b@c.d> {1_300_000_000 + number * 10} +0000\ndata 1\nx\n"
        lines.append(f"commit refs/heads/old\nmark :{number + 1}\ncommitter {at}")
        who = f"from :{number + 1}\ntagger {at}"
        lines += [f"tag m{number % 2}@v0.{number}.0\n{who}", f"tag m{number % 2}#prod#{number}\n{who}"]
    subprocess.run(["git", "fast-import", "--quiet"], cwd=git.root, input="".join(lines).encode(), check=True)

    began = time.process_time()
    done = ci_ml("registry", "import", "--format", "json", folder=git.root)

    assert [model["tags"] for model in json.loads(done.out)["models"]] == [1000, 1000]
    assert time.process_time() - began < 6
