"""Which card a model's page shows, and what it says where it has none to show."""

import pytest
from registry_makers import NOW, grow, hexes, registered

from ci_ml.registry.event_builder import Draft, seal
from ci_ml.registry.history import History, Release
from ci_ml.registry.payloads import Promoted, Vacated, Withdrawn
from ci_ml.reports.registry_card import LONGEST, NAME, body, card_path, card_shown, main_stage

CARD = b"---\nlicense: mit\n---\n# `m`\n\n## What it is for\n\nTo rank.\n"
AT = "models/m/versions/v1.0.0/model_card.md"


def put(version: str, stage: str = "production") -> Promoted:
    return Promoted(stage=stage, version=version, replaces=None, commit=hexes("c", 40))


def filed(card: bytes | None = CARD) -> History:
    """One version in no stage, with a card (None: without)."""
    draft = Draft(model="m", payload=registered("a", "v1.0.0"), evidence={} if card is None else {NAME: card})
    return seal(History(model="m"), (draft,), id="command-1", at=NOW, recorded_by="Ann").history


def shown(history: History, content: bytes | None = CARD):
    found = card_shown(history, {AT: content}.get)
    assert found is not None
    return found


def test_card_shown__no_stage_held__is_that_of_the_latest_version():
    history = grow(filed(), registered("b", "v1.1.0"))

    assert (shown(filed()).release.version, shown(filed()).stage) == ("v1.0.0", "")
    assert shown(filed()).body == "### What it is for\n\nTo rank."
    assert (shown(history).release.version, shown(history).why) == ("v1.1.0", "was registered without a card")


def test_card_shown__stage_held__is_that_of_its_holder_though_others_are_newer():
    history = grow(filed(), put("v1.0.0"), registered("b", "v1.1.0"), put("v1.1.0", "staging"))

    found = shown(history)

    assert (found.release.version, found.stage, found.why) == ("v1.0.0", "production", "")


def test_card_shown__everything_withdrawn__is_that_of_the_newest():
    history = grow(filed(), registered("b", "v1.1.0"), Withdrawn(version="v1.0.0"), Withdrawn(version="v1.1.0"))

    assert shown(history).release.version == "v1.1.0"


def test_card_shown__no_version__is_none():
    assert card_shown(History(model="m"), lambda _: CARD) is None


@pytest.mark.parametrize(
    ("card", "content", "why"),
    [
        (None, CARD, "was registered without a card"),
        (CARD, None, "has a card that could not be read when this page was made"),
        (CARD, CARD + b" ", "has a card that is not the one that was filed: ci-ml registry verify"),
        (b"x" * (LONGEST + 1), b"x" * (LONGEST + 1), "has a card too long for this page"),
    ],
)
def test_card_shown__nothing_to_show__says_why(card, content, why):
    found = shown(filed(card), content)

    assert (found.body, found.why) == ("", why)


def test_card_shown__imported__says_so():
    history = filed()
    imported = Release(version="v1.0.0", commit=hexes("c", 40), facts=None, registered=history.events[0])
    history = History(model="m", events=history.events, releases={"v1.0.0": imported})

    assert shown(history).why == "was imported, so there is no card of it"


@pytest.mark.parametrize(
    ("moves", "expected"),
    [
        ((), ""),
        ((put("v1.0.0", "staging"),), "staging"),
        ((put("v1.0.0"), put("v1.0.0", "staging")), "production"),
        ((put("v1.0.0", "dev"), put("v1.0.0", "live")), "live"),
        ((put("v1.0.0", "dev"), put("v1.0.0"), Vacated(stage="production", version="v1.0.0")), "dev"),
    ],
)
def test_main_stage__held_stages__production_or_the_one_that_was_first_entered_last(moves, expected):
    assert main_stage(grow(filed(), *moves)) == expected


def test_card_path__monorepo_name__is_in_its_folder():
    assert card_path(History(model="a/b:c"), "v1.0.0") == "models/a%2Fb=c/versions/v1.0.0/model_card.md"


def test_body__dashes_and_titles_further_down__stay():
    assert body("---\na: b\n---\n# m\n\n## x\n\n---\n\ny\n") == "### x\n\n---\n\ny"
    assert body("## x\n") == "### x"
