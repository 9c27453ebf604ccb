"""ci_ml/config/source.py: YAML as nodes with places, and nothing that a file can do to the reader."""

import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_ml.config import read_config
from ci_ml.config.source import MAX_DEPTH, MAX_LENGTH, MAX_NODES, Node, parse
from ci_ml.errors import CiMlError, ConfigError

FULL = """\
models:
  late-flight:
    task: binary
    train: {stage: train}
    predict: {command: python p.py, inputs: ["*.py"]}
    artifact: models/late_flight.txt
    predictions: reports/predictions.parquet
    columns: {id: flight_id, y_true: late, y_score: probability, group: date, weight: null}
    positive: true
    threshold: 0.5
    slices: [carrier, "age >= 60"]
    cost: {false_positive: 1, false_negative: 5}
    metrics: [roc_auc, log_loss, brier_score]
    gates:
      auc-floor: {metric: roc_auc, minimum: 0.65}
      carriers: {metric: roc_auc, slice: carrier, max_regression: 0.02}
      size: {file: models/late_flight.txt, max_size_mb: 50}
    stages: [staging, production]
    on_merge: {promote: production}
    monitor:
      current: data/incoming/*.parquet
      retrain: {confirm: 2 of 3, cooldown_days: 14}
registry: {remote: origin, branch: main}
"""


def refusal(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, name="ci-ml.yaml")
    return caught.value.message


def test_parse__nested_values__know_where_they_start():
    root = parse("a:\n  b: [1, x]\n", name="f")

    ((key, value),) = root.value
    assert (key.value, key.line, key.column) == ("a", 1, 1)
    ((_, items),) = value.value
    assert [(item.value, item.line, item.column) for item in items.value] == [(1, 2, 7), ("x", 2, 10)]


def test_parse__number__keeps_the_text_it_was_written_as():
    ((_, value),) = parse("v: 1.10", name="f").value

    assert (value.value, value.text) == (1.1, "1.10")


def test_parse__nothing_after_the_colon__is_at_its_key():
    ((_, value),) = parse("a:\n\n\n", name="f").value

    assert value == Node("scalar", None, 1, 1)


@pytest.mark.parametrize("word", ["yes", "no", "on", "off", "012", "1:30"])
def test_parse__words_that_yaml_1_1_took_for_something_else__are_read_as_yaml_1_2(word):
    assert parse(word, name="f").value == (12 if word == "012" else word)


def test_parse__date__is_text():
    assert parse("2013-07-01", name="f").value == "2013-07-01"


def test_parse__empty_or_only_comments__is_an_empty_mapping():
    assert parse("", name="f") == parse("# nothing\n", name="f") == Node("mapping", (), 1, 1)


def test_parse__anchor_used_within_bounds__is_the_value_again():
    assert parse("a: &x {n: 1}\nb: *x\n", name="f").plain() == {"a": {"n": 1}, "b": {"n": 1}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1\n", "ci-ml.yaml:2:1: not valid YAML: expected ',' or ']', but got '<stream end>'."),
        ("a:\n\tb: 1\n", "ci-ml.yaml:2:1: not valid YAML: found character '\\t' that cannot start any token."),
        ("a: *b\n", "ci-ml.yaml:1:4: not valid YAML: found undefined alias 'b'."),
        ("a: 1\n---\nb: 2\n", "ci-ml.yaml:2:1: not valid YAML: but found another document."),
        ("a: 1\nb: \x07\n", "ci-ml.yaml:2:4: not valid YAML: the character U+0007 is not allowed."),
        ("a: 1\nb: 2\na: 3\n", "ci-ml.yaml:3:1: key 'a' stands twice (also on line 1)."),
        ("1: a\n'1': b\n", "ci-ml.yaml:2:1: key '1' stands twice (also on line 1)."),
        ("? [a, b]\n: 1\n", "ci-ml.yaml:1:3: a key must be a plain word."),
        ("a: &a {x: 1}\nb: {<<: *a}\n", "ci-ml.yaml:2:5: '<<' is not read here."),
        (
            "a: !!python/object:os.system x\n",
            "ci-ml.yaml:1:4: the tag '!!python/object:os.system' is not allowed here.",
        ),
        ("a: !mine x\n", "ci-ml.yaml:1:4: the tag '!mine' is not allowed here."),
        ("a: !!bool perhaps\n", "ci-ml.yaml:1:4: 'perhaps' cannot be read as bool."),
        ("a: !!int ''\n", "ci-ml.yaml:1:4: '' cannot be read as int."),
        ("a: 2013-13-45\n", "ci-ml.yaml:1:4: '2013-13-45' cannot be read as timestamp."),
        ("a: &a [*a]\n", "ci-ml.yaml: nested too deeply for a configuration."),
    ],
)
def test_parse__fault__is_named_with_its_place(text, message):
    assert refusal(text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "a: &a [x,x,x,x,x,x,x,x,x]\n"
            + "".join(f"{b}: &{b} [{','.join(['*' + a] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
            f"ci-ml.yaml:1:16: more than {MAX_NODES:,} values: not a configuration.",
        ),
        ("[" * 10_000, f"ci-ml.yaml:1:{MAX_DEPTH + 1}: nested too deeply for a configuration."),
        ("{a: " * 10_000, "ci-ml.yaml:1:801: nested too deeply for a configuration."),
        ("- " * 5_000, "ci-ml.yaml: nested too deeply for a configuration."),
        ("#" * 200_000, f"ci-ml.yaml has 200,000 characters; a configuration has at most {MAX_LENGTH:,}."),
    ],
    ids=["laughs", "brackets", "braces", "dashes", "length"],
)
def test_parse__small_file_that_asks_for_endless_work__is_refused_at_once(text, message):
    tracemalloc.start()
    started = time.process_time()

    assert refusal(text) == message

    seconds, (_, peak) = time.process_time() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 2.5
    assert peak < 30e6


# Whatever the text, the user gets a configuration or a message ---------------------------------------------------

# fmt: off
SHREDS = st.sampled_from([
    "!!bool x", "!!int ''", "!!float ''", "!!timestamp x", "!!null x", "!!binary x", "!!set {a}", "!!omap [a: 1]",
    "&a ", "*a", "<<: *a", "%YAML 1.1\n---\n", "%TAG ! x\n---\n", "? ", "- ", "{", "}", "[", "]", ": ", "\t", "\n  ",
    "|\n", "> ", "'", '"', "#", "---", "...", "\u2028", "\x00", "\x85", "\ufeff", "1e400", "9" * 400, "0o8", "1_000",
    "2013-13-45", "2001-12-14t21:59:43.10-05:00", ".nan", ".inf", "-.inf", "~", "=", "@", "`", "\ud800", "190:20:30",
]) | st.text(max_size=4)
# fmt: on


def stays_calm(text: str) -> None:
    try:
        read_config(text)
    except CiMlError as error:
        assert all(line.isprintable() for line in error.message.split("\n"))
        assert error.message.startswith("ci-ml.yaml")


@given(st.lists(SHREDS, max_size=8).map("".join))
def test_read_config__any_text__is_read_or_refused_in_words(text):
    for place in ("{}", "models:\n  m: {}", "models: {{m: {{task: binary, predictions: p, positive: {}}}}}"):
        stays_calm(place.format(text))


@settings(max_examples=200)
@given(st.data())
def test_read_config__valid_text_with_shreds_in_it__is_read_or_refused_in_words(data):
    text = FULL
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 12)))
        text = text[:start] + data.draw(SHREDS) + text[end:]
    stays_calm(text)
