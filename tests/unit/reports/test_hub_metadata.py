"""ci_ml/reports/hub_metadata.py: front matter by the hub's own rules, read back by two versions of YAML.

The rules are those of the hub's specification (https://github.com/huggingface/hub-docs/blob/main/modelcard.md) and of
`huggingface_hub.repocard_data`, which reads `model-index`: a result needs the task's type, the dataset's type and name,
and of each metric the type and the value.
"""

import math

import makers
import pytest
from hostile import HOSTILE
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from ci_ml.config.card import CardFile
from ci_ml.evaluation.results import Score
from ci_ml.reports.hub_metadata import front_matter, metadata

WRITTEN = CardFile(
    licence="Apache-2.0",
    languages=("en",),
    tags=("flights", "no", "1.10", "y"),
    library="lightgbm",
    pipeline_tag="tabular-classification",
)


def read(text: str) -> list[dict]:
    """What YAML 1.1 (as most hubs read it) and YAML 1.2 make of it."""
    assert text.startswith("---\n")
    assert text.endswith("\n---")
    answers = []
    for version in ((1, 1), (1, 2)):
        yaml = YAML(typ="safe", pure=True)
        yaml.version = version
        answers.append(yaml.load(text[4:-4]))
    return answers


def assert_obeys_the_hub(found: dict) -> None:
    texts = {"license", "license_name", "library_name", "pipeline_tag"}
    lists = {"language", "tags", "metrics"}
    assert set(found) <= texts | lists | {"model-index"}
    assert all(isinstance(found[key], str) and found[key] for key in texts & set(found))
    assert all(isinstance(item, str) for key in lists & set(found) for item in found[key])
    assert ("license_name" in found) <= (found.get("license") == "other")
    for model in found.get("model-index", []):
        assert isinstance(model["name"], str)
        for result in model["results"]:
            assert result["task"]["type"]
            assert result["dataset"]["type"]
            assert result["dataset"]["name"]
            assert result["metrics"]
            assert all(m["type"] and isinstance(m["value"], int | float) for m in result["metrics"])


def test_front_matter__everything_stated__says_it_in_the_hubs_words():
    first, second = read(front_matter("late-flight", makers.make_comparison(), WRITTEN))

    assert first == second
    assert_obeys_the_hub(first)
    (result,) = first["model-index"][0].pop("results")
    assert first == {
        "language": ["en"],
        "license": "apache-2.0",
        "library_name": "lightgbm",
        "pipeline_tag": "tabular-classification",
        "tags": ["flights", "no", "1.10", "y"],
        "metrics": ["roc_auc", "average_precision", "log_loss", "brier_score"],
        "model-index": [{"name": "late-flight"}],
    }
    assert result["task"] == {"type": "tabular-classification", "name": "Binary classification"}
    assert result["dataset"] == {
        "type": "held-out",
        "name": "held-out rows of late-flight",
        "split": "test",
        "revision": makers.ROWS_DIGEST,
        "args": {"rows": 12_377, "groups": 59},
    }
    assert result["metrics"][0] == {"type": "roc_auc", "name": "roc_auc", "value": 0.746}


def test_front_matter__nothing_stated__leaves_out_what_nobody_knows():
    comparison = makers.make_comparison(groups=None)

    found = read(front_matter("m", comparison, CardFile()))[0]

    assert list(found) == ["metrics", "model-index"]
    result = found["model-index"][0]["results"][0]
    assert result["task"]["type"] == "binary"
    assert result["dataset"]["args"] == {"rows": 12_377}


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("MIT", {"license": "mit"}),
        ("CC-BY-SA-4.0", {"license": "cc-by-sa-4.0"}),
        ("CC0-1.0", {"license": "cc0-1.0"}),
        ("Apache License 2.0", {"license": "other", "license_name": "apache-license-2.0"}),
        ("ours: internal use only!", {"license": "other", "license_name": "ours-internal-use-only"}),
        ("私有", {"license": "other"}),
        (None, {}),
    ],
)
def test_metadata__licence__is_the_hubs_identifier_or_other_with_a_name(said, expected):
    found = metadata("m", makers.make_comparison(), CardFile(licence=said))

    assert {key: value for key, value in found.items() if key.startswith("license")} == expected


@pytest.mark.parametrize("value", [0.0, -0.5, 1e-9, 123456789.0, 0.1 + 0.2, 1.0])
def test_front_matter__numbers__are_numbers_to_every_reader(value):
    comparison = makers.make_comparison(scores={"roc_auc": Score(metric="roc_auc", value=value)}, deltas={})

    for found in read(front_matter("m", comparison, CardFile())):
        read_back = found["model-index"][0]["results"][0]["metrics"][0]["value"]
        assert math.isclose(read_back, value, rel_tol=1e-5)


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_front_matter__no_number__is_left_out(value):
    scores = {"roc_auc": Score(metric="roc_auc", value=value), "f1": Score(metric="f1", value=0.5)}

    found = read(front_matter("m", makers.make_comparison(scores=scores, deltas={}), CardFile()))[0]

    assert found["metrics"] == ["f1"]
    assert [m["type"] for m in found["model-index"][0]["results"][0]["metrics"]] == ["f1"]


def test_front_matter__nothing_measured__has_no_model_index():
    comparison = makers.make_comparison(scores={}, deltas={})

    assert front_matter("m", comparison, CardFile()) == "---\n---"


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(HOSTILE) | st.text(max_size=60))
def test_front_matter__any_words__stay_one_value_between_the_dashes(words):
    written = CardFile(licence=words, tags=(words,), library=words, pipeline_tag=words, languages=(words,))

    text = front_matter(words, makers.make_comparison(rows_digest=words), written)

    first, second = read(text)
    assert first == second
    assert text.count("\n---") == 1
    assert set(first) <= {
        "language",
        "license",
        "license_name",
        "library_name",
        "pipeline_tag",
        "tags",
        "metrics",
        "model-index",
    }
