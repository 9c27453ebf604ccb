import re
import subprocess
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ci_ml.errors import ConfigError
from ci_ml.names import check_model, check_stage, check_version, decode, encode, in_tag, parse_version

GTO_FULLNAME = re.compile(r"([a-zA-Z0-9-_./]+:)?[a-zA-Z0-9]([a-zA-Z0-9-/_]*[a-zA-Z0-9])?")


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("late-flight", "late-flight"),
        ("m", "m"),
        ("a/b", "a%2Fb"),
        ("models/churn:classifier", "models%2Fchurn=classifier"),
        ("v1.2/x_y:n", "v1.2%2Fx_y=n"),
    ],
)
def test_encode__allowed_name__one_path_component_and_back(name, folder):
    assert encode(name) == folder
    assert decode(folder) == name


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "tags cannot carry it"),
        ("late flight", "tags cannot carry it"),
        ("m_", "tags cannot carry it"),
        ("a:b:c", "tags cannot carry it"),
        ("naïve", "tags cannot carry it"),
        ("m\n", "tags cannot carry it"),
        ("m@v1", "tags cannot carry it"),
        ("-x:m", "it starts with '-'"),
        ("../x:m", "it contains '..'"),
        ("/x:m", "it has an empty part between slashes"),
        ("a//b", "it has an empty part between slashes"),
        (".git/x:m", "git allows no part such as '.git'"),
        ("a.lock/x:m", "git allows no part such as 'a.lock'"),
        ("m" * 201, "it is longer than 200 bytes"),
        ("a/" * 60 + "a" * 90, "it is longer than 200 bytes"),
    ],
)
def test_check_model__name_that_tags_or_paths_cannot_carry__says_why(name, why):
    with pytest.raises(ConfigError) as caught:
        check_model(name)

    assert caught.value.message.endswith(f"cannot be a model's name: {why}.")
    assert caught.value.hint == "Letters, digits, '-', '_' and '/' in between; for a monorepo 'folder:name'."


@pytest.mark.parametrize("folder", ["..", ".", ".git", "a:b", "a%2fb", "a%2F", "%2E%2E", "a%2F%2Fb", "a b", ""])
def test_decode__folder_that_no_model_has__is_none(folder):
    assert decode(folder) is None


@settings(max_examples=300)
@given(st.one_of(st.text(max_size=40), st.from_regex(GTO_FULLNAME, fullmatch=True)))
def test_check_model__any_text__is_refused_or_safe_everywhere(name):
    try:
        folder = encode(name)
    except ConfigError as error:
        assert error.message.isprintable()
        return
    assert GTO_FULLNAME.fullmatch(name)
    assert re.fullmatch(r"[A-Za-z0-9_%=.-]{1,200}", folder)
    assert folder not in (".", "..")
    assert not folder.startswith((".", "-"))
    assert decode(folder) == name


@settings(max_examples=40, deadline=None)
@given(st.from_regex(GTO_FULLNAME, fullmatch=True).filter(lambda name: len(name) < 100))
def test_check_model__name_in_gtos_grammar__is_refused_exactly_where_git_refuses_the_tag(name):
    reference = f"refs/tags/{in_tag(name)}@v1.0.0"
    git_takes_it = subprocess.run(["git", "check-ref-format", reference], check=False).returncode == 0
    try:
        check_model(name)
        allowed = True
    except ConfigError:
        allowed = False

    # A leading dash is fine for git's format, but commands would take the name for an option.
    assert allowed == (git_takes_it and not name.startswith("-"))


@pytest.mark.parametrize("stage", ["prod", "eu/prod", "p1", "a-b_c"])
def test_check_stage__allowed__is_itself(stage):
    assert check_stage(stage) == stage


@pytest.mark.parametrize("stage", ["", "prod!", "a.b", "-x", "x-", "a//b", "../x", "x" * 65, "é", "a\n"])
def test_check_stage__tags_cannot_carry_it__is_refused(stage):
    with pytest.raises(ConfigError) as caught:
        check_stage(stage)

    assert caught.value.message.endswith("cannot be a stage's name.")


@pytest.mark.parametrize("text", ["v0.0.0", "v1.2.3", "v1.0.0-rc.1", "v1.0.0-x-y.7+b.001"])
def test_parse_version__semantic__comes_back_the_same(text):
    assert str(parse_version(text)) == text


@pytest.mark.parametrize(
    "text", ["1.0.0", "v1.0", "v01.0.0", "v1.0.0-01", "v1.0.0\n", "V1.0.0", "v1.0.0-", "v" + "1" * 65]
)
def test_check_version__not_semantic__is_refused(text):
    with pytest.raises(ConfigError) as caught:
        check_version(text)

    assert caught.value.hint == "Versions look like v1.2.3."


def test_precedence__the_order_of_the_standard__is_kept():
    # The example of semver.org, section 11, and releases around it.
    ordered = ["v0.9.9", "v1.0.0-alpha", "v1.0.0-alpha.1", "v1.0.0-alpha.beta", "v1.0.0-beta", "v1.0.0-beta.2"]
    ordered += ["v1.0.0-beta.11", "v1.0.0-rc.1", "v1.0.0", "v1.0.9", "v1.0.10", "v1.9.0", "v1.10.0", "v2.0.0"]

    ranks = [parse_version(text).precedence for text in ordered]
    assert all(lower < higher for lower, higher in pairwise(ranks))
