"""GTO's grammar and GTO's rules, each by the smallest case; tests/integration/test_gto_agreement.py asks GTO itself."""

import pytest
from registry_makers import hexes

from ci_ml.registry.gto.rules import Gto, parse_tag, version_of_commit

ONE, TWO, BARE = hexes("one", 40), hexes("two", 40), hexes("bare", 40)


def gto(*tags):
    """After tags such as ("m@v1.0.0", ONE), a second apart, or with the second as a third word."""
    made = Gto()
    for number, (name, commit, *second) in enumerate(tags):
        made.take(parse_tag(name), commit=commit, at=second[0] if second else number)
    return made


def shown(made, stage="prod"):
    found = made.shown(stage)
    return found.name if found else None


V1, V2 = ("m@v1.0.0", ONE), ("m@v1.1.0", TWO)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("rf@v1.2.0", ("rf", "register", "v1.2.0", None, None)),
        ("rf@v1.2.0#7", ("rf", "register", "v1.2.0", None, 7)),
        ("rf@v1.0.0-rc.1+linux!#8", ("rf", "deregister", "v1.0.0-rc.1+linux", None, 8)),
        ("rf#prod", ("rf", "assign", None, "prod", None)),
        ("models/fraud=rf#eu/prod!#005", ("models/fraud:rf", "unassign", None, "eu/prod", 5)),
        ("rf@deprecated#9", ("rf", "deprecate", None, None, 9)),
        ("rf@created", ("rf", "create", None, None, None)),
    ],
)
def test_parse_tag__gtos_grammar__is_taken_apart(name, parts):
    found = parse_tag(name)

    assert (found.model, found.action, found.version, found.stage, found.counter) == parts


@pytest.mark.parametrize(
    "name", ["m@1.0.0", "m.x@v1.0.0", "m_@v1.0.0", "a=b=c@v1.0.0", "m@v01.0.0", "m@deprecated!", "m", "v1.0.0", "m#"]
)
def test_parse_tag__what_gto_does_not_read__is_none(name):
    assert parse_tag(name) is None


@pytest.mark.parametrize("name", ["m@v1.0.0\n", "m#prod#1\n"])
def test_parse_tag__line_break__is_none(name):
    assert parse_tag(name) is None


def test_shown__newest_assignment__counts():
    assert shown(gto(V1, V2, ("m#prod#1", ONE), ("m#prod#2", TWO))) == "v1.1.0"


def test_shown__same_second__is_the_version_that_was_registered_first():
    assert shown(gto(V1, V2, ("m#prod#1", ONE, 9), ("m#prod#2", TWO, 9))) == "v1.0.0"


def test_shown__unassigned__falls_back_to_the_one_before():
    made = gto(V1, V2, ("m#prod#1", ONE), ("m#prod#2", TWO), ("m#prod!#3", TWO))

    assert shown(made) == "v1.0.0"
    assert [standing.name for standing in made.inside("prod")] == ["v1.0.0"]


def test_shown__deregistered__falls_back_until_it_is_registered_again():
    made = gto(V1, V2, ("m#prod#1", ONE), ("m#prod#2", TWO), ("m@v1.1.0!", TWO))
    assert shown(made) == "v1.0.0"
    assert [(stage, standing.name) for stage, standing in made.dormant("v1.1.0")] == [("prod", "v1.1.0")]

    made.take(parse_tag("m@v1.1.0#4"), commit=TWO, at=9)
    assert shown(made) == "v1.1.0"


def test_shown__deregistered_on_another_commit__changes_nothing():
    assert shown(gto(V1, ("m#prod#1", ONE), ("m@v1.0.0!", TWO))) == "v1.0.0"


def test_shown__commit_without_a_version__stays_even_when_it_is_unassigned():
    made = gto(("m#prod#1", BARE), ("m#prod!#2", BARE))

    assert shown(made) == version_of_commit(BARE) == f"v0.0.0-g{BARE}"


def test_shown__commit_that_gets_a_version__had_it_all_along():
    assert shown(gto(("m#prod#1", BARE), ("m@v3.0.0", BARE))) == "v3.0.0"
    # And now GTO minds the unassignment.
    assert shown(gto(("m#prod#1", BARE), ("m#prod!#2", BARE), ("m@v3.0.0", BARE))) is None


def test_meant__several_versions_on_the_commit__is_the_one_that_the_message_names():
    made = gto(V1, ("m@v1.1.0", ONE))
    assert made.crowded(ONE)

    said = "Assigning stage prod to artifact m version v1.0.0."
    assert made.meant(ONE, "prod", said) == "v1.0.0"
    assert made.meant(ONE, "prod", "") == "v1.1.0"
    assert made.meant(ONE, "prod", "v1.0.0 or v1.1.0") == "v1.1.0"
    made.take(parse_tag("m#prod#1"), commit=ONE, at=5, message=said)
    assert shown(made) == made.meant(ONE, "prod", "") == "v1.0.0"


def test_deprecated__is_over_as_soon_as_something_happens():
    assert gto(V1, ("m@deprecated", ONE)).deprecated
    assert not gto(V1, ("m@deprecated", ONE), ("m#prod#1", ONE)).deprecated
