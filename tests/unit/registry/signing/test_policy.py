import base64
from datetime import UTC, datetime

import pytest

from ci_ml.registry.signing.policy import Policy, judge_key
from ci_ml.registry.signing.signers import parse_signers
from ci_ml.registry.signing.sshsig import APPROVAL, EVENT, fingerprint_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def blob(name: str) -> bytes:
    """A public key that nobody has the other half of."""
    return b"\0\0\0\x0bssh-ed25519" + b"\0\0\0\x20" + name.encode().ljust(32, b".")


def line(name: str, options: str = "", principal: str = "") -> str:
    key = base64.b64encode(blob(name)).decode()
    return f"{principal or f'{name}@example.com'} {options} ssh-ed25519 {key}\n"


def policy(*lines: str, **rules) -> Policy:
    return Policy(source="main (1234567)", signers=parse_signers("".join(lines), name="main:allowed"), **rules)


def judged(rules: Policy, name: str, *, namespace: str = EVENT, model: str = "churn", stage: str | None = "production"):
    found = judge_key(rules, fingerprint_of(blob(name)), namespace=namespace, at=NOW, model=model, stage=stage)
    return found.kind, found.why.replace(fingerprint_of(blob(name)), "KEY")


def test_judge_key__listed__is_allowed_everywhere():
    rules = policy(line("ann"))

    assert judged(rules, "ann") == ("allowed", "")
    assert judged(rules, "ann", namespace=APPROVAL, stage="staging") == ("allowed", "")
    assert judged(rules, "ann", stage=None) == ("allowed", "")


def test_judge_key__not_listed__is_unknown():
    assert judged(policy(line("ann")), "bob") == ("unknown_key", "KEY, a key that main:allowed does not know")
    assert judged(Policy(source="main (1)"), "bob") == ("unknown_key", "KEY, a key that main (1) does not know")


def test_judge_key__for_the_other_purpose__is_refused():
    rules = policy(line("ann", f'namespaces="{APPROVAL}"'), line("ci", f'namespaces="{EVENT}"'))

    assert judged(rules, "ann") == (
        "wrong_purpose",
        "ann@example.com (KEY), whose key is not for events (namespace ci-ml-event)",
    )
    assert judged(rules, "ci", namespace=APPROVAL) == (
        "wrong_purpose",
        "ci@example.com (KEY), whose key is not for approvals (namespace ci-ml-approval)",
    )
    assert judged(rules, "ann", namespace=APPROVAL) == ("allowed", "")


@pytest.mark.parametrize("options", ['valid-before="20260228"', 'valid-after="20260302"'])
def test_judge_key__not_valid_at_that_time__is_expired(options):
    assert judged(policy(line("ann", options)), "ann") == (
        "expired",
        "ann@example.com (KEY), whose key was not valid on 2026-03-01 12:00 UTC",
    )


def test_judge_key__one_of_several_lines_fits__is_allowed():
    rules = policy(line("ann", 'valid-before="20250101"'), line("ann", f'namespaces="{EVENT}"'))

    assert judged(rules, "ann") == ("allowed", "")
    assert judged(rules, "ann", namespace=APPROVAL)[0] == "expired"


def test_judge_key__stage_with_its_own_people__is_for_them_alone():
    rules = policy(line("ann"), line("bob"), limits={"churn": {"production": ("ann@example.com",)}})

    assert judged(rules, "ann") == ("allowed", "")
    assert judged(rules, "bob") == ("not_allowed", "bob@example.com (KEY), who may not act on production of churn")
    assert judged(rules, "bob", stage="staging") == ("allowed", "")
    assert judged(rules, "bob", model="fraud") == ("allowed", "")


def test_judge_key__what_concerns_no_stage__is_for_whoever_may_act_on_any():
    limits = {"staging": ("ann@example.com",), "production": ("bob@example.com",)}
    rules = policy(
        *map(line, ("ann", "bob", "cat")), limits={"churn": limits}, stages={"churn": ("staging", "production")}
    )

    assert [judged(rules, name, stage=None)[0] for name in ("ann", "bob", "cat")] == [
        "allowed",
        "allowed",
        "not_allowed",
    ]
    assert judged(rules, "cat", stage=None)[1] == "cat@example.com (KEY), who may not act on churn"


def test_judge_key__one_stage_is_open__so_is_what_concerns_no_stage():
    limits = {"churn": {"production": ("ann@example.com",)}}
    rules = policy(line("ann"), line("bob"), limits=limits, stages={"churn": ("staging", "production")})

    assert judged(rules, "bob", stage=None) == ("allowed", "")


def test_judge_key__model_that_main_does_not_name__is_held_to_what_holds_for_all():
    rules = policy(line("ann"), line("bob"), limits={"churn": {}}, common={"production": ("ann@example.com",)})

    assert judged(rules, "bob", model="gone") == (
        "not_allowed",
        "bob@example.com (KEY), who may not act on production of gone",
    )
    assert judged(rules, "ann", model="gone") == ("allowed", "")
    assert judged(rules, "bob", model="churn") == ("allowed", "")


def test_judge_key__pattern__is_found_by_any_name_and_nobody_in_particular():
    found = judge_key(
        policy(line("ann", principal="*@exampl?.com")),
        fingerprint_of(blob("ann")), namespace=EVENT, at=NOW, model="churn", stage=None,
    )  # fmt: skip

    assert (found.kind, found.principal, found.person) == ("allowed", "x@examplx.com", None)


def test_approvers__are_people_whose_keys_are_for_it_now():
    rules = policy(
        line("ann"),
        line("ann2", principal="ann@example.com"),
        line("ci", f'namespaces="{EVENT}"'),
        line("old", 'valid-before="20250101"'),
        line("all", principal="*@example.com"),
        line("bob", f'namespaces="{APPROVAL}"'),
        line("cat"),
        limits={"churn": {"production": ("ann@example.com", "bob@example.com", "ci@example.com")}},
    )

    assert rules.approvers("churn", "production", at=NOW) == ("ann@example.com", "bob@example.com")
    assert rules.approvers("churn", "staging", at=NOW) == ("ann@example.com", "bob@example.com", "cat@example.com")
    assert Policy(source="").approvers("churn", "production", at=NOW) == ()
