"""ci_ml/registry/version_changes.py: every pinned part of two versions is the same, told apart, or not known."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from registry_makers import facts, hexes

from ci_ml.hashing import json_digest
from ci_ml.registry.differences import Difference
from ci_ml.registry.provenance import Provenance
from ci_ml.registry.version_changes import _PARTS, differences


def test_differences__same_facts__are_all_the_same():
    whole = facts("a", io_schema=hexes("answers"))
    found = differences(whole, whole)

    assert (found.same, found.unknown, found.changes) == (tuple(_PARTS.values()), (), ())


def test_differences__without_provenance__are_told_by_digest():
    found = differences(facts("a"), facts("a", parameters=hexes("other"), environment=None))

    assert found.changes == (
        Difference(
            kind="parameters",
            what="parameters",
            baseline=f"sha256:{hexes('parameters')[:8]}",
            candidate=f"sha256:{hexes('other')[:8]}",
        ),
    )
    assert found.unknown == ("environment", "outputs")
    assert "parameters" not in found.same


def test_differences__no_parameters_and_no_lock_file__are_not_called_the_same():
    """What is filed of a model without them is the digest of nothing."""
    bare = facts("a", parameters=json_digest({}), environment=json_digest({}), io_schema=hexes("answers"))

    found = differences(bare, bare)

    assert found.unknown == ("parameters", "environment")
    assert not {"parameters", "environment"} & {*found.same}


def test_differences__with_provenance__are_told_in_detail():
    old = Provenance(parameters={"p:depth": 3}, data={"a.csv": "md5:" + "1" * 32}, seconds=1.0)
    new = Provenance(parameters={"p:depth": 4}, data={"a.csv": "md5:" + "2" * 32}, seconds=2.0)
    after = facts("a", parameters=hexes("other"), data={"a.csv": {"md5": "2" * 32}})

    found = differences(facts("a"), after, old, new)

    assert [(row.what, row.baseline, row.candidate) for row in found.changes] == [
        ("p:depth", "3", "4"),
        ("a.csv", "md5:11111111", "md5:22222222"),
        ("seconds to train", "1.0", "2.0"),
    ]


def test_on_the_same_rows__other_digest_of_them__is_told_as_what_describes_them():
    found = differences(facts("a"), facts("a", rows=hexes("other")))
    parameters = differences(facts("a"), facts("a", parameters=hexes("other")))

    rows = [found.on_the_same_rows(["day"], after).changes[0] for after in (["day", "a>1"], ["day"], [])]
    assert [(row.what, row.baseline, row.candidate) for row in rows] == [
        ("slices", "day", "day, a>1"),
        ("columns of the rows", found.changes[0].baseline, found.changes[0].candidate),
        ("slices", "day", ""),
    ]
    assert parameters.on_the_same_rows(["day"], []) == parameters


def test_differences__imported_version__is_known_in_nothing():
    found = differences(None, facts("a"))

    assert (found.same, found.unknown, found.changes) == ((), tuple(_PARTS.values()), ())


@given(st.fixed_dictionaries({name: st.sampled_from([None, hexes(1), hexes(2)]) for name in ("features", "parameters", "code", "environment", "rows")}), st.booleans())  # fmt: skip
def test_differences__any_facts__each_part_stands_in_just_one_place(changed, trained_again):
    found = differences(facts("a"), msgspec.structs.replace(facts("b" if trained_again else "a"), **changed))

    names = [*found.same, *found.unknown, *(row.what for row in found.changes)]
    assert sorted(names) == sorted(_PARTS.values())
