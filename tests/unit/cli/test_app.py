"""ci_ml/cli/app.py: the world as a command sees it."""

from datetime import UTC, datetime

import pytest

from ci_ml.cli.app import App
from ci_ml.errors import ConfigError

NOW = datetime(2013, 3, 4, 5, 6, 7, tzinfo=UTC)
HEAD = "models: {m: {task: binary, predictions: p.csv}}\n"


@pytest.fixture
def app(bench) -> App:
    bench.write("ci-ml.yaml", HEAD)
    return App(start=bench.root, now=NOW)


def with_environ(app: App, **environ: str) -> App:
    return App(start=app.start, now=NOW, environ=environ)


def test_config__byte_order_mark_and_accents__are_read(app, bench):
    bench.write("ci-ml.yaml", b"\xef\xbb\xbf# \xc3\xa9\n" + HEAD.encode())

    assert list(app.config.models) == ["m"]


def test_config__folder_of_that_name__is_none(app, bench):
    bench.remove("ci-ml.yaml")
    bench.write("ci-ml.yaml/x", "")

    with pytest.raises(ConfigError) as caught:
        _ = app.config

    assert caught.value.message == "work/ has no ci-ml.yaml."


def test_actor__run_of_a_host__is_who_triggered_it_and_the_run(app):
    environ = {"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ada", "GITHUB_RUN_ID": "7"}

    assert with_environ(app, **environ).actor == "ada (run 7)"
    assert with_environ(app, GITHUB_ACTIONS="true").actor == "github-actions (run ?)"


def test_actor__laptop__is_whoever_commits_else_the_user_else_ci_ml(app, bench, monkeypatch):
    assert app.actor == "Ada"
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.delenv(f"GIT_{role}_NAME")
        monkeypatch.delenv(f"GIT_{role}_EMAIL")
    assert with_environ(app, USER="grace").actor == "grace"
    assert app.actor == "ci-ml"
    bench.git("config", "user.name", "Mary <Ann> Evans")
    bench.git("config", "user.email", "mary@example.org")
    assert app.actor == "Mary Ann Evans"


def test_log__configured_remote__is_used_only_where_git_knows_it(app, bench):
    assert app.log.remote is None
    bench.git("remote", "add", "upstream", "/x")
    bench.write("ci-ml.yaml", HEAD + "registry: {remote: upstream}\n")

    assert App(start=bench.root, now=NOW).log.remote == "upstream"


@pytest.mark.parametrize(("quiet", "err"), [(False, "going on\nwarning: careful\n"), (True, "warning: careful\n")])
def test_note__quiet__leaves_warnings_and_answers(app, capsys, quiet, err):
    talker = App(start=app.start, now=NOW, quiet=quiet)
    talker.note("going on")
    talker.warn("careful")
    talker.out("answer\n\n")

    said = capsys.readouterr()
    assert (said.out, said.err) == ("answer\n", err)
