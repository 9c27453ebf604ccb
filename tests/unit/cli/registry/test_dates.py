"""ci_ml/cli/registry/dates.py: dates as they are typed."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from registry_makers import fails

from ci_ml.cli.registry.dates import parse_moment
from ci_ml.errors import ConfigError


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2013-03-03", "2013-03-03T23:59:59+00:00"),
        ("9999-12-31", "9999-12-31T23:59:59+00:00"),
        ("2013-03-03T12:00", "2013-03-03T12:00:00+00:00"),
        ("2013-03-03 12:00:01", "2013-03-03T12:00:01+00:00"),
        ("2013-03-03T12:00:00Z", "2013-03-03T12:00:00+00:00"),
        ("2013-03-03T00:30+01:00", "2013-03-02T23:30:00+00:00"),
        ("2013-03-03T12:00:00.5-08:00", "2013-03-03T20:00:00.500000+00:00"),
    ],
)
def test_parse_moment__what_people_type__is_utc(typed, meant):
    assert parse_moment(typed, option="--at").isoformat() == meant


def test_parse_moment__day_as_a_beginning__is_its_first_second():
    assert parse_moment("2013-03-03", option="--since", day_ends=False).isoformat() == "2013-03-03T00:00:00+00:00"


@pytest.mark.parametrize(
    "typed",
    ["yesterday", "", "2013", "20130303", "2013-W10", "2013-02-30", "2013-03-03T25:00", "0001-01-01T00:00+23:59", "٢٠١٣-٠٣-٠٣"],
)  # fmt: skip
def test_parse_moment__anything_else__is_refused(typed):
    assert fails(ConfigError, lambda: parse_moment(typed, option="--until")) == (
        f"'{typed}' is not a date.",
        "--until 2013-03-03, or 2013-03-03T12:00:00Z",
    )


@given(
    st.text(max_size=30) | st.from_regex(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d)?)?(Z|[+-]\d\d:\d\d)?", fullmatch=True)
)
@example("9999-12-31T23:59:59-23:59")
def test_parse_moment__any_text__is_a_moment_or_a_clear_error(typed):
    try:
        assert parse_moment(typed, option="--at").tzinfo is not None
    except ConfigError as error:
        assert error.message.endswith(" is not a date.")
