"""What a configuration means once every default is filled in, and which of its keys this version does not act on."""

from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any

from ci_ml.config import Config, Gate, Model, Step
from ci_ml.config.keys import values_of

_LATER = "is read, but this version does not act on it"


def describe(config: Config) -> dict[str, Any]:
    """The configuration as plain data, in the words that `ci-ml check` prints."""
    return {
        "registry": {"remote": config.registry.remote, "branch": config.registry.branch or "the default branch"},
        "models": {name: _model(model) for name, model in config.models.items()},
    }


def resolve(config: Config) -> dict[str, Any]:
    """The configuration as values for machines: every key, with what its default comes to."""
    models = {
        name: {
            **plain(model),
            "metrics": list(model.shown_metrics),
            "baseline": model.baseline_or_default,
            "on_merge": {"promote": model.merge_stage},
        }
        for name, model in config.models.items()
    }
    return {"registry": plain(config.registry), "models": models}


def plain(value: Any) -> Any:
    """A configuration value as JSON has it."""
    if is_dataclass(value):
        return {name: plain(inner) for name, inner in values_of(value).items()}
    if isinstance(value, Mapping):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, tuple) else value


def inert_keys(config: Config) -> list[tuple[str, str, str]]:
    """(place, key, why) of keys that are read and then wait for a later version."""
    found = []
    for name, model in config.models.items():
        inert = {
            "monitor": model.monitor is not None,
            "fairness": bool(model.fairness.by),
            "columns.latency_ms": model.columns.latency_ms is not None,
            "train.estimator": bool(model.train and model.train.estimator),
        }
        for key, given in inert.items():
            if given:
                found.append((config.locate("models", name, *key.split(".")), f"models.{name}.{key}", _LATER))
    return found


def _model(model: Model) -> dict[str, str]:
    binary = model.task == "binary"
    facts = {
        "task": model.task,
        **({"folder": model.folder} if model.folder else {}),
        "train": _step(model.train),
        "predict": _step(model.predict),
        "artifact": model.artifact or "none: compare and gate work, register and promote need one",
        "predictions": model.predictions,
        "columns": _columns(model),
        **({"positive": str(model.positive or "1 or true"), "threshold": f"{model.threshold:g}"} if binary else {}),
        **({"params": ", ".join(model.params)} if model.params else {}),
        **({"card": model.card} if model.card else {}),
        "metrics": ", ".join(model.shown_metrics),
        "slices": ", ".join(model.slices) or "none",
        "baseline": model.baseline_or_default,
        "stages": " → ".join(model.stages),
        "on merge": f"promote to {model.merge_stage}" if model.merge_stage else "register only",
        "undecided": model.undecided,
    }
    gates = {f"gate {name}": _gate(gate) for name, gate in model.gates.items()}
    default = {"gate": f"no-regression: {model.main_metric} may regress by at most 1 % of the baseline (default)"}
    return {**facts, **(gates or default)}


def _columns(model: Model) -> str:
    columns = model.columns
    said = {"id": columns.id, "y_true": columns.y_true}
    if columns.y_score is not None:
        score = columns.y_score
        said["y_score"] = score if isinstance(score, str) else "a column for each of " + ", ".join(score)
    elif columns.y_pred is None:
        said["y_pred" if model.task != "binary" else "y_score or y_pred"] = "as the file has it"
    said |= {role: name for role in ("y_pred", "group", "weight") if (name := getattr(columns, role))}
    return "; ".join(f"{role}: {name}" for role, name in said.items())


def _step(step: Step | None) -> str:
    if step is None:
        return "none"
    if step.stage:
        return "DVC stage " + ", ".join(step.stage)
    return step.command or f"estimator {step.estimator}"


def _gate(gate: Gate) -> str:
    subject = gate.metric or f"{gate.file}{' ' + gate.key if gate.key else ''}"
    part = f" of each {gate.slice}" if gate.slice else ""
    return f"{subject}{part}: {gate.hypothesis} {gate.threshold:g}"
