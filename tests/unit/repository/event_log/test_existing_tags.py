import pytest
from gto_worlds import begin
from registry_makers import clone, commit_change, fails, make_remote, make_repository, run_git

from ci_ml.errors import MachineError, RegistryConflict
from ci_ml.hashing import object_id
from ci_ml.registry.events import LARGEST_EVENT, encode
from ci_ml.registry.payloads import Imported
from ci_ml.repository.event_log.existing_tags import fetch_tags, read_tags


@pytest.fixture
def git(tmp_path):
    return make_repository(tmp_path / "r")


def plant(git, name, content):
    """A tag whose object is just these bytes."""
    own = git.ask("hash-object", "-t", "tag", "-w", "--literally", "--stdin", stdin=content).strip()
    run_git(git.root, "update-ref", f"refs/tags/{name}", own)
    return own


def raw(git, *lines, name="m@v1.0.0", message=b"why\n"):
    head = [f"object {git.head()}", "type commit", f"tag {name}", *lines]
    return "\n".join(head).encode() + b"\n\n" + message


def test_read_tags__annotated__is_taken_letter_for_letter(git):
    content = raw(git, "tagger Åsa  B <a@b.c> 1362139200 -0730", message=b"Eins\n\n  zwei\n")
    own = plant(git, "m@v1.0.0", content)

    assert read_tags(git) == [
        Imported(
            tag="m@v1.0.0",
            object=own,
            target=git.head(),
            annotated=True,
            tagger="Åsa  B <a@b.c>",
            time="1362139200 -0730",
            message="Eins\n\n  zwei\n",
        )
    ]
    assert own == object_id("tag", content, like=own)


def test_read_tags__lightweight__has_neither_time_nor_words(git):
    run_git(git.root, "tag", "m@v1.0.0")

    assert read_tags(git) == [Imported(tag="m@v1.0.0", object=git.head(), target=git.head(), annotated=False)]


def test_read_tags__tag_of_a_tag_and_of_a_tree__say_what_they_lead_to(git):
    run_git(git.root, "tag", "-m", "inner", "m@v1.0.0")
    run_git(git.root, "tag", "-m", "outer", "m@v1.1.0", "m@v1.0.0")
    run_git(git.root, "tag", "-m", "tree", "m@v1.2.0", "HEAD^{tree}")
    tree = run_git(git.root, "rev-parse", "HEAD^{tree}")

    found = {payload.tag: (payload.target, payload.target_type) for payload in read_tags(git)}

    assert found == {
        "m@v1.0.0": (git.head(), "commit"),
        "m@v1.1.0": (git.head(), "commit"),
        "m@v1.2.0": (tree, "tree"),
    }


@pytest.mark.parametrize(
    ("lines", "message", "read"),
    [
        ([], b"", (None, None, "")),
        (["tagger nobody"], b"x", ("nobody", None, "x")),
        (["tagger A <a@b.c> 99999999999999 +0000"], b"x", ("A <a@b.c> 99999999999999 +0000", None, "x")),
        (["tagger A <a@b.c> 1 +0000", "encoding ISO-8859-1"], b"Gr\xfc\xdfe", ("A <a@b.c>", "1 +0000", "Grüße")),
        (["tagger A <a@b.c> 1 +0000", "encoding nonsense"], b"\xff", ("A <a@b.c>", "1 +0000", "ÿ")),
        (
            ["tagger A <a@b.c> 1 +0000"],
            b"why\n-----BEGIN PGP SIGNATURE-----\nabc\n-----END PGP SIGNATURE-----\n",
            ("A <a@b.c>", "1 +0000", "why\n-----BEGIN PGP SIGNATURE-----\nabc\n-----END PGP SIGNATURE-----\n"),
        ),
    ],
)
def test_read_tags__odd_objects__are_read_as_far_as_they_go(git, lines, message, read):
    plant(git, "m@v1.0.0", raw(git, *lines, message=message))

    (found,) = read_tags(git)

    assert (found.tagger, found.time, found.message) == read


@pytest.mark.parametrize("word", ["w", "\n", "é", "\x01"])
def test_read_tags__message_longer_than_an_event__keeps_its_beginning(git, word):
    message = "why\n" + word * 40_000
    plant(git, "m@v1.0.0", raw(git, "tagger A <a@b.c> 1 +0000", message=message.encode()))

    (found,) = read_tags(git)

    assert message.startswith(found.message)
    assert len(found.message) > 1000
    assert len(encode(begin("m", [found]).events[0])) < LARGEST_EVENT


def test_read_tags__many__take_two_questions(git, monkeypatch):
    for number in range(5):
        run_git(git.root, "tag", "-m", "x", f"m@v1.{number}.0")
    asked = []
    for how in ("run", "talk"):
        ask = getattr(type(git), how)
        monkeypatch.setattr(
            type(git), how, lambda *words, ask=ask, **more: asked.append(words[1:]) or ask(*words, **more)
        )

    assert len(read_tags(git, ["m@v1.0.0", "m@v1.1.0", "m@v9.0.0"])) == 2
    assert [words[0] if words[0] != "-c" else words[2] for words in asked] == ["for-each-ref", "cat-file", "cat-file"]


def test_fetch_tags__tags_of_the_remote__come_without_replacing_any(tmp_path):
    bare, ann = make_remote(tmp_path)
    bob = clone(bare, tmp_path / "bob")
    run_git(ann.root, "tag", "-m", "ann", "m@v1.0.0")
    run_git(ann.root, "push", "--quiet", "origin", "m@v1.0.0")
    run_git(bob.root, "tag", "mine")

    there = fetch_tags(bob, "origin")

    assert there == {"m@v1.0.0": run_git(ann.root, "rev-parse", "m@v1.0.0")}
    assert run_git(bob.root, "tag", "--list").split() == ["m@v1.0.0", "mine"]


def test_fetch_tags__shallow_clone__keeps_the_history_that_it_has(tmp_path):
    bare, ann = make_remote(tmp_path)
    commits = [commit_change(ann, f"change {number}") for number in range(4)]
    run_git(ann.root, "tag", "-m", "old", "m@v1.0.0", commits[0])
    run_git(ann.root, "tag", "-m", "new", "m@v1.1.0", commits[2])
    run_git(ann.root, "push", "--quiet", "origin", "HEAD:main", "--tags")
    runner = clone(bare, tmp_path / "runner", "--depth=3", "--no-tags")

    fetch_tags(runner, "origin")

    assert set(commits[1:]) <= set(run_git(runner.root, "rev-list", "HEAD").split())
    assert {payload.target for payload in read_tags(runner)} == {commits[0], commits[2]}


def test_fetch_tags__other_tag_of_that_name_here__is_a_conflict(tmp_path):
    bare, ann = make_remote(tmp_path)
    bob = clone(bare, tmp_path / "bob")
    run_git(ann.root, "tag", "-m", "ann", "m@v1.0.0")
    run_git(ann.root, "push", "--quiet", "origin", "m@v1.0.0")
    run_git(bob.root, "tag", "-m", "bob", "m@v1.0.0")
    before = run_git(bob.root, "rev-parse", "m@v1.0.0")

    assert fails(RegistryConflict, lambda: fetch_tags(bob, "origin")) == (
        "not the same here as on origin: the tags m@v1.0.0.",
        "If the remote is right: git fetch --force origin 'refs/tags/*:refs/tags/*'",
    )
    assert run_git(bob.root, "rev-parse", "m@v1.0.0") == before


def test_fetch_tags__remote_out_of_reach__says_so(tmp_path):
    bare, ann = make_remote(tmp_path)
    bare.rename(tmp_path / "gone")

    message, hint = fails(MachineError, lambda: fetch_tags(ann, "origin"))

    assert message.startswith("origin cannot be reached: fatal: ")
    assert hint == "git ls-remote --tags origin shows what git says."
