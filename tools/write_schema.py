"""Write the JSON schemas that ship: of ci-ml.yaml, and of what `--format json` prints. `make schema` calls it."""

import json
import re
from pathlib import Path
from typing import Any

import msgspec

from ci_ml.config.schema import build_schema
from ci_ml.reports.json_shape import JsonReport

FOLDER = Path(__file__).parents[1] / "schema"


def report_schema() -> dict[str, Any]:
    """The schema of `gate`, `compare` and `report --format json`, derived from the values that are printed."""
    (root,), definitions = msgspec.json.schema_components([JsonReport], ref_template="#/$defs/{name}")
    for definition in definitions.values():
        _describe(definition)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "ci-ml report",
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _describe(definition: dict[str, Any]) -> None:
    """Give each property what the class's docstring says of it, and require all: every key is always printed."""
    said, _, listed = definition.get("description", "").partition("\n\nAttributes:\n")
    definition["description"] = said
    definition["required"] = list(definition["properties"])
    for about in definition["properties"].values():
        about.pop("default", None)
    for entry in re.split(r"\n(?=    \S)", listed):
        names, _, meaning = " ".join(entry.split()).partition(": ")
        for name in names.split(", "):
            if name in definition["properties"]:
                definition["properties"][name] |= {"description": meaning.removesuffix(".")}


SCHEMAS = {"ci-ml.schema.json": build_schema, "report.schema.json": report_schema}


def schema_text(name: str) -> str:
    """A schema as its file holds it."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for name in SCHEMAS:
        (FOLDER / name).write_text(schema_text(name), encoding="utf-8")
