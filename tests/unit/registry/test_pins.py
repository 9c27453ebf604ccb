"""ci_ml/registry/pins.py: what a version pins, and what of it another one pins as well."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from registry_makers import facts, hexes

from ci_ml.hashing import json_digest
from ci_ml.registry.pins import PinnedPart, _part
from ci_ml.registry.version_changes import differences

NAMES = {
    "model": "model file",
    "data": "training data",
    "features": "features",
    "parameters": "parameters",
    "code": "code",
}


def test_pinned_parts__nothing_was_ever_recorded__is_not_said_to_be_as_before():
    """A model without parameters has the digest of no parameters."""
    bare = facts("a", parameters=json_digest({}))

    assert _part("parameters", bare, bare) == PinnedPart(name="parameters", now=None, before=None, same=True)


def test_pinned_parts__other_tree_and_the_same_code__is_the_same_code():
    """As after a change of the README: what trains the model is not the whole tree."""
    part = _part("code", facts("a", tree="1" * 40), facts("a", tree="2" * 40))

    assert part.same
    assert part.now == f"sha256:{hexes('code')[:12]}"


@pytest.mark.parametrize(
    ("new", "old", "shown"),
    [
        ({"a.csv": "1"}, {"a.csv": "2"}, ("md5:111111111111", "md5:222222222222")),
        ({"a.csv": "1"}, {"a.csv": "1"}, ("md5:111111111111", "md5:111111111111")),
    ],
)
def test_pinned_parts__single_file_of_data__is_known_by_its_own_digest(new, old, shown):
    new, old = ({path: {"md5": digit * 32} for path, digit in files.items()} for files in (new, old))

    part = _part("data", facts("a", data=new), facts("a", data=old))

    assert (part.now, part.before, part.same) == (*shown, shown[0] == shown[1])


def test_pinned_parts__renamed_file_of_data__is_told_apart():
    new, old = ({name: {"md5": "1" * 32}} for name in ("b.csv", "a.csv"))

    part = _part("data", facts("a", data=new), facts("a", data=old))

    assert not part.same
    assert part.now != part.before


@given(
    st.fixed_dictionaries(
        {
            name: st.sampled_from([None, hexes(1), hexes(2), json_digest({})])
            for name in ("features", "parameters", "code")
        }
    ),
    st.fixed_dictionaries(
        {name: st.sampled_from([None, hexes(1), json_digest({})]) for name in ("features", "parameters", "code")}
    ),
)
def test_pinned_parts__and_differences__agree_on_what_changed(old, new):
    """`ci-ml rollback` shows the one, `ci-ml registry diff` the other."""
    before, after = (msgspec.structs.replace(facts("a"), **changed) for changed in (old, new))
    found = differences(before, after)

    for part, name in NAMES.items():
        pinned = _part(part, after, before)
        recorded = pinned.now is not None and pinned.before is not None
        assert (name in found.unknown) == (not recorded)
        assert (name in found.same) == (recorded and pinned.same)
