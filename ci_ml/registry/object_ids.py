"""The ids that git gives to objects, worked out without git."""

import hashlib


def object_id(kind: str, content: bytes, *, like: str) -> str:
    """The id of an object, in the format of the id `like`: SHA-1 or SHA-256."""
    algorithm = hashlib.sha1 if len(like) == 40 else hashlib.sha256
    return algorithm(f"{kind} {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()
