"""Commands of the story: shown as typed, run for real, apart from the user's own settings."""

import sys

import pytest

from ci_ml.demo.workspace import open_workspace
from ci_ml.errors import DataError


@pytest.fixture
def told():
    return []


@pytest.fixture
def work(tmp_path, told):
    environ = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "GIT_DIR": "/elsewhere",
        "GITHUB_ACTIONS": "true",
        "GITHUB_TOKEN": "secret",
    }
    space = open_workspace(tmp_path / "demo", say=told.append, note=lambda _: None, environ=environ)
    space.clone.mkdir()
    return space


def test_type__command_that_answers__shows_the_command_and_its_answer(work, told):
    ran = work.type("""python -c "print('one'); print('two')" """.strip())

    assert told == ["""$ python -c "print('one'); print('two')\"""", "one", "two"]
    assert (ran.code, ran.out) == (0, "one\ntwo\n")


def test_type__some_lines_wanted__shows_only_those_and_returns_all(work, told):
    ran = work.type("""python -c "print('one'); print('two')" """.strip(), keep=lambda line: line == "two")

    assert told[1:] == ["two"]
    assert ran.out == "one\ntwo\n"


def test_type__exit_code_that_is_expected__is_shown(work, told):
    assert work.type('python -c "raise SystemExit(10)"', expect=(0, 10)).code == 10
    assert told[1:] == ["(exit code 10)"]


def test_run__exit_code_that_is_not_expected__stops_with_the_last_words(work):
    with pytest.raises(DataError) as caught:
        work.run("""python -c "import sys; print('half'); print('then this', file=sys.stderr); sys.exit(3)" """.strip())

    assert caught.value.message.splitlines()[0].endswith("ended with exit code 3.")
    assert caught.value.message.splitlines()[1:] == ["  half", "  then this"]
    assert caught.value.hint == f"cd {work.clone}  (everything up to here is there)"


def test_run__what_goes_to_stderr__is_progress(tmp_path):
    noted = []
    work = open_workspace(tmp_path / "demo", say=lambda _: None, note=noted.append, environ={"PATH": "/usr/bin:/bin"})
    work.clone.mkdir()

    ran = work.run("""python -c "import sys; print('step 1', file=sys.stderr)" """.strip())

    assert (noted, ran.out) == (["    step 1"], "")


def test_open_workspace__users_settings_and_ci_variables__are_not_seen(work, tmp_path):
    (tmp_path / ".gitconfig").write_text("[user]\n\tname = Somebody Else\n[commit]\n\tgpgSign = true\n")

    assert work.run("git config --global user.name").out == "Ada\n"
    assert work.run("git init -q .").out == ""
    assert (work.clone / ".git").is_dir()
    assert not [name for name in work.env if name.startswith("GITHUB_") or name == "GIT_DIR"]


def test_run__python__is_the_one_that_runs_ci_ml(work):
    assert work.run('python -c "import sys; print(sys.prefix)"').out.strip() == sys.prefix


def test_tell__long_paragraph__is_wrapped_at_80_columns_with_room_around_it(work, told):
    work.say("before")
    work.tell("word " * 40)
    work.heading("after")

    assert max(map(len, told)) <= 80
    assert told[:2] == ["before", ""]
    assert told[-3:] == ["", "after", "─────"]
    assert " ".join(told[2:-3]).split() == ["word"] * 40
    assert told.count("") == 2  # never two blank lines together
