"""Were these outputs made from these inputs? What DVC's lock file and the training record say against it."""

from typing import Any

from ci_ml.config import Model
from ci_ml.errors import DataError
from ci_ml.files import digest_file
from ci_ml.registry.provenance import Provenance
from ci_ml.repository.documents import load_document
from ci_ml.repository.lineage import stage_parameters
from ci_ml.repository.pipeline import Stage, resolve_stages
from ci_ml.repository.trees import WorkingTree, read


def why_outdated(tree: WorkingTree, model: Model) -> str | None:
    """What dvc.lock says was different when DVC last ran the model's stages; None where nothing was, or none ran."""
    names = tuple(name for step in (model.train, model.predict) if step is not None for name in step.stage)
    for stage in resolve_stages(tree, names) if names else ():
        file, _, name = stage.name.rpartition(":")
        lock_path = (file or "dvc.yaml").removesuffix("dvc.yaml") + "dvc.lock"
        content = read(tree, lock_path)
        try:
            entry = ((load_document(lock_path, content) if content else None) or {}).get("stages", {}).get(name)
            reason = _differs(tree, stage, entry) if entry else None
        except (AttributeError, TypeError):
            raise DataError(f"{lock_path} is not as DVC writes it.", hint="dvc repro writes it anew.") from None
        if reason:
            return f"{lock_path} says that stage '{name}' ran with another {reason}"
    return None


def why_not_trained_from(then: Provenance, now: Provenance) -> str | None:
    """What changed since the training that made the present outputs; None if nothing did.

    A file that only one side knows proves nothing: it may just have been added to git.
    """
    for before, after in ((then.code, now.code), (then.data, now.data), (then.parameters, now.parameters)):
        changed = sorted(name for name in before.keys() & after.keys() if before[name] != after[name])
        if changed:
            return changed[0]
    return "command" if then.commands != now.commands else None


def _differs(tree: WorkingTree, stage: Stage, entry: dict[str, Any]) -> str | None:
    if entry.get("cmd") is not None:
        command = entry["cmd"] if isinstance(entry["cmd"], str) else " && ".join(entry["cmd"])
        if command != stage.command:
            return "command"
    for item in [*(entry.get("deps") or []), *(entry.get("outs") or [])]:
        path = "/".join(part for part in (stage.folder, str(item.get("path"))) if part)
        place = tree.git.root / path
        # Folders have a digest of DVC's own making; large data are compared through their pointer elsewhere.
        if place.is_file() and f"{path}.dvc" not in tree.paths and digest_file(place, name=path).md5 != item.get("md5"):
            return path
    present = stage_parameters(tree, stage)
    for file, values in (entry.get("params") or {}).items():
        for key, value in (values or {}).items():
            if (file, key) in present and present[file, key] != value:
                return f"{key} in {file}"
    return None
