"""YAML, JSON and TOML files of the user's: parameters, metrics, pointers."""

import json
import math
import tomllib
import warnings
from typing import Any

from ci_ml.errors import DataError

MOST_VALUES = 200_000


def load_document(path: str, content: bytes) -> Any:
    """A YAML, JSON or TOML document, by its file's ending, as values that a record can hold.

    Dates, infinities and integers of more than 64 bits are text.

    Raises:
        DataError: it is none, or its anchors expand without end.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        if path.endswith(".toml"):
            return _plain(tomllib.loads(content.decode()), [0])
        if path.endswith(".json"):
            return _plain(json.loads(content), [0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an anchor used twice and the like: legal, and not our concern
            return _plain(YAML(typ="safe", pure=True).load(content), [0])
    except RecursionError:
        raise DataError(f"{path} cannot be read: it is nested too deeply.") from None
    except MarkedYAMLError as error:
        mark, problem = error.problem_mark or error.context_mark, error.problem or error.context
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
        raise DataError(f"{where}: not valid YAML: {' '.join(str(problem).split())}.") from None
    except (ValueError, TypeError, LookupError, AttributeError, YAMLError) as error:
        reason = " ".join(str(error).split())[:200].rstrip(".")
        raise DataError(f"{path} cannot be read: {reason or 'not YAML'}.") from None


def _plain(value: Any, count: list[int]) -> Any:
    count[0] += 1
    if count[0] > MOST_VALUES:
        raise ValueError(f"it holds more than {MOST_VALUES:,} values")
    if isinstance(value, dict):
        return {_text(key): _plain(inner, count) for key, inner in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(inner, count) for inner in value]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return _text(value)


def _text(value: object) -> str:
    return str(value).encode("utf-8", "backslashreplace").decode()
