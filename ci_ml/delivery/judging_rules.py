"""By which rules was a model judged, and do they still hold?"""

from ci_ml.config import Gate, Model
from ci_ml.config.describe import plain
from ci_ml.delivery.project import ModelSource
from ci_ml.delivery.registered_versions import is_unmeasured
from ci_ml.delivery.registry_view import RegistryView
from ci_ml.hashing import json_digest
from ci_ml.repository.records import Record

# What a stored digest says of a gate even where it is left out. Later keys are in it only where they are given, so
# that a new rule makes no recorded judging stale.
_KEYS_OF_EVERY_GATE = frozenset(
    (
        *("metric", "slice", "file", "key", "undecided"),
        *("minimum", "maximum", "max_regression", "min_improvement", "max_size_mb"),
    )
)


def retraining_gates(model: Model) -> dict[str, Gate]:
    """A retraining must be better, not just no worse: it costs a deployment, and nobody asked for it."""
    return {"retraining-better": Gate(metric=model.main_metric, asks={"min_improvement": 0.0}, undecided="block")}


def judging_digest(model: Model) -> str:
    """Of everything in ci-ml.yaml that can change a verdict on the same predictions."""
    names = (
        *("task", "columns", "positive", "threshold", "slices", "cost", "metrics"),
        *("gates", "undecided", "baseline_or_default"),
    )
    asked = {name: plain(getattr(model, name)) for name in names}
    asked["gates"] = {
        name: {key: value for key, value in gate.items() if value is not None or key in _KEYS_OF_EVERY_GATE}
        for name, gate in asked["gates"].items()
    }
    return json_digest(asked)


def is_current(source: ModelSource, view: RegistryView, record: Record) -> bool:
    """Whether a record was judged by today's rules, against the model that today's baseline is."""
    if record.judgement.judging != judging_digest(source.model):
        return False
    if not names_version(source, view):
        return True
    wanted = source.model.baseline_or_default
    holder = view.history(source.name).holder(wanted) if wanted in source.model.stages else None
    expected = holder if wanted in source.model.stages else f"v{wanted.removeprefix('v')}"
    baseline = record.judgement.baseline
    if baseline is None and is_unmeasured(source, view, expected):
        return True  # as it was then: there is nothing to compare with
    return (baseline.version if baseline else None) == expected


def names_version(source: ModelSource, view: RegistryView) -> bool:
    """Whether the configured baseline is a stage or a version, not a git revision."""
    wanted = source.model.baseline_or_default
    return wanted in source.model.stages or f"v{wanted.removeprefix('v')}" in view.history(source.name).releases
