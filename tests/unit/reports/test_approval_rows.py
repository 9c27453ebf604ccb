"""Who approved what, as the page lists it."""

from registry_makers import grow, hexes, registered

from ci_ml.registry.history import History
from ci_ml.registry.payloads import Approved
from ci_ml.reports.approval_rows import approval_rows


def approved(model_digest: str, who: str, *, evaluation: str = hexes("evaluation"), signature: str | None = None):
    return Approved(
        model="m",
        stage="production",
        model_digest=model_digest,
        evaluation=evaluation,
        approver=who,
        signature=signature,
    )


def test_approval_rows__several__newest_first_each_with_the_version_of_its_digests():
    one = registered("a", "v1.0.0")
    history = grow(
        History(model="m"),
        approved(one.model.sha256, "Ann", signature="armour"),
        one,
        approved(one.model.sha256, "Bea", evaluation=hexes("another")),
        approved(hexes("nobody's"), "Cy"),
    )

    rows = approval_rows(history)

    assert [(row.approver, row.version, row.signed) for row in rows] == [
        ("Cy", None, False),
        ("Bea", None, False),  # the same file, but another evaluation of it
        ("Ann", "v1.0.0", True),  # before there was a version
    ]
    assert [row.event.sequence for row in rows] == [4, 3, 1]
    assert {row.stage for row in rows} == {"production"}


def test_approval_rows__none__is_empty():
    assert approval_rows(grow(History(model="m"), registered("a", "v1.0.0"))) == []
