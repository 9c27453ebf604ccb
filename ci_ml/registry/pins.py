"""What does a version pin, said as digests? For answers, deployments and notes: what comes back when it comes back."""

from dataclasses import dataclass
from typing import Any

from ci_ml.digests import FileDigest
from ci_ml.registry.facts import Facts
from ci_ml.registry.history import Release
from ci_ml.registry.version_changes import pin_of


def pins_of(release: Release) -> dict[str, Any]:
    """A version's digests by name; of an imported one only the commit is known.

    `data` is path -> digest; what could not be told at registration is None.
    """
    facts = release.facts
    if facts is None:
        return {"commit": release.commit}
    return {
        "commit": facts.commit,
        "tree": f"git:{facts.tree}",
        "model": _file(facts.model),
        "predictions": _file(facts.predictions) if facts.predictions else None,
        "data": {path: _data(pin) for path, pin in facts.data.items()},
        "rows": facts.rows,
        "features": facts.features,
        "parameters": facts.parameters,
        "environment": facts.environment,
        "lock_files": {path: f"sha256:{sha256}" for path, sha256 in facts.lock_files.items()},
        "code": facts.code,
        "inputs": facts.inputs,
        "io_schema": facts.io_schema,
        "evaluation": f"sha256:{facts.evaluation}" if facts.evaluation else None,
        "verdict": f"sha256:{facts.verdict}" if facts.verdict else None,
    }


_PARTS = ("model", "data", "features", "parameters", "code")


@dataclass(frozen=True, kw_only=True)
class PinnedPart:
    """A part that makes a model, as two versions pin it: digests shortened for people, None where not recorded."""

    name: str
    now: str | None
    before: str | None
    same: bool


def pinned_parts(before: Release, after: Release) -> tuple[PinnedPart, ...]:
    """What makes a model, part by part.

    Of an imported version only the commit is known; where one of the two is, that stands there as well.
    """
    commit = PinnedPart(
        name="commit", now=after.commit[:12], before=before.commit[:12], same=after.commit == before.commit
    )
    if after.facts is None:
        return (commit,)
    parts = tuple(_part(name, after.facts, before.facts) for name in _PARTS)
    return (commit, *parts) if before.facts is None else parts


def _part(name: str, new: Facts, old: Facts | None) -> PinnedPart:
    now, was = pin_of(new, name), pin_of(old, name)
    same = now == was
    if name == "data":
        # A single file is known by its own digest, unless that does not tell the two apart: it was renamed.
        single = tuple(_single(facts) for facts in (new, old))
        now, was = single if None not in single and (single[0] == single[1]) == same else (now, was)
    return PinnedPart(name=name, now=now and _cut(now), before=was and _cut(was), same=same)


def _single(facts: Facts | None) -> str | None:
    return _data(next(iter(facts.data.values()))) if facts and len(facts.data) == 1 else None


def _cut(value: str) -> str:
    kind, _, rest = value.rpartition(":")
    return f"{kind or 'sha256'}:{rest[:12]}"


def _file(file: FileDigest) -> dict[str, Any]:
    return {"path": file.path, "sha256": file.sha256, "size": file.size}


def _data(pin: dict[str, str]) -> str:
    return ", ".join(f"{kind}:{value}" for kind, value in pin.items())
