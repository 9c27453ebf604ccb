"""Every name that ci-ml accepts ends up in tags, and both git and GTO have to read those."""

import subprocess
from importlib.util import find_spec

import pytest
from gto_worlds import own_tags
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from registry_makers import STAGES, grow, hexes, registered

from ci_ml.errors import ConfigError
from ci_ml.names import VERSION_PATTERN, check_model, check_stage, check_version, encode, in_tag
from ci_ml.registry.gto.rules import parse_tag
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Deprecated, Promoted, Restored, Vacated, Withdrawn

needs_gto = pytest.mark.skipif(find_spec("gto") is None, reason="gto is not installed: pip install 'gto>=1.10,<2'")
COMMIT = hexes("c", 40)


def accepted(check, text):
    try:
        return check(text) == text
    except ConfigError:
        return False


# Mostly such as are refused for one character, so that what is accepted lies at the edge.
words = st.text(st.sampled_from("aB0_-/.:=@#!~ ^é"), min_size=1, max_size=12)
models = words.filter(lambda text: accepted(check_model, text)) | st.sampled_from(
    ["models/churn:classifier", "a.b/c-d:e_f", "x.lock:m", "m" * 200, "a=b", "0"]
).filter(lambda text: accepted(check_model, text))
stages = words.filter(lambda text: accepted(check_stage, text)) | st.sampled_from([*STAGES, "eu/prod", "s" * 64])
versions = st.from_regex(VERSION_PATTERN, fullmatch=True).filter(
    lambda text: text.isascii() and accepted(check_version, text)
) | st.sampled_from(["v1.0.0", "v1.0.0-rc.lock", "v1.0.0+linux.lock", "v0.0.0-0-"])


def all_tags(model, stage, version):
    """A tag of every form that ci-ml writes."""
    made = grow(
        History(model=model),
        registered("a", version, commit=COMMIT),
        Promoted(stage=stage, version=version, replaces=None, commit=COMMIT),
        Deprecated(version=None),
        Restored(version=None),
        Vacated(stage=stage, version=version),
        Withdrawn(version=version),
        Restored(version=version),
        Deprecated(version=None),
    )
    return own_tags(made)


@settings(max_examples=15, deadline=None)
@given(models, stages, versions)
def test_implied_tags__any_accepted_names__git_allows_them(model, stage, version):
    assert len(encode(model)) <= 200
    for tag in all_tags(model, stage, version):
        # A name that begins with a dash would be an option to git.
        assert not tag.name.startswith("-")
        done = subprocess.run(["git", "check-ref-format", f"refs/tags/{tag.name}"], check=False)
        assert done.returncode == 0, tag.name


@needs_gto
@settings(max_examples=60, deadline=None)
@given(models, stages, versions)
def test_implied_tags__any_accepted_names__gto_reads_them_as_meant(model, stage, version):
    from gto.constants import ACTION, NAME, STAGE, VERSION
    from gto.tag import parse_name

    for tag in all_tags(model, stage, version):
        read, own = parse_name(tag.name), parse_tag(tag.name)
        assert own is not None
        assert (read[NAME], read[ACTION].value) == (own.model, own.action)
        assert own.model == model
        assert (read.get(STAGE), read.get(VERSION)) == (own.stage, own.version)
        assert own.version in (version, None)


@needs_gto
@settings(max_examples=200, deadline=None)
@given(
    st.text(st.sampled_from("aB0._-/=@#!v1+"), max_size=24) | st.from_regex(r"[a-z]{1,3}[@#](v1\.0\.0|[a-z]+)!?(#\d+)?")
)
def test_parse_tag__any_text__is_read_exactly_where_gto_reads_it(text):
    from gto.tag import parse_name

    assume("\n" not in text)  # git allows none in a name
    assume(text.isascii())
    assert (parse_tag(text) is None) == (not parse_name(text, raise_on_fail=False))


@settings(max_examples=60, deadline=None)
@given(models, models)
def test_encode__two_names_that_differ_beyond_case__never_share_a_folder_or_a_tag(one, other):
    assume(one.lower() != other.lower())

    assert encode(one).lower() != encode(other).lower()
    assert in_tag(one).lower() != in_tag(other).lower()
