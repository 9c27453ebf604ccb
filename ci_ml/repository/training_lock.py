"""`ci-ml.lock`: which outputs were made from which inputs, by a training that ended well. It is committed.

It catches slips in every clone, a fresh one too: predictions left beside another model, a file that was replaced, a
training that died. Against somebody who writes it by hand it proves nothing. Models that DVC trains have `dvc.lock`.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from ci_ml.config import Model
from ci_ml.errors import DataError
from ci_ml.files import write_bytes

FILE_NAME = "ci-ml.lock"
SCHEMA = 1
_LARGEST = 4 << 20


class LockEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One model.

    Attributes:
        inputs: the inputs digest of the training.
        outputs: path -> `sha256:...` of what it made.
        unfinished: a training began and did not end well: what lies there is of nobody knows what.
    """

    inputs: str
    outputs: dict[str, str] = {}
    unfinished: bool = False


class _File(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    schema: int = SCHEMA
    models: dict[str, LockEntry] = {}


def is_locked(model: Model) -> bool:
    """Whether ci-ml itself sees the model made: some step is a command. Stages alone are DVC's."""
    return any(step.command for step in (model.train, model.predict) if step is not None)


def parse_lock(content: bytes | None, *, name: str = FILE_NAME) -> dict[str, LockEntry]:
    """The entries by model; none where there is no file.

    Raises:
        DataError: it is not as `ci-ml train` writes it, or a later version wrote it.
    """
    if content is None:
        return {}
    mend = "Take one side of a merge conflict whole, then: ci-ml train writes it anew."
    if len(content) > _LARGEST:
        raise DataError(f"{name} is {len(content):,} bytes; it has at most {_LARGEST:,}.", hint=mend)
    try:
        if msgspec.json.decode(content, type=_Versioned).schema > SCHEMA:
            raise DataError(f"{name} was written by a newer ci-ml.", hint="Upgrade ci-ml.")
        return msgspec.json.decode(content, type=_File).models
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{name} is not as ci-ml writes it: {error}.", hint=mend) from None


def render_lock(entries: Mapping[str, LockEntry]) -> bytes:
    """The file: a model a block and an output a line, sorted, so that two branches rarely touch the same lines."""
    models = {
        name: msgspec.structs.replace(entry, outputs=dict(sorted(entry.outputs.items())))
        for name, entry in sorted(entries.items())
    }
    return msgspec.json.format(msgspec.json.encode(_File(models=models)), indent=2) + b"\n"


def write_entry(root: Path, model: str, entry: LockEntry) -> None:
    """Put one model's entry into the file of a working copy."""
    path = root / FILE_NAME
    entries = parse_lock(path.read_bytes() if path.is_file() else None)
    write_bytes(path, render_lock(entries | {model: entry}))


def why_not_covered(entry: LockEntry, *, inputs: str, outputs: Mapping[str, str]) -> str | None:
    """Why these outputs are not what the lock says a training of these inputs made; None where they are.

    Args:
        inputs: the inputs digest of what lies there now.
        outputs: path -> SHA-256 of what lies there now.
    """
    if entry.unfinished:
        return f"the last training did not end well, so {' and '.join(sorted(outputs))} may be of nothing whole"
    if entry.inputs != inputs:
        made = f"{FILE_NAME} has outputs of other inputs"
        return f"{made} (then {_short(entry.inputs)}, now {_short(inputs)})"
    for path, sha256 in sorted(outputs.items()):
        known = entry.outputs.get(path)
        if known is None:
            return f"{FILE_NAME} does not name {path}"
        if known != f"sha256:{sha256}":
            return f"{path} is not the file that training made ({FILE_NAME}: {_short(known)}, here {sha256[:12]})"
    return None


def _short(digest: str) -> str:
    return digest.removeprefix("sha256:")[:12]


class _Versioned(msgspec.Struct):
    schema: int = SCHEMA
