import base64

from hypothesis import given
from hypothesis import strategies as st

from ci_ml.registry.signing.sshsig import EVENT, LARGEST_SIGNATURE, fingerprint_of, key_type, read_signature


def field(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


def armoured(blob: bytes) -> bytes:
    body = base64.b64encode(blob)
    return b"-----BEGIN SSH SIGNATURE-----\n" + body + b"\n-----END SSH SIGNATURE-----\n"


def made(*, version: int = 1, key: bytes = b"a key", namespace: bytes = b"x", rest: bytes = b"") -> bytes:
    fields = b"".join(map(field, (key, namespace, b"", b"sha512", b"a signature")))
    return armoured(b"SSHSIG" + version.to_bytes(4, "big") + fields + rest)


def test_read_signature__of_ssh_keygen__says_key_and_namespace(keys):
    signature = read_signature(keys["ann"].sign(b"anything", EVENT))

    assert signature is not None
    assert (signature.fingerprint, signature.namespace) == (keys["ann"].fingerprint, EVENT)
    assert key_type(signature.key) == "ssh-ed25519"


def test_read_signature__other_version__is_none():
    assert read_signature(made()) is not None
    assert read_signature(made(version=2)) is None


def test_read_signature__bytes_left_over__is_none():
    assert read_signature(made(rest=b"more")) is None


def test_read_signature__no_key__is_none():
    assert read_signature(made(key=b"")) is None


def test_read_signature__namespace_that_is_no_text__is_none():
    assert read_signature(made(namespace=b"\xff")) is None


def test_read_signature__too_long__is_none():
    assert read_signature(made(key=b"k" * LARGEST_SIGNATURE)) is None


@given(st.integers(0, 200), st.binary(max_size=3))
def test_read_signature__damaged_anywhere__is_none_or_a_signature(place, other):
    whole = base64.b64decode(b"".join(made().split(b"\n")[1:-2]))
    blob = whole[:place] + other + whole[place + len(other) :]

    found = read_signature(armoured(blob))
    assert found is None or isinstance(found.namespace, str)


@given(st.binary(max_size=300))
def test_read_signature__any_bytes__never_raise(content):
    assert read_signature(content) is None
    found = read_signature(armoured(content))
    assert found is None or found.key


@given(st.binary(max_size=40))
def test_key_type__any_bytes__is_text(content):
    assert isinstance(key_type(content), str)


def test_fingerprint_of__a_key__is_what_ssh_keygen_prints(keys):
    kind, encoded = keys["bob"].public.split()

    assert fingerprint_of(base64.b64decode(encoded)) == keys["bob"].fingerprint
    assert kind == key_type(base64.b64decode(encoded))
