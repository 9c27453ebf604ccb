"""ci_ml/cli/app.py: the world as a command sees it."""

from datetime import UTC, datetime

import pytest

from ci_ml.cli.app import App

NOW = datetime(2013, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize(("quiet", "err"), [(False, "going on\nwarning: careful\n"), (True, "warning: careful\n")])
def test_note__quiet__leaves_warnings_and_answers(tmp_path, capsys, quiet, err):
    talker = App(start=tmp_path, now=NOW, quiet=quiet)
    talker.note("going on")
    talker.warn("careful")
    talker.out("answer\n\n")

    said = capsys.readouterr()
    assert (said.out, said.err) == ("answer\n", err)
