"""ci_ml/cli/adapters.py: what a command works with, built from where it was typed and its environment."""

from datetime import UTC, datetime

import pytest

from ci_ml.cli.adapters import actor, configured_stages, open_git, open_project, registry_log, root_around
from ci_ml.cli.app import App
from ci_ml.errors import ConfigError
from ci_ml.vocabulary import STAGES

NOW = datetime(2013, 3, 4, 5, 6, 7, tzinfo=UTC)
HEAD = "models: {m: {task: binary, predictions: p.csv}}\n"


@pytest.fixture
def app(bench) -> App:
    bench.write("ci-ml.yaml", HEAD)
    return App(start=bench.root, now=NOW)


def who(app: App, **environ: str) -> str:
    return actor(App(start=app.start, now=NOW, environ=environ), open_git(app))


def test_open_project__byte_order_mark_and_accents__are_read(app, bench):
    bench.write("ci-ml.yaml", b"\xef\xbb\xbf# \xc3\xa9\n" + HEAD.encode())

    assert list(open_project(app).config.models) == ["m"]


def test_open_project__folder_of_that_name__is_none(app, bench):
    bench.remove("ci-ml.yaml")
    bench.write("ci-ml.yaml/x", "")

    with pytest.raises(ConfigError) as caught:
        open_project(app)

    assert caught.value.message == "work/ has no ci-ml.yaml."


def test_actor__run_of_a_host__is_who_triggered_it_and_the_run(app):
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ada", "GITHUB_RUN_ID": "7"}

    assert who(app, **environ) == "ada (run 7)"
    assert who(app, GITHUB_ACTIONS="true") == "github-actions (run ?)"


def test_actor__laptop__is_whoever_commits_else_the_user_else_ci_ml(app, bench, monkeypatch):
    assert who(app) == "Ada"
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")
    assert who(app, USER="grace") == "grace"
    assert who(app) == "ci-ml"
    bench.git("config", "user.name", "Mary <Ann> Evans")
    bench.git("config", "user.email", "mary@example.org")
    assert who(app) == "Mary Ann Evans"


def test_registry_log__configured_remote__is_used_only_where_git_knows_it(app, bench):
    git = open_git(app)
    assert registry_log(git).remote is None
    bench.git("remote", "add", "upstream", "/x")
    bench.write("ci-ml.yaml", HEAD + "registry: {remote: upstream}\n")

    assert registry_log(git).remote == "upstream"


def test_configured_stages__broken_or_missing_configuration__keeps_nobody_from_reading(app, bench):
    assert configured_stages(bench.root, "m") == configured_stages(bench.root, None) == STAGES
    bench.write("ci-ml.yaml", "stages: [")
    assert configured_stages(bench.root, "m") == ()
    bench.remove("ci-ml.yaml")
    assert configured_stages(bench.root, None) == ()


def test_root_around__no_repository__is_none(app, tmp_path):
    assert root_around(app) == app.start
    assert root_around(App(start=tmp_path, now=NOW)) is None
