"""Is this a file, or the pointer that Git LFS keeps in its place? And the content that a pointer stands for."""

import re
import tempfile
from pathlib import Path

from ci_ml.errors import DataError
from ci_ml.git.questions import Git
from ci_ml.hashing import sha256_hex

_START = b"version https://git-lfs.github.com/spec/"
_OID = re.compile(rb"^oid sha256:([0-9a-f]{64})$", re.MULTILINE)
LONGEST_POINTER = 1024  # bytes: the specification allows no longer pointer


def pointer_digest(content: bytes) -> str | None:
    """SHA-256 of the content that a pointer stands for; None for what is no pointer."""
    found = _OID.search(content) if content.startswith(_START) and len(content) < LONGEST_POINTER else None
    return found[1].decode() if found else None


def refuse_pointer(path: Path, *, name: str) -> None:
    """Refuse a file of the working copy that was checked out without its content.

    Raises:
        DataError: it is a pointer.
    """
    with path.open("rb") as file:
        start = file.read(LONGEST_POINTER)
    if pointer_digest(start):
        raise DataError(
            f"{name} is a Git LFS pointer: its content was not checked out.",
            hint="git lfs pull   (in GitHub Actions: actions/checkout with lfs: true)",
        )


def fetch_content(git: Git, commit: str, path: str, sha256: str) -> bytes | None:
    """What Git LFS, as this machine has it set up, gives for a pointer in a commit; None where it does not."""
    with tempfile.TemporaryDirectory(prefix="ci-ml-lfs-") as folder:
        # A bare clone has no .gitattributes at hand. Those of a working copy go before this one, and say the same.
        attributes = Path(folder, "attributes")
        attributes.write_bytes(b"* filter=lfs -text\n")
        settings = ("-c", f"core.attributesFile={attributes}", "-c", "core.autocrlf=false")
        answer = git.run(*settings, "cat-file", "--filters", f"{commit}:{path}")
    good = answer.code == 0 and sha256_hex(answer.output) == sha256
    return answer.output if good else None
