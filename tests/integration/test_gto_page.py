"""docs/gto.md shows what really happens: its commands are run, in the order of the page."""

import re
import shlex
import subprocess

from registry_makers import commit_change, make_remote, run_git
from source_code import ROOT
from workbench import ci_ml


def tag(git, name, commit, day):
    """An annotated tag of a day in February."""
    date = {"GIT_COMMITTER_DATE": f"2013-02-{day:02d}T12:00:00Z"}
    settings = [f"{key}={value}" for key, value in date.items()]
    command = ["env", *settings, "git", "-c", "user.name=Bea", "-c", "user.email=bea@example.com", "tag"]
    subprocess.run([*command, "-m", "why", name, commit], cwd=git.root, check=True)


def test_gto_page__every_command__says_what_the_page_says(tmp_path):
    _, git = make_remote(tmp_path)
    one, two = git.head(), commit_change(git, "two")
    for day, (name, commit) in enumerate(
        [
            ("late-flight@v0.0.1", one),
            ("late-flight#production#1", one),
            ("late-flight@v0.0.2", two),
            ("late-flight#production#2", two),
            ("late-flight#production!#3", two),
            ("models/churn=classifier@v1.0.0", two),
            ("models/churn=classifier#staging#1", two),
        ],
        start=3,
    ):
        tag(git, name, commit, day)
    run_git(git.root, "tag", "late-flight@1.0.0")
    run_git(git.root, "tag", "late-flight@v0.0.3")
    run_git(git.root, "push", "--quiet", "origin", "HEAD:main", "--tags")

    page = (ROOT / "docs/gto.md").read_text(encoding="utf-8")
    steps = re.findall(r"^\$ (ci-ml .+)\n((?:(?!\$ |```).*\n)*)", page, re.MULTILINE)
    assert len(steps) == 6
    for command, expected in steps:
        done = ci_ml(*shlex.split(command)[1:], folder=git.root)
        assert (done.code, done.out.strip()) == (0, expected.strip()), command
