import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from registry_makers import NOW, grow, hexes, moves_drawn, play, registered

from ci_ml.registry.gto.tags import implied_tags
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Declined, Deprecated, Promoted, Restored, RolledBack, Vacated, Withdrawn

ONE, TWO = hexes(("a", "commit"), 40), hexes(("b", "commit"), 40)


def put(version, stage="production"):
    return Promoted(stage=stage, version=version, replaces=None, commit=ONE)


def history(*payloads, model="late-flight", **more):
    return grow(History(model=model), registered("a", "v1.0.0"), registered("b", "v1.1.0"), *payloads, **more)


def tags(history, **more):
    return implied_tags(history, **{"witness": lambda sequence: f"{sequence:040x}", **more})


def names(history):
    return [(tag.name, tag.target) for tag in tags(history)]


def test_implied_tags__registrations_and_moves__are_gtos_with_unassignments_first():
    made = history(
        put("v1.0.0"),
        put("v1.1.0"),
        RolledBack(stage="production", version="v1.0.0", left="v1.1.0"),
        Vacated(stage="production", version="v1.0.0"),
        put("v1.1.0", "staging"),
    )

    assert names(made) == [
        ("late-flight@v1.0.0", ONE),
        ("late-flight@v1.1.0", TWO),
        ("late-flight#production#1", ONE),
        ("late-flight#production!#2", ONE),
        ("late-flight#production#3", TWO),
        ("late-flight#production!#4", TWO),
        ("late-flight#production#5", ONE),
        ("late-flight#production!#6", ONE),
        ("late-flight#staging#7", TWO),
    ]


def test_implied_tags__withdrawn_restored_deprecated__are_gtos():
    made = history(
        put("v1.0.0"),
        Withdrawn(version="v1.1.0"),
        Restored(version="v1.1.0"),
        Withdrawn(version="v1.1.0"),
        Deprecated(version="v1.0.0"),
        Restored(version="v1.0.0"),
        Deprecated(version=None),
        Restored(version=None),
        Deprecated(version=None),
        Declined(main_commit=ONE, cause="gates"),
    )

    # A deprecated version is no idea of GTO's, and a restored model is shown by saying again who holds what.
    assert names(made)[3:] == [
        ("late-flight@v1.1.0!", TWO),
        ("late-flight@v1.1.0#2", TWO),
        ("late-flight@v1.1.0!#3", TWO),
        ("late-flight@deprecated", TWO),
        ("late-flight#production#4", ONE),
        ("late-flight@deprecated#5", TWO),
    ]


def test_implied_tags__monorepo_name__is_written_with_an_equals_sign():
    assert names(history(put("v1.0.0", "eu/prod"), model="models/churn:classifier"))[1:] == [
        ("models/churn=classifier@v1.1.0", TWO),
        ("models/churn=classifier#eu/prod#1", ONE),
    ]


def test_implied_tags__message__says_what_why_and_where_to_check_it():
    made = history((RolledBack(stage="production", version="v1.0.0", left="v1.1.0"), "worse\n for  AA"))

    assert tags(made)[-1].message == (
        "Roll production of late-flight back from v1.1.0 to v1.0.0\n\n"
        "worse for AA\n\n"
        "Event: 3 of late-flight\n"
        "Registry: 0000000000000000000000000000000000000003\n"
    )


def test_implied_tags__no_witness_known__is_left_out():
    assert tags(history(), witness=lambda _: None)[0].message == (
        "Register late-flight v1.0.0\n\nEvent: 1 of late-flight\n"
    )


def test_implied_tags__since__gives_only_later_ones_with_the_same_numbers():
    made = history(put("v1.0.0"), put("v1.1.0"))

    assert tags(made, since=4) == tags(made)[-2:]


@pytest.mark.parametrize(
    ("recorded_by", "tagger"),
    [
        ("Ann <ann@example.com>", "Ann <ann@example.com>"),
        ("octocat (run 17)", "octocat (run 17) <ci-ml@localhost.invalid>"),
        ("", "ci-ml <ci-ml@localhost.invalid>"),
        ("<ann@example.com>", "ci-ml <ann@example.com>"),
        ("Ann\nobject 00 <x>", "Ann object 00 <ci-ml@localhost.invalid>"),
        ("Ann <a b@c>", "Ann <ci-ml@localhost.invalid>"),
        ("A<<b@c>>", "A <ci-ml@localhost.invalid>"),
    ],
)
def test_implied_tags__tagger__is_who_recorded_it_in_gits_form(recorded_by, tagger):
    from ci_ml.registry.event_builder import Draft, seal

    made = seal(
        History(model="m"),
        (Draft(model="m", payload=registered("a", "v1.0.0")),),
        id="command-1",
        at=NOW,
        recorded_by=recorded_by,
    ).history

    assert tags(made)[0].tagger == tagger


@settings(max_examples=150, deadline=None)
@given(moves_drawn())
def test_implied_tags__any_legal_moves__obey_gtos_rules(moves):
    made = play(moves)
    found = tags(made)

    assert len({tag.name for tag in found}) == len(found)
    # GTO orders by whole seconds.
    assert all(tag.at < after.at for tag, after in pairwise(found))
    assert all(tag.at >= made.events[tag.sequence - 1].at for tag in found)
    counters = [int(match[1]) for tag in found if (match := re.search(r"#(\d+)$", tag.name))]
    assert counters == list(range(1, len(counters) + 1))
    # A prefix of the log implies a prefix of the tags: nothing that was written changes afterwards.
    for count in range(len(made.events)):
        earlier = History(model="m", events=made.events[:count])
        assert tags(earlier) == tuple(tag for tag in found if tag.sequence <= count)
