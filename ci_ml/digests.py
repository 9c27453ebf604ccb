"""What is a file, without its content? Its digests and its size, in the form that records and events store them.

Nothing here computes a digest (see `hashing`): `registry which` decodes events, and takes no time to load hashlib.
"""

from typing import Annotated

from msgspec import Meta, Struct

# Checked when a value is read: records lie on remotes that others write to, and digests become paths.
Sha256 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Md5 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}(?:\.dir)?\Z")]  # DVC's name for a file; for a folder it ends in .dir
ObjectId = Annotated[str, Meta(pattern=r"\A(?:[0-9a-f]{64}|[0-9a-f]{40})\Z")]
# `sha256:...` or bare hex: digests over several things (rows, inputs, code), compared and shown, never parsed.
# The alternatives stand in this order because none of them then goes over the text a second time.
Digest = Annotated[str, Meta(pattern=r"\A(?:[0-9a-f]{32,128}|[a-z0-9-]+:[0-9a-f]{32,128})\Z")]
Size = Annotated[int, Meta(ge=0)]


class FileDigest(Struct, frozen=True, kw_only=True):
    """A file as it was: `path` from the root of the repository, `sha256` ours and `md5` DVC's, `size` in bytes."""

    path: Annotated[str, Meta(max_length=2000)]
    sha256: Sha256
    md5: Md5
    size: Size
