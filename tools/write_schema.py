"""Write schema/ci-ml.schema.json from the definitions in ci_ml/config/shape.py. `make schema` calls it."""

import json
from pathlib import Path

from ci_ml.config.schema import build_schema

PATH = Path(__file__).parents[1] / "schema" / "ci-ml.schema.json"


def schema_text() -> str:
    """The schema as the file holds it."""
    return json.dumps(build_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(schema_text(), encoding="utf-8")
