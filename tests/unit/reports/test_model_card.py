"""The card of one version: read as GitHub would render it, whole, bare, cut short, and attacked.

`CI_ML_GOLDEN=1 pytest tests/unit/reports/test_model_card.py` writes the golden files anew; look at the difference.
"""

import os
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hostile import EXPECTED_TAGS, HOSTILE, harm
from hypothesis import given, settings
from hypothesis import strategies as st
from makers import CARRIERS, failing, first, hostile, make_comparison, make_judgement, make_slice, regression
from registry_makers import facts

from ci_ml.config.card import MOST, CardFile, meanings
from ci_ml.registry.provenance import Provenance
from ci_ml.reports.card_origin import origin
from ci_ml.reports.model_card import LARGEST, Written, build_card, render_card
from ci_ml.reports.report import words

GOLDEN = Path(__file__).parent / "golden"
WRITE_GOLDEN = os.environ.get("CI_ML_GOLDEN") == "1"
PROVENANCE = Provenance(
    commands=("python train.py", "python predict.py"),
    code={"train.py": "git:" + "a" * 40, "features.py": "git:" + "b" * 40},
    data={"data/flights.parquet": "md5:" + "c" * 32},
    parameters={"train.rounds": 200, "train.objective": "binary"},
    environment={"requirements.txt": "git:" + "e" * 40},
    features=("carrier", "dest", "hour"),
    seconds=1.04,
    machine="2 processors",
)
WRITTEN = Written(
    path="card.yaml",
    pins={"lightgbm": "4.6.0", "numpy": "2.1.0"},
    card=CardFile(
        purpose="Says how likely a flight is to be late.\n\nThe desk decides with it which connections to watch.\n",
        owners=("Operations research", "Ann Example"),
        contact="ops-research@example.com",
        licence="Apache-2.0",
        intended_use=("Ranking departures by risk.",),
        out_of_scope=("Pay or blame of crews.", "Airports other than New York's."),
        data=("All flights that left New York in 2013 and landed.",),
        limits=("The weather is observed, not forecast.",),
        risks=("A late flight that was called safe costs a connection.",),
        ethics=("No personal data.",),
        tags=("flights",),
        library="lightgbm",
        pipeline_tag="tabular-classification",
    ),
)
STORIES = {
    "whole": lambda: render_card(facts("a", pull_request=12), make_judgement(), PROVENANCE, WRITTEN),
    "bare": lambda: render_card(facts("a"), first(), Provenance(), Written()),
    "by_force": lambda: render_card(
        facts("a"), failing(), PROVENANCE, Written(path="card.yaml", card=CardFile(purpose="Ranks flights."))
    ),
}


def card_of(judgement=None, provenance=PROVENANCE, written=WRITTEN, **changes):
    return build_card(facts("a", **changes), judgement or make_judgement(), provenance, written)


def body_of(page: bytes) -> str:
    """Without the front matter, which is YAML."""
    return page.decode().partition("\n---\n")[2]


def rendered(page: bytes) -> str:
    return cmarkgfm.markdown_to_html_with_extensions(
        body_of(page),
        options=Options.CMARK_OPT_UNSAFE,
        extensions=["table", "autolink", "strikethrough", "tagfilter", "tasklist"],
    )


def structure(page: bytes) -> list[str]:
    """The tags in their order, but for code spans, whose value may also be shown as text."""
    return [tag for tag in re.findall(r"</?[a-z0-9]+", rendered(page)) if not tag.endswith("code")]


def attacked(value: str) -> bytes:
    """Every place that people, data, files or branches can write to, filled with one value."""
    said = {
        key: (value,) if key not in ("purpose", "contact", "licence", "library", "pipeline_tag") else value
        for key in meanings()
    }
    provenance = Provenance(
        commands=(value,),
        code={value: value},
        data={value: value},
        parameters={value: value},
        environment={value: value},
        features=(value,),
        seconds=1.0,
        machine=value,
    )
    own = facts("a", run_url=value[:2000])
    return render_card(own, hostile(value), provenance, Written(path=value, pins={value: value}, card=CardFile(**said)))


@cache
def harmless() -> list[str]:
    return structure(attacked("x y"))


@pytest.mark.parametrize("story", STORIES)
def test_render_card__each_story__reads_as_reviewed(story):
    page = STORIES[story]()
    golden = GOLDEN / f"card_{story}.md"
    if WRITE_GOLDEN:
        golden.write_bytes(page)

    assert page.decode() == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("value", HOSTILE)
def test_render_card__hostile_value_in_every_place__does_nothing(value):
    assert harm(rendered(attacked(value)), expected=EXPECTED_TAGS | {"h1"}) == []


@pytest.mark.parametrize("value", [value for value in HOSTILE if value.strip() and "\n\n" not in value])
def test_render_card__hostile_value_in_every_place__leaves_the_card_as_it_was_laid_out(value):
    assert structure(attacked(value)) == harmless()


@settings(max_examples=20, deadline=None)
@given(st.text(alphabet="\\|`a @#:$-_*<>&;[]()!~.1", min_size=1, max_size=12).filter(lambda v: v.strip()))
def test_render_card__any_value__leaves_the_card_as_it_was_laid_out(value):
    assert structure(attacked(value)) == harmless()


def test_render_card__thousands_of_slices_and_a_long_file__stay_small_and_say_what_is_left_out():
    slices = tuple(
        make_slice(f"slice {'x' * 40} {i}", 9_000 - i, CARRIERS[0].deltas["roc_auc"], by=f"by{i % 7}")
        for i in range(3000)
    )
    provenance = replace(
        PROVENANCE,
        data={f"data/{i:05}": "md5:" + "c" * 32 for i in range(5000)},
        parameters={f"p{i:05}": i for i in range(5000)},
        features=tuple(f"f{i:05}" for i in range(5000)),
        commands=tuple(f"step {i}" for i in range(500)),
    )
    card = CardFile(purpose="\\" * (MOST - 100))

    page = render_card(
        facts("a"), make_judgement(comparison=make_comparison(slices=slices)), provenance, Written(path="c", card=card)
    )

    assert len(page) <= LARGEST
    for left_out in (
        "more slices: `evaluation.json`",
        "4,980 more files: `provenance.json`",
        "4,960 more parameters: `provenance.json`",
    ):
        assert left_out in page.decode()
    assert "and 4,960 more |" in page.decode()


def test_render_card__little_room__leaves_out_slices_first():
    given = (facts("a"), make_judgement(), PROVENANCE, WRITTEN)
    whole = render_card(*given)

    assert b"8 more slices: `evaluation.json`" in render_card(*given, most=len(whole) - 1)
    assert b"Slices</b>" not in render_card(*given, most=100)


def test_build_card__against_a_version__says_when_against_what_and_on_which_rows():
    assert words(card_of().judged) == (
        "Judged on 2026-03-01 against v1.0.0, which was in production then, on 12,377 rows of 59 groups that were held "
        "out, 2,581 of them positive."
    )
    dated = make_judgement(comparison=make_comparison(dates=("2013-01-01", "2013-02-28")))
    assert "groups that were held out, from 2013-01-01 to 2013-02-28, 2,581 of them" in words(card_of(dated).judged)
    assert words(card_of(first()).judged) == (
        "Judged on 2026-03-01 by itself on 12,377 rows of 59 groups that were held out, 2,581 of them positive."
    )


def test_build_card__metrics__carry_level_interval_and_change():
    rows = card_of().metrics

    assert [row.metric for row in rows] == ["roc_auc", "average_precision", "log_loss", "brier_score"]
    assert (rows[0].value, rows[0].interval, rows[0].baseline) == ("0.746", "[0.731, 0.760]", "0.669")
    assert (rows[0].change, rows[0].direction) == ("+0.077 [+0.054, +0.097]", "higher")
    assert (rows[2].interval, rows[2].change, rows[2].direction) == ("", "-0.039", "lower")


def test_build_card__regression__has_no_calibration_and_no_positives():
    card = card_of(regression())

    assert card.calibration == ""
    assert "positive" not in words(card.judged)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (WRITTEN, []),
        (
            Written(path="card.yaml", card=replace(WRITTEN.card, purpose=None, limits=())),
            [
                "Not stated: purpose (add purpose: to card.yaml)",
                "Not stated: known limits (add limits: to card.yaml)",
            ],
        ),
        (Written(path="card.yaml", problem="card.yaml:3:1: no key."), ["Not read: card.yaml: card.yaml:3:1: no key."]),
        (
            Written(),
            [
                "Not stated: purpose, owners, contact, licence, intended use, uses out of scope, where the data come from, "
                "known limits, risks, ethical considerations (write them into a file, and name it in ci-ml.yaml: card: FILE)"
            ],
        ),
    ],
)  # fmt: skip
def test_build_card__what_people_did_not_write__is_named_with_where_to_write_it(written, expected):
    assert [words(lack) for lack in card_of(written=written).missing] == expected


def test_build_card__what_could_not_be_known__is_named_with_its_remedy():
    assert [words(lack) for lack in card_of(provenance=Provenance()).missing] == [
        "Not pinned: the environment (commit a lock file, such as requirements.txt)",
        "Not known: the model's features (name them in ci-ml.yaml: features: FILE)",
        "Not known: parameters (name their files in ci-ml.yaml: params: [FILE])",
        "Not recorded: time and machine of the training (ci-ml train records them)",
    ]


def test_origin__summed_up_files__are_shown_by_their_digest():
    provenance = replace(PROVENANCE, environment={"*": "sha256:" + "1" * 64})
    found = origin(facts("a", judged_commit="2" * 40), make_judgement(), provenance, pins={})

    said = {fact.name: words(fact.value) for fact in found.facts}
    assert said["environment"] == "several files, sha256:" + "1" * 64
    assert said["judged as"] == "commit " + "2" * 40
    assert "libraries" not in said
