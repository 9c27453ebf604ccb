"""The working records under `.ci-ml/`: what training and judging wrote down, read back checked."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ci_ml.errors import DataError
from ci_ml.files import write_bytes
from ci_ml.gates.judgement import SCHEMA, Judgement
from ci_ml.names import encode as encode_name
from ci_ml.registry.provenance import Provenance

FOLDER = ".ci-ml"
MAX_BYTES = 4 << 20  # A record is small; anything larger is not ours.

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class StepRun:
    """One step that training ran: how long it took, and whether DVC found it up to date and skipped it."""

    name: str
    command: str
    seconds: float
    skipped: bool = False


@dataclass(frozen=True, kw_only=True)
class TrainingRecord:
    """What `ci-ml train` wrote down.

    Attributes:
        at: UTC, ISO 8601.
        outputs: path -> SHA-256 of the artifact and the predictions.
        machine: CPU, memory and accelerators, in words by name.
        packages: installed distributions that models depend on, by name.
    """

    schema: int = SCHEMA
    model: str
    at: str
    commit: str | None
    steps: tuple[StepRun, ...]
    provenance: Provenance
    outputs: dict[str, str] = field(default_factory=dict)
    machine: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Record:
    """One judging, kept by inputs digest: `promote --merged` looks it up instead of training again."""

    schema: int = SCHEMA
    judgement: Judgement
    provenance: Provenance


def encode(value: object) -> bytes:
    """A record as readable JSON."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def decode(content: bytes, kind: type[T], *, name: str) -> T:
    """A record from JSON.

    Raises:
        DataError: not a record of that kind, or of a later version.
    """
    import msgspec

    if len(content) > MAX_BYTES:
        raise DataError(f"{name} is {len(content):,} bytes; a record has at most {MAX_BYTES:,}.")
    try:
        # First, for a later version may have another shape.
        if msgspec.json.decode(content, type=_Versioned).schema > SCHEMA:
            raise DataError(f"{name} was written by a newer ci-ml.", hint="Upgrade ci-ml.")
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataError(f"{name} is not a record of ci-ml: {error}.", hint="Run ci-ml gate again.") from None


@dataclass(frozen=True, kw_only=True)
class _Versioned:
    schema: int = SCHEMA


def save(root: Path, model: str, name: str, value: object) -> Path:
    """Write a working record and return its path."""
    path = record_path(root, model, name)
    keep_out_of_git(root)
    write_bytes(path, encode(value))
    return path


def keep_out_of_git(root: Path) -> None:
    """Working records and cached files never enter git, whatever the repository ignores."""
    ignore = root / FOLDER / ".gitignore"
    if not ignore.exists():
        write_bytes(ignore, b"*\n")


def load(root: Path, model: str, name: str, kind: type[T], *, made_by: str) -> T:
    """Read a working record.

    Raises:
        DataError: there is none yet; the hint is the command that makes it.
    """
    path = record_path(root, model, name)
    if not path.is_file():
        raise DataError(f"there is no {name} of '{model}' yet.", hint=f"{made_by} {model}")
    return decode(path.read_bytes(), kind, name=str(path.relative_to(root)))


def record_path(root: Path, model: str, name: str) -> Path:
    return root / FOLDER / encode_name(model) / f"{name}.json"
