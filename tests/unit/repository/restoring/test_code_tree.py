"""ci_ml/repository/restoring/code_tree.py: a tree written out byte for byte, and nothing else than that tree."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from workbench import Workbench

from ci_ml.errors import CiMlError, DataError, VerificationError
from ci_ml.git.questions import Git
from ci_ml.repository.restoring.code_tree import bring_tree, check_path, check_tree, tree_entries, write_tree


def written(root: Path, tree: str, into: Path) -> Path:
    git = Git(root)
    into.mkdir()
    entries = tree_entries(git, tree)
    write_tree(git, tree, entries, into)
    check_tree(tree, entries, into)
    return into


def tree_of(bench: Workbench, *entries: tuple[str, str, str]) -> str:
    """A tree of (mode, name, content or id) that no index would take."""
    lines = b""
    for mode, name, content in entries:
        is_id = mode in ("40000", "160000")
        blob = content if is_id else subprocess.run(["git", "hash-object", "-w", "--stdin"], cwd=bench.root, input=content.encode(), capture_output=True, check=True).stdout.decode().strip()  # fmt: skip
        lines += f"{mode} {name}\0".encode() + bytes.fromhex(blob)
    made = subprocess.run(
        ["git", "hash-object", "-t", "tree", "-w", "--stdin", "--literally"],
        cwd=bench.root, input=lines, capture_output=True, check=True,
    )  # fmt: skip
    return made.stdout.decode().strip()


def refusal(error: type[CiMlError], call) -> str:
    with pytest.raises(error) as caught:
        call()
    return caught.value.message


def test_write_tree__attributes_filters_hooks_and_submodules__change_nothing(bench, tmp_path):
    """`git checkout` or `git archive` would do each of these."""
    ran = tmp_path / "ran"
    bench.git("config", "filter.evil.smudge", f"touch {ran}; cat")
    bench.git("config", "core.autocrlf", "true")
    bench.write(".git/hooks/post-checkout", f"#!/bin/sh\ntouch {ran}\n").chmod(0o755)
    bench.write(
        ".gitattributes",
        "*.py filter=evil\nsecret.txt export-ignore\nversion.txt export-subst\n*.md text eol=crlf ident\n",
    )
    files = {
        "train.py": "print(1)\n",
        "secret.txt": "s",
        "version.txt": "$Format:%H$\n",
        "README.md": "$Id$\nb\n",
        "deep/er/x": "",
    }
    for path, content in files.items():
        bench.write(path, content)
    bench.write("run.sh", "#!/bin/sh\n").chmod(0o755)
    (bench.root / "link").symlink_to("deep/er/x")
    bench.git("config", "core.autocrlf", "false")
    bench.git("config", "filter.evil.clean", "cat")
    first = bench.commit()
    bench.git("update-index", "--add", "--cacheinfo", f"160000,{first},vendor/lib")
    bench.git("commit", "--quiet", "--message", "with a submodule")
    bench.git("config", "core.autocrlf", "true")
    bench.write(".gitmodules", "[submodule]")

    folder = written(bench.root, bench.git("rev-parse", "HEAD^{tree}"), tmp_path / "out")

    assert {path: (folder / path).read_text() for path in files} == files
    assert (folder / "link").readlink() == Path("deep/er/x")
    assert (os.access(folder / "run.sh", os.X_OK), os.access(folder / "train.py", os.X_OK)) == (True, False)
    assert list((folder / "vendor" / "lib").iterdir()) == []
    assert not ran.exists()


NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0\n\\", exclude_categories=["Cs"]), min_size=1, max_size=8).filter(lambda n: n not in (".", "..") and ".git" not in n.lower() and "git~" not in n.lower() and len(n.encode()) < 200)  # fmt: skip
FILES = st.dictionaries(st.lists(NAMES, min_size=1, max_size=3).map("/".join), st.binary(max_size=60), max_size=8)


@given(files=FILES, algorithm=st.sampled_from(["sha1", "sha256"]))
@settings(max_examples=12)
def test_write_tree__any_files__hash_to_the_tree_again(tmp_path_factory, files, algorithm):
    folder = tmp_path_factory.mktemp("tree")
    # A path cannot be a file and a folder.
    paths = [p for p in files if not any(other.startswith(f"{p}/") for other in files)]
    subprocess.run(["git", "init", "--quiet", f"--object-format={algorithm}", "work"], cwd=folder, check=True)
    bench = Workbench(folder / "work")
    for path in paths:
        bench.write(path, files[path])
    bench.git("-c", "core.precomposeunicode=false", "add", "--all", "--force")
    tree = bench.git("write-tree")

    out = written(bench.root, tree, folder / "out")

    found = {str(p.relative_to(out)): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    assert found == {path: files[path] for path in paths}


@pytest.mark.parametrize("change", ["content", "mode", "gone", "link instead"])
def test_check_tree__file_that_is_not_as_it_was__is_named(bench, tmp_path, change):
    bench.write("a/x", "1")
    bench.write("b", "2")
    bench.commit()
    tree = bench.git("rev-parse", "HEAD^{tree}")
    out = written(bench.root, tree, tmp_path / "out")
    target = out / "a" / "x"
    if change == "content":
        target.write_text("9")
    elif change == "mode":
        target.chmod(0o755)
    else:
        target.unlink()
        if change == "link instead":
            target.symlink_to("../b")
    (out / "more").write_text("what git does not track does not matter")

    message = refusal(VerificationError, lambda: check_tree(tree, tree_entries(Git(bench.root), tree), out))

    assert message.startswith(f"the code is not git tree {tree[:12]} but ")
    assert message.endswith(": a/x differs.")


@pytest.mark.parametrize(
    "path",
    [
        "/etc/x",
        "../x",
        "a/../x",
        "a//x",
        ".",
        ".git/config",
        "a/.GIT/x",
        ".git ./x",
        "GIT~1/x",
        ".g\u200cit/x",
        ".git::$INDEX/x",
        "a\0b",
    ],
)
def test_check_path__way_out_or_into_git__is_refused(path):
    assert "must not be written" in refusal(VerificationError, lambda: check_path(path, "x"))


@pytest.mark.parametrize("path", ["a/b", ".gitignore", ".github/x", "..a", "a.git", "Ä/ö", ".dvc/config"])
def test_check_path__ordinary_path__is_the_path(path):
    assert check_path(path, "x") == path


@pytest.mark.parametrize("target", ["/etc/passwd", "../outside", "a/../../outside"])
def test_write_tree__link_that_leads_out__is_refused(bench, tmp_path, target):
    (bench.root / "link").symlink_to(target)
    bench.write("a/x", "")
    bench.commit()
    tree = bench.git("rev-parse", "HEAD^{tree}")

    message = refusal(VerificationError, lambda: written(bench.root, tree, tmp_path / "out"))

    assert message == f"git tree {tree[:12]} has the link 'link', which leads out of the folder."


def test_write_tree__link_that_leads_out_through_another__is_refused(bench, tmp_path):
    bench.write("x/y/keep", "")
    (bench.root / "x" / "y" / "up").symlink_to("../..")
    (bench.root / "out").symlink_to("x/y/up/../outside")  # inside, if one only looks at the words
    bench.commit()
    tree = bench.git("rev-parse", "HEAD^{tree}")

    assert "has the link 'out'" in refusal(VerificationError, lambda: written(bench.root, tree, tmp_path / "out"))


def test_write_tree__link_in_circles__is_only_a_link(bench, tmp_path):
    (bench.root / "a").symlink_to("b")
    (bench.root / "b").symlink_to("a")
    bench.commit()

    assert (written(bench.root, bench.git("rev-parse", "HEAD^{tree}"), tmp_path / "out") / "a").is_symlink()


def test_tree_entries__hostile_tree__is_refused(bench, tmp_path):
    inner = tree_of(bench, ("100644", "x", "evil"))
    for entries, words in (
        ([("40000", ".git", inner)], "'.git', which must not be written"),
        ([("40000", "..", inner)], "'..', which must not be written"),
        ([("120000", "a", "/etc"), ("40000", "a", inner)], "has two entries named a."),
    ):
        tree = tree_of(bench, *entries)
        assert words in refusal(VerificationError, lambda tree=tree: tree_entries(Git(bench.root), tree))


def test_write_tree__content_that_is_gone__is_named(bench, tmp_path):
    bench.write("a", "content")
    bench.commit()
    blob = bench.git("rev-parse", "HEAD:a")
    (bench.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    tree = bench.git("rev-parse", "HEAD^{tree}")

    message = refusal(DataError, lambda: written(bench.root, tree, tmp_path / "out"))

    assert message == f"a of git tree {tree[:12]} is not here."


# Where a tree comes from ------------------------------------------------------------------------------------------


@pytest.fixture
def orphan(remote_bench) -> tuple[Workbench, str, str]:
    """A branch that was squashed into main and deleted: (repository, its commit, its tree)."""
    remote_bench.write("a", "1")
    remote_bench.commit()
    remote_bench.push("main")
    remote_bench.git("switch", "--quiet", "--create", "change")
    remote_bench.write("a", "2")
    commit = remote_bench.commit()
    remote_bench.push("change")
    tree = remote_bench.git("rev-parse", "HEAD^{tree}")
    remote_bench.git("switch", "--quiet", "main")
    remote_bench.git("branch", "--quiet", "-D", "change")
    remote_bench.push(":change")
    return remote_bench, commit, tree


def test_bring_tree__squashed_into_main__is_here_without_the_commit(orphan, tmp_path):
    bench, commit, tree = orphan
    bench.git("merge", "--quiet", "--squash", commit)
    bench.git("commit", "--quiet", "--message", "squashed (#1)")
    bench.push("main")
    clone = Git(bench.clone(tmp_path / "clone").root)

    assert clone.find(commit) is None
    bring_tree(clone, None, tree, commits=(commit,))


@pytest.mark.parametrize("options", [[], ["--depth=1"], ["--filter=blob:none"]], ids=["full", "shallow", "partial"])
def test_bring_tree__on_no_branch_any_more__is_fetched_by_its_id(orphan, tmp_path, options):
    bench, commit, tree = orphan
    subprocess.run(["git", "config", "uploadpack.allowFilter", "true"], cwd=bench.remote, check=True)
    clone = bench.clone(tmp_path / "clone", *options)
    git = Git(clone.root)
    shallow, refs = git.is_shallow(), clone.git("for-each-ref")

    bring_tree(git, "origin", tree, commits=(commit,))

    assert (written(clone.root, tree, tmp_path / "out") / "a").read_text() == "2"
    assert (git.is_shallow(), clone.git("for-each-ref")) == (shallow, refs)


def test_bring_tree__server_that_gives_commits_only__is_asked_for_one_and_the_clone_stays_complete(orphan, tmp_path):
    bench, commit, tree = orphan
    bench.push(f"{commit}:refs/heads/kept")
    clone = bench.clone(tmp_path / "clone", "--single-branch")
    clone.git("config", "protocol.version", "0")  # whose servers give what a branch points to, and nothing else
    git = Git(clone.root)

    bring_tree(git, "origin", tree, commits=(commit,))

    assert git.find(commit) == commit
    assert not git.is_shallow()


def test_bring_tree__nowhere__says_what_git_says(orphan):
    bench, commit, _ = orphan

    assert refusal(DataError, lambda: bring_tree(Git(bench.root), None, "0" * 40, commits=(commit,))) == (
        "the code (git tree 000000000000) is neither here nor on a remote: there is no remote to ask."
    )
    assert refusal(DataError, lambda: bring_tree(Git(bench.root), "origin", "0" * 40, commits=(commit,))) == (
        f"the code (git tree 000000000000) is neither here nor on origin: {commit[:12]} has another tree."
    )
