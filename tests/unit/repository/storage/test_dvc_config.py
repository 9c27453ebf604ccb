"""ci_ml/repository/storage/dvc_config.py and remotes.py: DVC's settings, merged as DVC merges them, and where they lead."""

import pytest

from ci_ml.errors import MachineError
from ci_ml.git.questions import Git
from ci_ml.repository.storage.dvc_config import DvcConfig, dvc_config_at, read_dvc_config
from ci_ml.repository.storage.http_remote import HttpRemote
from ci_ml.repository.storage.remotes import FolderRemote, install_line, open_remote

SHARED = "[core]\n    remote = s\n['remote \"s\"']\n    url = https://host/x\n    auth = basic\n    user = ann\n"


def test_read_dvc_config__user_s_own_settings__are_below_the_repository_s(bench, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    own = tmp_path / "home" / ".config" / "dvc" / "config"
    own.parent.mkdir(parents=True)
    own.write_text(
        "[core]\n    remote = mine\n['remote \"s\"']\n    url = https://host/x/\n    password = geheim\n    user = bob\n"
    )

    assert read_dvc_config(bench.root) == DvcConfig()  # DVC is not used here
    bench.write(".dvc/config", SHARED)
    bench.write(".dvc/config.local", "['remote \"s\"']\n    user = cem\n[cache]\n    dir = /big\n")

    config = read_dvc_config(bench.root)
    assert (config.default_remote, config.cache_folder) == ("s", "/big")
    assert config.remote("s") == {"url": "https://host/x", "auth": "basic", "user": "cem", "password": "geheim"}
    assert config.remote("other") == {}


@pytest.mark.parametrize("url", ["", "    url = https://elsewhere/x\n", "    url = https://host/other\n"])
def test_read_dvc_config__password_for_another_place__stays_at_home(bench, monkeypatch, tmp_path, url):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    own = tmp_path / "home" / ".config" / "dvc" / "config"
    own.parent.mkdir(parents=True)
    own.write_text(f"['remote \"s\"']\n{url}    auth = basic\n    password = geheim\n    user = bob\n    jobs = 4\n")
    bench.write(".dvc/config", "[core]\n    remote = s\n['remote \"s\"']\n    url = https://host/x\n")

    settings = read_dvc_config(bench.root).remote("s")

    assert settings == {"url": "https://host/x"} | ({"jobs": "4"} if not url else {})


def test_dvc_config_at__commit__has_the_settings_of_then(bench):
    bench.write(".dvc/config", SHARED)
    commit = bench.commit()
    bench.write(".dvc/config", "")

    assert dvc_config_at(Git(bench.root), commit).default_remote == "s"
    assert read_dvc_config(bench.root).default_remote is None


def test_read_dvc_config__file_that_cannot_be_read__is_said(bench):
    bench.write(".dvc/config/inside", "")

    with pytest.raises(MachineError) as caught:
        read_dvc_config(bench.root)

    assert caught.value.message == f"{bench.root / '.dvc' / 'config'} cannot be read: Is a directory."


def test_folder_remote__folder_that_cannot_be_read__is_said(tmp_path):
    (tmp_path / "loop").symlink_to("loop")

    with pytest.raises(MachineError) as caught:
        FolderRemote(tmp_path / "loop").has("files/md5/ab/cd")

    assert caught.value.message == f"{tmp_path / 'loop'} cannot be read: Too many levels of symbolic links."
    assert not FolderRemote(tmp_path / "nowhere").has("files/md5/ab/cd")


def remote(url: str, tmp_path, **settings):
    config = DvcConfig({"core": {"remote": "s"}, "remote s": {"url": url, **settings}})
    return open_remote(config, root=tmp_path / "work", workplace=tmp_path / "work")


def test_open_remote__folders_and_web_servers__need_no_dvc(tmp_path):
    assert remote("/store", tmp_path) == FolderRemote(tmp_path.__class__("/store"))
    assert remote("../../store", tmp_path) == FolderRemote(tmp_path / "store")
    assert isinstance(remote("HTTPS://host/x", tmp_path), HttpRemote)
    assert open_remote(DvcConfig(), root=tmp_path, workplace=tmp_path) is None


def test_open_remote__relative_folder_without_a_working_copy__is_refused(tmp_path):
    config = DvcConfig({"core": {"remote": "s"}, "remote s": {"url": "../store"}})

    with pytest.raises(MachineError) as caught:
        open_remote(config, root=None, workplace=tmp_path)

    assert caught.value.message == (
        "the DVC remote 's' is ../store, a folder beside a working copy, and there is none here."
    )


@pytest.mark.parametrize(("scheme", "package"), [("s3", " dvc-s3"), ("ssh", " dvc-ssh"), ("unheard-of", "")])
def test_install_line__kind_of_place__names_what_to_type(scheme, package):
    assert install_line(scheme) == f"pip install 'ci-ml[train]'{package}  (ci-ml from a path or a git URL: see README)"
