"""YAML, JSON and TOML files of the user's: parameters, metrics, pointers."""

import json
import tomllib
import warnings
from typing import Any

from ci_ml.errors import DataError

LONGEST = 4_000_000


def load_document(path: str, content: bytes) -> Any:
    """A YAML, JSON or TOML document, by its file's ending.

    Raises:
        DataError: it is none.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        if path.endswith(".toml"):
            return tomllib.loads(content.decode())
        if path.endswith(".json"):
            return json.loads(content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor used twice and the like: legal, and not our concern
            document = YAML(typ="safe", pure=True).load(content)
        return _plain(document)
    except RecursionError:
        raise DataError(f"{path} cannot be read: it is nested too deeply.") from None
    except MarkedYAMLError as error:
        mark, problem = error.problem_mark or error.context_mark, error.problem or error.context
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
        raise DataError(f"{where}: not valid YAML: {' '.join(str(problem).split())}.") from None
    except (ValueError, TypeError, LookupError, AttributeError, YAMLError) as error:
        reason = " ".join(str(error).split())[:200].rstrip(".")
        raise DataError(f"{path} cannot be read: {reason or 'not YAML'}.") from None


def _plain(document: Any) -> Any:
    """The document as JSON would hold it: dates and the like as text. Anchors must not expand without end."""
    pieces, length = [], 0
    for piece in json.JSONEncoder(default=str).iterencode(document):
        pieces.append(piece)
        length += len(piece)
        if length > LONGEST:
            raise ValueError(f"it holds more than {LONGEST:,} characters")
    return json.loads("".join(pieces))
