"""The registry's pages, read as GitHub would render them."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hostile import EXPECTED_TAGS, HOSTILE, harm
from hypothesis import given, settings
from registry_makers import NOW, grow, moves_drawn, play, registered

from ci_ml.names import encode
from ci_ml.registry.branch_paths import event_path
from ci_ml.registry.event_builder import Draft, seal
from ci_ml.registry.facts import Headline
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Approved, Declined, Deprecated, Promoted, RolledBack, Vacated, Withdrawn
from ci_ml.registry.summary import summarise
from ci_ml.reports.registry_card import LONGEST, NAME
from ci_ml.reports.registry_pages import SHOWN_EVENTS, SHOWN_VERSIONS, render_pages

GOLDEN = Path(__file__).parent / "golden"
COMMIT = "5a" * 20


def put(version, stage="production"):
    return Promoted(stage=stage, version=version, replaces=None, commit=COMMIT)


def approved(facts, who, *, model="m", stage="production", signature=None):
    return Approved(
        model=model,
        stage=stage,
        model_digest=facts.model.sha256,
        evaluation=facts.evaluation,
        approver=who,
        signature=signature,
    )


def pages(*histories, changed=None, evidence=None):
    summaries = {history.model: summarise(reversed(history.events)) for history in histories}
    shown = {h.model: h for h in histories if changed is None or h.model in changed}
    made = render_pages(summaries, shown, (evidence or {}).get)
    return {path: content.decode() for path, content in made.items()}


def rendered(markdown):
    return cmarkgfm.markdown_to_html_with_extensions(
        markdown, options=Options.CMARK_OPT_UNSAFE, extensions=["table", "autolink", "strikethrough", "tagfilter"]
    )


def claims(page):
    return json.loads(re.search(r"```json\n(.*?)\n```", page, re.DOTALL)[1])


CARD = b"---\nlicense: mit\n---\n# `late-flight`\n\n## What it is for\n\nTo say which flights will be late.\n"


def story(model="late-flight"):
    first = registered("a", "v1.0.0", headline=Headline(metric="roc_auc", value=0.669, low=0.651, high=0.688))
    second = registered(
        "b", "v1.1.0", pull_request=12, headline=Headline(metric="roc_auc", value=0.746, low=0.731, high=0.76)
    )
    drafts = (
        Draft(model=model, payload=first, evidence={"evaluation.json": b"{}", NAME: CARD}),
        Draft(model=model, payload=put("v1.0.0")),
        Draft(model=model, payload=second),
        Draft(model=model, payload=approved(second, "Ann", model=model, signature="-----BEGIN SSH SIGNATURE-----")),
        Draft(model=model, payload=put("v1.1.0")),
        Draft(model=model, payload=put("v1.1.0", "staging")),
        Draft(
            model=model,
            payload=RolledBack(stage="production", version="v1.0.0", left="v1.1.0"),
            reason="worse for carrier AA | see #12",
        ),
    )
    history = History(model=model)
    for number, draft in enumerate(drafts):
        at = NOW + timedelta(days=number)
        history = seal(history, (draft,), id="command-1", at=at, recorded_by="Ann <ann@example.com>").history
    return history


@pytest.mark.parametrize(("path", "name"), [("README.md", "index"), ("models/late-flight/README.md", "model")])
def test_render_pages__a_small_story__is_the_golden_page(path, name):
    other = grow(History(model="models/churn:classifier"), registered("c", "v1.0.0"), at=NOW)
    history = story()
    golden = (GOLDEN / f"registry_{name}.md").read_text().replace("CI_ML_VERSION", version("ci-ml"))
    # The form of events is not this test's concern.
    golden = golden.replace("LAST_EVENT", history.last_digest)

    made = pages(history, other, evidence={"models/late-flight/versions/v1.0.0/model_card.md": CARD})
    assert made[path] == golden


def test_render_pages__untouched_models__are_in_the_index_only():
    made = pages(story("a"), story("b"), changed=["b"])

    assert list(made) == ["README.md", "models/b/README.md"]
    assert "models/a/README.md" in made["README.md"]


def test_render_pages__monorepo_name__links_are_percent_encoded_twice():
    # The folder's name holds a percent sign, which a link has to write as %25.
    made = pages(story("models/churn:classifier"))

    assert "](models/models%252Fchurn=classifier/README.md)" in made["README.md"]
    assert list(made)[1] == "models/models%2Fchurn=classifier/README.md"


def test_render_pages__links__lead_to_files_of_the_branch():
    made = pages(story("models/churn:classifier"))
    from urllib.parse import unquote

    folder = encode("models/churn:classifier")
    files = (
        {event_path(folder, sequence) for sequence in range(1, 8)}
        | set(made)
        | {f"models/{folder}/versions/v1.0.0/{name}" for name in ("evaluation.json", "model_card.md")}
        | {f"models/{folder}/#versions"}
    )
    for path, page in made.items():
        links = re.findall(r"\]\(([^)]*)\)", page)
        base = path.removesuffix("README.md")
        assert links
        assert {base + unquote(link) for link in links} <= files


@pytest.mark.parametrize("value", HOSTILE)
def test_render_pages__hostile_words__do_nothing_but_be_read(value):
    payload = registered("a", "v1.0.0", headline=Headline(metric=value[:2000], value=0.5), pull_request=3)
    payload = payload.__class__(
        **{name: getattr(payload, name) for name in payload.__struct_fields__ if name != "bump_reason"},
        bump_reason=value[:2000],
    )
    history = seal(
        History(model="m"), (Draft(model="m", payload=payload, reason=value[:2000] or None),),
        id="command-1", at=NOW, recorded_by=value[:2000],
    ).history  # fmt: skip
    history = grow(
        history,
        (put("v1.0.0"), value[:2000] or None),
        registered("b", "v1.1.0", headline=Headline(metric=value[:2000], value=0.6)),
        (Declined(main_commit=COMMIT, cause=value[:2000]), value[:2000] or None),
    )

    for page in pages(history).values():
        # The chart is drawn by Mermaid from a fence, and so is no Markdown.
        links = frozenset(re.findall(r"\]\(((?:models/m/)?(?:events|README|versions)[^)\s]*)\)", page))
        found = harm(rendered(page), links=links, expected=EXPECTED_TAGS | {"h1", "h2"})
        assert found == []
        assert rendered(page).count("<pre>") == page.count("```") // 2


def test_render_pages__chart__needs_two_versions_of_one_metric():
    def page(*metrics):
        versions = [
            registered(number, f"v1.{number}.0", headline=Headline(metric=metric, value=0.5 + number / 10))
            if metric
            else registered(number, f"v1.{number}.0", headline=None)
            for number, metric in enumerate(metrics)
        ]
        return pages(grow(History(model="m"), *versions))["models/m/README.md"]

    assert 'x-axis ["v1.0.0", "v1.1.0"]' in page("roc_auc", "roc_auc")
    assert "line [0.5000, 0.6000]" in page("roc_auc", "roc_auc")
    # What was measured otherwise is left out, not drawn on the same axis.
    assert 'x-axis ["v1.1.0", "v1.2.0"]' in page("accuracy", "roc_auc", "roc_auc")
    for metrics in (("roc_auc",), ("roc_auc", "accuracy"), (None, None)):
        assert "mermaid" not in page(*metrics)


def test_render_pages__long_history__shows_the_newest_and_says_what_it_leaves_out():
    versions = [registered(number, f"v1.{number}.0") for number in range(SHOWN_VERSIONS + 3)]
    history = grow(History(model="m"), *versions, *[Deprecated(version="v1.0.0")] * SHOWN_EVENTS)

    page = pages(history)["models/m/README.md"]

    assert "3 older versions: `ci-ml registry show m`" in page
    assert "23 older events: `ci-ml registry history m`, or the files in [events](events)." in page
    assert page.count("\n- 2013") == SHOWN_EVENTS
    assert len(page.encode()) < 15_000


def test_render_pages__approvals__are_named_with_the_stage_and_listed_with_their_digests():
    one = registered("a", "v1.0.0")
    history = grow(
        History(model="m"),
        one,
        approved(one, "Ann", signature="armour"),
        approved(one, "Ann", signature="armour"),
        approved(one, "Bea"),
        approved(one, "Cy", stage="staging"),
        approved(registered("b", "v9.0.0"), "Di"),
        put("v1.0.0"),
    )

    page = pages(history)["models/m/README.md"]

    assert ". Approved for it by Bea (not signed), Ann\n" in page
    assert "| 2013-03-01 12:04 | Cy | staging | v1.0.0 | [not signed](events/0000/00000005.json) |" in page
    unknown = registered("b", "v9.0.0").model.sha256[:12]
    assert f"| Di | production | no version, `sha256:{unknown}` | [not signed](events/0000/00000006.json) |" in page


def test_render_pages__everything_at_its_longest__is_still_a_small_page():
    card = b"---\n---\n# `m`\n\n" + b"word " * (LONGEST // 5 - 10)
    files = {NAME: card, "evaluation.json": b"{}", "provenance.json": b"{}", "verdict.json": b"{}"}
    history = History(model="m")
    for number in range(SHOWN_VERSIONS + 1):
        draft = Draft(model="m", payload=registered(number, f"v1.{number}.0"), evidence=files, reason="why " * 400)
        history = seal(history, (draft,), id="command-1", at=NOW, recorded_by="A" * 200).history
    again = (put(f"v1.{SHOWN_VERSIONS}.0"), "because " * 200)
    history = grow(history, *[again] * SHOWN_EVENTS)
    path = f"models/m/versions/v1.{SHOWN_VERSIONS}.0/{NAME}"

    page = pages(history, evidence={path: card})["models/m/README.md"]

    assert "word word" in page
    assert len(page.encode()) < 40_000


def test_render_pages__nothing_staged_withdrawn_and_deprecated__is_said():
    history = grow(
        History(model="m"),
        registered("a", "v1.0.0"),
        put("v1.0.0"),
        Vacated(stage="production", version="v1.0.0"),
        (Withdrawn(version="v1.0.0"), "leaks labels"),
        Deprecated(version=None),
    )

    page = pages(history)["models/m/README.md"]

    assert "**This model is deprecated.**" in page
    assert "Nothing is in any stage." in page
    assert "| [v1.0.0](events/0000/00000001.json) | 2013-03-01 | withdrawn |" in page
    assert "[withdrew v1.0.0](events/0000/00000004.json) by Ann" in page
    assert "How to fetch it" not in page


@settings(max_examples=40, deadline=None)
@given(moves_drawn())
def test_render_pages__any_legal_moves__the_facts_are_those_of_the_fold(moves):
    history = play(moves)
    if not history.events:
        return
    made = pages(history)

    assert claims(made["models/m/README.md"]) == {
        "schema": 1,
        "ci_ml": version("ci-ml"),
        "model": "m",
        "events": len(history.events),
        "last_event": history.last_digest,
        "latest": history.latest.version if history.latest else None,
        "stages": history.holders,
        "deprecated": history.deprecated,
    }
    assert claims(made["README.md"])["models"]["m"]["stages"] == history.holders
    assert pages(history) == made


def test_render_pages__holder_was_imported__names_no_command_that_would_refuse_it():
    history = grow(History(model="m"), registered("a", "v1.0.0"), put("v1.0.0"))
    imported = replace(history.releases["v1.0.0"], facts=None)

    page = pages(replace(history, releases={"v1.0.0": imported}))["models/m/README.md"]

    assert "A script asks for the version that is there now:\n\n```sh\nci-ml registry which m@production\n```\n" in page
    assert "ci-ml pull" not in page
