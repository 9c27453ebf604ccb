"""ci_ml/registry/merging.py: what each merged commit asks of the registry."""

from hypothesis import given
from hypothesis import strategies as st

from ci_ml.registry.merging import Merged, answer_merges


def merged(*judged: bool) -> list[Merged]:
    return [Merged(commits=(f"c{n}", f"c{n}-later"), inputs=f"i{n}", judged=flag) for n, flag in enumerate(judged)]


def answers(*judged: bool) -> list[str]:
    return [answer for _, answer in answer_merges(merged(*judged))]


def test_answer_merges__nothing_merged__asks_nothing():
    assert answers() == []


def test_answer_merges__never_trained__is_stale_only_where_it_is_the_newest():
    assert answers(False) == ["stale"]
    assert answers(False, False) == ["superseded", "stale"]
    assert answers(False, True) == ["superseded", "judged"]
    assert answers(True, False, True, False) == ["judged", "superseded", "judged", "stale"]


def test_merged__several_commits__is_known_by_the_first():
    assert merged(True)[0].commit == "c0"


@given(st.lists(st.booleans(), max_size=8))
def test_answer_merges__any_walk__answers_each_once_in_order_with_at_most_one_stale(judged):
    walk = merged(*judged)
    found = answer_merges(walk)

    assert [one for one, _ in found] == walk
    assert all((answer == "judged") == one.judged for one, answer in found)
    assert [answer for _, answer in found[:-1]].count("stale") == 0
