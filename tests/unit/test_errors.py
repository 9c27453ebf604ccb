"""ci_ml/errors.py: every failure has an exit code of its own, and the table of the design."""

import pytest

from ci_ml import errors


def test_errors__exit_codes__are_those_of_the_documentation():
    codes = {kind.__name__: kind.exit_code for kind in errors.CiMlError.__subclasses__()}

    assert codes == {
        "ConfigError": 2,
        "MachineError": 3,
        "DataError": 4,
        "RegistryConflict": 5,
        "ForgeError": 6,
        "VerificationError": 13,
    }
    assert (errors.OK, errors.BUG, errors.GATE_FAILED, errors.UNDECIDED) == (0, 1, 10, 11)


@pytest.mark.parametrize("kind", errors.CiMlError.__subclasses__())
def test_error__message_and_hint__are_kept_apart(kind):
    error = kind("what was found.", hint="what to do")

    assert (str(error), error.message, error.hint) == ("what was found.", "what was found.", "what to do")
    assert kind("x").hint == ""


def test_missing_extra__package__names_the_line_to_type():
    error = errors.missing_extra("evaluate", "numpy", needed_for="judging")

    assert (error.exit_code, error.message, error.hint) == (
        3,
        "judging needs 'numpy', which is not installed.",
        "pip install 'ci-ml[evaluate]'  (from a path or a git URL: see README)",
    )
