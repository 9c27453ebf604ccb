"""What does an OpenSSH signature say of itself: which key, for what? Whether it is good, `ssh-keygen` tells."""

import base64
import hashlib
import re
from dataclasses import dataclass

# What ci-ml signs, and so the namespaces that an allowed_signers file may name.
EVENT = "ci-ml-event"
APPROVAL = "ci-ml-approval"

LARGEST_SIGNATURE = 16 * 1024
_ARMOUR = re.compile(rb"-----BEGIN SSH SIGNATURE-----\s([A-Za-z0-9+/=\s]+)-----END SSH SIGNATURE-----\s*")


@dataclass(frozen=True, kw_only=True)
class Signature:
    """What stands in a signature, none of it proven: the public key that made it, and its namespace."""

    key: bytes
    namespace: str

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.key)


def read_signature(armoured: bytes) -> Signature | None:
    """A signature from its armoured form, possibly put there by somebody hostile; None where it is no signature.

    Source: PROTOCOL.sshsig of OpenSSH.
    """
    found = _ARMOUR.fullmatch(armoured) if len(armoured) <= LARGEST_SIGNATURE else None
    if found is None:
        return None
    try:
        blob = base64.b64decode(b"".join(found[1].split()), validate=True)
        rest = _Fields(blob)
        if rest.take(6) != b"SSHSIG" or rest.number() != 1:
            return None
        key, namespace = rest.field(), rest.field()
        rest.field(), rest.field(), rest.field()  # reserved, hash, signature
        if rest.left or not key:
            return None
        return Signature(key=key, namespace=namespace.decode())
    except (ValueError, UnicodeDecodeError):
        return None


def fingerprint_of(key: bytes) -> str:
    """What ssh-keygen calls a public key: the SHA-256 of its bytes."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


class _Fields:
    """The fields of SSH's binary form, from the front."""

    def __init__(self, left: bytes) -> None:
        self.left = left

    def take(self, size: int) -> bytes:
        if size > len(self.left):
            raise ValueError("cut off")
        taken, self.left = self.left[:size], self.left[size:]
        return taken

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def field(self) -> bytes:
        return self.take(self.number())


def key_type(key: bytes) -> str:
    """The type that a public key's own bytes name, such as ssh-ed25519; empty where they name none."""
    try:
        return _Fields(key).field().decode("ascii")
    except (ValueError, UnicodeDecodeError):
        return ""
