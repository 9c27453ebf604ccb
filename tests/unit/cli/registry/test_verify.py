"""`ci-ml registry verify`: what it says, in words and as JSON, and with which exit code."""

import json
import re
import subprocess

import pytest
from registry_makers import MODEL, append, clone, commit_change, facts, make_remote, promoting, run_git
from source_code import ROOT
from workbench import ci_ml

from ci_ml.delivery import verification
from ci_ml.git.background import on_another_core
from ci_ml.registry.moves import register
from ci_ml.registry.verification.findings import KINDS
from ci_ml.reports.registry_pages import render_pages
from ci_ml.repository.event_log import audit
from ci_ml.repository.event_log.log import EventLog

PAGE = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8")


@pytest.fixture
def repositories(tmp_path):
    """A remote and a clone with two versions, one of which went to both stages."""
    bare, git = make_remote(tmp_path)
    log = EventLog(git, "origin")
    for number in range(2):
        commit = commit_change(git, f"change {number}")
        run_git(git.root, "push", "--quiet", "origin", "HEAD:main")
        own = facts(number, commit=commit, tree=git.tree(commit))
        append(
            log, lambda s, f=own: register(s.read(MODEL), f, evidence={"a.json": b"{}\n"}), render_pages=render_pages
        )
    append(log, promoting("v1.0.1"), render_pages=render_pages)
    append(log, promoting("v1.0.1", "production"), render_pages=render_pages)
    return bare, git


def edit(git, path, change):
    """A commit on the registry's branch of the remote in which a file is another."""
    run_git(git.root, "fetch", "--quiet", "origin", "model-registry")
    run_git(git.root, "switch", "--quiet", "--detach", "FETCH_HEAD")
    target = git.root / path
    target.write_text(change(target.read_text()))
    run_git(git.root, "commit", "--quiet", "--all", "-m", "Mend")
    run_git(git.root, "push", "--quiet", "--force", "origin", "HEAD:model-registry")
    run_git(git.root, "switch", "--quiet", "main")


def event(number):
    return f"models/{MODEL}/events/0000/{number:08d}.json"


def samples():
    return [
        block.removeprefix("$ ci-ml registry verify\n") for block in re.findall(r"```console\n(.*?)```", PAGE, re.S)
    ]


def without_ids(text):
    return re.sub(r"\b[0-9a-f]{12}\b", "…", text)


def test_verify__honest_registry__one_line_as_the_page_shows(repositories):
    done = ci_ml("registry", "verify", folder=repositories[1].root)

    assert (done.code, done.err) == (0, "")
    assert without_ids(done.out).split() == samples()[0].split()


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
@pytest.mark.parametrize("long", [3, 4_000])
def test_verify__long_branch__is_walked_in_a_process_of_its_own_with_the_same_findings(repositories, monkeypatch, long):
    _, git = repositories
    edit(git, event(2), lambda text: text.replace('"reason": null', '"reason": "nothing to see here"'))
    apart = []
    monkeypatch.setattr(audit, "_MANY", long)
    monkeypatch.setattr(verification, "on_another_core", lambda *work: apart.append(work) or on_another_core(*work))
    log = EventLog(git, "origin")
    log.refresh()

    found = verification.verify_log(log, model=None, witnesses={}, offline=True)

    assert len(apart) == (long == 3)
    assert [(f.kind, f.where) for f in found.of("wrong")] == [("altered", f"event 2 of {MODEL}")] * 2
    assert found.commits == 5


def test_verify__edited_event_and_moved_tag__are_named_as_the_page_shows(repositories):
    _, git = repositories
    edit(git, event(2), lambda text: text.replace('"reason": null', '"reason": "nothing to see here"'))
    run_git(git.root, "tag", "--force", "-a", "-m", "mine", f"{MODEL}@v1.0.1", "main~2")

    done = ci_ml("registry", "verify", folder=git.root)

    assert (done.code, done.err) == (13, "")
    assert without_ids(done.out).split() == samples()[1].split()


def test_verify__json__carries_the_same_findings(repositories):
    _, git = repositories
    edit(git, event(4), lambda text: text.replace('"recorded_by": "Ann', '"recorded_by": "Bob'))

    done = ci_ml("registry", "verify", "--format", "json", folder=git.root)

    answer = json.loads(done.out)
    assert (done.code, answer["schema"], answer["failed"]) == (13, 1, True)
    assert answer["checked"] == {"models": 1, "versions": 2, "events": 4, "commits": 5, "tags": 4}
    head = answer["registry"]
    assert answer["findings"] == [
        {
            "weight": "wrong",
            "kind": "altered",
            "where": f"event 4 of {MODEL}",
            "what": f"commit {head[:12]} changed {event(4)}",
        }
    ]


def test_verify__newer_event__everything_else_is_checked_and_the_code_is_3(repositories):
    _, git = repositories
    last = ci_ml("registry", "log", "--format", "json", folder=git.root)
    assert last.code == 0
    run_git(git.root, "switch", "--quiet", "--detach", "origin/model-registry")
    digest = __import__("hashlib").sha256((git.root / event(4)).read_bytes()).hexdigest()
    newer = json.loads((git.root / event(4)).read_text()) | {"schema": 2, "sequence": 5, "previous": digest}
    (git.root / event(5)).write_text(json.dumps(newer))
    run_git(git.root, "add", "--all")
    run_git(git.root, "commit", "--quiet", "-m", "From the future")
    run_git(git.root, "push", "--quiet", "origin", "HEAD:model-registry")
    run_git(git.root, "switch", "--quiet", "main")

    done = ci_ml("registry", "verify", folder=git.root)

    assert done.code == 3
    assert "newer: event 5 of late-flight was written by a newer ci-ml: pip install\n    --upgrade ci-ml" in done.out
    assert ci_ml("registry", "verify", "--complete", folder=git.root).code == 13


def test_verify__shallow_tagless_clone__says_what_it_cannot_show(repositories, tmp_path):
    bare, _ = repositories
    other = clone(bare, tmp_path / "other", "--depth=1", "--no-tags")

    done = ci_ml("registry", "verify", folder=other.root)

    assert (done.code, done.err) == (0, "")
    assert without_ids(done.out) == (
        "OK. model-registry at …: 1 model, 2 versions, 4 events, 1 commit, 0 tags checked.\n"
        "\n"
        "Not checked:\n"
        "  tag: tags none are in this clone: git fetch --tags\n"
        "  tree: late-flight v1.0.0 its commit … and its tree … are\n"
        "    not in this clone, which is shallow: git fetch --unshallow --tags\n"
        "  boundary: branch model-registry commits before … are not here, so\n"
        "    nobody can tell whether each only added: git fetch --unshallow REMOTE\n"
        "    model-registry\n"
    ).replace("4 events, 1 commit, 0 tags checked.", "4 events, 1 commit, 0\n  tags checked.")
    assert ci_ml("registry", "verify", "--complete", folder=other.root).code == 13


def test_verify__partial_clone_offline__suspects_no_file_that_an_unread_event_may_name(repositories, tmp_path):
    bare, _ = repositories
    run_git(bare, "config", "uploadpack.allowFilter", "true")
    other = clone(bare, tmp_path / "other", "--filter=blob:none", "--no-checkout")

    done = ci_ml("registry", "verify", "--offline", "--format", "json", folder=other.root)

    found = json.loads(done.out)["findings"]
    assert done.code == 0
    assert {finding["weight"] for finding in found} == {"unchecked"}
    assert "unread" in {finding["kind"] for finding in found}
    assert ci_ml("registry", "verify", folder=other.root).out.startswith("OK")


def test_verify__rewritten_remote__is_named_though_the_clone_keeps_what_it_saw(repositories, tmp_path):
    bare, _ = repositories
    other = clone(bare, tmp_path / "other")
    run_git(bare, "update-ref", "refs/heads/model-registry", "model-registry~1")

    done = ci_ml("registry", "verify", folder=other.root)

    assert done.code == 13
    assert "rewritten: branch model-registry on origin was rewritten" in done.out.replace("\n    ", " ")


def test_verify__tail_cut_and_taken_over_by_a_plain_fetch__the_reflog_and_tags_are_witnesses(repositories):
    bare, git = repositories
    run_git(bare, "update-ref", "refs/heads/model-registry", "model-registry~1")
    run_git(git.root, "fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*")
    run_git(git.root, "tag", "--delete", f"{MODEL}#production#2")

    done = ci_ml("registry", "verify", folder=git.root)

    assert done.code == 13
    assert "cut_off: refs/remotes/origin/model-registry names" in done.out


def test_verify__witness__is_on_the_branch_or_that_is_a_fault(repositories):
    _, git = repositories
    first = run_git(git.root, "rev-list", "--max-parents=0", "origin/model-registry")

    assert ci_ml("registry", "verify", "--witness", first[:7], "--witness", first, folder=git.root).code == 0
    lost = ci_ml("registry", "verify", "--witness", "abcdef0", folder=git.root)
    assert lost.code == 13
    assert "cut_off: witness abcdef0 names abcdef0, which the branch does not contain:" in lost.out
    assert ci_ml("registry", "verify", "--witness", "main", folder=git.root).said == (
        2,
        "error: 'main' is no commit id.\n  try: --witness takes at least seven digits of one: 1f0c2d4\n",
    )


def test_verify__no_registry__says_so(tmp_path):
    _, git = make_remote(tmp_path)

    assert ci_ml("registry", "verify", folder=git.root).out == (
        "There is no registry yet, so there is nothing to verify.\n"
    )
    assert ci_ml("registry", "verify", "--witness", "abcdef0", folder=git.root).code == 13


def test_verify__model__is_looked_at_alone(repositories):
    _, git = repositories
    edit(git, event(4), lambda text: text.replace('"recorded_by": "Ann', '"recorded_by": "Bob'))

    assert ci_ml("registry", "verify", MODEL, folder=git.root).code == 13
    assert ci_ml("registry", "verify", "other", folder=git.root).said == (
        2,
        "error: the registry has no model 'other'.\n  try: It has: late-flight.\n",
    )


def test_verify__missing_tags__are_no_failure(repositories):
    _, git = repositories
    run_git(git.root, "tag", "--delete", f"{MODEL}@v1.0.0", f"{MODEL}#staging#1")

    done = ci_ml("registry", "verify", folder=git.root)

    assert done.code == 0
    assert done.out.splitlines()[-2:] == [
        "Missing here: 2 tags, late-flight@v1.0.0, late-flight#staging#1. ci-ml registry",
        "  tags --repair",
    ]


def test_page__tags_of_the_remote__show_after_what_it_says_to_type(repositories):
    (command,) = re.findall(r"first `(git fetch .*?)`", PAGE)
    bare, git = repositories
    run_git(bare, "tag", "-m", "by hand", f"{MODEL}@v9.0.0", "main")
    moved = f"{MODEL}@v1.0.0"
    run_git(bare, "tag", "--force", "-m", "moved", moved, "main")

    before = ci_ml("registry", "verify", folder=git.root)
    fetched = subprocess.run(command.split(), cwd=git.root, capture_output=True, text=True)
    after = ci_ml("registry", "verify", folder=git.root)

    assert (before.code, after.code) == (0, 13)
    assert f"tag: tag {MODEL}@v9.0.0 no event implies it" in after.out
    # A tag that is here already is not replaced; git says so.
    assert re.search(f"! \\[rejected\\] +{moved} +-> {moved} +\\(would clobber existing tag\\)", fetched.stderr)
    told = ci_ml("registry", "tags", folder=git.root)
    assert f"error: tag {moved} (origin) is " in told.err


def test_page__kinds_and_attacks__are_those_that_there_are():
    from registry_attacks import ATTACKS

    rows = re.findall(r"^\| (.+) \| (.+) \|$", PAGE, re.MULTILINE)

    assert [row for row in rows if re.fullmatch("`[a-z_]+`", row[0])] == [
        (f"`{kind}`", says) for kind, says in KINDS.items()
    ]
    attacks = [(attack.says, attack.by) for attack in ATTACKS]
    assert [row for row in rows if row in attacks] == attacks


def test_page__attacks_by_what_gives_them_away__are_all_that_are_played():
    from registry_attacks import ATTACKS

    page = (ROOT / "docs" / "registry.md").read_text(encoding="utf-8")
    table = page[page.index("| what gives it away | kinds |") :].partition("\n\n")[0]
    counts = [int(row.split("|")[2]) for row in table.splitlines()[2:]]

    assert f"the {len(ATTACKS)} kinds of attack" in page
    assert sum(counts) == len(ATTACKS)
