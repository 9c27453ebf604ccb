"""Contradictions between keys that are each well-formed: a metric of another task, a gate with two hypotheses."""

import re
from collections.abc import Mapping

from ci_ml.config.convert import Path, Reader
from ci_ml.config.shape import HYPOTHESES, Document, Gate, Model, Step
from ci_ml.errors import ConfigError
from ci_ml.vocabulary import METRICS, metrics_of

# GTO's grammar for names, so that tags can be written for every model; "dir:name" is its monorepo form.
_PART = r"[A-Za-z0-9](?:[A-Za-z0-9/_-]*[A-Za-z0-9])?"
NAME = re.compile(rf"(?:[A-Za-z0-9_./-]+:)?{_PART}")
STAGE = re.compile(_PART)
_CONFIRM = re.compile(r"([1-9]\d*) of ([1-9]\d*)")


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
        if not NAME.fullmatch(name):
            raise _at(reader, path, "is not a name that tags can carry: letters, digits, '-', '_' and '/' in between")
        if name.lower() in seen:
            raise _at(reader, path, f"differs from '{seen[name.lower()]}' only in case")
        seen[name.lower()] = name
        _model(model, path, reader)
    stages = {stage for model in document.models.values() for stage in model.stages}
    for stage in document.registry.approvals:
        if stage not in stages:
            raise _at(
                reader,
                ("registry", "approvals", stage),
                "is no stage of any model",
                allowed=tuple(sorted(stages)),
                found=stage,
            )


def _model(model: Model, path: Path, reader: Reader) -> None:
    for index, metric in enumerate(model.metrics):
        _metric(metric, model, (*path, "metrics", str(index)), reader)
    for step in ("train", "predict"):
        _step(getattr(model, step), (*path, step), reader)
    for gate_name, gate in model.gates.items():
        _gate(gate, model, (*path, "gates", gate_name), reader)
    for index, stage in enumerate(model.stages):
        if not STAGE.fullmatch(stage):
            raise _at(reader, (*path, "stages", str(index)), f"is '{stage}', which tags cannot carry")
        if stage in model.stages[:index]:
            raise _at(reader, (*path, "stages", str(index)), f"names '{stage}' twice")
    if not model.stages:
        raise _at(reader, (*path, "stages"), "is empty; a model has at least one stage")
    promote = model.merge_stage
    if promote is not None and promote not in model.stages:
        raise _at(
            reader,
            (*path, "on_merge", "promote"),
            f"is '{promote}', which is no stage of this model",
            allowed=model.stages,
            found=promote,
        )
    if isinstance(model.columns.y_score, str) and model.task == "multiclass":
        raise _at(reader, (*path, "columns", "y_score"), "is one column; for multiclass it takes {class: column, ...}")
    if isinstance(model.columns.y_score, Mapping) and model.task != "multiclass":
        raise _at(reader, (*path, "columns", "y_score"), f"is a mapping; for {model.task} it takes one column")
    if model.columns.y_score is not None and model.task == "regression":
        raise _at(
            reader, (*path, "columns", "y_score"), "is set, but a regression predicts a value", extra="Use y_pred."
        )
    if model.positive is not None and model.task != "binary":
        raise _at(reader, (*path, "positive"), f"is for binary tasks; this one is {model.task}")
    if model.cost is not None and model.task != "binary":
        raise _at(reader, (*path, "cost"), f"is for binary tasks; this one is {model.task}")
    if model.monitor and model.monitor.retrain:
        _confirm(model.monitor.retrain.confirm, (*path, "monitor", "retrain", "confirm"), reader)


def _metric(metric: str, model: Model, path: Path, reader: Reader) -> None:
    known = metrics_of(model.task)
    if metric not in METRICS:
        raise _at(reader, path, f"is '{metric}', which is no metric", allowed=known, found=metric)
    if metric not in known:
        raise _at(reader, path, f"is '{metric}', which is not for {model.task}", allowed=known, found=metric)
    if metric == "expected_cost" and model.cost is None:
        raise _at(reader, path, "is 'expected_cost', which needs cost: {false_positive: …, false_negative: …}")


def _step(step: Step | None, path: Path, reader: Reader) -> None:
    if step is None:
        return
    given = [key for key in ("stage", "command", "estimator") if getattr(step, key)]
    if len(given) != 1:
        found = " and ".join(given) if given else "none"
        raise _at(reader, path, f"takes exactly one of stage, command, estimator (found: {found})")
    if step.inputs and not step.command:
        raise _at(reader, (*path, "inputs"), "goes with a command; a DVC stage names its own deps")


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
        raise _at(reader, path, f"is '{text}'; it takes 'K of N' with K at most N, such as '2 of 3'")


def _at(
    reader: Reader, path: Path, problem: str, *, allowed: tuple[str, ...] = (), found: object = None, extra: str = ""
) -> ConfigError:
    known = path
    while known not in reader.places:
        known = known[:-1]
    return reader.error(reader.places[known], path, problem, allowed=allowed, found=found, extra=extra)
