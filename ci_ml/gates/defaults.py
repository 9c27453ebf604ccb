"""What holds where a configuration says nothing: the default gate, and the margin of the label."""

from collections.abc import Mapping

from ci_ml.config import Gate, Model
from ci_ml.errors import ConfigError
from ci_ml.evaluation.results import Comparison
from ci_ml.gates.verdict import Label

# Of the baseline's absolute value: what the default gate lets a candidate lose.
DEFAULT_SHARE = 0.01
DEFAULT_GATE, DEFAULT_RULE = "no-regression", "max_regression"


def default_gates(model: Model, comparison: Comparison) -> dict[str, Gate]:
    """The one gate of a model that has none: its main metric may lose 1 % of the baseline's value.

    Raises:
        ConfigError: the baseline's value is 0, of which no share is a margin.
    """
    metric = model.main_metric
    baseline = _baseline_value(metric, comparison)
    if baseline == 0:
        example = f"no-worse: {{metric: {metric}, max_regression: 0.01}}"
        raise ConfigError(
            f"The default gate lets {metric} lose 1 % of the baseline's value, but that value is 0.",
            hint=f"Give the model a gate with a margin: gates: {{{example}}}",
        )
    return {DEFAULT_GATE: Gate(metric=metric, asks={DEFAULT_RULE: DEFAULT_SHARE * abs(baseline or 0.0)})}


def margin_of(metric: str, gates: Mapping[str, Gate], comparison: Comparison) -> float | None:
    """What a metric may lose, in its own unit: the strictest gate's margin, by default 1 % of the baseline's value.

    Gates on slices do not count. None for a first model.
    """
    if not comparison.has_baseline:
        return None
    margins = [g.threshold for g in gates.values() if g.rule.is_margin and g.metric == metric and not g.slice]
    return min(margins) if margins else DEFAULT_SHARE * abs(_baseline_value(metric, comparison) or 0.0)


def label_of(comparison: Comparison, margin: float | None) -> Label:
    """The comparison in one word: the first of better, worse within the margin, no worse, worse, undecided that holds.

    What is surely worse is never called no worse, however wide the margin.
    """
    if not comparison.has_baseline or margin is None:
        return "first"
    delta = comparison.deltas.get(comparison.main_metric)
    gain = delta.gain_interval if delta and not comparison.too_small else None
    if gain is None:
        return "undecided"
    if gain.low > 0:
        return "better"
    if gain.low >= -margin:
        return "worse within the margin" if gain.high < 0 else "no worse"
    return "worse" if gain.high < 0 else "undecided"


def _baseline_value(metric: str, comparison: Comparison) -> float | None:
    return comparison.deltas[metric].baseline.value if metric in comparison.deltas else None
