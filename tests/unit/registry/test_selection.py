"""ci_ml/registry/selection.py: what stays of a history when somebody asks for a part of it."""

from dataclasses import replace
from datetime import timedelta

import msgspec
from registry_makers import NOW, grow, registered

from ci_ml.registry.history import History
from ci_ml.registry.payloads import Imported, Promoted, RolledBack, Vacated
from ci_ml.registry.selection import Selection, newest_first


def put(version, stage="production"):
    return Promoted(stage=stage, version=version, replaces=None, commit="5a" * 20)


HISTORY = grow(
    History(model="m"),
    registered("a", "v1.0.0"),  # 1
    put("v1.0.0"),
    registered("b", "v1.1.0"),  # 3
    put("v1.1.0", "staging"),
    put("v1.1.0"),  # 5
    RolledBack(stage="production", version="v1.0.0", left="v1.1.0"),
    Vacated(stage="staging", version="v1.1.0"),  # 7
)


def kept(**wanted):
    return [event.sequence for event in HISTORY.events if Selection(**wanted).keeps(event)]


def test_selection__nothing_asked__keeps_all():
    assert kept() == [1, 2, 3, 4, 5, 6, 7]


def test_selection__stage__keeps_every_move_of_it():
    assert kept(stage="production") == [2, 5, 6]
    assert kept(stage="staging") == [4, 7]


def test_selection__version__keeps_what_speaks_of_it_also_as_the_one_that_was_left():
    assert kept(version="v1.1.0") == [3, 4, 5, 6, 7]
    assert kept(version="v1.0.0", stage="production") == [2, 6]


def test_selection__times__are_both_included():
    minutes = [NOW + timedelta(minutes=number) for number in range(7)]

    assert kept(since=minutes[2], until=minutes[4]) == [3, 4, 5]


def test_selection__import__counts_by_when_it_happened():
    moved = msgspec.structs.replace(HISTORY.events[0], occurred_at=NOW - timedelta(days=9))

    assert not Selection(since=NOW).keeps(moved)


def test_selection__kind_of_a_newer_writer__is_found_by_the_same_names():
    strange = msgspec.structs.replace(HISTORY.events[0], kind="shadow", payload={"stage": "s", "version": "v1.0.0"})

    assert Selection(stage="s").keeps(strange)
    assert not Selection(version="v2.0.0").keeps(strange)


def test_selection__imported_tag__counts_by_what_its_name_says():
    tag = Imported(tag="m#production#4", object="5a" * 20, target="5a" * 20, annotated=True)
    imported = msgspec.structs.replace(HISTORY.events[0], kind="imported", payload=tag)

    assert Selection(stage="production").keeps(imported)
    assert not Selection(stage="staging").keeps(imported)
    assert Selection(version="v1.0.0").keeps(
        msgspec.structs.replace(imported, payload=msgspec.structs.replace(tag, tag="m@v1.0.0"))
    )


def test_newest_first__several_models__share_one_order():
    other = replace(HISTORY, model="n")
    events = newest_first((*HISTORY.events, *other.events))

    assert [event.sequence for event in events] == [7, 7, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
