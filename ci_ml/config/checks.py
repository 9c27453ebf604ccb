"""Contradictions between keys that are each well-formed: a metric of another task, a gate with two hypotheses."""

import re
from collections.abc import Iterator, Mapping
from datetime import date

from ci_ml.conditions import HOW_TO_WRITE_ONE, is_slice
from ci_ml.config.convert import Path, Reader
from ci_ml.config.faults import ConfigFault
from ci_ml.config.shape import Document, Gate, Model, Step
from ci_ml.names import is_model, is_stage
from ci_ml.rules.table import RULES
from ci_ml.text import shown
from ci_ml.vocabulary import METRICS, OTHER_NAMES, metrics_of

_CONFIRM = re.compile(r"([1-9]\d*) of ([1-9]\d*)")


def contradictions(document: Document, reader: Reader) -> list[ConfigFault]:
    """Every setting that contradicts another, but for those that follow from a fault that the reader met."""
    return [fault for fault in _all(document, reader) if not reader.is_faulty(fault.path)]


def _all(document: Document, reader: Reader) -> Iterator[ConfigFault]:
    if not document.models:
        yield _at(reader, ("models",), "names no model")
    seen: dict[str, str] = {}
    for name, model in document.models.items():
        path = ("models", name)
        if not is_model(name):
            yield _at(reader, path, "is not a name that tags can carry: letters, digits, '-', '_' and '/' in between")
        if name.lower() in seen:
            yield _at(reader, path, f"differs from '{seen[name.lower()]}' only in case")
        seen[name.lower()] = name
        yield from _model(model, path, reader)
    yield from _registry(document, reader)


def _registry(document: Document, reader: Reader) -> Iterator[ConfigFault]:
    registry = document.registry
    stages = {stage for model in document.models.values() for stage in model.stages}
    named = {path[1] for path in reader.places if len(path) == 2 and path[0] == "models"}
    # A model that cannot be read may have any stage.
    unsure = named - document.models.keys() or any(reader.is_faulty(("models", name, "stages")) for name in named)
    for key in () if unsure else ("signers", "approvals"):
        for stage in getattr(registry, key):
            if stage not in stages:
                place = ("registry", key, stage)
                yield _at(reader, place, "is no stage of any model", allowed=tuple(sorted(stages)), found=stage)
    if registry.signed_since is not None and not _is_day(registry.signed_since):
        yield _at(reader, ("registry", "signed_since"), f"is '{shown(registry.signed_since)}', which is no day")
    given: dict[Path, object] = {
        ("registry", "revoked_keys"): registry.revoked_keys,
        ("registry", "signed_since"): registry.signed_since,
        ("registry", "signers"): registry.signers,
        ("registry", "approvals"): any(registry.approvals.values()),
        **{("models", name, "signers"): model.signers for name, model in document.models.items()},
    }
    for path, value in given.items():
        if value and registry.allowed_signers is None and not reader.is_faulty(("registry", "allowed_signers")):
            yield _at(
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


def _model(model: Model, path: Path, reader: Reader) -> Iterator[ConfigFault]:
    for index, metric in enumerate(model.metrics):
        yield from _metric(metric, model, (*path, "metrics", str(index)), reader)
    yield from _step(model.train, (*path, "train"), reader)
    yield from _step(model.predict, (*path, "predict"), reader, predicts=True)
    for index, by in enumerate(model.slices):
        yield from _slice(by, (*path, "slices", str(index)), reader)
    for gate_name, gate in model.gates.items():
        yield from _gate(gate, model, (*path, "gates", gate_name), reader)
    if model.artifact == model.predictions:
        yield _at(reader, (*path, "artifact"), "is the same file as predictions")
    yield from _stages(model, path, reader)
    yield from _columns(model, path, reader)
    if model.positive is not None and model.task != "binary":
        yield _at(reader, (*path, "positive"), f"is for binary tasks; this one is {model.task}")
    if (*path, "threshold") in reader.places and model.task != "binary":
        yield _at(reader, (*path, "threshold"), f"is for binary tasks; this one is {model.task}")
    if model.cost is not None and model.task != "binary":
        yield _at(reader, (*path, "cost"), f"is for binary tasks; this one is {model.task}")
    if model.monitor and model.monitor.retrain:
        yield from _confirm(model.monitor.retrain.confirm, (*path, "monitor", "retrain", "confirm"), reader)


def _stages(model: Model, path: Path, reader: Reader) -> Iterator[ConfigFault]:
    if reader.is_faulty((*path, "stages")):
        return
    for index, stage in enumerate(model.stages):
        if not is_stage(stage):
            yield _at(reader, (*path, "stages", str(index)), f"is '{shown(stage)}', which tags cannot carry")
        if stage in model.stages[:index]:
            yield _at(reader, (*path, "stages", str(index)), f"names '{stage}' twice")
    if not model.stages:
        yield _at(reader, (*path, "stages"), "is empty; a model has at least one stage")
        return
    for stage in model.signers:
        if stage not in model.stages:
            place = (*path, "signers", stage)
            yield _at(reader, place, "is no stage of this model", allowed=model.stages, found=stage)
    promote = model.merge_stage
    if promote is not None and promote not in model.stages:
        yield _at(
            reader,
            (*path, "on_merge", "promote"),
            f"is '{shown(promote)}', which is no stage of this model",
            allowed=model.stages,
            found=promote,
        )


def _columns(model: Model, path: Path, reader: Reader) -> Iterator[ConfigFault]:
    columns, score = model.columns, model.columns.y_score
    place = (*path, "columns", "y_score")
    if isinstance(score, str) and model.task == "multiclass":
        yield _at(reader, place, "is one column; for multiclass it takes {class: column, ...}")
    elif score is not None and model.task == "regression":
        yield _at(reader, place, "is set, but a regression predicts a value", extra="Use y_pred.")
    elif isinstance(score, Mapping) and model.task != "multiclass":
        yield _at(reader, place, f"is a mapping; for {model.task} it takes one column")
    elif isinstance(score, Mapping) and len(score) < 2:
        yield _at(reader, place, "names fewer than two classes")
    taken: dict[str, str] = {}
    scores = score if isinstance(score, Mapping) else {"": score}
    roles = {"id": columns.id, "y_true": columns.y_true, "y_pred": columns.y_pred}
    for role, column in [*roles.items(), *((f"y_score.{k}".rstrip("."), v) for k, v in scores.items())]:
        if column is None:
            continue
        if column in taken:
            yield _at(reader, (*path, "columns", *role.split(".", 1)), f"is the column of {taken[column]} too")
        taken[column] = role


def _metric(metric: str, model: Model, path: Path, reader: Reader) -> Iterator[ConfigFault]:
    known = metrics_of(model.task)
    if metric not in METRICS:
        meant = OTHER_NAMES.get(metric.lower().replace("-", "_"), metric)
        yield _at(reader, path, f"is '{shown(metric)}', which is no metric", allowed=known, found=meant)
    elif metric not in known:
        yield _at(reader, path, f"is '{metric}', which is not for {model.task}", allowed=known, found=metric)
    elif metric == "expected_cost" and model.cost is None and not reader.is_faulty((*path[:2], "cost")):
        yield _at(reader, path, "is 'expected_cost', which needs cost: {false_positive: …, false_negative: …}")


def _step(step: Step | None, path: Path, reader: Reader, *, predicts: bool = False) -> Iterator[ConfigFault]:
    if step is None:
        return
    if predicts and step.estimator:
        yield _at(reader, (*path, "estimator"), "goes with train; predict takes stage or command")
        return
    given = [key for key in ("stage", "command", "estimator") if getattr(step, key)]
    if len(given) != 1:
        found = " and ".join(given) if given else "none"
        yield _at(reader, path, f"takes exactly one of stage, command, estimator (found: {found})")
        return
    if step.inputs and not step.command:
        yield _at(reader, (*path, "inputs"), "goes with a command; a DVC stage names its own deps")
    for key in ("target", "params"):
        if getattr(step, key) and not step.estimator:
            yield _at(reader, (*path, key), "goes with an estimator")


def _slice(by: str, path: Path, reader: Reader) -> Iterator[ConfigFault]:
    if not is_slice(by):
        yield _at(
            reader,
            path,
            f"is '{shown(by)}', which is neither a column nor a condition",
            extra=HOW_TO_WRITE_ONE,
        )


def _gate(gate: Gate, model: Model, path: Path, reader: Reader) -> Iterator[ConfigFault]:
    if len(gate.asks) != 1:
        found = " and ".join(name for name in RULES if name in gate.asks) or "none"
        yield _at(
            reader,
            path,
            f"states one hypothesis; found {found}",
            extra=f"Give exactly one of {', '.join(RULES)}; for two, write two gates.",
        )
        return
    if (gate.metric is None) == (gate.file is None):
        yield _at(reader, path, "takes either metric or file")
        return
    if gate.metric is not None:
        if gate.rule.about == "size" or gate.key is not None:
            yield _at(reader, path, f"has a metric: {_rules_about('size')} and key go with file")
        yield from _metric(gate.metric, model, (*path, "metric"), reader)
        if gate.slice is not None:
            yield from _slice(gate.slice, (*path, "slice"), reader)
        return
    if gate.slice is not None:
        yield _at(reader, (*path, "slice"), "goes with a metric, not with a file")
    if gate.rule.is_change:
        yield _at(reader, path, f"gates a plain number, which has no interval: {gate.hypothesis} needs a metric")
    elif (gate.rule.about == "level") != (gate.key is not None):
        numbers = f"file and key with {_rules_about('level')}"
        yield _at(reader, path, f"takes file with {_rules_about('size')}, or {numbers}")


def _rules_about(what: str) -> str:
    return " or ".join(name for name, rule in RULES.items() if rule.about == what)


def _confirm(text: str, path: Path, reader: Reader) -> Iterator[ConfigFault]:
    match = _CONFIRM.fullmatch(text)
    if not match or int(match[1]) > int(match[2]):
        yield _at(reader, path, f"is '{shown(text)}'; it takes 'K of N' with K at most N, such as '2 of 3'")


def _at(
    reader: Reader, path: Path, problem: str, *, allowed: tuple[str, ...] = (), found: object = None, extra: str = ""
) -> ConfigFault:
    known = path
    while known not in reader.places:
        known = known[:-1]
    return reader.error(reader.places[known], path, problem, allowed=allowed, found=found, extra=extra)
