"""A model card is filed with every version: from the words of the registered commit, pinned, and shown on the page."""

import hashlib
import json

import pytest
from workbench import CONFIG, FIRST, Workbench, add_model, train_and_gate

CARD = """\
purpose: Says which customers will leave.
owners: [Ann, Bea]
limits: Nobody has looked at new customers.
tags: [churn]
"""
# Commands without `inputs:` read all that git tracks; the card is not among it.
WITH_CARD = CONFIG.replace("    gates:\n", "    card: about/card.yaml\n    gates:\n").replace(
    "{command: python train.py, inputs: [train.py]}", "python train.py"
)


def judged(bench: Workbench, *, card: str | None, config: str = WITH_CARD) -> Workbench:
    """The first model on main, trained and judged, and not yet registered."""
    add_model(bench, weights=FIRST, config=config)
    if card is not None:
        bench.write("about/card.yaml", card)
    bench.commit("Start")
    train_and_gate(bench)
    bench.commit("first model")
    bench.push("main")
    return bench


def on_branch(bench: Workbench, path: str) -> str:
    return bench.git("show", f"origin/model-registry:models/churn/{path}")


def registered(bench: Workbench) -> dict:
    events = json.loads(bench.ci_ml("registry", "history", "churn", "--format", "json").out)["events"]
    return next(event for event in events if event["kind"] == "registered")


def test_register__with_a_card__files_pins_and_shows_it(remote_bench):
    bench = judged(remote_bench, card=CARD)

    done = bench.ci_ml("register")

    assert (done.code, done.out) == (0, "registered churn v1.0.0\n")
    raw = bench.git("cat-file", "blob", "origin/model-registry:models/churn/versions/v1.0.0/model_card.md") + "\n"
    filed = registered(bench)["evidence"]["models/churn/versions/v1.0.0/model_card.md"]
    assert filed == {"sha256": hashlib.sha256(raw.encode()).hexdigest(), "size": len(raw.encode())}
    assert raw.startswith("---\ntags:\n  - churn\nmetrics:\n")
    assert "\nSays which customers will leave.\n" in raw
    assert "| Ann, Bea | *not stated* | *not stated* |" in raw
    assert "- Not stated: contact (add `contact:` to `about/card.yaml`)\n" in raw
    assert f"commit | `{bench.head('main')}`" in raw
    page = on_branch(bench, "README.md")
    assert "## Model card of v1.0.0\n\nv1.0.0 is the latest version. This is [its card as it was filed]" in page
    assert "### What it is for\n\nSays which customers will leave.\n" in page
    assert "[model card](versions/v1.0.0/model_card.md)" in page


def test_promote_merged__with_a_card__shows_it_for_the_stage(remote_bench):
    bench = judged(remote_bench, card=CARD)

    assert bench.ci_ml("promote", "--merged").code == 0

    page = on_branch(bench, "README.md")
    assert "\nv1.0.0 is in production. This is [its card as it was filed]" in page
    assert "### What it is for\n\nSays which customers will leave.\n" in page
    assert bench.ci_ml("registry", "verify").code == 0


def test_register__without_a_card__says_what_nobody_stated(remote_bench):
    bench = judged(remote_bench, card=None, config=CONFIG)

    assert bench.ci_ml("register").said == (0, "")

    card = on_branch(bench, "versions/v1.0.0/model_card.md")
    assert "## What it is for\n\n*Not stated.*\n" in card
    assert "- Not stated: purpose, owners, contact, licence," in card


def test_register__words_changed_after_the_judging__are_those_of_the_commit_not_of_the_working_copy(remote_bench):
    bench = judged(remote_bench, card=CARD)
    bench.write("about/card.yaml", CARD.replace("leave", "stay"))
    bench.commit("Say it the other way round")  # other words train no other model: the judging still counts

    done = bench.ci_ml("register")

    assert done.code == 0, done
    assert "\nSays which customers will stay.\n" in on_branch(bench, "versions/v1.0.0/model_card.md")


@pytest.mark.parametrize(
    ("card", "message"),
    [
        (CARD + "purpos: x\n", "about/card.yaml:5:1: the file has no key 'purpos'."),
        (None, "about/card.yaml is not in commit {head}."),
    ],
)
def test_register__card_that_cannot_be_read__is_refused_and_a_merge_says_so_on_the_card(remote_bench, card, message):
    bench = judged(remote_bench, card=card)
    message = message.format(head=bench.head()[:7])

    refused = bench.ci_ml("register")
    merged = bench.ci_ml("promote", "--merged")

    assert refused.said == (2, f"error: {message}\n  try: Mend it and commit it; ci-ml check reads it, too.\n")
    assert (merged.code, merged.err) == (0, f"warning: the model card of churn lacks what people say: {message}\n")
    assert "- Not read: `about/card.yaml`" in on_branch(bench, "versions/v1.0.0/model_card.md")


def test_gate__card_that_cannot_be_read__is_said_before_the_merge(remote_bench):
    add_model(remote_bench, weights=FIRST, config=WITH_CARD)
    remote_bench.write("about/card.yaml", CARD + "purpos: x\n")
    remote_bench.commit("Start")

    done = train_and_gate(remote_bench)

    why = "about/card.yaml:5:1: the file has no key 'purpos'. As it is, the model card will lack what people say."
    assert done.said == (0, f"warning: {why}\n")


def test_check__card__is_read_and_what_it_lacks_is_named(remote_bench):
    add_model(remote_bench, config=WITH_CARD)
    absent = remote_bench.ci_ml("check")
    remote_bench.write("about/card.yaml", CARD)
    good = remote_bench.ci_ml("check")
    remote_bench.write("about/card.yaml", b"purpose: caf\xe9\n")
    broken = remote_bench.ci_ml("check", "--format", "json")

    assert absent.said == (
        2,
        "error: ci-ml.yaml:11:11: models.churn.card names about/card.yaml, which is not there.\n"
        "  try: Write it, beginning with purpose: and owners: (docs/model-card.md has all keys).\n",
    )
    assert good.said == (
        0,
        "  about/card.yaml does not state: contact, licence, intended_use, out_of_scope,\n    data, risks, ethics\n",
    )
    assert "\n  card          about/card.yaml\n" in good.out
    assert broken.said == (2, "error: about/card.yaml:1:13: not UTF-8 (byte 0xe9).\n  try: Save it as UTF-8.\n")
