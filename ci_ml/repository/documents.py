"""YAML, JSON and TOML files of the user's: parameters, metrics, pointers."""

import json
import tomllib
from typing import Any

from ci_ml.errors import DataError


def load_document(path: str, content: bytes) -> Any:
    """A YAML, JSON or TOML document, by its file's ending.

    Raises:
        DataError: it is none.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        if path.endswith(".toml"):
            return tomllib.loads(content.decode())
        if path.endswith(".json"):
            return json.loads(content)
        document = YAML(typ="safe", pure=True).load(content)
        return json.loads(json.dumps(document, default=str))  # dates and the like as text
    except (ValueError, TypeError, YAMLError) as error:
        raise DataError(f"{path} cannot be read: {str(error).splitlines()[0]}.") from None
