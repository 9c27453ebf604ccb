import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from registry_makers import NOW, STAGES, grow, registered

from ci_ml.names import in_tag
from ci_ml.registry.facts import Headline
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Deprecated, Imported, Promoted, RolledBack, Withdrawn
from ci_ml.registry.selection import newest_first
from ci_ml.registry.signing.approvals import approval_of, subject_of
from ci_ml.registry.summary import summarise
from ci_ml.reports.registry_tables import age, render_events, render_model, render_models

COMMIT = "5a" * 20
LATER = NOW + timedelta(days=12, hours=3)


def put(version, stage="production"):
    return Promoted(stage=stage, version=version, replaces=None, commit=COMMIT)


def late_flight():
    return grow(
        History(model="late-flight"),
        registered("a", "v1.0.0", headline=Headline(metric="roc_auc", value=0.669, low=0.651, high=0.688)),
        put("v1.0.0"),
        registered("b", "v1.1.0", headline=Headline(metric="roc_auc", value=0.746)),
        put("v1.1.0", "staging"),
        put("v1.1.0"),
        (RolledBack(stage="production", version="v1.0.0", left="v1.1.0"), "worse for\ncarrier \x1b[31mAA"),
    )


def churn():
    return grow(History(model="churn"), registered("c", "v3.0.2", headline=None))


def table(*histories, stages=STAGES, style="table"):
    summaries = {history.model: summarise(reversed(history.events)) for history in histories}
    return render_models(summaries, stages=stages, now=LATER, style=style)


def test_render_models__two_models__is_one_row_each():
    assert table(late_flight(), churn()) == (
        "MODEL        PRODUCTION  SINCE    STAGING  LATEST  LAST EVENT\n"
        "late-flight  v1.0.0      12 days  v1.1.0   v1.1.0  rolled back v1.1.0 → v1.0.0\n"
        "churn        –           –        –        v3.0.2  registered v3.0.2"
    )


def test_render_models__stages_that_the_configuration_does_not_name__are_shown_too():
    assert table(late_flight(), stages=()).splitlines()[0] == (
        "MODEL        PRODUCTION  SINCE    STAGING  LATEST  LAST EVENT"
    )
    assert table(late_flight(), stages=("production",)).splitlines()[0] == (
        "MODEL        PRODUCTION  SINCE    STAGING  LATEST  LAST EVENT"
    )


def test_render_models__order_of_stages_unknown__puts_the_one_that_most_models_hold_first():
    other = grow(History(model="m"), registered("c", "v1.0.0"), put("v1.0.0", "canary"), put("v1.0.0", "staging"))

    assert table(late_flight(), other, stages=()).splitlines()[0].split()[1:5] == [
        "STAGING",
        "SINCE",
        "CANARY",
        "PRODUCTION",
    ]


def test_render_models__nothing_staged_anywhere__has_no_stage_columns():
    assert table(churn()) == "MODEL  LATEST  LAST EVENT\nchurn  v3.0.2  registered v3.0.2"


def test_render_models__json__has_what_the_table_has():
    answer = json.loads(table(late_flight(), churn(), style="json"))

    assert answer["schema"] == 1
    first, second = answer["models"]
    assert first["stages"] == {
        "production": {"version": "v1.0.0", "since": "2013-03-01T12:05:00Z"},
        "staging": {"version": "v1.1.0", "since": "2013-03-01T12:03:00Z"},
    }
    assert (first["model"], first["latest"], first["events"]) == ("late-flight", "v1.1.0", 6)
    assert first["last_event"]["payload"] == {"stage": "production", "version": "v1.0.0", "from": "v1.1.0"}
    assert (second["stages"], second["latest"]) == ({}, "v3.0.2")


def test_render_model__is_a_row_a_version_the_newest_first():
    history = grow(late_flight(), registered("d", "v1.2.0", headline=None), Withdrawn(version="v1.2.0"))
    commits = [release.facts.commit[:7] for release in history.releases.values()]

    assert render_model(history, style="table") == (
        "VERSION  REGISTERED  STAGES      MEASURED        COMMIT   WHY THIS NUMBER\n"
        f"v1.2.0   2013-03-01  withdrawn   –               {commits[2]}  the code changed\n"
        f"v1.1.0   2013-03-01  staging     roc_auc 0.746   {commits[1]}  the code changed\n"
        f"v1.0.0   2013-03-01  production  roc_auc 0.669   {commits[0]}  the code changed\n"
        "                                 [0.651, 0.688]"
    )


def test_render_model__all_stages_and_a_long_metric__fits_80_columns_and_loses_nothing():
    stages = ("production", "staging", "canary-of-the-north")
    headline = Headline(metric="average_precision", value=0.669, low=0.651, high=0.688)
    history = grow(History(model="m"), registered("a", "v1.10.0-g12", headline=headline))
    history = grow(history, *(put("v1.10.0-g12", stage) for stage in stages))

    shown = render_model(history, style="table")

    assert max(map(len, shown.splitlines())) <= 80
    words = ["average_precision", "0.669", "[0.651, 0.688]", "production,", "staging", "canary-of-the-north"]
    assert [word for word in words if word not in shown] == []


def test_render_models__many_stages_and_long_names__fits_80_columns_and_names_every_holder():
    stages = ("dev", "qa", "staging", "canary", "production")
    long = grow(History(model="models/late-flight:classifier"), registered("a", "v1.0.0"))
    long = grow(long, *(put("v1.0.0", stage) for stage in stages))

    assert table(long, churn(), stages=stages) == (
        "MODEL                          PRODUCTION  SINCE    OTHER STAGES          LATEST\n"
        "models/late-flight:classifier  v1.0.0      12 days  canary v1.0.0,        v1.0.0\n"
        "                                                    staging v1.0.0,\n"
        "                                                    qa v1.0.0,\n"
        "                                                    dev v1.0.0\n"
        "churn                          –           –        –                     v3.0.2"
    )


def test_render_model__long_reason_for_a_number__goes_on_below_itself():
    long = msgspec.structs.replace(registered("a", "v1.0.0", headline=None), bump_reason="the code " + "and data " * 12)

    lines = render_model(grow(History(model="m"), long), style="table").splitlines()

    assert max(map(len, lines)) <= 80
    assert " ".join(line[lines[0].index("WHY") :] for line in lines[1:]) == "the code" + " and data" * 12


def test_render_model__deprecated_as_a_whole__says_so_first():
    history = grow(churn(), Deprecated(version=None))

    assert render_model(history, style="table").startswith("churn is deprecated as a whole.\n\nVERSION")


def test_render_model__json__carries_every_digest():
    history = grow(late_flight(), Deprecated(version="v1.0.0"), Deprecated(version=None))

    answer = json.loads(render_model(history, style="json"))

    assert (answer["schema"], answer["model"], answer["deprecated"]) == (1, "late-flight", True)
    newest, oldest = answer["versions"]
    assert (newest["version"], newest["stages"], newest["deprecated"]) == ("v1.1.0", ["staging"], False)
    assert (oldest["version"], oldest["stages"], oldest["deprecated"]) == ("v1.0.0", ["production"], True)
    assert oldest["facts"]["model"]["sha256"] == history.releases["v1.0.0"].facts.model.sha256


def approving(history, *people, digest=None):
    """Approvals of the first version, or of a model file that is none yet."""
    subject = subject_of(history, "v1.0.0", "production")
    subject = replace(subject, model_digest=digest) if digest else subject
    return grow(history, *[approval_of(subject, person, "a signature") for person in people])


def test_render_model__approvals__are_listed_below_with_what_they_are_of():
    history = approving(late_flight(), "ann@example.com", "bob@example.com", "ann@example.com")
    history = approving(history, "cat@example.com", digest="12345678" + "0" * 56)

    assert render_model(history, style="table").partition("\n\n")[2] == (
        "APPROVED        FOR         BY\n"
        "model 12345678  production  cat@example.com\n"
        "v1.0.0          production  ann@example.com, bob@example.com"
    )
    newest, *_ = json.loads(render_model(history, style="json"))["approvals"]
    assert newest == {
        "version": None,
        "stage": "production",
        "approver": "cat@example.com",
        "model_digest": "12345678" + "0" * 56,
        "signed": True,
        "at": "2013-03-01T12:05:00Z",
        "event": 10,
    }


def test_render_model__no_version_yet():
    assert render_model(History(model="m"), style="table") == "m has no version yet."


def events_of(*histories):
    return newest_first(event for history in histories for event in history.events)


def test_render_events__is_a_line_an_event_in_80_columns_and_the_reason_below():
    events = events_of(late_flight(), churn())

    lines = render_events(events, left_out=0, of=7, several=True, style="table").splitlines()

    assert lines[0].split() == ["WHEN", "(UTC)", "MODEL", "WHAT", "BY"]
    assert lines[1] == "2013-03-01 12:05  late-flight  rolled back production from v1.1.0 to v1.0.0  Ann"
    assert lines[2] == " " * 18 + "worse for carrier [31mAA"
    rows = [line for line in lines[1:] if not line.startswith(" ")]
    assert [line.split()[2] for line in rows] == ["late-flight"] * 6 + ["churn"]


def test_render_events__long_names__go_on_below_themselves():
    history = grow(History(model="models/churn:classifier"), registered("a", "v1.0.0"), put("v1.0.0", "canary-north"))

    shown = render_events(events_of(history), left_out=0, of=2, several=True, style="table").splitlines()
    stored = [replaced(event, "release bot of the north") for event in events_of(history)]
    wrapped = render_events(stored, left_out=0, of=2, several=True, style="table").splitlines()

    assert shown[1] == "2013-03-01 12:01  models/churn:classifier  promoted v1.0.0 to canary-north  Ann"
    assert (len(shown), max(map(len, wrapped)) <= 80) == (3, True)
    assert " ".join(line[wrapped[0].index("BY") :].strip() for line in wrapped[1:3]) == "release bot of the north"


def imported(version, model="packages/forecasting:late-flight-delays"):
    tag = f"{in_tag(model)}@{version}"
    return grow(
        History(model=model),
        Imported(tag=tag, object=COMMIT, target=COMMIT, annotated=True, tagger="Ann <a@b.c>", time="1362139200 +0000"),
        put(version),
    )


def test_render_events__imported_tags_of_a_long_name__do_not_say_the_name_again_where_there_is_no_room():
    long, short = imported("v1.1.0-rc.1"), imported("v1.0.0", "churn")

    shown = render_events(events_of(long, short), left_out=0, of=4, several=True, style="table").splitlines()
    alone = render_events(events_of(short), left_out=0, of=2, several=False, style="table").splitlines()

    name = "packages/forecasting:late-flight-delays"
    assert shown == [
        f"WHEN (UTC)        {'MODEL':<39}  WHAT             BY",
        f"2013-03-01 12:01  {name}  promoted         Ann",
        f"{'':57}  v1.1.0-rc.1 to",
        f"{'':57}  production",
        f"2013-03-01 12:01  {'churn':<39}  promoted v1.0.0  Ann",
        f"{'':57}  to production",
        f"2013-03-01 12:00  {name}  imported         Ann",
        f"{'':57}  …@v1.1.0-rc.1",
        f"2013-03-01 12:00  {'churn':<39}  imported         Ann",
        f"{'':57}  …@v1.0.0",
    ]
    assert alone[2] == "2013-03-01 12:00  imported churn@v1.0.0          Ann"


def test_render_events__name_that_leaves_no_room_for_who_did_it__leaves_that_out():
    long = imported("v1.0.0", "packages/forecasting:late-flight-delays-x")

    shown = render_events(
        [replaced(event, "Augusta-Ada King") for event in events_of(long)],
        left_out=0, of=2, several=True, style="table",
    ).splitlines()  # fmt: skip

    assert (shown[0].split(), max(map(len, shown)) <= 80) == (["WHEN", "(UTC)", "MODEL", "WHAT"], True)


def replaced(event, person):
    return msgspec.structs.replace(event, recorded_by=f"{person} <bot@example.com>")


def test_render_events__nothing__says_whether_anything_happened():
    assert render_events([], left_out=0, of=0, several=False, style="table") == "Nothing has happened yet."
    assert render_events([], left_out=0, of=1_234, several=False, style="table") == "None of 1,234 events is like that."


def test_render_events__some_left_out__says_how_many_and_how_to_see_them():
    events = events_of(late_flight())[:2]

    assert render_events(events, left_out=9_998, of=10_000, several=False, style="table").splitlines()[-2:] == [
        "",
        "9,998 older events left out: --limit 0 shows all, --since and --until a part.",
    ]


def test_render_events__json__is_the_events_as_they_are_stored():
    answer = json.loads(render_events(events_of(late_flight()), left_out=3, of=9, several=False, style="json"))

    assert (answer["schema"], answer["left_out"]) == (1, 3)
    assert [event["sequence"] for event in answer["events"]] == [6, 5, 4, 3, 2, 1]
    assert answer["events"][0]["reason"] == "worse for\ncarrier \x1b[31mAA"


@pytest.mark.parametrize(
    ("passed", "shown"),
    [
        ({}, "today"),
        ({"hours": 23}, "today"),
        ({"days": 1}, "1 day"),
        ({"days": 60}, "60 days"),
        ({"days": 61}, "2 months"),
        ({"days": 130}, "4 months"),
        ({"days": 731}, "2 years"),
        ({"days": -3}, "today"),
    ],
)
def test_age__is_in_the_largest_unit_of_which_there_are_two(passed, shown):
    then = datetime(2013, 1, 1, tzinfo=UTC)

    assert age(then, then + timedelta(**passed)) == shown
