"""What a model of a tree is made from: the tree, its DVC pointers, parameters and lock files -> Provenance."""

import fnmatch
import hashlib
import json
import tomllib
from collections.abc import Iterable
from typing import Any

from ci_ml.config import Model, Step
from ci_ml.errors import ConfigError, DataError
from ci_ml.registry.provenance import Provenance
from ci_ml.repository.pipeline import Stage, maker_of, resolve_stages
from ci_ml.repository.trees import Tree, WorkingTree, read

# A changed lock file is a changed environment: it may train another model from the same code.
LOCK_FILES = (
    "requirements.txt",
    "requirements.lock",
    "uv.lock",
    "poetry.lock",
    "pdm.lock",
    "Pipfile.lock",
    "conda-lock.yml",
    "environment.yml",
)
# What a plain command without `inputs:` is taken not to read.
_NOT_INPUTS = (
    "docs/*",
    "*.md",
    ".github/*",
    ".ci-ml/*",
    ".dvc/*",
    "LICENSE*",
    ".git*",
    "*/.git*",
    "ci-ml.yaml",
    "dvc.lock",
)


def trace(tree: Tree, model: Model) -> Provenance:
    """The provenance of the model that this tree trains (features and seconds, which only training knows, left empty).

    Raises:
        ConfigError: a stage or an input that ci-ml.yaml names is not there.
        DataError: a parameter file or a DVC pointer cannot be read.
    """
    steps = [step for step in (model.train, model.predict) if step is not None]
    stages = resolve_stages(tree, tuple(dict.fromkeys(name for step in steps for name in step.stage)))
    makers = {out: stage for stage in stages for out in stage.outs}
    own = {model.predictions, *([model.artifact] if model.artifact else [])}
    commands = [stage.command for stage in stages] + [step.command for step in steps if step.command]
    wanted = {dep for stage in stages for dep in stage.deps if maker_of(dep, makers) is None}
    for step in steps:
        if step.command:
            wanted |= _inputs(tree, step, own)
    code, data = _digests(tree, sorted(wanted))
    files = {(path, None) for path in model.params}
    return Provenance(
        commands=tuple(commands),
        code=code,
        data=data,
        parameters=_parameters(tree, {*files, *_stage_params(stages)}),
        environment=_sha256(tree, [path for path in LOCK_FILES if path in tree.paths and path not in code]),
    )


def data_inputs(tree: Tree, model: Model) -> tuple[str, ...]:
    """The data files that the model's predict step reads: what DVC tracks, or neither git nor DVC does.

    The stages before it (training) and what they make are left out.
    """
    step = model.predict
    if step is None:
        return ()
    own = {model.predictions, *([model.artifact] if model.artifact else [])}
    wanted = _inputs(tree, step, own) if step.command else set()
    if step.stage:
        stages = resolve_stages(tree, step.stage)
        makers = {out: stage for stage in stages for out in stage.outs}
        predict = [stage for stage in stages if stage.name in step.stage]
        wanted |= {dep for stage in predict for dep in stage.deps if maker_of(dep, makers) is None}
    return tuple(_digests(tree, sorted(wanted))[1])


def feature_names(tree: Tree, model: Model) -> tuple[str, ...]:
    """The names of the model's inputs: from `features:`, else from a LightGBM text model; empty where neither is there.

    Raises:
        DataError: the features file cannot be read.
    """
    if model.features:
        content = read(tree, model.features)
        if content is None:
            raise DataError(f"features: {model.features} does not exist.")
        found = load_document(model.features, content)
        names = found.get("features", found) if isinstance(found, dict) else found
        return tuple(str(n["name"] if isinstance(n, dict) and "name" in n else n) for n in names)
    content = read(tree, model.artifact) if model.artifact else None
    if content is None or not content.startswith(b"tree\n"):
        return ()
    head = content[:1_000_000].decode("utf-8", "replace").splitlines()[:40]
    line = next((entry for entry in head if entry.startswith("feature_names=")), "")
    return tuple(line.removeprefix("feature_names=").split())


def _inputs(tree: Tree, step: Step, own: set[str]) -> set[str]:
    """The files that a plain command reads."""
    pointed = {path.removesuffix(".dvc") for path in tree.paths if path.endswith(".dvc")}
    candidates = {path for path in tree.paths if not path.endswith(".dvc")} | pointed
    if not step.inputs:
        return {p for p in candidates - own if not any(fnmatch.fnmatch(p, pattern) for pattern in _NOT_INPUTS)}
    found: set[str] = set()
    for pattern in step.inputs:
        matching = set(fnmatch.filter(candidates, pattern))
        if not matching:
            raise ConfigError(
                f"inputs: '{pattern}' matches nothing that git or DVC tracks.",
                hint="git add the file, or dvc add it where it is data.",
            )
        found |= matching
    return found - own


def _digests(tree: Tree, paths: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """(code, data): a file in git is code, what a DVC pointer stands for is data."""
    tracked, code_paths, data = tree.paths, [], {}
    for path in paths:
        pointer = _pointer(tree, path)
        if path in tracked:
            code_paths.append(path)
        elif pointer is not None:
            data[path] = pointer
        else:
            inside = sorted(p for p in tracked if p.startswith(path.rstrip("/") + "/"))
            code_paths += [p for p in inside if not p.endswith(".dvc")]
            pointers = [p.removesuffix(".dvc") for p in inside if p.endswith(".dvc")]
            data.update({p: _pointer(tree, p) or "missing" for p in pointers})
            if not inside:
                # Outside git and DVC: known only here, so a merge cannot prove it and is stale.
                content = read(tree, path) if isinstance(tree, WorkingTree) else None
                data[path] = "missing" if content is None else f"sha256:{hashlib.sha256(content).hexdigest()}"
    return _sha256(tree, code_paths), data


def _pointer(tree: Tree, path: str) -> str | None:
    """`md5:...` from `path.dvc`, or from the pointer of a folder around it; None if there is neither."""
    parts = path.split("/")
    for end in range(len(parts), 0, -1):
        pointer = "/".join(parts[:end]) + ".dvc"
        if pointer in tree.paths:
            content = read(tree, pointer)
            try:
                out = load_document(pointer + ".yaml", content or b"")["outs"][0]
                return f"md5:{out['md5']}"
            except (KeyError, IndexError, TypeError):
                raise DataError(f"{pointer} names no md5.", hint=f"dvc add {pointer.removesuffix('.dvc')}") from None
    return None


def _sha256(tree: Tree, paths: list[str]) -> dict[str, str]:
    contents = tree.read_all(paths)
    return {path: hashlib.sha256(contents[path] or b"").hexdigest() for path in sorted(paths)}


def _stage_params(stages: Iterable[Stage]) -> set[tuple[str, str | None]]:
    return {param for stage in stages for param in stage.params}


def _parameters(tree: Tree, wanted: set[tuple[str, str | None]]) -> dict[str, Any]:
    """Flat names -> values; names carry their file only where that is not params.yaml."""
    found: dict[str, Any] = {}
    for file in sorted({file for file, _ in wanted}):
        content = read(tree, file)
        if content is None:
            raise ConfigError(f"the parameter file {file} does not exist.")
        document = load_document(file, content)
        prefix = "" if file == "params.yaml" else f"{file}:"
        keys = {key for name, key in wanted if name == file}
        for key in sorted(keys, key=lambda k: k or ""):
            value = document if key is None else _dig(document, key, file)
            found.update({f"{prefix}{name}": v for name, v in _flatten(key or "", value)})
    return found


def _dig(document: Any, key: str, file: str) -> Any:
    for part in key.split("."):
        if not isinstance(document, dict) or part not in document:
            raise ConfigError(f"{file} has no parameter '{key}', which dvc.yaml names.")
        document = document[part]
    return document


def _flatten(name: str, value: Any) -> list[tuple[str, Any]]:
    if not isinstance(value, dict) or not value:
        return [(name, value)]
    return [pair for key, inner in value.items() for pair in _flatten(f"{name}.{key}" if name else str(key), inner)]


def load_document(path: str, content: bytes) -> Any:
    """A YAML, JSON or TOML document, by its file's ending.

    Raises:
        DataError: it is none.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        if path.endswith(".toml"):
            return tomllib.loads(content.decode())
        if path.endswith(".json"):
            return json.loads(content)
        document = YAML(typ="safe", pure=True).load(content)
        return json.loads(json.dumps(document, default=str))  # dates and the like as text
    except (ValueError, YAMLError) as error:
        raise DataError(f"{path} cannot be read: {str(error).splitlines()[0]}.") from None
