"""ci_ml/git/fetch.py: fetches that wait for one another."""

import threading

from registry_makers import make_remote, run_git

from ci_ml.git.fetch import fetch

MAIN = "+refs/heads/main:refs/remotes/origin/main"


def moved(tmp_path):
    """A clone that is behind its remote, and where main is there."""
    bare, git = make_remote(tmp_path)
    run_git(tmp_path, "clone", "--quiet", str(bare), "other")
    run_git(tmp_path / "other", "commit", "--quiet", "--allow-empty", "-m", "More")
    run_git(tmp_path / "other", "push", "--quiet", "origin", "main")
    return git, run_git(tmp_path / "other", "rev-parse", "HEAD")


def test_fetch__missing_ref__says_why(tmp_path):
    _, git = make_remote(tmp_path)

    assert fetch(git, "origin", ["refs/heads/none"]) == "fatal: couldn't find remote ref refs/heads/none"


def test_fetch__another_command_holds_the_lock__waits_for_it(tmp_path):
    git, head = moved(tmp_path)
    lock = git.root / ".git" / "refs" / "remotes" / "origin" / "main.lock"
    lock.touch()
    release = threading.Timer(0.3, lock.unlink)
    release.start()

    assert fetch(git, "origin", [MAIN]) is None
    release.join()
    assert run_git(git.root, "rev-parse", "origin/main") == head


def test_fetch__lock_that_stays__is_named(tmp_path):
    git, _ = moved(tmp_path)
    (git.root / ".git" / "refs" / "remotes" / "origin" / "main.lock").touch()

    assert "cannot lock ref 'refs/remotes/origin/main'" in str(fetch(git, "origin", [MAIN]))
