"""ci_ml/repository/event_log/snapshot.py: no more is read than an answer needs, and nothing twice."""

import pytest
from registry_makers import MODEL, append, fails, fill, make_repository, plant, play_long, promoting

from ci_ml.errors import VerificationError
from ci_ml.git.cat_file import Lookup
from ci_ml.registry import fold
from ci_ml.repository.event_log.log import EventLog


@pytest.fixture
def git(tmp_path):
    return make_repository(tmp_path / "alone")


@pytest.fixture
def decoded(monkeypatch):
    """The numbers of the events that were decoded for a fold."""
    numbers = []
    decode = fold.decode

    def count(data, *, model, sequence):
        numbers.append(sequence)
        return decode(data, model=model, sequence=sequence)

    monkeypatch.setattr(fold, "decode", count)
    return numbers


def test_read__after_an_append__goes_on_from_what_was_read(git, decoded):
    log = fill(git)
    log.read(MODEL)
    decoded.clear()

    append(log, promoting("v1.0.0"))

    assert log.read(MODEL).holders == {"staging": "v1.0.0"}
    assert decoded == [3]


def test_read__event_altered_since_it_was_read__is_read_again(git, tmp_path):
    log = fill(git)
    log.read(MODEL)
    tip = git.ask("rev-parse", "model-registry").strip()
    event = f"models/{MODEL}/events/0000/00000001.json"
    altered = git.read(tip, event).replace(b"roc_auc", b"auc_roc")
    stream = f"commit refs/heads/model-registry\ncommitter A <a@b> 1362139200 +0000\ndata 1\nx\nfrom {tip}\n"
    stream += f"M 100644 inline {event}\ndata {len(altered)}\n"
    git.ask("fast-import", "--quiet", stdin=stream.encode() + altered + b"\n")

    log.refresh()

    message, _ = fails(VerificationError, lambda: log.read(MODEL))

    assert message == f"event 2 of {MODEL} does not follow the one before it: that one was altered or replaced."


def test_last__long_history__asks_one_git_process_for_the_newest_folder(tmp_path, git, monkeypatch):
    plant(git, play_long(2005))
    snapshot = EventLog(git, None).snapshot()
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    asked, tree = [], Lookup.tree
    monkeypatch.setattr(Lookup, "tree", lambda self, name: asked.append(name) or tree(self, name))

    assert snapshot.last(MODEL).sequence == 2005

    assert (tmp_path / "trace").read_text().count("built-in: git") == 1
    folder = f"{snapshot.head}:models/{MODEL}/events"
    assert asked == [folder, git.ask("rev-parse", f"{folder}/0002").strip()]
