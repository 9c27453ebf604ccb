from registry_makers import fails, grow, hexes, registered

from ci_ml.errors import ConfigError, RegistryConflict
from ci_ml.registry.event_builder import Decision
from ci_ml.registry.history import History
from ci_ml.registry.lifecycle import deprecate, restore, withdraw
from ci_ml.registry.payloads import Deprecated, Promoted, Restored, Withdrawn


def history(*payloads):
    """Versions v1.0.0 and v1.1.0 of late-flight, and then what is given."""
    versions = [registered(f"v1.{minor}.0", f"v1.{minor}.0") for minor in range(2)]
    return grow(History(model="late-flight"), *versions, *payloads)


def put(version, stage):
    return Promoted(stage=stage, version=version, replaces=None, commit=hexes((version, "commit"), 40))


def only(decision):
    (draft,) = decision.drafts
    return draft.payload, draft.reason


def test_withdraw__version_that_holds_nothing__keeps_the_reason():
    assert only(withdraw(history(), "v1.0.0", reason="leaked labels")) == (Withdrawn(version="v1.0.0"), "leaked labels")


def test_withdraw__without_a_reason__is_refused():
    assert fails(ConfigError, lambda: withdraw(history(), "v1.0.0", reason=None)) == (
        "withdrawing a version needs a reason.",
        '--reason "what is wrong with it"',
    )


def test_withdraw__holder_of_stages__is_refused_and_says_how_to_get_it_out():
    held = history(put("v1.0.0", "production"), put("v1.0.0", "dev"))

    assert fails(RegistryConflict, lambda: withdraw(held, "v1.0.0", reason="bad")) == (
        "late-flight v1.0.0 holds dev and production; what runs somewhere cannot be withdrawn.",
        "ci-ml rollback late-flight production   (or ci-ml registry vacate late-flight production)",
    )


def test_withdraw__twice__is_nothing_to_do():
    assert withdraw(history(Withdrawn(version="v1.0.0")), "v1.0.0", reason="bad") == Decision(
        version="v1.0.0", note="late-flight v1.0.0 is withdrawn already."
    )


def test_deprecate__a_version_that_runs__is_allowed():
    held = history(put("v1.0.0", "production"))

    assert only(deprecate(held, "v1.0.0")) == (Deprecated(version="v1.0.0"), None)


def test_deprecate__unknown_version__lists_the_newest():
    assert fails(ConfigError, lambda: deprecate(history(), "v9.0.0")) == (
        "late-flight has no version 'v9.0.0'.",
        "Its newest: v1.1.0, v1.0.0.",
    )


def test_deprecate__whole_model_twice__is_nothing_to_do():
    assert only(deprecate(history(), None, reason="moved")) == (Deprecated(version=None), "moved")
    assert deprecate(history(Deprecated(version=None)), None).note == "late-flight as a whole is deprecated already."


def test_restore__what_was_withdrawn_or_deprecated__undoes_it():
    for undone, version in ((Withdrawn(version="v1.0.0"), "v1.0.0"), (Deprecated(version=None), None)):
        assert only(restore(history(undone), version)) == (Restored(version=version), None)


def test_restore__nothing_to_undo__says_so():
    assert restore(history(), "v1.0.0").note == "late-flight v1.0.0 is neither withdrawn nor deprecated."
    assert restore(history(), None).note == "late-flight as a whole is neither withdrawn nor deprecated."
