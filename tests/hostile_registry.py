"""A registry's branch as somebody hostile would fill it: any tree, any bytes, whatever git lets through."""

import json
import subprocess
from pathlib import Path
from typing import Any

from registry_makers import MODEL, grow, registered, run_git

from ci_ml.registry.branch_paths import event_path
from ci_ml.registry.events import encode
from ci_ml.registry.history import History
from ci_ml.registry.payloads import Promoted

FOLDER = f"models/{MODEL}"
FIRST, SECOND, THIRD = (event_path(MODEL, sequence) for sequence in (1, 2, 3))
# What no terminal may be sent: a title, a colour, a bell, C1, right-to-left, lone surrogates as git gives them.
ESCAPES = "\x1b]0;owned\x07\x1b[31m\x9b2J\u202egnp\r\n::error::x"


def honest() -> list[bytes]:
    """Two good events."""
    move = Promoted(stage="staging", version="v1.0.0", replaces=None, commit="5a" * 20)
    return [encode(event) for event in grow(History(model=MODEL), registered("a", "v1.0.0"), move).events]


def event(**changes: Any) -> bytes:
    """The first event with other fields."""
    return json.dumps(json.loads(honest()[0]) | changes).encode()


def payload(**changes: Any) -> bytes:
    """The first event with other fields of its payload."""
    fields = json.loads(honest()[0])
    return event(payload=fields["payload"] | changes)


def plant_tree(repository: Path, entries: dict[str, bytes | tuple[str, bytes]], *, ref: str = "model-registry") -> None:
    """Make a branch of these files, with any path and mode; git's own checks of paths are passed by.

    Args:
        entries: path -> content, or (mode, content); for a submodule the content is a commit id.
    """
    tree: dict[str, Any] = {}
    for path, content in entries.items():
        *folders, name = path.split("/")
        place = tree
        for folder in folders:
            place = place.setdefault(folder, {})
        place[name] = content
    commit = run_git(repository, "commit-tree", _write(repository, tree), "-m", "hostile")
    run_git(repository, "update-ref", f"refs/heads/{ref}", commit)


def write_object(repository: Path, kind: str, content: bytes) -> str:
    """An object, whether git thinks it well-formed or not."""
    done = subprocess.run(
        ["git", "hash-object", "-w", "--literally", "-t", kind, "--stdin"],
        cwd=repository,
        input=content,
        check=True,
        capture_output=True,
    )
    return done.stdout.decode().strip()


def _write(repository: Path, tree: dict[str, Any]) -> str:
    rows = []
    blobs = _blobs(repository, [c if isinstance(c, bytes) else c[1] for c in tree.values() if not isinstance(c, dict)])
    for name, content in tree.items():
        raw = name.encode("utf-8", "surrogateescape")
        if isinstance(content, dict):
            mode, id = "40000", _write(repository, content)
        elif isinstance(content, tuple) and content[0] == "160000":
            mode, id = content[0], content[1].decode()
        else:
            mode, data = content if isinstance(content, tuple) else ("100644", content)
            id = blobs[data]
        rows.append((raw + b"/" * (mode == "40000"), mode.encode() + b" " + raw + b"\0" + bytes.fromhex(id)))
    return write_object(repository, "tree", b"".join(row for _, row in sorted(rows)))


def _blobs(repository: Path, contents: list[bytes]) -> dict[bytes, str]:
    """Content -> id, each written once."""
    return {content: write_object(repository, "blob", content) for content in dict.fromkeys(contents)}
