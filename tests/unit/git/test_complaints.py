"""ci_ml/git/complaints.py: what git, ssh, servers and hooks really say, and the line of it that a person needs."""

import pytest

from ci_ml.git.complaints import cause, in_the_way, told_by_hook, told_by_remote, without_credentials

RIGHTS = """fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists.
"""
BANNER = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\n@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n@@@@@@@@@@@@@@@@@@@@@@@@@@@@@\n"


@pytest.mark.parametrize(
    ("errors", "line"),
    [
        ("", "no reason given"),
        ("hint: x\nfatal: why\nhint: y", "fatal: why"),
        ("error: first\nerror: second\n\n", "error: first"),
        ("remote: no\n", "remote: no"),
        ("fatal: no such thing.\n", "fatal: no such thing"),
        ("git@x: Denied.\nfatal: Could not read from remote repository.\n\nPlease make sure", "git@x: Denied"),
        ("fatal: Could not read from remote repository.\n", "fatal: Could not read from remote repository"),
        # The network
        (
            f"ssh: Could not resolve hostname h.example: Name or service not known\n{RIGHTS}",
            "ssh: Could not resolve hostname h.example: Name or service not known",
        ),
        (
            f"ssh: connect to host 127.0.0.1 port 1: Connection refused\n{RIGHTS}",
            "ssh: connect to host 127.0.0.1 port 1: Connection refused",
        ),
        (
            "fatal: unable to access 'https://h.example/x/': Could not resolve host: h.example\n",
            "fatal: unable to access 'https://h.example/x/': Could not resolve host: h.example",
        ),
        (
            "fatal: unable to connect to 127.0.0.1:\n127.0.0.1[0: 127.0.0.1]: errno=Connection refused\n\n",
            "fatal: unable to connect to 127.0.0.1: 127.0.0.1[0: 127.0.0.1]: errno=Connection refused",
        ),
        (
            f"kex_exchange_identification: Connection closed by remote host\n{RIGHTS}",
            "kex_exchange_identification: Connection closed by remote host",
        ),
        (
            "error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly: CANCEL (err 8)\n"
            "send-pack: unexpected disconnect while reading sideband packet\nfatal: the remote end hung up unexpectedly\n",
            "error: RPC failed; curl 92 HTTP/2 stream 5 was not closed cleanly: CANCEL (err 8)",
        ),
        ("fatal: the remote end hung up unexpectedly\nfatal: early EOF\n", "fatal: early EOF"),
        # Who may
        (f"git@github.com: Permission denied (publickey).\n{RIGHTS}", "git@github.com: Permission denied (publickey)"),
        (
            "Warning: Permanently added 'github.com' (ED25519) to the list of known hosts.\n"
            f"git@github.com: Permission denied (publickey).\n{RIGHTS}",
            "git@github.com: Permission denied (publickey)",
        ),
        (
            "Received disconnect from 10.0.0.1 port 22:2: Too many authentication failures\n"
            f"Disconnected from 10.0.0.1 port 22\ngit@h: Permission denied (publickey,password).\n{RIGHTS}",
            "git@h: Permission denied (publickey,password)",
        ),
        (
            f"{BANNER}IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!\nHost key verification failed.\n{RIGHTS}",
            "Host key verification failed",
        ),
        (
            "fatal: could not read Username for 'https://github.com': terminal prompts disabled\n",
            "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
        ),
        (
            "remote: Invalid username or password.\n"
            "fatal: Authentication failed for 'https://ann:secret@github.com/o/r.git/'\n",
            "fatal: Authentication failed for 'https://github.com/o/r.git/' (Invalid username or password)",
        ),
        (
            "remote: Permission to o/r.git denied to github-actions[bot].\n"
            "fatal: unable to access 'https://github.com/o/r/': The requested URL returned error: 403\n",
            "fatal: unable to access 'https://github.com/o/r/': The requested URL returned error: 403 "
            "(Permission to o/r.git denied to github-actions[bot])",
        ),
        (
            "fatal: detected dubious ownership in repository at '/srv/r.git'\n"
            "To add an exception for this directory, call:\n\n"
            f"\tgit config --global --add safe.directory /srv/r.git\n{RIGHTS}",
            "fatal: detected dubious ownership in repository at '/srv/r.git'",
        ),
        # What is there
        (f"ERROR: Repository not found.\n{RIGHTS}", "ERROR: Repository not found"),
        (
            "remote: \nremote: ====================\nremote: \n"
            "remote: ERROR: The project you were looking for could not be found or you don't have permission to view it.\n"
            f"remote: \nremote: ====================\nremote: \n{RIGHTS}",
            "remote: ERROR: The project you were looking for could not be found or you don't have permission to view it",
        ),
        (
            "remote: Repository not found.\nfatal: repository 'https://github.com/o/r.git/' not found\n",
            "fatal: repository 'https://github.com/o/r.git/' not found (Repository not found)",
        ),
        (
            f"fatal: '/no/such' does not appear to be a git repository\n{RIGHTS}",
            "fatal: '/no/such' does not appear to be a git repository",
        ),
        # Protocol 0 says one thing more than protocol 2 does, before or after.
        ("fatal: couldn't find remote ref refs/heads/x\n", "fatal: couldn't find remote ref refs/heads/x"),
        (
            "fatal: couldn't find remote ref refs/heads/x\nfatal: the remote end hung up unexpectedly\n",
            "fatal: couldn't find remote ref refs/heads/x",
        ),
        (
            "fatal: the remote end hung up unexpectedly\nfatal: couldn't find remote ref refs/heads/x\n",
            "fatal: couldn't find remote ref refs/heads/x",
        ),
        (
            "fatal: remote error: upload-pack: not our ref 1234\n",
            "fatal: remote error: upload-pack: not our ref 1234",
        ),
        # This machine
        (
            "error: unable to create temporary file: No space left on device\n"
            "fatal: failed to write object\nfatal: unpack-objects failed\n",
            "error: unable to create temporary file: No space left on device",
        ),
        (
            "fatal: write error: No space left on device\nfatal: fetch-pack: invalid index-pack output\n",
            "fatal: write error: No space left on device",
        ),
        (
            "error: cannot lock ref 'refs/remotes/origin/x': Unable to create '/w/.git/refs/remotes/origin/x.lock': "
            "File exists.\n\nAnother git process seems to be running in this repository, e.g.\nan editor opened by "
            "'git commit'.\n ! [new branch]      x -> origin/x  (unable to update local ref)\n",
            "error: cannot lock ref 'refs/remotes/origin/x': Unable to create '/w/.git/refs/remotes/origin/x.lock': "
            "File exists",
        ),
        (
            "error: cannot lock ref 'refs/remotes/origin/a': 'refs/remotes/origin/a/b' exists; cannot create "
            "'refs/remotes/origin/a'\n ! [new branch]      a -> origin/a  (unable to update local ref)\n"
            "error: some local refs could not be updated; try running\n 'git remote prune origin' to remove any old, "
            "conflicting branches\n",
            "error: cannot lock ref 'refs/remotes/origin/a': 'refs/remotes/origin/a/b' exists; cannot create "
            "'refs/remotes/origin/a'",
        ),
        (
            "error: unable to read sha1 file of model.bin (1234)\nfatal: loose object 1234 is corrupt\n",
            "error: unable to read sha1 file of model.bin (1234)",
        ),
        (
            "Preparing worktree (detached HEAD 7633ead)\nerror: external filter 'git-lfs filter-process' failed\n"
            "fatal: model.bin: smudge filter lfs failed\n",
            "error: external filter 'git-lfs filter-process' failed",
        ),
    ],
)
def test_cause__of_what_git_said__is_the_line_that_says_why(errors, line):
    assert cause(errors) == line


@pytest.mark.parametrize(
    ("errors", "words"),
    [
        ("fatal: why\n", None),
        ("remote: error: cannot lock ref 'x'\n", None),
        ("you shall not pass\nsee the wiki\nyou shall not pass\nsee the wiki\nfatal: ref updates aborted by hook\n", "you shall not pass; see the wiki"),
        (
            "not today\nfatal: in 'preparing' phase, update aborted by the reference-transaction hook\n",
            "not today",
        ),
        ("fatal: ref updates aborted by hook\n", "it says nothing more"),
        (
            "remote: you shall not pass        \nremote: see the wiki        \n"
            "remote: error: hook declined to update refs/heads/x        \nerror: failed to push some refs to '/r.git'\n"
            "!\tHEAD:refs/heads/x\t[remote rejected] (hook declined)\n",
            "you shall not pass; see the wiki",
        ),
        (
            "remote: error: GH013: Repository rule violations found for refs/heads/main.        \n"
            "remote: Review all repository rules at https://github.com/o/r/rules        \n"
            "(pre-receive hook declined)\n",
            "error: GH013: Repository rule violations found for refs/heads/main",
        ),
    ],
)  # fmt: skip
def test_told_by_hook__of_what_git_said__are_the_hook_s_words(errors, words):
    assert told_by_hook(errors) == words


def test_told_by_remote__decoration_and_repetition__are_left_out():
    said = "remote: \nremote: ======\nremote: no pushing on Fridays        \nremote: no pushing on Fridays\nerror: x\n"

    assert told_by_remote(said) == "no pushing on Fridays"


@pytest.mark.parametrize(
    ("errors", "reference"),
    [
        ("fatal: why", None),
        ("remote: error: cannot lock ref 'refs/heads/a': 'refs/heads/a/b' exists; cannot create 'refs/heads/a'        ", "refs/heads/a/b"),
        ("fatal: update_ref failed for ref 'refs/heads/a/b': cannot lock ref 'refs/heads/a/b': 'refs/heads/a' exists; cannot create 'refs/heads/a/b'", "refs/heads/a"),
    ],
)  # fmt: skip
def test_in_the_way__of_what_git_said__is_the_other_reference(errors, reference):
    assert in_the_way(errors) == reference


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("fatal: 'ssh://ann@git.example/x' is gone", "fatal: 'ssh://git.example/x' is gone"),
        ("https://a:b@c@git.example/x?key=1&b=2 and more", "https://git.example/x and more"),
        ("ann@git.example: is it there?", "ann@git.example: is it there?"),
    ],
)
def test_without_credentials__urls_anywhere__say_nothing_of_who_logs_in(said, shown):
    assert without_credentials(said) == shown
