import pytest
from hypothesis import given
from hypothesis import strategies as st

from ci_ml.names import encode
from ci_ml.registry.branch_paths import event_path, signature_path
from ci_ml.registry.verification.layout import Place, event_of, named, place_of

MODELS = st.sampled_from(["churn", "models/churn:classifier", "late-flight"])


@given(MODELS, st.integers(1, 9_999_999))
def test_place_of__where_events_are_written__is_that_event(model, sequence):
    path = event_path(encode(model), sequence)

    assert place_of(path) == Place("event", model, sequence)
    assert place_of(signature_path(path)) == Place("signature", model, sequence)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("README.md", Place("page")),
        (".gitattributes", Place("attributes")),
        ("models/churn/README.md", Place("page", "churn")),
        ("models/churn/versions/v1.0.0/verdict.json", Place("evidence", "churn")),
        ("models/churn/versions/v1.0.0/README.md", Place("evidence", "churn")),
        ("models/churn/versions/v1.0.0/deeper/card.md", Place("evidence", "churn")),
    ],
)
def test_place_of__what_belongs_on_the_branch__is_known(path, place):
    assert place_of(path) == place


@pytest.mark.parametrize(
    "path",
    [
        "",
        "setup.py",
        "models/README.md",
        "models/churn/notes.txt",
        "models/churn/events/0000/00000000.json",  # numbers begin with 1
        "models/churn/events/0001/00000001.json",
        "models/churn/events/0000/00000001.json.sig.sig",
        "models/churn/events/0000/00000001.JSON",
        "models/churn/events/0000/deeper/00000001.json",
        "models/churn/events/0000/00000001.json\n",
        "models/ch urn/events/0000/00000001.json",
        "models/churn/versions/latest/verdict.json",
        "models/churn/versions/v1.0.0",
        "models/churn/versions/v1.0.0/",
        "models/../README.md",
        "sub/models/churn/README.md",
        ".gitattributes/x",
    ],
)
def test_place_of__what_belongs_nowhere__is_a_stray(path):
    assert place_of(path) == Place("stray")


def test_named__path_that_garbles_a_terminal__is_made_inert():
    assert named("models/\x1b[2J\n\u202e.json") == "models/\N{REPLACEMENT CHARACTER}[2J \N{REPLACEMENT CHARACTER}.json"
    assert len(named("x" * 999)) == 200


def test_event_of__number_and_model__is_how_findings_name_it():
    assert event_of("churn", 12) == "event 12 of churn"
