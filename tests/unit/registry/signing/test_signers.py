import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from registry_makers import fails

from ci_ml.errors import ConfigError
from ci_ml.registry.signing.signers import check_revoked, parse_signers

# A key that nobody has the other half of.
PUBLIC = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEq5cyeeuCnlHxGrCCDClNX7Ow9fZPPZJ3LHtO0BQ/eJ"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHhlQNNa8cZjXp7iDX7gGCmFPZAGpbZ8tVTAO4zpT2Uh"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def parse(text: str):
    return parse_signers(text, name="main:allowed")


def only(options: str):
    (key,) = parse(f"ann@example.com {options} {PUBLIC} a comment\n").keys
    return key


def test_parse_signers__plain_line__is_a_key_for_everything():
    file = parse(f"# people\n\nann@example.com {PUBLIC}\n")

    (key,) = file.keys
    assert (key.principals, key.namespaces, key.line) == (("ann@example.com",), None, 3)
    assert key.serves("git")
    assert file.of(key.fingerprint) == (key,)
    assert file.of("SHA256:other") == ()


def test_parse_signers__namespaces__are_patterns():
    key = only('namespaces="ci-ml-event,file?"')

    assert [key.serves(name) for name in ("ci-ml-event", "file1", "ci-ml-approval")] == [True, True, False]


def test_parse_signers__times__are_utc_and_belong_to_the_time():
    key = only('valid-after="20260301",valid-before="202603011200Z"')

    assert key.is_valid(datetime(2026, 3, 1, tzinfo=UTC))
    assert not key.is_valid(datetime(2026, 3, 1, tzinfo=UTC) - timedelta(seconds=1))
    assert key.is_valid(NOON)
    assert not key.is_valid(NOON + timedelta(seconds=1))


def test_parse_signers__certificate_authority__is_no_key():
    assert parse(f"*@example.com cert-authority {PUBLIC}\n").keys == ()


def test_parse_signers__windows_line_ends__do_not_matter():
    assert len(parse(f"ann@example.com {PUBLIC}\r\nbob@example.com {OTHER}\r\n").keys) == 2


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("ann@example.com", "there is no public key"),
        (f"{PUBLIC}", "there is no public key"),
        ("ann@example.com ssh-ed25519 AAAA", "there is no public key"),
        (f"ann@example.com ssh-rsa {PUBLIC.split()[1]}", "there is no public key"),
        (f'ann@example.com namespace="x" {PUBLIC}', "'namespace=\"x\"' is no option of allowed signers"),
        (f"ann@example.com namespaces {PUBLIC}", 'namespaces is written namespaces="…"'),
        (f'ann@example.com cert-authority="x" {PUBLIC}', "cert-authority takes no value"),
        (f'ann@example.com valid-after="tomorrow" {PUBLIC}', "'tomorrow' is no time such as 20270131 or 202701311200Z"),
        (f'ann@example.com valid-after="20261301" {PUBLIC}', "'20261301' is no time such as 20270131 or 202701311200Z"),
        (f'ann@example.com namespaces="a",namespaces="b" {PUBLIC}', "namespaces stands twice"),
        (f'ann@example.com namespaces="a {PUBLIC}', "a quotation mark is not closed"),
        (f"!ann@example.com {PUBLIC}", "a principal that starts with '!' is not read here"),
        (f'"" {PUBLIC}', "it names nobody"),
    ],
)
def test_parse_signers__line_that_ssh_keygen_would_pass_over__is_refused_with_its_number(line, fault):
    message, hint = fails(ConfigError, lambda: parse(f"# one\n{line}\n"))

    assert message == f"main:allowed:2: {fault}."
    assert hint == 'A line is: ann@example.com namespaces="ci-ml-event" ssh-ed25519 AAAA…'


def test_parse_signers__too_long__is_refused():
    message, _ = fails(ConfigError, lambda: parse("#" * (1 << 20) + "\n"))

    assert message == "main:allowed has 1,048,577 characters; at most 1,048,576 are read."


@given(st.text(max_size=200))
@example('a "')
@example('a b=""')
def test_parse_signers__any_text__is_read_or_refused(text):
    try:
        parse(text)
    except ConfigError as error:
        assert error.message.startswith("main:allowed:")


WORDS = st.lists(
    st.sampled_from(
        [
            "ann@example.com",
            "b,c",
            '"d e"',
            'namespaces="x"',
            'valid-before="20260101"',
            "cert-authority",
            *PUBLIC.split(),
        ]
    ),
    max_size=6,
)


@given(st.lists(WORDS, max_size=4))
def test_parse_signers__lines_of_familiar_words__are_read_or_refused(lines):
    try:
        file = parse("\n".join(" ".join(words) for words in lines))
    except ConfigError as error:
        assert error.message.startswith("main:allowed:")
    else:
        assert all(key.fingerprint.startswith("SHA256:") and key.principals for key in file.keys)


def test_person__lines_that_share_a_principal__are_one():
    file = parse(f"ann@work,ann@home {PUBLIC}\nbob@work {OTHER}\nann@home {OTHER}\n")

    assert [file.person(key) for key in file.keys] == ["ann@work", "bob@work", "ann@work"]


def test_person__pattern__is_nobody_in_particular():
    file = parse(f"*@example.com {PUBLIC}\n")

    assert file.person(file.keys[0]) is None


TIMES = [NOON + timedelta(hours=hours) for hours in (-30, -1, 0, 1, 30)]


@pytest.mark.parametrize(
    "options", ['namespaces="n"', 'namespaces="m"', 'valid-after="20260301"', 'valid-before="202603011200"']
)
def test_parse_signers__what_a_key_may_do__is_what_ssh_keygen_says(keys, tmp_path, options):
    (tmp_path / "allowed").write_text(keys["ann"].line(options))
    (tmp_path / "sig").write_bytes(keys["ann"].sign(b"x", "n"))
    (key,) = parse((tmp_path / "allowed").read_text()).keys

    for moment in TIMES:
        command = ["ssh-keygen", "-Y", "verify", "-f", "allowed", "-I", "ann@example.com", "-n", "n", "-s", "sig"]
        done = subprocess.run(
            [*command, "-O", f"verify-time={moment:%Y%m%d%H%M%S}"],
            cwd=tmp_path, input=b"x", capture_output=True, env={"TZ": "UTC", "PATH": "/usr/bin:/bin"},
        )  # fmt: skip
        assert (done.returncode == 0) == (key.serves("n") and key.is_valid(moment)), moment


@pytest.mark.parametrize("content", [b"", b"# none\n\n", f"{PUBLIC} ann\n".encode(), b"SSHKRL\n\0\xff\xff"])
def test_check_revoked__list_of_keys_or_krl__is_fine(content):
    check_revoked(content, name="main:revoked")


@pytest.mark.parametrize("content", [b"ann@example.com\n", b"SHA256:abc\n", b"\xff\xfe\n", f"ann {PUBLIC}".encode()])
def test_check_revoked__anything_else__is_refused(content):
    message, _ = fails(ConfigError, lambda: check_revoked(b"# one\n" + content, name="main:revoked"))

    assert message == "main:revoked:2: there is no public key."
