"""What does a version pin, said as digests? For answers, deployments and notes: what comes back when it comes back."""

from typing import Any

from ci_ml.registry.facts import StoredFile
from ci_ml.registry.history import Release
from ci_ml.registry.provenance import digest


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


def changed_pins(before: Release, after: Release) -> list[tuple[str, str, str]]:
    """(what, digest after, digest before) of what makes a model: shortened, for people.

    Of an imported version only the commit is known, so that stands there as well.
    """
    commits = ("commit", after.commit[:12], before.commit[:12])
    old, new = (_short(pins_of(release)) for release in (before, after))
    rows = [(name, new[name], old.get(name, "not recorded")) for name in new]
    return rows if old and new else [commits, *rows]


def _short(pins: dict[str, Any]) -> dict[str, str]:
    if "model" not in pins:
        return {}
    data = pins["data"]
    shown = {
        "model": f"sha256:{pins['model']['sha256']}",
        "data": digest(data) if len(data) != 1 else next(iter(data.values())),
        "features": pins["features"],
        "parameters": pins["parameters"],
        "code": pins["tree"],
    }
    return {name: _cut(value) for name, value in shown.items() if value and (data or name != "data")}


def _cut(value: str) -> str:
    kind, _, rest = value.rpartition(":")
    return f"{kind or 'sha256'}:{rest[:12]}"


def _file(file: StoredFile) -> dict[str, Any]:
    return {"path": file.path, "sha256": file.sha256, "size": file.size}


def _data(pin: dict[str, str]) -> str:
    return ", ".join(f"{kind}:{value}" for kind, value in pin.items())
