"""What imported tags came to is noted, and the notes say no more and no less than the events do."""

import json
from random import Random

import pytest
from gto_worlds import begin, go_on, raw_tags
from registry_makers import clone, hexes, make_remote, make_repository, plant, run_git

from ci_ml.registry import summary
from ci_ml.registry.history import History
from ci_ml.repository.event_log.log import EventLog

COMMITS = [hexes(number, 40) for number in range(6)]


def imported(seed: int, *, moves: int = 0) -> History:
    rng = Random(f"notes {seed}")
    made = begin("m", raw_tags(rng, "m", COMMITS[:4], count=30, crowded=seed % 2 == 0))
    return go_on(made, rng, COMMITS, moves_made=moves) if moves else made


def notes_of(git):
    return git.root / ".git" / "ci-ml" / "import-notes.json"


@pytest.fixture
def no_reading(monkeypatch):
    """From when it is called on, nobody may read all imported events any more."""

    def forbid():
        def read(*_):
            raise AssertionError("the imported events were read again")

        monkeypatch.setattr(summary, "read_beginning", read)

    return forbid


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("moves", [0, 3, 25])
def test_summaries__second_time__say_the_same_without_reading_the_imported_events(tmp_path, no_reading, seed, moves):
    git = make_repository(tmp_path / "alone")
    made = imported(seed, moves=moves)
    plant(git, made)

    expected = summary.summarise(reversed(made.events))
    first = EventLog(git, None).snapshot().summaries()["m"]
    no_reading()
    again = EventLog(git, None).snapshot().summaries()["m"]

    assert first == again == expected
    assert again.holders == made.holders
    assert again.latest_version == (made.latest.version if made.latest else None)
    assert again.since == {stage: made.tenure(stage).began for stage in made.holders}


def test_summaries__events_of_our_own_came_after__the_note_still_holds(tmp_path, no_reading):
    git = make_repository(tmp_path / "alone")
    made = imported(2)
    plant(git, made)
    EventLog(git, None).snapshot().summaries()
    run_git(git.root, "branch", "--delete", "--force", "model-registry")
    more = go_on(made, Random("more"), COMMITS, moves_made=4)
    plant(git, more)
    expected = summary.summarise(reversed(more.events))
    no_reading()

    assert EventLog(git, None).snapshot().summaries()["m"] == expected


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b"\xff\xfe", b'{"version": "0.0.0", "outcomes": {}}', b'{"version": "0.1.0", "outcomes": {"x": 1}}', b"[" * 9999],
)  # fmt: skip
def test_summaries__notes_of_another_version_or_damaged__are_made_anew(tmp_path, content):
    git = make_repository(tmp_path / "alone")
    made = imported(3)
    plant(git, made)
    notes_of(git).parent.mkdir()
    notes_of(git).write_bytes(content)

    assert EventLog(git, None).snapshot().summaries()["m"] == summary.summarise(reversed(made.events))
    assert len(json.loads(notes_of(git).read_bytes())["outcomes"]) == 1


def test_summaries__one_imported_event_is_another__is_not_answered_by_the_note(tmp_path):
    git = make_repository(tmp_path / "alone")
    one, other = imported(4), imported(5)
    plant(git, one)
    EventLog(git, None).snapshot().summaries()
    run_git(git.root, "branch", "--delete", "--force", "model-registry")
    plant(git, other)

    assert EventLog(git, None).snapshot().summaries()["m"] == summary.summarise(reversed(other.events))
    assert len(json.loads(notes_of(git).read_bytes())["outcomes"]) == 2


def test_summaries__nothing_imported__notes_nothing(tmp_path):
    bare, git = make_remote(tmp_path)
    own = clone(bare, tmp_path / "own")
    log = EventLog(own, "origin")

    assert log.snapshot().summaries() == {}
    assert not notes_of(own).exists()
    assert git.root.exists()


def test_summaries__folder_that_cannot_be_written__answers_all_the_same(tmp_path):
    git = make_repository(tmp_path / "alone")
    made = imported(1)
    plant(git, made)
    notes_of(git).parent.write_bytes(b"a file where the folder would be")

    assert EventLog(git, None).snapshot().summaries()["m"] == summary.summarise(reversed(made.events))
