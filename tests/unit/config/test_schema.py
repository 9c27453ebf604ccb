"""ci_ml/config/schema.py: the schema for editors says what the reader says."""

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, Union

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from ci_ml import assets
from ci_ml.config.convert import Reader
from ci_ml.config.schema import build_schema
from ci_ml.config.shape import Document, Gate, Step
from ci_ml.config.source import parse
from ci_ml.rules.table import RULES
from ci_ml.vocabulary import METRICS

SIMPLE = """
models:
  churn:
    task: binary
    train: python train.py
    predictions: predictions.csv
"""
FULL = """
models:
  late-flight:
    task: binary
    train: {stage: train}
    predict: {stage: [features, predict]}
    artifact: models/late_flight.txt
    predictions: reports/predictions.parquet
    columns: {id: flight_id, y_true: late, y_score: probability, group: date, weight: null, latency_ms: null}
    positive: true
    threshold: 0.5
    slices: [carrier, origin]
    fairness: {by: []}
    cost: {false_positive: 1, false_negative: 5}
    metrics: [roc_auc, log_loss, brier_score]
    baseline: production
    gates:
      auc-floor:     {metric: roc_auc, minimum: 0.65}
      auc-no-worse:  {metric: roc_auc, max_regression: 0.002}
      carriers:      {metric: roc_auc, slice: carrier, max_regression: 0.02}
      size:          {file: models/late_flight.txt, max_size_mb: 50}
    undecided: warn
    stages: [staging, production]
    on_merge: {promote: production}
    monitor:
      current: data/incoming/*.parquet
      timestamp: scheduled_at
      labels: {column: late, mature_after_days: 1}
      retrain: {confirm: 2 of 3, cooldown_days: 14, max_per_month: 2, max_gpu_hours_per_month: 20}
registry: {remote: origin, branch: main, allowed_signers: SIGNERS, approvals: {production: 2}}
"""

VALIDATOR = Draft202012Validator(build_schema())


def read(text: str) -> Document:
    return Reader("ci-ml.yaml").read(parse(text, name="ci-ml.yaml"), Document, ())


def plain(text: str) -> Any:
    return parse(text, name="ci-ml.yaml").plain()


def complaints(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(plain(text))]


def test_build_schema__shipped_file__is_current():
    shipped = json.loads(assets.read_text("schema", "ci-ml.schema.json"))

    assert shipped == build_schema(), "run: make schema"


def test_build_schema__itself__is_valid_draft_2020_12():
    Draft202012Validator.check_schema(build_schema())


@pytest.mark.parametrize("text", [SIMPLE, FULL], ids=["simple", "full"])
def test_build_schema__documented_examples__are_accepted_by_schema_and_reader(text):
    read(text)

    assert complaints(text) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("task: binary", "task: binay"),
        ("artifact:", "artefact:"),
        ("threshold: 0.5", "threshold: half"),
        ("minimum: 0.65", "minimun: 0.65"),
        ("metric: roc_auc, minimum", "metric: rocauc, minimum"),
        ("minimum: 0.65", "minimum: 0.65, maximum: 0.9"),
        ("max_regression: 0.002", "max_regression: -0.002"),
        ("max_size_mb: 50", "max_size_mb: null"),
        ("{file: models/late_flight.txt,", "{file: models/late_flight.txt, metric: f1,"),
        ("metrics: [roc_auc, log_loss, brier_score]", "metrics: [roc_auc, logloss]"),
        ("stages: [staging, production]", "stages: []"),
        ("undecided: warn", "undecided: ignore"),
        ("train: {stage: train}", "train: {}"),
        ("train: {stage: train}", "train: {stage: train, command: make}"),
        ("predictions: reports", "prediction: reports"),
        ("late-flight:", "late flight:"),
        ("max_per_month: 2,", "max_per_month: 2.5,"),
        ("artifact: models", "artifact: /models"),
        ("registry: {", "registri: {"),
    ],
)
def test_build_schema__typo__is_refused(right, wrong):
    assert FULL.count(right) >= 1

    assert complaints(FULL.replace(right, wrong)) != []


def test_build_schema__every_key__has_a_description():
    def walk(node: Any) -> list[str]:
        if not isinstance(node, dict):
            return [name for item in node for name in walk(item)] if isinstance(node, list) else []
        keys = node.get("properties", {}).items() if node.get("type") == "object" else ()
        silent = [name for name, schema in keys if not schema.get("description")]
        return silent + [name for value in node.values() for name in walk(value)]

    assert walk(build_schema()) == []


# Laws over generated documents ----------------------------------------------------------------------------------

WORDS = st.from_regex(r"[a-z]{1,6}", fullmatch=True)
NUMBERS = st.one_of(st.integers(0, 9), st.sampled_from([0.25, 1.5, 1e-9, 1e9]))
ANYTHING = st.one_of(
    st.none(), st.booleans(), WORDS, st.just(""), st.integers(-3, 3), st.just(0.5), st.just([]), st.lists(WORDS, max_size=2),
    st.just({}), st.dictionaries(WORDS, WORDS, max_size=2),
)  # fmt: skip


def values_of(hint: Any, name: str = "") -> st.SearchStrategy[Any]:
    """Plain data of a type of `shape`, as a user would write it."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return WORDS
    if hint is Step:
        return st.one_of(
            WORDS, st.fixed_dictionaries({"stage": st.one_of(WORDS, st.lists(WORDS, min_size=1, max_size=2))})
        )
    if hint is Gate:
        return st.builds(
            lambda metric, hypothesis, threshold: {"metric": metric, hypothesis: threshold},
            st.sampled_from(sorted(METRICS)),
            st.sampled_from([name for name, rule in RULES.items() if rule.about != "size"]),
            NUMBERS,
        )
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint)
        required = [f.name for f in dataclasses.fields(hint) if f.default is f.default_factory is dataclasses.MISSING]
        strategies = {key: values_of(value, key) for key, value in hints.items()}
        return st.fixed_dictionaries(
            {key: strategies[key] for key in required},
            optional={key: strategies[key] for key in hints if key not in required},
        )
    if origin is tuple:
        item = st.sampled_from(sorted(METRICS)) if name == "metrics" else values_of(args[0])
        return st.one_of(item, st.lists(item, min_size=name == "stages", max_size=3, unique=True))
    if origin is Mapping:
        return st.dictionaries(WORDS, values_of(args[1]), min_size=name == "models", max_size=2)
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (Union, types.UnionType):
        return st.one_of([values_of(option) for option in args])
    return {str: WORDS, int: st.integers(0, 9), float: NUMBERS, bool: st.booleans(), type(None): st.none()}[hint]


def paths_of(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where each value of a document stands, the document itself apart."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [found for key, child in children for found in [(*path, key), *paths_of(child, (*path, key))]]


@st.composite
def damaged_documents(draw):
    """A document with one value replaced, or one key renamed."""
    document = draw(values_of(Document))
    path = draw(st.sampled_from(paths_of(document)))
    parent = document
    for key in path[:-1]:
        parent = parent[key]
    if isinstance(parent, dict) and draw(st.booleans()):
        parent[draw(WORDS)] = parent.pop(path[-1])
    else:
        parent[path[-1]] = draw(ANYTHING)
    return document


@given(values_of(Document))
def test_build_schema__any_document_of_the_right_types__is_accepted_by_schema_and_reader(document):
    read(json.dumps(document))

    assert [error.message for error in VALIDATOR.iter_errors(document)] == []


@given(damaged_documents())
def test_build_schema__whatever_it_accepts__the_reader_accepts(document):
    if VALIDATOR.is_valid(document):
        read(json.dumps(document))
