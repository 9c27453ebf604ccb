import pytest
from registry_makers import STAGES, facts, grow, hexes, registered

from ci_ml.errors import ConfigError, RegistryConflict
from ci_ml.registry.event_builder import Decision, preview
from ci_ml.registry.history import History
from ci_ml.registry.moves import decline, promote, register, rollback, vacate
from ci_ml.registry.payloads import Declined, Deprecated, Promoted, Registered, RolledBack, Vacated, Withdrawn

MAIN = "4f" * 20


def put(version, stage="production", replaces=None):
    return Promoted(stage=stage, version=version, replaces=replaces, commit=hexes((version, "commit"), 40))


def history(*payloads):
    """Versions v1.0.0 to v1.3.0 of late-flight, and then what is given."""
    versions = [registered(f"v1.{minor}.0", f"v1.{minor}.0") for minor in range(4)]
    return grow(History(model="late-flight"), *versions, *payloads)


def only(decision):
    (draft,) = decision.drafts
    return draft.payload


def fails(error, call):
    with pytest.raises(error) as caught:
        call()
    return caught.value.message, caught.value.hint


# register


def test_register__first_model__is_v1_0_0():
    decision = register(History(model="late-flight"), facts("a"), evidence={"verdict.json": b"{}"})

    payload = only(decision)
    assert isinstance(payload, Registered)
    assert (payload.version, payload.bump, payload.bump_reason) == ("v1.0.0", "major", "the first version")
    assert payload.model == facts("a").model
    assert decision.version == "v1.0.0"
    assert decision.drafts[0].evidence == {"verdict.json": b"{}"}


def test_register__same_model_file_again__is_nothing_to_do():
    decision = register(history(), facts("v1.1.0", commit=MAIN))

    assert decision == Decision(version="v1.1.0", note="late-flight: this model file is v1.1.0 already.")


def test_register__same_model_file_that_was_withdrawn__says_so():
    decision = register(history(Withdrawn(version="v1.1.0")), facts("v1.1.0"))

    assert decision.note == "late-flight: this model file is v1.1.0 already, which was withdrawn."


def test_register__other_model_file_on_the_same_commit__is_refused():
    known = history().releases["v1.1.0"].facts.commit

    assert fails(RegistryConflict, lambda: register(history(), facts("new", commit=known))) == (
        f"commit {known[:7]} is v1.1.0 of late-flight already, with another model file.",
        "Commit what changed, and register that. A model that differs from run to run needs a seed.",
    )


# promote


def test_promote__into_an_empty_stage__names_nobody_as_replaced():
    decision = promote(history(), "v1.0.0", "staging", stages=STAGES, expected_holder=None)

    assert only(decision) == Promoted(
        stage="staging", version="v1.0.0", replaces=None, commit=hexes(("v1.0.0", "commit"), 40)
    )


def test_promote__over_a_holder__names_whom_it_replaces():
    held = history(put("v1.0.0", "staging"), put("v1.0.0"), put("v1.1.0", "staging"))

    payload = only(promote(held, "v1.1.0", "production", stages=STAGES, expected_holder="v1.0.0"))

    assert (payload.version, payload.replaces, payload.forced) == ("v1.1.0", "v1.0.0", False)


def test_promote__already_there__is_nothing_to_do_whatever_was_expected():
    held = history(put("v1.0.0", "staging"))

    decision = promote(held, "v1.0.0", "staging", stages=STAGES, expected_holder="v9.9.9")

    note = "late-flight v1.0.0 holds staging already since 2013-03-01 12:04 UTC."
    assert decision == Decision(version="v1.0.0", note=note)


def test_promote__holder_changed_meanwhile__names_who_won():
    held = history(put("v1.0.0", "staging"), put("v1.1.0", "staging", "v1.0.0"))

    assert fails(
        RegistryConflict, lambda: promote(held, "v1.2.0", "staging", stages=STAGES, expected_holder="v1.0.0")
    ) == (
        "staging of late-flight is held by v1.1.0 now, no longer by v1.0.0: "
        "event 6 by Ann <ann@example.com>, 2013-03-01 12:05 UTC.",
        "Look at what changed, then, if it is still right: ci-ml promote late-flight v1.2.0 staging",
    )


def test_promote__stage_before_never_held__is_refused():
    assert fails(
        RegistryConflict, lambda: promote(history(), "v1.0.0", "production", stages=STAGES, expected_holder=None)
    ) == (
        "late-flight v1.0.0 never held staging, the stage before production.",
        "ci-ml promote late-flight v1.0.0 staging   (or --force with --reason)",
    )


def test_promote__stage_before_held_in_the_past__is_enough():
    held = history(put("v1.0.0", "staging"), put("v1.1.0", "staging", "v1.0.0"))

    assert only(promote(held, "v1.0.0", "production", stages=STAGES, expected_holder=None)).forced is False


def test_promote__force_with_reason__passes_over_the_order_and_says_so():
    decision = promote(
        history(), "v1.0.0", "production", stages=STAGES, expected_holder=None, force=True, reason="an outage"
    )

    assert only(decision).forced is True
    assert decision.drafts[0].reason == "an outage"


def test_promote__force_where_none_is_needed__is_not_recorded_as_forced():
    decision = promote(
        history(), "v1.0.0", "staging", stages=STAGES, expected_holder=None, force=True, reason="to be sure"
    )

    assert only(decision).forced is False


def test_promote__force_without_reason__is_refused():
    assert fails(
        ConfigError,
        lambda: promote(history(), "v1.0.0", "staging", stages=STAGES, expected_holder=None, force=True),
    ) == ("--force needs a reason.", '--reason "why the order of stages is passed over"')


def test_promote__by_a_merge__keeps_no_order_of_stages():
    decision = promote(history(), "v1.0.0", "production", stages=STAGES, expected_holder=None, main_commit=MAIN)

    assert (only(decision).main_commit, only(decision).forced) == (MAIN, False)


def test_promote__withdrawn_version__is_refused():
    assert fails(
        RegistryConflict,
        lambda: promote(history(Withdrawn(version="v1.0.0")), "v1.0.0", "staging", stages=STAGES, expected_holder=None),
    ) == ("late-flight v1.0.0 was withdrawn.", "ci-ml registry history late-flight says why.")


def test_promote__unknown_version__lists_the_newest():
    assert fails(
        ConfigError, lambda: promote(history(), "v9\x1b.0.0", "staging", stages=STAGES, expected_holder=None)
    ) == (
        "late-flight has no version 'v9\N{REPLACEMENT CHARACTER}.0.0'.",
        "Its newest: v1.3.0, v1.2.0, v1.1.0, v1.0.0.",
    )


def test_promote__unknown_stage__lists_them_in_order():
    assert fails(ConfigError, lambda: promote(history(), "v1.0.0", "prod", stages=STAGES, expected_holder=None)) == (
        "there is no stage 'prod'.",
        "Stages, in their order: staging, production.",
    )


def test_promote__rolled_back_version_by_a_merge__does_not_return():
    held = history(put("v1.0.0"), put("v1.1.0"), RolledBack(stage="production", version="v1.0.0", left="v1.1.0"))

    assert fails(
        RegistryConflict,
        lambda: promote(held, "v1.1.0", "production", stages=STAGES, expected_holder="v1.0.0", main_commit=MAIN),
    ) == (
        "late-flight v1.1.0 was rolled back and does not return by a merge.",
        "To bring it back: ci-ml promote late-flight v1.1.0 production",
    )


def test_promote__rolled_back_version_by_hand__returns_and_is_barred_no_more():
    held = history(
        put("v1.0.0", "staging"),
        put("v1.0.0"),
        put("v1.1.0", "staging"),
        put("v1.1.0"),
        RolledBack(stage="production", version="v1.0.0", left="v1.1.0"),
    )
    digest = held.releases["v1.1.0"].facts.model.sha256
    assert held.barred == {digest}

    back = preview(held, promote(held, "v1.1.0", "production", stages=STAGES, expected_holder="v1.0.0"))

    assert back.holders["production"] == "v1.1.0"
    assert back.barred == frozenset()
    assert back.rolled_back == {"v1.1.0"}


# rollback


def back(held, stage="production", *, to=None, reason="it is worse", expected=None):
    holder = held.holder(stage) if expected is None else expected
    return rollback(held, stage, to=to, reason=reason, expected_holder=holder)


def test_rollback__to_the_holder_before():
    held = history(put("v1.0.0"), put("v1.1.0"))

    decision = back(held)

    assert only(decision) == RolledBack(stage="production", version="v1.0.0", left="v1.1.0")
    assert decision.drafts[0].reason == "it is worse"


def test_rollback__twice__goes_back_further_and_never_to_what_was_left():
    held = history(put("v1.0.0"), put("v1.1.0"), put("v1.2.0"))
    held = preview(held, back(held))
    assert held.holders["production"] == "v1.1.0"

    held = preview(held, back(held, reason="it is worse too"))

    assert held.holders["production"] == "v1.0.0"
    assert fails(RegistryConflict, lambda: back(held)) == (
        "no earlier version of late-flight can go back to production: v1.0.0 has no predecessor there that was "
        "neither rolled back nor withdrawn.",
        "ci-ml promote late-flight VERSION production",
    )


def test_rollback__default__skips_what_was_withdrawn_or_rolled_back_elsewhere():
    held = history(
        put("v1.0.0"),
        put("v1.1.0"),
        put("v1.2.0"),
        put("v1.3.0"),
        put("v1.0.0", "staging"),
        put("v1.2.0", "staging"),
        RolledBack(stage="staging", version="v1.0.0", left="v1.2.0"),
        Withdrawn(version="v1.1.0"),
    )

    assert only(back(held)).version == "v1.0.0"


def test_rollback__to_a_chosen_earlier_holder():
    held = history(put("v1.0.0"), put("v1.1.0"), put("v1.2.0"))

    assert only(back(held, to="v1.0.0")).version == "v1.0.0"


def test_rollback__to_the_present_holder__is_nothing_to_do():
    assert back(history(put("v1.0.0")), to="v1.0.0") == Decision(
        version="v1.0.0", note="late-flight v1.0.0 holds production already."
    )


def test_rollback__to_an_earlier_version_that_never_held_the_stage__is_a_way_back_too():
    held = history(put("v1.1.0"), put("v1.2.0"))

    assert only(back(held, to="v1.0.0")) == RolledBack(stage="production", version="v1.0.0", left="v1.2.0")


def test_rollback__to_a_newer_version_that_never_held_the_stage__is_refused():
    held = history(put("v1.0.0"), put("v1.1.0"))

    assert fails(RegistryConflict, lambda: back(held, to="v1.3.0")) == (
        "late-flight v1.3.0 is newer than v1.1.0 and never held production: that is no way back.",
        "ci-ml promote late-flight v1.3.0 production",
    )


def test_rollback__to_a_newer_version_that_held_the_stage_before__is_a_way_back():
    held = history(put("v1.3.0"), put("v1.1.0"))

    assert only(back(held, to="v1.3.0")).version == "v1.3.0"


def test_rollback__to_a_version_that_was_rolled_back__asks_for_an_explicit_promotion():
    held = history(put("v1.0.0"), put("v1.1.0"), RolledBack(stage="production", version="v1.0.0", left="v1.1.0"))

    assert fails(RegistryConflict, lambda: back(held, to="v1.1.0")) == (
        "late-flight v1.1.0 was itself rolled back, and only an explicit promotion brings it back.",
        "ci-ml promote late-flight v1.1.0 production",
    )


def test_rollback__to_a_withdrawn_version__is_refused():
    held = history(put("v1.0.0"), put("v1.1.0"), Withdrawn(version="v1.0.0"))

    assert fails(RegistryConflict, lambda: back(held, to="v1.0.0"))[0] == "late-flight v1.0.0 was withdrawn."


def test_rollback__somebody_else_did_it__is_not_done_twice():
    held = history(
        put("v1.0.0"), put("v1.1.0"), put("v1.2.0"), RolledBack(stage="production", version="v1.1.0", left="v1.2.0")
    )

    message, hint = fails(RegistryConflict, lambda: back(held, expected="v1.2.0"))

    assert message == (
        "production of late-flight is held by v1.1.0 now, no longer by v1.2.0: "
        "event 8 by Ann <ann@example.com>, 2013-03-01 12:07 UTC."
    )
    assert hint == "Look at what changed, then, if it is still right: ci-ml rollback late-flight production"


def test_rollback__same_command_again__is_not_done_twice():
    seen = history(put("v1.0.0"), put("v1.1.0", replaces="v1.0.0"), put("v1.2.0", replaces="v1.1.0"))
    first = rollback(seen, "production", reason="worse", expected_holder="v1.2.0")
    after = preview(seen, first)

    again = rollback(after, "production", reason="worse", expected_holder="v1.1.0")

    assert (again.drafts, again.version) == ((), "v1.1.0")
    assert again.note == (
        "late-flight: production went back to v1.1.0 for this reason already: event 8 by , 2013-03-01 12:06 UTC. "
        "To go back further, name the version: --to"
    )
    assert only(rollback(after, "production", reason="still worse", expected_holder="v1.1.0")).version == "v1.0.0"
    assert (
        only(rollback(after, "production", to="v1.0.0", reason="worse", expected_holder="v1.1.0")).version == "v1.0.0"
    )


def test_rollback__of_an_empty_stage__is_refused():
    assert fails(
        RegistryConflict, lambda: rollback(history(), "production", reason="why not", expected_holder=None)
    ) == (
        "nothing holds production of late-flight, so there is nothing to roll back.",
        "ci-ml registry show late-flight",
    )


@pytest.mark.parametrize("reason", [None, ""])
def test_rollback__without_a_reason__is_refused(reason):
    assert fails(ConfigError, lambda: back(history(put("v1.0.0")), reason=reason)) == (
        "a rollback needs a reason.",
        '--reason "what went wrong"',
    )


# vacate, decline


def test_vacate__held_stage__says_who_left():
    decision = vacate(history(put("v1.0.0")), "production", expected_holder="v1.0.0", reason="retired")

    assert only(decision) == Vacated(stage="production", version="v1.0.0")


def test_vacate__empty_stage__is_nothing_to_do():
    decision = vacate(history(), "production", expected_holder=None)

    assert decision == Decision(note="nothing holds production of late-flight.")


def test_vacate__holder_changed__is_refused():
    message, _ = fails(RegistryConflict, lambda: vacate(history(put("v1.0.0")), "production", expected_holder="v0.9.0"))

    assert message.startswith("production of late-flight is held by v1.0.0 now, no longer by v0.9.0")


def test_decline__records_the_cause_and_moves_the_cursor():
    decision = decline(history(), main_commit=MAIN, cause="gates", inputs="sha256:" + hexes("i"), reason="auc fell")

    assert only(decision) == Declined(main_commit=MAIN, inputs="sha256:" + hexes("i"), cause="gates")
    assert preview(history(), decision).cursor == MAIN


@pytest.mark.parametrize("answer", ["promoted", "declined"])
def test_decline__commit_that_was_answered__is_nothing_to_do(answer):
    before = {
        "promoted": Promoted(stage="production", version="v1.0.0", replaces=None, commit=MAIN, main_commit=MAIN),
        "declined": Declined(main_commit=MAIN, cause="gates"),
    }
    # The registration that comes with a merge names the commit too, and is no answer.
    held = history(registered("merged", "v1.4.0", main_commit=MAIN), before[answer], Deprecated(version="v1.0.0"))

    decision = decline(held, main_commit=MAIN, cause="gates")

    assert decision == Decision(note=f"late-flight: commit 4f4f4f4 was {answer} in event 6 already.")
