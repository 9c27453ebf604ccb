import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_makers import facts, grow, hexes, registered

from ci_ml.names import parse_version
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Withdrawn
from ci_ml.registry.versions import next_version

OTHER = hexes("other")
OTHER_DATA = {"data/train.parquet": {"md5": hexes("new data", 32)}}


def history(*versions, **changes):
    return grow(History(model="m"), *(registered(version, version, **changes) for version in versions or ("v1.2.3",)))


def test_next_version__no_history__is_v1_0_0():
    assert next_version(History(model="m"), facts("a")) == ("v1.0.0", "major", "the first version")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("v1.2.4", "patch", "trained again on the same data")),
        ({"data": OTHER_DATA}, ("v1.2.4", "patch", "trained on other data")),
        ({"code": OTHER}, ("v1.3.0", "minor", "the code changed")),
        ({"features": OTHER}, ("v1.3.0", "minor", "the features changed")),
        ({"parameters": OTHER}, ("v1.3.0", "minor", "the parameters changed")),
        ({"environment": OTHER}, ("v1.3.0", "minor", "the environment changed")),
        ({"code": OTHER, "data": OTHER_DATA}, ("v1.3.0", "minor", "the code changed")),
        (
            {"code": OTHER, "features": OTHER, "parameters": OTHER},
            ("v1.3.0", "minor", "the code, the features and the parameters changed"),
        ),
        ({"features": None}, ("v1.3.0", "minor", "the features changed")),
    ],
)
def test_next_version__follows_from_what_changed(changes, expected):
    assert next_version(history(), facts("a", **changes)) == expected


def test_next_version__whether_code_changed_cannot_be_told__is_minor():
    before = history(code=None)

    assert next_version(before, facts("a", code=None)) == (
        "v1.3.0",
        "minor",
        "whether the code changed cannot be told",
    )


@pytest.mark.parametrize(
    ("before", "after", "step"),
    [(None, None, "patch"), (None, OTHER, "patch"), (hexes("s"), hexes("s"), "patch"), (hexes("s"), OTHER, "major")],
)
def test_next_version__other_schema__is_major_where_both_are_known(before, after, step):
    assert next_version(history(io_schema=before), facts("a", io_schema=after))[1] == step


def test_next_version__a_label__raises_the_step_and_says_so():
    assert next_version(history(), facts("a"), at_least="major") == (
        "v2.0.0",
        "major",
        "major was asked for; trained again on the same data",
    )


def test_next_version__a_label__never_lowers_the_step():
    assert next_version(history(), facts("a", code=OTHER), at_least="patch") == ("v1.3.0", "minor", "the code changed")


def test_next_version__counts_from_the_highest_and_not_the_newest():
    assert next_version(history("v1.10.0", "v1.9.0"), facts("a"))[0] == "v1.10.1"


def test_next_version__withdrawn_number__is_not_given_again():
    withdrawn = grow(History(model="m"), registered("a", "v1.0.0"), Withdrawn(version="v1.0.0"))

    assert next_version(withdrawn, facts("b"))[0] == "v1.0.1"


def test_next_version__after_a_prerelease__patch_is_the_release_itself():
    assert next_version(history("v2.0.0-rc.1"), facts("a"))[0] == "v2.0.0"


@given(
    st.lists(
        st.tuples(st.sampled_from(["code", "data", "features", "nothing"]), st.sampled_from([None, "minor", "major"])),
        max_size=8,
    )
)
def test_next_version__any_sequence__rises_strictly(steps):
    history = grow(History(model="m"), registered("start", "v1.0.0"))
    for number, (what, at_least) in enumerate(steps):
        changes = {} if what == "nothing" else {what: OTHER_DATA if what == "data" else hexes(number)}
        version, _, _ = next_version(history, facts(number, **changes), at_least=at_least)
        newest = list(history.releases)[-1]
        assert parse_version(version).precedence > parse_version(newest).precedence
        history = grow(history, registered(number, version, **changes))
