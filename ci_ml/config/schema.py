"""The JSON schema of ci-ml.yaml, for editors: derived from `shape`, so that the two cannot drift apart."""

import dataclasses
import inspect
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, Union

from ci_ml.config.keys import Key, keys_of
from ci_ml.config.shape import Document, Gate, Model, Step
from ci_ml.names import MODEL_PATTERN, STAGE_PATTERN
from ci_ml.rules.table import RULES
from ci_ml.vocabulary import METRICS

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "pattern": r"\S"}
_PATH: Schema = {"type": "string", "pattern": r"^(?!/|\.\./).*\S"}
_ARGUMENT: Schema = {"type": "string", "pattern": r"^(?!-).*\S"}
_PLAIN: dict[Any, Schema] = {
    str: _TEXT,
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    type(None): {"type": "null"},
}
_METRIC: Schema = {"$ref": "#/$defs/Metric"}
_STAGE: Schema = {"type": "string", "pattern": f"^{STAGE_PATTERN}$"}

# What the type of a key does not say: names that exist, names that tags can carry.
_NARROWER: dict[tuple[type, str], Schema] = {
    (Document, "models"): {"minProperties": 1, "propertyNames": {"pattern": f"^{MODEL_PATTERN}$"}},
    (Gate, "metric"): {"anyOf": [_METRIC, {"type": "null"}]},
    (Model, "metrics"): {"anyOf": [_METRIC, {"type": "array", "items": _METRIC}]},
    (Model, "stages"): {"anyOf": [_STAGE, {"type": "array", "items": _STAGE, "minItems": 1, "uniqueItems": True}]},
}


def build_schema() -> Schema:
    """The whole schema, draft 2020-12.

    It accepts what the reader accepts, where text is written as text; of the contradictions that `checks` finds
    it knows those that a schema says well.
    """
    definitions: dict[str, Schema] = {"Metric": {"enum": list(METRICS)}}
    root = _object(Document, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ci-ml.yaml",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _object(shape: type[Any], definitions: dict[str, Schema]) -> Schema:
    keys = keys_of(shape)
    schema: Schema = {
        "description": (inspect.getdoc(shape) or "").partition("\n\n")[0].replace("\n", " "),
        "type": "object",
        "additionalProperties": False,
        "properties": {key.name: _property(shape, key, definitions) for key in keys},
    }
    required = [key.name for key in keys if key.required]
    if required:
        schema["required"] = required
    return schema | _EXACTLY_ONE.get(shape, {})


def _property(shape: type[Any], key: Key, definitions: dict[str, Schema]) -> Schema:
    narrower = _NARROWER.get((shape, key.name), {})
    by_type = {} if "anyOf" in narrower else _type(key.hint, key.metadata, definitions)
    schema = {"description": key.metadata["doc"], **by_type, **narrower}
    default = list(key.default) if isinstance(key.default, tuple) else key.default
    if isinstance(default, str | int | float | list) and default != []:
        schema["default"] = default
    return schema


def _type(hint: Any, limits: Mapping[str, Any], definitions: dict[str, Schema]) -> Schema:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if hint is Any:
        return {}
    if origin in (Union, types.UnionType):
        return _any_of([_type(option, limits, definitions) for option in args])
    if origin is Literal:
        return {"enum": list(args)}
    if origin is tuple:
        item = _type(args[0], limits, definitions)
        return {"anyOf": [item, {"type": "array", "items": item}]}
    if origin is Mapping:
        value = _type(args[1], limits, definitions)
        return {"type": "object", "additionalProperties": value} if value else {"type": "object"}
    if dataclasses.is_dataclass(hint):
        name = hint.__name__  # type: ignore[union-attr]  # a class, not an instance: it stands in a type hint
        if name not in definitions:
            definitions[name] = _object(hint, definitions)  # type: ignore[arg-type]
        reference = {"$ref": f"#/$defs/{name}"}
        return {"anyOf": [_TEXT, reference]} if "short" in limits else reference
    if hint is str and limits.get("path"):
        return {**_PATH, "pattern": f"^(?!-){_PATH['pattern'][1:]}"} if limits.get("argument") else _PATH
    if hint is str and limits.get("argument"):
        return _ARGUMENT
    low = {"minimum": limits["low"]} if hint in (int, float) and "low" in limits else {}
    return _PLAIN[hint] | low


def _any_of(options: list[Schema]) -> Schema:
    """One of several schemas, said as shortly as editors understand it."""
    flat = [inner for option in options for inner in option.get("anyOf", [option])]
    if all("enum" in option or option == {"type": "null"} for option in flat):
        return {"enum": [value for option in flat for value in option.get("enum", [None])]}
    if all(option.keys() <= {"type", "pattern", "minimum"} for option in flat):
        names = [option["type"] for option in flat]
        names = [name for name in names if not (name == "integer" and "number" in names)]
        merged = {key: value for option in flat for key, value in option.items()}
        return merged | {"type": names}
    return {"anyOf": flat}


def _one_of(branches: Mapping[str, Schema]) -> Schema:
    return {"oneOf": [{"required": [key], "properties": {key: schema}} for key, schema in branches.items()]}


_GIVEN: Schema = {"not": {"enum": [None, []]}}  # a key that says null or [] is as good as absent

_EXACTLY_ONE: dict[type, Schema] = {
    Step: _one_of(dict.fromkeys(("stage", "command", "estimator"), _GIVEN)),
    Gate: {
        "allOf": [
            _one_of(dict.fromkeys(RULES, _GIVEN)),
            _one_of(dict.fromkeys(("metric", "file"), _GIVEN)),
        ]
    },
}
