"""ci_ml/repository/records.py: what was written down comes back, or is refused in words."""

import json
from dataclasses import replace

import makers
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_ml.errors import CiMlError, DataError
from ci_ml.evaluation.results import Comparison
from ci_ml.gates.judgement import Judgement
from ci_ml.registry.provenance import Provenance
from ci_ml.repository.records import MAX_BYTES, Record, StepRun, TrainingRecord, decode, encode, load, record_path, save

PROVENANCE = Provenance(
    commands=("python train.py",), code={"a.py": "git:00"}, parameters={"lr": 0.1, "deep": {"n": [1, None]}}
)
JUDGEMENTS = {name: make() for name, make in makers.STORIES.items()}
TRAINING = TrainingRecord(
    model="m",
    at="2013-03-04T05:06:07+00:00",
    commit=None,
    steps=(StepRun(name="command", command="x", seconds=1.5),),
    provenance=PROVENANCE,
    outputs={"m.bin": "ab"},
)


@pytest.mark.parametrize("name", JUDGEMENTS)
def test_decode__judgement_of_any_story__is_the_same_as_before(name):
    record = Record(judgement=JUDGEMENTS[name], provenance=PROVENANCE)

    again = decode(encode(record), Record, name="r")

    assert again == record
    assert again.provenance.inputs == PROVENANCE.inputs


def test_decode__training__is_the_same_as_before():
    assert decode(encode(TRAINING), TrainingRecord, name="r") == TRAINING


def test_encode__record__is_lines_that_a_person_can_read():
    assert encode(TRAINING).startswith(b'{\n  "schema": 1,\n  "model": "m",\n')


@pytest.mark.parametrize(
    ("content", "message", "hint"),
    [
        (b"", "r is not a record of ci-ml: Input data was truncated.", "Run ci-ml gate again."),
        (b"{}", "r is not a record of ci-ml: Object missing required field `model`.", "Run ci-ml gate again."),
        (b"[1]", "r is not a record of ci-ml: Expected `object`, got `array`.", "Run ci-ml gate again."),
        (b'{"schema": 2, "of": "another shape"}', "r was written by a newer ci-ml.", "Upgrade ci-ml."),
        (b" " * (MAX_BYTES + 1), "r is 4,194,305 bytes; a record has at most 4,194,304.", ""),
    ],
)
def test_decode__no_record__is_refused(content, message, hint):
    with pytest.raises(DataError) as caught:
        decode(content, TrainingRecord, name="r")

    assert (caught.value.message, caught.value.hint) == (message, hint)


@pytest.mark.parametrize("digest", ["../../etc/passwd", "ab", "AB" * 32, "ab" * 32 + "\n"])
def test_decode__digest_that_is_none__never_becomes_a_path(digest):
    record = json.loads(encode(Record(judgement=JUDGEMENTS[next(iter(JUDGEMENTS))], provenance=PROVENANCE)))
    record["judgement"]["candidate"]["predictions"]["sha256"] = digest

    with pytest.raises(DataError):
        decode(json.dumps(record).encode(), Record, name="r")


ENCODED = encode(Record(judgement=JUDGEMENTS[next(iter(JUDGEMENTS))], provenance=PROVENANCE))
KINDS = [Record, TrainingRecord, Judgement, Comparison, Provenance]


def stays_calm(content: bytes) -> None:
    for kind in KINDS:
        try:
            found = decode(content, kind, name="r")
        except CiMlError as error:
            assert error.message
        else:
            assert decode(encode(found), kind, name="r") == found


@given(st.binary(max_size=80) | st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["schema", "model", "judgement", "provenance"]), inner, max_size=3)).map(lambda v: json.dumps(v).encode()))  # fmt: skip
def test_decode__any_content__is_a_record_or_refused_in_words(content):
    stays_calm(content)


@settings(max_examples=60)
@given(st.data())
def test_decode__damaged_record__is_a_record_or_refused_in_words(data):
    start = data.draw(st.integers(0, len(ENCODED)))
    end = min(len(ENCODED), start + data.draw(st.integers(0, 30)))
    shred = data.draw(
        st.sampled_from([b"null", b"1e999", b"-1", b'"x"', b"[]", b"{}", b"\xff", b"9" * 40]) | st.binary(max_size=4)
    )
    stays_calm(ENCODED[:start] + shred + ENCODED[end:])


def test_decode__nesting_without_end__is_refused():
    stays_calm(b"[" * 200_000)
    stays_calm(b'{"provenance":' * 50_000)


def test_save__first_record__keeps_all_of_them_out_of_git(bench):
    path = save(bench.root, "models/churn:m", "training", TRAINING)

    assert path == bench.root / ".ci-ml" / "models%2Fchurn=m" / "training.json"
    assert load(bench.root, "models/churn:m", "training", TrainingRecord, made_by="ci-ml train") == TRAINING
    assert bench.git("status", "--porcelain") == ""


def test_load__nothing_yet__names_the_command_that_makes_it(tmp_path):
    with pytest.raises(DataError) as caught:
        load(tmp_path, "m", "judgement", Judgement, made_by="ci-ml gate")

    assert (caught.value.message, caught.value.hint) == ("there is no judgement of 'm' yet.", "ci-ml gate m")


def test_load__damaged_file__is_named_from_the_root(tmp_path):
    record_path(tmp_path, "m", "training").parent.mkdir(parents=True)
    record_path(tmp_path, "m", "training").write_text("{")

    with pytest.raises(DataError) as caught:
        load(tmp_path, "m", "training", TrainingRecord, made_by="ci-ml train")

    assert caught.value.message == ".ci-ml/m/training.json is not a record of ci-ml: Input data was truncated."


def test_inputs__machine_seconds_and_features__are_no_inputs():
    assert replace(PROVENANCE, seconds=3.0, machine="x", features=("a",)).inputs == PROVENANCE.inputs
    assert msgspec.json.decode(encode(PROVENANCE), type=Provenance).inputs == PROVENANCE.inputs
