"""Which keys of a model are rules that a change is judged by, and what does a change alter of them?"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ci_ml.config.describe import plain
from ci_ml.config.shape import Model
from ci_ml.hashing import json_digest

# All that bears on the answer. A key of a model stands here or below: a test asks for that.
RULE_KEYS = (
    *("task", "columns", "positive", "threshold", "slices", "fairness", "cost", "metrics", "baseline", "holdout"),
    *("gates", "undecided", "stages", "on_merge", "monitor", "signers"),
)
# How the model is made and where its files lie; whether it is the judged one is asked of the files.
OTHER_KEYS = ("folder", "train", "predict", "artifact", "predictions", "card", "features", "params")


@dataclass(frozen=True, kw_only=True)
class RuleChange:
    """One key that a change alters.

    Attributes:
        key: dotted, as `gates.no-worse.max_regression`.
        before, after: the values as YAML has them on one line; None where there is none.
    """

    key: str
    before: str | None
    after: str | None


def rules_of(model: Model) -> dict[str, Any]:
    """The rules of a model as plain data, without what is left out."""
    found = {key: _given(plain(getattr(model, key))) for key in RULE_KEYS}
    return {key: value for key, value in found.items() if value not in (None, {}, [])}


def rules_digest(model: Model) -> str:
    """`sha256:...` of a model's rules: what a record, or an approval of other rules, names."""
    return json_digest(rules_of(model))


def with_rules(model: Model, rules: Model) -> Model:
    """`model`, made and kept as it is, judged by the rules of another; a gate on the model file looks at this one's."""
    gates = {
        name: replace(gate, file=model.artifact) if gate.file is not None and gate.file == rules.artifact else gate
        for name, gate in rules.gates.items()
    }
    return replace(model, **{key: getattr(rules, key) for key in RULE_KEYS} | {"gates": gates})


def rule_changes(before: Model, after: Model) -> tuple[RuleChange, ...]:
    """What the second alters of the first, by key. A gate of another name is one taken away and one added."""
    old, new = (dict(_leaves(rules_of(model))) for model in (before, after))
    gone = {f"gates.{name}" for name in before.gates.keys() - after.gates.keys()}
    added = {f"gates.{name}" for name in after.gates.keys() - before.gates.keys()}
    for whole in (*gone, *added):  # in one line each: its keys say nothing by themselves
        for leaves, model in ((old, before), (new, after)):
            name = whole.removeprefix("gates.")
            if name in model.gates:
                leaves.update({whole: _text(_given(plain(model.gates[name])))})
                for key in [key for key in leaves if key.startswith(f"{whole}.")]:
                    del leaves[key]
    keys = [key for key in dict.fromkeys((*old, *new)) if old.get(key) != new.get(key)]
    return tuple(RuleChange(key=key, before=old.get(key), after=new.get(key)) for key in keys)


def _leaves(value: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            yield from _leaves(inner, f"{path}{key}.")
        else:
            yield f"{path}{key}", _text(inner)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_text(inner) for inner in value) + "]"
    return json.dumps(value)


def _given(value: Any) -> Any:
    """Plain data without keys that are left out."""
    if isinstance(value, Mapping):
        return {key: _given(inner) for key, inner in value.items() if inner is not None}
    return value
