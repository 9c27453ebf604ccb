"""What a model of a tree is made from: the tree, its DVC pointers, parameters and lock files -> Provenance."""

from collections.abc import Iterable
from typing import Any

from ci_ml.config import Model
from ci_ml.config.folder import join
from ci_ml.errors import ConfigError, DataError
from ci_ml.registry.provenance import Provenance
from ci_ml.repository.documents import load_document
from ci_ml.repository.inputs import digest_inputs, files_of
from ci_ml.repository.pipeline import Stage, maker_of, resolve_stages
from ci_ml.repository.trees import Tree, read

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
# Small data often lies in git. To a change of inputs it is as good as code; to scoring a model again it is rows.
_TABLES = (".csv", ".tsv", ".parquet", ".feather", ".arrow", ".jsonl", ".npy", ".npz")


def trace(tree: Tree, model: Model, *, outputs: frozenset[str] = frozenset()) -> Provenance:
    """The provenance of the model that this tree trains (features and seconds, which only training knows, left empty).

    Args:
        outputs: what the repository's other models make.

    Raises:
        ConfigError: a stage or an input that ci-ml.yaml names is not there.
        DataError: a parameter file or a DVC pointer cannot be read.
    """
    steps = [step for step in (model.train, model.predict) if step is not None]
    stages = resolve_stages(tree, tuple(dict.fromkeys(name for step in steps for name in step.stage)))
    makers = {out: stage for stage in stages for out in stage.outs}
    outputs |= never_inputs(model)
    commands = [stage.command for stage in stages] + [step.command for step in steps if step.command]
    wanted = {dep for stage in stages for dep in stage.deps if maker_of(dep, makers) is None}
    for step in steps:
        if step.command:
            wanted |= files_of(tree, step, outputs, folder=model.folder or "")
    code, data = digest_inputs(tree, sorted(wanted))
    files = {(path, None) for path in model.params}
    return Provenance(
        commands=tuple(commands),
        code=code,
        data=data,
        parameters=_parameters(tree, {*files, *_stage_params(stages)}, usual=join(model.folder or "", "params.yaml")),
        environment=tree.identify([path for path in lock_files(tree, model) if path not in code]),
    )


def lock_files(tree: Tree, model: Model) -> tuple[str, ...]:
    """The files that pin the model's packages: its folder's own, else those of the repository's root."""
    for folder in dict.fromkeys((model.folder or "", "")):
        found = tuple(path for name in LOCK_FILES if (path := join(folder, name)) in tree.paths)
        if found:
            return found
    return ()


def never_inputs(model: Model) -> frozenset[str]:
    """The files that a model's steps make, and what people say of it: other words do not train another model."""
    return frozenset(path for path in (model.predictions, model.artifact, model.card) if path)


def data_inputs(tree: Tree, model: Model) -> tuple[str, ...]:
    """The data files that the model's predict step reads: what DVC tracks, tables in git, and what neither tracks.

    The stages before it (training) and what they make are left out.
    """
    step = model.predict
    if step is None:
        return ()
    outputs = never_inputs(model)
    wanted = files_of(tree, step, outputs, folder=model.folder or "") if step.command else set()
    if step.stage:
        stages = resolve_stages(tree, step.stage)
        makers = {out: stage for stage in stages for out in stage.outs}
        predict = [stage for stage in stages if stage.name in step.stage]
        wanted |= {dep for stage in predict for dep in stage.deps if maker_of(dep, makers) is None}
    code, data = digest_inputs(tree, sorted(wanted))
    return (*data, *(path for path in code if path.endswith(_TABLES)))


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
        if not isinstance(names, list | dict):
            raise DataError(f"features: {model.features} holds no names.", hint="features: [NAME, …]")
        return tuple(str(n["name"] if isinstance(n, dict) and "name" in n else n) for n in names)
    content = read(tree, model.artifact) if model.artifact else None
    if content is None or not content.startswith(b"tree\n"):
        return ()
    head = content[:1_000_000].decode("utf-8", "replace").splitlines()[:40]
    line = next((entry for entry in head if entry.startswith("feature_names=")), "")
    return tuple(line.removeprefix("feature_names=").split())


def stage_parameters(tree: Tree, stage: Stage) -> dict[tuple[str, str], Any]:
    """(file, key) -> value of each single parameter that a stage names, as dvc.lock keeps them."""
    found = {}
    for file, key in stage.params:
        content = read(tree, file) if key is not None else None
        if content is not None and key is not None:
            found[file, key] = _dig(load_document(file, content), key, file)
    return found


def _stage_params(stages: Iterable[Stage]) -> set[tuple[str, str | None]]:
    return {param for stage in stages for param in stage.params}


def _parameters(tree: Tree, wanted: set[tuple[str, str | None]], *, usual: str) -> dict[str, Any]:
    """Flat names -> values; names carry their file only where that is not the `usual` one, params.yaml."""
    found: dict[str, Any] = {}
    for file in sorted({file for file, _ in wanted}):
        content = read(tree, file)
        if content is None:
            raise ConfigError(f"the parameter file {file} does not exist.")
        document = load_document(file, content)
        prefix = "" if file == usual else f"{file}:"
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
