"""ci_ml/repository/event_log/remote_registry.py: a registry read from its remote alone, and what is refused as an address."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_makers import MODEL, append, fails, fill, make_remote, make_repository, promoting, run_git

from ci_ml.errors import CiMlError, ConfigError, DataError, MachineError
from ci_ml.repository.event_log.remote_registry import SCHEMES, check_address, public, registry_at

FORMS = "A path, host:path, or a URL that begins with file://, git://, http://, https://, ssh://"
START = Path("/srv/ann")


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    folder = tmp_path_factory.mktemp("elsewhere")
    bare, git = make_remote(folder)
    append(fill(git), promoting("v1.0.1"))
    return bare


@pytest.fixture
def spool(tmp_path, monkeypatch):
    """Where temporary folders are made."""
    folder = tmp_path / "spool"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def refused(error: type[CiMlError], address: str, start: Path) -> tuple[str, str]:
    def open_it():
        with registry_at(address, start=start):
            raise AssertionError("it was opened")

    return fails(error, open_it)


def test_registry_at__bare_repository__is_read_without_a_clone_and_leaves_nothing(bare, spool):
    for address in (str(bare), f"file://{bare}", "remote.git"):
        with registry_at(address, start=bare.parent) as log:
            assert log.head == run_git(bare, "rev-parse", "model-registry")
            assert log.read(MODEL).holders == {"staging": "v1.0.1"}
            assert log.git.is_shallow()
            assert run_git(log.git.root, "rev-list", "--count", "model-registry") == "1"
        assert list(spool.iterdir()) == []


def test_registry_at__whole__brings_every_commit(bare, spool):
    with registry_at(str(bare), start=START, whole=True) as log:
        assert run_git(log.git.root, "rev-list", "--count", "model-registry") == "3"


def test_registry_at__settings_and_variables_of_the_user__do_not_get_in_the_way(bare, spool, monkeypatch, tmp_path):
    settings = tmp_path / "gitconfig"
    settings.write_text("[safe]\n\tbareRepository = explicit\n[init]\n\ttemplateDir = /nowhere\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))
    monkeypatch.setenv("GIT_DIR", "/nowhere")

    with registry_at(f"file://{bare}", start=START) as log:
        assert log.models() == (MODEL,)


def test_registry_at__server_that_filters__fetches_large_evidence_when_it_is_read(bare, tmp_path, spool):
    own = tmp_path / "own.git"
    run_git(tmp_path, "clone", "--quiet", "--mirror", str(bare), str(own))
    for setting in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"):
        run_git(own, "config", setting, "true")
    content = b"x" * 20_000
    (tmp_path / "large").write_bytes(content)
    blob = run_git(own, "hash-object", "-w", str(tmp_path / "large"))
    index = {"GIT_INDEX_FILE": str(tmp_path / "index")}
    os.environ.update(index)
    try:
        run_git(own, "read-tree", "model-registry")
        run_git(own, "update-index", "--add", "--cacheinfo", f"100644,{blob},models/{MODEL}/versions/v1.0.0/large.json")
        tree = run_git(own, "write-tree")
    finally:
        del os.environ["GIT_INDEX_FILE"]
    run_git(
        own,
        "update-ref",
        "refs/heads/model-registry",
        run_git(own, "commit-tree", tree, "-p", "model-registry", "-m", "x"),
    )

    with registry_at(f"file://{own}", start=START) as log:
        held = run_git(log.git.root, "rev-list", "--objects", "--missing=print", "model-registry")
        assert f"?{blob}" in held
        assert log.evidence(f"models/{MODEL}/versions/v1.0.0/large.json") == content


def test_registry_at__no_such_branch__says_so(tmp_path):
    git = make_repository(tmp_path / "plain")

    assert refused(DataError, str(git.root), START) == (
        f"{git.root} has no branch model-registry: no model was ever registered there.",
        "Is it the address of the repository whose models you look for?",
    )


def test_registry_at__no_repository__says_so(tmp_path):
    (tmp_path / "empty").mkdir()

    for name in ("empty", "missing"):
        assert refused(MachineError, name, tmp_path)[0] == f"{name} is not a git repository, or does not exist."


def test_registry_at__host_out_of_reach__says_why_without_the_password(spool):
    message, hint = refused(MachineError, "https://zoe:s3cret@127.0.0.1:9/x.git?token=t0ken", START)

    assert message.startswith("https://127.0.0.1:9/x.git cannot be reached: unable to access ")
    assert not any(word in message + hint for word in ("zoe", "s3cret", "t0ken"))
    assert hint == "git ls-remote ADDRESS shows what git says."


def test_registry_at__protocol_that_settings_smuggle_in__is_refused_by_git(tmp_path, monkeypatch, spool):
    settings = tmp_path / "gitconfig"
    settings.write_text(
        f'[url "ext::sh -c touch% {tmp_path}/ran "]\n\tinsteadOf = https://harmless.example/\n[protocol "ext"]\n\tallow = always\n'
    )
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(settings))

    message, _ = refused(MachineError, "https://harmless.example/x", START)

    assert message == "https://harmless.example/x cannot be reached: transport 'ext' not allowed."
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "address",
    [
        "--upload-pack=touch /tmp/x", "-c", "-", "", " ", "ext::sh -c id", "fd::17", "::", "ftp://a/b", "javascript://x",
        "EXT::id", "persistent-https::x", "a\nb", "a\x00b", "a\x1b[31mb", "https://a\u202e/b",
    ],
)  # fmt: skip
def test_check_address__option_command_or_other_protocol__is_refused(address):
    message, hint = fails(ConfigError, lambda: check_address(address, start=START))

    assert message.endswith("' is not the address of a repository.")
    assert message.isprintable()
    assert hint == FORMS


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("../flights.git", "/srv/ann/../flights.git"),
        ("/srv/flights.git", "/srv/flights.git"),
        ("./a:b", "/srv/ann/a:b"),
        ("git@git.example:flights.git", "git@git.example:flights.git"),
        ("[::1]:flights.git", "[::1]:flights.git"),
        ("https://git.example/flights.git", "https://git.example/flights.git"),
        ("SSH://git@git.example/flights.git", "SSH://git@git.example/flights.git"),
    ],
)
def test_check_address__what_git_knows__goes_to_git(address, place):
    assert check_address(address, start=START) == place


@given(st.text(max_size=40) | st.from_regex(r"(-{0,2}|[a-z]{1,4}::|[a-z]{2,5}://|)[a-z@:/.=-]{0,20}", fullmatch=True))
def test_check_address__anything__is_refused_or_neither_option_nor_helper(address):
    try:
        place = check_address(address, start=START)
    except ConfigError:
        return
    assert not place.startswith("-")
    assert "::" not in place.partition("/")[0].rpartition("]")[2]
    scheme, separator, _ = place.partition("://")
    assert not separator or "/" in scheme or scheme.lower() in SCHEMES or ":" in scheme


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://ann:pa@ss@git.example/x?private_token=1", "https://git.example/x"),
        ("https://token@git.example/x", "https://git.example/x"),
        ("/srv/what?.git", "/srv/what?.git"),
        ("git@git.example:x", "git@git.example:x"),
    ],
)
def test_public__address__says_neither_who_nor_with_what(address, shown):
    assert public(address) == shown
