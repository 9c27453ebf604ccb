import pytest

from ci_ml.registry.verification.additions import blob_id
from ci_ml.registry.verification.findings import unchecked, wrong
from ci_ml.registry.verification.page_facts import check_attributes, check_pages, facts_of

PATH = "models/churn/README.md"
FACTS = '"schema": 1, "ci_ml": "0.1.0", "events": 4, "holders": {"production": "v1.0.0"}'


def page(facts=FACTS, *, prose="v1.0.0 is in production."):
    return f"# churn\n\n{prose}\n\n```json\n{{{facts}\n}}\n```\n".encode()


def check(found, due=None):
    return list(check_pages({PATH: due or page()}, found))


def test_check_pages__the_same__finds_nothing():
    assert check({PATH: page()}) == []


def test_check_pages__prose_of_another_version_of_ci_ml__is_not_looked_at():
    older = page(FACTS.replace("0.1.0", "0.0.9"), prose="In production: v1.0.0.")

    assert check({PATH: older}) == []


def test_check_pages__prose_of_this_version__names_the_line():
    assert check({PATH: page(prose="v7.0.0 is in production.")}) == [
        wrong("page", PATH, "was edited: line 3 is not what the events make of it")
    ]


def test_check_pages__lines_at_the_end__are_named_by_the_first_of_them():
    assert check({PATH: page() + b"v7\n"}) == [
        wrong("page", PATH, "was edited: line 9 is not what the events make of it")
    ]


def test_check_pages__facts_differ__are_named_whoever_wrote_the_page():
    other = FACTS.replace("0.1.0", "9.1.0").replace("4", "5").replace("v1.0.0", "v7.0.0") + ', "note": 1'

    assert check({PATH: page(other)}) == [
        wrong("page", PATH, "its facts differ from the events in events, holders, note")
    ]


def test_check_pages__many_facts_differ__some_are_named():
    other = '"schema": 1, ' + ", ".join(f'"{letter}": 1' for letter in "abc")

    assert check({PATH: page(other)}) == [
        wrong("page", PATH, "its facts differ from the events in events, holders, a and 2 more")
    ]


def test_check_pages__a_row_of_the_index_differs__is_named_by_its_model():
    rows = '"schema": 1, "models": {"churn": {"events": 4}, "fraud": {"events": 2}}'

    assert check({PATH: page(rows.replace("2", "3"))}, page(rows)) == [
        wrong("page", PATH, "its facts differ from the events in models.fraud")
    ]


def test_check_pages__gone__is_wrong():
    assert check({}) == [wrong("page", PATH, "is not there")]


def test_check_pages__not_in_this_clone__is_not_checked():
    assert check({PATH: None}) == [unchecked("page", PATH, "is not in this partial clone")]


@pytest.mark.parametrize("content", [b"", b"# churn\n", page('"schema": 1,'), page('"schema": ' + "[" * 9999)])
def test_check_pages__no_facts_that_can_be_read__is_wrong(content):
    assert check({PATH: content}) == [wrong("page", PATH, "has no block of facts that can be read")]


def test_check_pages__newer_form__is_not_checked():
    assert check({PATH: page(FACTS.replace("1", "2", 1))}) == [
        unchecked("page", PATH, "was written by a newer ci-ml: pip install --upgrade ci-ml")
    ]


def test_facts_of__several_blocks__are_the_last():
    assert facts_of(page('"a": 1') + page('"a": 2')) == {"a": 2}


def test_check_attributes__as_written__finds_nothing():
    assert list(check_attributes(blob_id(b"* -text\n", like="0" * 40))) == []
    assert list(check_attributes(blob_id(b"* -text\n", like="0" * 64))) == []


def test_check_attributes__another_or_none__is_wrong():
    assert list(check_attributes(blob_id(b"* text\n", like="0" * 40))) == [
        wrong("attributes", ".gitattributes", "is not '* -text', so that checkouts may differ")
    ]
    assert list(check_attributes(None)) == [
        wrong("attributes", ".gitattributes", "is not there, so that checkouts may differ")
    ]
