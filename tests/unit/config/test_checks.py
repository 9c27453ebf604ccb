"""ci_ml/config/checks.py: what a configuration accepts is what the rest of ci-ml can carry."""

import dataclasses
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ci_ml.conditions import is_slice, parse
from ci_ml.config import Model, Registry, Step, read_config
from ci_ml.errors import CiMlError, ConfigError
from ci_ml.names import check_model, check_stage, is_model, is_stage

NAMES = st.text("abC09_-/.:", max_size=14) | st.from_regex(r"[a-z./-]{0,8}:?[a-z/_-]{1,8}", fullmatch=True) | st.text()


def accepts(check, text: str) -> bool:
    try:
        check(text)
    except CiMlError:
        return False
    return True


@given(NAMES)
@example("a" * 200)
@example("a" * 201)
@example("a/" * 60 + "b")
@example("a.lock/b:m")
@example("../a:m")
@example("models/churn:classifier")
def test_is_model__any_text__is_a_name_exactly_where_the_registry_takes_it(text):
    assert is_model(text) == accepts(check_model, text)


@given(NAMES)
@example("s" * 64)
@example("s" * 65)
def test_is_stage__any_text__is_a_stage_exactly_where_the_registry_takes_it(text):
    assert is_stage(text) == accepts(check_stage, text)


@given(st.text("ab <>=!16.'\"", max_size=10) | st.text(max_size=6))
def test_is_slice__any_text__is_taken_exactly_where_slices_can_be_cut_by_it(text):
    assert accepts(parse, text) == is_slice(text)


@given(
    st.text(st.characters(exclude_characters="<>=!"), min_size=1).filter(str.strip),
    st.sampled_from(["==", "!=", "<=", ">=", "<", ">"]),
    st.text(st.characters(exclude_characters="<>=!", exclude_categories=["Cc"]), min_size=1).filter(str.strip),
)
@example("age", ">=", "60")
def test_is_slice__column_sign_and_value__is_a_condition(column, sign, value):
    assert is_slice(f"{column} {sign} {value}")
    assert is_slice(column)


@pytest.mark.parametrize("text", [">= 60", "age >=", "age => 60", "age >= ", "= x", "a ! b = c", "=="])
def test_is_slice__half_a_condition__is_none(text):
    assert not is_slice(text)


# What git and DVC are given as an argument -------------------------------------------------------------------------

ARGUMENTS = {
    "models.m.baseline": "    baseline: {}\n",
    "models.m.folder": "    folder: {}\n",
    "models.m.train.stage.0": "    train: {{stage: {}}}\n",
    "models.m.train.stage.1": "    train: {{stage: [good, {}]}}\n",
    "models.m.predict.stage.0": "    predict: {{stage: {}}}\n",
    "models.m.stages.0": "    stages: [{}]\n",
    "models.m.on_merge.promote": "    on_merge: {{promote: {}}}\n",
    "registry.remote": "registry: {{remote: {}}}\n",
    "registry.branch": "registry: {{branch: {}}}\n",
}


@pytest.mark.parametrize("value", ["-f", "--output=/tmp/x", "-1", "--"])
@pytest.mark.parametrize("key", ARGUMENTS)
def test_read_config__argument_of_git_or_dvc__never_begins_with_a_dash(key, value):
    text = "models:\n  m:\n    task: binary\n    predictions: p.csv\n" + ARGUMENTS[key].format(value)

    with pytest.raises(ConfigError, match=f"{re.escape(key)} is '?{value}'?"):
        read_config(text)


def test_argument__keys__are_those_that_are_tried_above():
    def marked(shape: type) -> set[str]:
        return {f"{shape.__name__}.{f.name}" for f in dataclasses.fields(shape) if f.metadata.get("argument")}

    assert marked(Model) | marked(Step) | marked(Registry) == {
        "Model.baseline", "Model.folder", "Step.stage", "Registry.remote", "Registry.branch"
    }  # fmt: skip
