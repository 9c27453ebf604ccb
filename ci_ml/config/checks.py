"""Contradictions between keys that are each well-formed: a metric of another task, a gate with two hypotheses."""

import re
from collections.abc import Mapping
from datetime import date

from ci_ml.config.convert import Path, Reader
from ci_ml.config.shape import HYPOTHESES, Document, Gate, Model, Step
from ci_ml.errors import ConfigError
from ci_ml.text import shown
from ci_ml.vocabulary import METRICS, metrics_of

# GTO's grammar for names, so that tags can be written for every model; "dir:name" is its monorepo form.
_PART = r"[A-Za-z0-9](?:[A-Za-z0-9/_-]*[A-Za-z0-9])?"
NAME = re.compile(rf"(?:[A-Za-z0-9_./-]+:)?{_PART}")
STAGE = re.compile(_PART)
_LONGEST_NAME, _LONGEST_STAGE = 200, 64
# What GTO allows and git does not: see git check-ref-format.
_NOT_IN_GIT = re.compile(r"^[-/]|//|\.\.|(?:^|/)\.|\.(?:/|$)|\.lock(?:/|$)")
_CONFIRM = re.compile(r"([1-9]\d*) of ([1-9]\d*)")
# A slice with a sign in it is a condition; `evaluation.slices` reads it.
_CONDITION = re.compile(r"\s*[^<>=!\s][^<>=!]*(?:==|!=|<=|>=|<|>)\s*[^<>=!\s].*", re.DOTALL)


def check(document: Document, reader: Reader) -> None:
    """Refuse settings that contradict each other.

    Raises:
        ConfigError: the first contradiction, with its place in the file.
    """
    if not document.models:
        raise _at(reader, ("models",), "names no model")
    seen: dict[str, str] = {}
    for name, model in document.models.items():
        path = ("models", name)
        if not is_name(name):
            raise _at(reader, path, "is not a name that tags can carry: letters, digits, '-', '_' and '/' in between")
        if name.lower() in seen:
            raise _at(reader, path, f"differs from '{seen[name.lower()]}' only in case")
        seen[name.lower()] = name
        _model(model, path, reader)
    _registry(document, reader)


def _registry(document: Document, reader: Reader) -> None:
    registry = document.registry
    stages = {stage for model in document.models.values() for stage in model.stages}
    for key in ("signers", "approvals"):
        for stage in getattr(registry, key):
            if stage not in stages:
                place = ("registry", key, stage)
                raise _at(reader, place, "is no stage of any model", allowed=tuple(sorted(stages)), found=stage)
    if registry.signed_since is not None and not _is_day(registry.signed_since):
        raise _at(reader, ("registry", "signed_since"), f"is '{shown(registry.signed_since)}', which is no day")
    given: dict[Path, object] = {
        ("registry", "revoked_keys"): registry.revoked_keys,
        ("registry", "signed_since"): registry.signed_since,
        ("registry", "signers"): registry.signers,
        ("registry", "approvals"): any(registry.approvals.values()),
        **{("models", name, "signers"): model.signers for name, model in document.models.items()},
    }
    for path, value in given.items():
        if value and registry.allowed_signers is None:
            raise _at(
                reader,
                path,
                "needs registry.allowed_signers: nothing else says whose signatures count",
                extra="Add to registry: allowed_signers: FILE",
            )


def _is_day(text: str) -> bool:
    try:
        return len(text) == len("2027-01-31") and bool(date.fromisoformat(text))
    except ValueError:
        return False


def is_name(name: str) -> bool:
    """Whether a model may be called so: the registry can write its tags, git takes them, file systems too."""
    long = len(name.encode("utf-8", "surrogatepass").replace(b"/", b"%2F")) > _LONGEST_NAME
    return bool(NAME.fullmatch(name)) and not long and not _NOT_IN_GIT.search(name.replace(":", "="))


def is_stage(name: str) -> bool:
    return bool(STAGE.fullmatch(name)) and "//" not in name and len(name) <= _LONGEST_STAGE


def is_slice(by: str) -> bool:
    """Whether it is a column, or a condition that is whole."""
    return not any(sign in by for sign in "<>=") or bool(_CONDITION.fullmatch(by))


def _model(model: Model, path: Path, reader: Reader) -> None:
    for index, metric in enumerate(model.metrics):
        _metric(metric, model, (*path, "metrics", str(index)), reader)
    _step(model.train, (*path, "train"), reader)
    _step(model.predict, (*path, "predict"), reader, predicts=True)
    for index, by in enumerate(model.slices):
        _slice(by, (*path, "slices", str(index)), reader)
    for gate_name, gate in model.gates.items():
        _gate(gate, model, (*path, "gates", gate_name), reader)
    if model.artifact == model.predictions:
        raise _at(reader, (*path, "artifact"), "is the same file as predictions")
    _stages(model, path, reader)
    _columns(model, path, reader)
    if model.positive is not None and model.task != "binary":
        raise _at(reader, (*path, "positive"), f"is for binary tasks; this one is {model.task}")
    if (*path, "threshold") in reader.places and model.task != "binary":
        raise _at(reader, (*path, "threshold"), f"is for binary tasks; this one is {model.task}")
    if model.cost is not None and model.task != "binary":
        raise _at(reader, (*path, "cost"), f"is for binary tasks; this one is {model.task}")
    if model.monitor and model.monitor.retrain:
        _confirm(model.monitor.retrain.confirm, (*path, "monitor", "retrain", "confirm"), reader)


def _stages(model: Model, path: Path, reader: Reader) -> None:
    for index, stage in enumerate(model.stages):
        if not is_stage(stage):
            raise _at(reader, (*path, "stages", str(index)), f"is '{shown(stage)}', which tags cannot carry")
        if stage in model.stages[:index]:
            raise _at(reader, (*path, "stages", str(index)), f"names '{stage}' twice")
    if not model.stages:
        raise _at(reader, (*path, "stages"), "is empty; a model has at least one stage")
    for stage in model.signers:
        if stage not in model.stages:
            place = (*path, "signers", stage)
            raise _at(reader, place, "is no stage of this model", allowed=model.stages, found=stage)
    promote = model.merge_stage
    if promote is not None and promote not in model.stages:
        raise _at(
            reader,
            (*path, "on_merge", "promote"),
            f"is '{shown(promote)}', which is no stage of this model",
            allowed=model.stages,
            found=promote,
        )


def _columns(model: Model, path: Path, reader: Reader) -> None:
    columns, score = model.columns, model.columns.y_score
    place = (*path, "columns", "y_score")
    if isinstance(score, str) and model.task == "multiclass":
        raise _at(reader, place, "is one column; for multiclass it takes {class: column, ...}")
    if isinstance(score, Mapping) and model.task != "multiclass":
        raise _at(reader, place, f"is a mapping; for {model.task} it takes one column")
    if score is not None and model.task == "regression":
        raise _at(reader, place, "is set, but a regression predicts a value", extra="Use y_pred.")
    if isinstance(score, Mapping) and len(score) < 2:
        raise _at(reader, place, "names fewer than two classes")
    taken: dict[str, str] = {}
    scores = score if isinstance(score, Mapping) else {"": score}
    roles = {"id": columns.id, "y_true": columns.y_true, "y_pred": columns.y_pred}
    for role, column in [*roles.items(), *((f"y_score.{k}".rstrip("."), v) for k, v in scores.items())]:
        if column is None:
            continue
        if column in taken:
            raise _at(reader, (*path, "columns", *role.split(".", 1)), f"is the column of {taken[column]} too")
        taken[column] = role


def _metric(metric: str, model: Model, path: Path, reader: Reader) -> None:
    known = metrics_of(model.task)
    if metric not in METRICS:
        raise _at(reader, path, f"is '{shown(metric)}', which is no metric", allowed=known, found=metric)
    if metric not in known:
        raise _at(reader, path, f"is '{metric}', which is not for {model.task}", allowed=known, found=metric)
    if metric == "expected_cost" and model.cost is None:
        raise _at(reader, path, "is 'expected_cost', which needs cost: {false_positive: …, false_negative: …}")


def _step(step: Step | None, path: Path, reader: Reader, *, predicts: bool = False) -> None:
    if step is None:
        return
    if predicts and step.estimator:
        raise _at(reader, (*path, "estimator"), "goes with train; predict takes stage or command")
    given = [key for key in ("stage", "command", "estimator") if getattr(step, key)]
    if len(given) != 1:
        found = " and ".join(given) if given else "none"
        raise _at(reader, path, f"takes exactly one of stage, command, estimator (found: {found})")
    if step.inputs and not step.command:
        raise _at(reader, (*path, "inputs"), "goes with a command; a DVC stage names its own deps")
    for key in ("target", "params"):
        if getattr(step, key) and not step.estimator:
            raise _at(reader, (*path, key), "goes with an estimator")


def _slice(by: str, path: Path, reader: Reader) -> None:
    if not is_slice(by):
        raise _at(
            reader,
            path,
            f"is '{shown(by)}', which is neither a column nor a condition",
            extra="A condition is a column, one of == != < <= > >=, and a number or text: age >= 60.",
        )


def _gate(gate: Gate, model: Model, path: Path, reader: Reader) -> None:
    given = [name for name in HYPOTHESES if getattr(gate, name) is not None]
    if len(given) != 1:
        found = " and ".join(given) if given else "none"
        raise _at(
            reader,
            path,
            f"states one hypothesis; found {found}",
            extra=f"Give exactly one of {', '.join(HYPOTHESES)}; for two, write two gates.",
        )
    if (gate.metric is None) == (gate.file is None):
        raise _at(reader, path, "takes either metric or file")
    if gate.metric is not None:
        if gate.max_size_mb is not None or gate.key is not None:
            raise _at(reader, path, "has a metric: max_size_mb and key go with file")
        _metric(gate.metric, model, (*path, "metric"), reader)
        if gate.slice is not None:
            _slice(gate.slice, (*path, "slice"), reader)
        return
    if gate.slice is not None:
        raise _at(reader, (*path, "slice"), "goes with a metric, not with a file")
    if gate.is_change:
        raise _at(reader, path, f"gates a plain number, which has no interval: {gate.hypothesis} needs a metric")
    if (gate.max_size_mb is None) != (gate.key is not None):
        raise _at(reader, path, "takes file with max_size_mb, or file and key with minimum or maximum")


def _confirm(text: str, path: Path, reader: Reader) -> None:
    match = _CONFIRM.fullmatch(text)
    if not match or int(match[1]) > int(match[2]):
        raise _at(reader, path, f"is '{shown(text)}'; it takes 'K of N' with K at most N, such as '2 of 3'")


def _at(
    reader: Reader, path: Path, problem: str, *, allowed: tuple[str, ...] = (), found: object = None, extra: str = ""
) -> ConfigError:
    known = path
    while known not in reader.places:
        known = known[:-1]
    return reader.error(reader.places[known], path, problem, allowed=allowed, found=found, extra=extra)
