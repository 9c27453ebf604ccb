"""ci_ml/cli/bug_report.py: everything that a report needs, and nothing that is private."""

from pathlib import Path

import pytest

from ci_ml.cli.bug_report import bug_report, masked

HOME = Path("/home/ada")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/home/ada/flights/ci-ml.yaml", "~/flights/ci-ml.yaml"),
        ("'/home/ada'", "'~'"),
        ("/home/adam/flights", "/home/adam/flights"),
        ("https://ada:pw@host/x", "https://***@host/x"),
        ("https://host/x@y", "https://host/x@y"),
        ("ssh://git@host/x", "ssh://***@host/x"),
        ("ghp_abcdefghij0123456789", "***"),
        ("github_pat_11ABCDEFG0123456789_abc", "***"),
        ("AKIAIOSFODNN7EXAMPLE", "***"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("jwt eyJhbGciOi.eyJzdWIi.sig", "jwt ***"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----", "***"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl, and it breaks off", "***"),
        ("sha256 0123456789abcdef", "sha256 0123456789abcdef"),
    ],
)
def test_masked__what_is_private__is_gone_and_the_rest_stays(text, said):
    assert masked(text, environ={}, home=HOME) == said


def test_masked__values_of_variables_that_name_secrets__are_gone_wherever_they_stand():
    environ = {
        "CI_ML_SIGNING_KEY": "/keys/ada",
        "AWS_SECRET_ACCESS_KEY": "abcdef/ghi",
        "PATH": "/usr/bin",
        "TOKEN": "1",
    }

    said = masked("cannot read /keys/ada (abcdef/ghi) in /usr/bin, 1 try", environ=environ, home=HOME)

    assert said == "cannot read *** (***) in /usr/bin, 1 try"


def test_masked__home_that_is_the_root_folder__leaves_paths_alone():
    assert masked("/usr/bin", environ={}, home=Path("/")) == "/usr/bin"


def test_bug_report__cause_of_an_error__is_in_the_trace():
    try:
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise ValueError("outer") from error
    except ValueError as error:
        report = bug_report(error, arguments=["gate", "a model"], environ={})

    assert "KeyError: 'inner'" in report
    assert report.endswith("ValueError: outer\n```")
    assert "\n$ ci-ml gate 'a model'\n" in report
