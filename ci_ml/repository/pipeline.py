"""DVC stages as a tree defines them: commands, dependencies, parameters, outputs.

A dvc.yaml without `${...}`, `foreach` and `matrix` is plain YAML and is read as such, which needs no DVC; any other is
resolved by DVC itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from ci_ml.errors import ConfigError, DataError, missing_extra
from ci_ml.git.writes import worktree
from ci_ml.repository.documents import load_document
from ci_ml.repository.trees import CommitTree, Tree, WorkingTree, read


@dataclass(frozen=True, kw_only=True)
class Stage:
    """One resolved stage; every path is relative to the repository root.

    Attributes:
        folder: where the command runs, "" for the root.
        params: (file, key) pairs; a key of None stands for the whole file.
    """

    name: str
    command: str
    folder: str
    deps: tuple[str, ...]
    params: tuple[tuple[str, str | None], ...]
    outs: tuple[str, ...]


def resolve_stages(tree: Tree, names: tuple[str, ...]) -> tuple[Stage, ...]:
    """The named stages and every stage they depend on, each after those it needs.

    Args:
        names: as DVC addresses them: `train`, or `folder/dvc.yaml:train`.

    Raises:
        ConfigError: no dvc.yaml, no such stage, or stages that depend on each other.
        MachineError: DVC is needed to resolve them and is not installed.
    """
    known: dict[str, Stage] = {}
    for path in sorted({_address(name)[0] for name in names}):
        known.update(_stages_of(tree, path))
    for name in names:
        path, stage = _address(name)
        if (path, stage) not in {_address(n) for n in known}:
            have = ", ".join(sorted(known)) or "none"
            raise ConfigError(f"{path} has no stage '{stage}'.", hint=f"It has: {have}.")
    makers = {out: stage for stage in known.values() for out in stage.outs}
    ordered: list[Stage] = []

    def visit(stage: Stage, above: tuple[str, ...]) -> None:
        if stage in ordered:
            return
        if stage.name in above:
            raise ConfigError(f"stages depend on each other: {' → '.join((*above, stage.name))}.")
        for dep in stage.deps:
            maker = maker_of(dep, makers)
            if maker is not None:
                visit(maker, (*above, stage.name))
        ordered.append(stage)

    for name in names:
        path, stage_name = _address(name)
        visit(next(s for n, s in known.items() if _address(n) == (path, stage_name)), ())
    return tuple(ordered)


def all_stages(tree: Tree, path: str) -> tuple[str, ...]:
    """The names of every stage of one dvc.yaml, in its order."""
    return tuple(_stages_of(tree, path))


def maker_of(dep: str, makers: Mapping[str, Stage]) -> Stage | None:
    """The stage whose output is `dep`, or a folder around or a file inside it."""
    return next((s for out, s in makers.items() if dep == out or _inside(dep, out) or _inside(out, dep)), None)


def _inside(path: str, folder: str) -> bool:
    return path.startswith(folder.rstrip("/") + "/")


def _address(name: str) -> tuple[str, str]:
    path, _, stage = name.rpartition(":")
    return path or "dvc.yaml", stage


def _stages_of(tree: Tree, path: str) -> dict[str, Stage]:
    content = read(tree, path)
    if content is None:
        raise ConfigError(f"ci-ml.yaml names DVC stages, but there is no {path}.", hint="dvc stage add writes one.")
    document = load_document(path, content)
    stages = document.get("stages") if isinstance(document, dict) else None
    if not isinstance(stages, dict) or not stages:
        raise ConfigError(f"{path} has no stages.", hint="dvc stage add writes one.")
    if b"${" in content or any(isinstance(s, dict) and {"foreach", "matrix"} & {*s} for s in stages.values()):
        return _resolved_by_dvc(tree, path)
    prefix = "" if path == "dvc.yaml" else f"{path}:"
    found = {}
    for name, entry in stages.items():
        try:
            found[f"{prefix}{name}"] = _plain_stage(f"{prefix}{name}", entry, str(PurePosixPath(path).parent))
        except (TypeError, ValueError, AttributeError):
            raise DataError(
                f"{path}: stage '{name}' is not as DVC writes stages.", hint=f"dvc stage list {path} says more."
            ) from None
    return found


def _plain_stage(name: str, entry: Mapping[str, Any], folder: str) -> Stage:
    command = entry.get("cmd")
    commands: list[str] = command if isinstance(command, list) else [str(command or "")]
    if not all(isinstance(c, str) and c.strip() for c in commands):
        raise ValueError("cmd is missing")
    base = PurePosixPath(folder, str(entry.get("wdir", "."))).as_posix()
    params: list[tuple[str, str | None]] = []
    for param in _items(entry, "params"):
        if isinstance(param, str):
            params.append((_join(base, "params.yaml"), param))
            continue
        for file, keys in param.items():
            params += [(_join(base, file), key) for key in keys or [None]]
    outs = [item for key in ("outs", "metrics", "plots") for item in _items(entry, key)]
    return Stage(
        name=name,
        command=" && ".join(commands),
        folder="" if base == "." else base,
        deps=tuple(_join(base, _first(dep)) for dep in _items(entry, "deps")),
        params=tuple(params),
        outs=tuple(_join(base, _first(out)) for out in outs),
    )


def _items(entry: Mapping[str, Any], key: str) -> list[Any]:
    items = entry.get(key) or []
    if not isinstance(items, list):
        raise TypeError(key)
    return items


def _first(item: Any) -> str:
    """DVC writes `path` or `{path: {option: ...}}`."""
    return str(next(iter(item))) if isinstance(item, dict) else str(item)


def _join(base: str, path: str) -> str:
    parts: list[str] = []
    for part in PurePosixPath(base, path).parts:
        if part == ".." and parts:
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def _resolved_by_dvc(tree: Tree, path: str) -> dict[str, Stage]:
    if isinstance(tree, WorkingTree):
        return _ask_dvc(tree.git.root, path)
    if isinstance(tree, CommitTree):
        with worktree(tree.git, tree.commit) as git:
            return _ask_dvc(git.root, path)
    raise TypeError(f"no way to run DVC on {tree!r}")


def _ask_dvc(root: Path, path: str) -> dict[str, Stage]:
    try:
        from dvc.dependency.param import ParamsDependency
        from dvc.repo import Repo
    except ImportError:
        raise missing_extra("train", "dvc", needed_for=f"{path} with ${{…}} in it") from None
    found = {}
    try:
        with Repo(str((root / path).parent)) as repo:  # of the DVC project around the file
            for stage in repo.stage.load_all(path=str(root / path)):
                folder = Path(stage.wdir).resolve().relative_to(root.resolve()).as_posix()
                base = "." if folder == "." else folder
                params: list[tuple[str, str | None]] = []
                deps: list[str] = []
                for dep in stage.deps:
                    if isinstance(dep, ParamsDependency):
                        params += [(_join(base, dep.def_path), key) for key in dep.params or [None]]
                    else:
                        deps.append(_join(base, dep.def_path))
                command = stage.cmd if isinstance(stage.cmd, str) else " && ".join(stage.cmd)
                name = stage.name if path == "dvc.yaml" else f"{path}:{stage.name}"
                found[name] = Stage(
                    name=name,
                    command=command,
                    folder="" if base == "." else base,
                    deps=tuple(deps),
                    params=tuple(params),
                    outs=tuple(_join(base, out.def_path) for out in stage.outs),
                )
    except Exception as error:  # whatever DVC raises is about the user's files, and in its words
        reason = " ".join(str(error).split()).rstrip(".")
        raise ConfigError(f"DVC cannot resolve {path}: {reason}.", hint="dvc stage list -v") from None
    return found
