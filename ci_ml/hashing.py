"""Digests over bytes and over JSON values, each computed in one way."""

import hashlib
import json
from typing import Any

from ci_ml.digests import FileDigest


def sha256_hex(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def json_digest(value: Any) -> str:
    """`sha256:...` of a JSON value, independent of the order of keys.

    >>> json_digest({"b": 1, "a": 2}) == json_digest({"a": 2, "b": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"sha256:{sha256_hex(text.encode())}"


def digest_content(content: bytes, *, path: str) -> FileDigest:
    """The value of a file of which the whole content is here."""
    md5 = hashlib.md5(content, usedforsecurity=False)
    return FileDigest(path=path, sha256=sha256_hex(content), md5=md5.hexdigest(), size=len(content))


def git_hash(length: int) -> "hashlib._Hash":
    """The hash function of a repository whose ids have so many hex digits: 40, or 64 where it uses SHA-256."""
    return hashlib.new("sha1" if length == 40 else "sha256", usedforsecurity=False)


def object_id(kind: str, content: bytes, *, like: str) -> str:
    """Git's own name for an object, in the format of the id `like`.

    >>> object_id("blob", b"", like="0" * 40)
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    hasher = git_hash(len(like))
    hasher.update(b"%s %d\0" % (kind.encode(), len(content)) + content)
    return hasher.hexdigest()
