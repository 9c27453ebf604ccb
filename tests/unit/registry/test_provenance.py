"""ci_ml/registry/provenance.py: what two models were made from, and the table of what differs."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_ml.hashing import json_digest
from ci_ml.registry.differences import Difference
from ci_ml.registry.provenance import Provenance, changes

BASE = Provenance(
    commands=("python train.py",),
    code={"train.py": "git:" + "a" * 40},
    data={"rows.csv": "md5:" + "b" * 32},
    parameters={"lr": 0.1, "depth": 3},
    environment={"uv.lock": "git:" + "c" * 40},
    features=("age", "city"),
    seconds=1.25,
)
SAME_DATA = Difference(kind="data", what="rows.csv", baseline="md5:bbbbbbbb", candidate="md5:bbbbbbbb", same=True)
SAME_TIME = Difference(kind="training", what="seconds to train", baseline="1.2", candidate="1.2")


def test_digest__known_values__never_change():
    # The names of stored records: a change here makes every merged tree look untrained.
    assert (
        json_digest({"b": [1, 2.5, None, True], "a": "é"})
        == "sha256:0b8cc543e984d4d7398f5f603a4b91d358a2565f1d6b6a058565d662854e37cf"
    )
    assert BASE.inputs == "sha256:d168ce744dc32973f203943b968ea7f7864b9f6a4225bcae4443d946c4f93598"


@given(st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3), max_size=4))
def test_digest__order_of_keys__does_not_matter(value):
    assert json_digest(value) == json_digest(dict(reversed(value.items())))


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, commands=("python train.py", "x")),
        replace(BASE, code={"train.py": "git:other"}),
        replace(BASE, code={"other.py": "git:" + "a" * 40}),
        replace(BASE, data={}),
        replace(BASE, parameters={"lr": 0.1, "depth": "3"}),
        replace(BASE, environment={}),
        replace(BASE, code=BASE.environment, environment=BASE.code),
    ],
)
def test_inputs__anything_that_goes_in__counts(other):
    assert other.inputs != BASE.inputs


def test_inputs__what_comes_out__does_not_count():
    assert replace(BASE, features=(), seconds=None, machine="x").inputs == BASE.inputs


def test_changes__same_model__says_that_the_data_are_the_same():
    assert changes(BASE, BASE) == (SAME_DATA, SAME_TIME)


def test_changes__every_kind__is_a_row_in_the_order_that_readers_ask():
    other = Provenance(
        commands=("python train.py --fast",),
        code={"train.py": "git:" + "d" * 40, "new.py": "git:" + "e" * 40},
        data={"rows.csv": "md5:" + "f" * 32},
        parameters={"lr": 0.2, "leaves": [1, 2], "name": "x"},
        environment={},
        features=("age", "zip"),
        seconds=2.0,
    )

    assert changes(BASE, other) == (
        Difference(kind="features", what="features", baseline="2", candidate="2: + zip, − city"),
        Difference(kind="parameter", what="depth", baseline="3", candidate=None),
        Difference(kind="parameter", what="leaves", baseline=None, candidate="[1, 2]"),
        Difference(kind="parameter", what="lr", baseline="0.1", candidate="0.2"),
        Difference(kind="parameter", what="name", baseline=None, candidate="x"),
        Difference(kind="data", what="rows.csv", baseline="md5:bbbbbbbb", candidate="md5:ffffffff"),
        Difference(kind="code", what="new.py", baseline=None, candidate="git:eeeeeeee"),
        Difference(kind="code", what="train.py", baseline="git:aaaaaaaa", candidate="git:dddddddd"),
        Difference(kind="environment", what="uv.lock", baseline="git:cccccccc", candidate=None),
        Difference(kind="code", what="command", baseline="python train.py", candidate="python train.py --fast"),
        Difference(kind="training", what="seconds to train", baseline="1.2", candidate="2.0"),
    )


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ((), ("a",), (None, "1: + a")),
        (("a", "b"), ("b", "a"), ("2", "2: in another order")),
        (("a",), (), ("1", "0: − a")),
        (("a",), ("a", *"bcdefghij"), ("1", "10: + b, c, d, e, f, g, h, i, … (9)")),
    ],
)
def test_changes__features__are_counted_and_the_first_named(before, after, said):
    change = changes(replace(BASE, features=before), replace(BASE, features=after))[0]

    assert (change.baseline, change.candidate) == said


def test_changes__time_that_one_side_lacks__is_no_row():
    assert changes(replace(BASE, seconds=None), BASE) == (SAME_DATA,)


def test_summed_up__few_files__are_all_kept():
    assert BASE.summed_up(1) == BASE


def test_changes__list_that_was_summed_up__is_one_row():
    many = replace(BASE, code={f"{n}.py": f"git:{n}" for n in range(5)})

    assert changes(many.summed_up(3), many)[:1] == (SAME_DATA,)
    other = replace(many, code=many.code | {"0.py": "git:x"})
    (_, change, _) = changes(many.summed_up(3), other)
    assert (change.kind, change.what, change.same) == ("code", "all files", False)
    assert change.baseline.startswith("sha256:")
    assert change.baseline != change.candidate
